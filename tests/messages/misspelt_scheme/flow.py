from dataflows import Flow, load


def flow():
    return Flow(load("htps://example.com/sales.csv"))
