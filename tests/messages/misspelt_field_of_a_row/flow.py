from dataflows import Flow, load


def double(row):
    row["qty"] = row["qyt"] * 2


def flow():
    return Flow(load("sales.csv"), double)
