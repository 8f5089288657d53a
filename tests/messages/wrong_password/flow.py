from dataflows import Flow, load


def flow(database):
    return Flow(load(database, table="sales"))
