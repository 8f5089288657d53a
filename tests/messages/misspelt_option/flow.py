from dataflows import Flow, load


def flow():
    return Flow(load("sales.csv", heders=1))
