from dataflows import Flow, load, set_type


def flow():
    return Flow(load("sales.csv"), set_type("city", type="date"))
