from dataflows import Flow, add_computed_field, load


def flow():
    return Flow(load("sales.csv"), add_computed_field("double", "qyt * 2"))
