from dataflows import Flow, load, sort_rows


def flow():
    return Flow(load("sales.csv"), sort_rows("qty", revers=True))
