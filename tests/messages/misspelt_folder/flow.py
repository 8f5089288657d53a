from dataflows import Flow, load


def flow():
    return Flow(load("dta/sales.csv"))
