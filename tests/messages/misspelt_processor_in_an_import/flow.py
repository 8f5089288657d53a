from dataflows import Flow, filter_row, load


def flow():
    return Flow(load("sales.csv"), filter_row("qty > 1"))
