from dataflows import Flow, filter_rows, load


def flow():
    return Flow(load("sales.csv"), filter_rows("qty > 1", resources="slaes"))
