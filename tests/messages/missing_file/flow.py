from dataflows import Flow, load


def flow():
    return Flow(load("data/2024/*.csv"))
