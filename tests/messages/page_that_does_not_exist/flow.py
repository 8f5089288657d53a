from dataflows import Flow, load


def flow(server):
    return Flow(load(f"{server}/slaes.csv"))
