import dataflows


def flow():
    return dataflows.Flow(dataflows.load("sales.csv"), dataflows.filter_row("qty > 1"))
