from dataflows import Flow, fill_missing, load


def flow():
    return Flow(load("sales.csv"), fill_missing("cuntry", "Italy"))
