from dataflows import Flow, load, set_primary_key


def flow():
    return Flow(load("sales.csv"), set_primary_key(["idd"]))
