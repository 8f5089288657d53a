from dataflows import Flow, filter_rows, load


def flow():
    return Flow(load("sales.csv"), filter_rows("city > 1"))
