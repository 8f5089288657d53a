from dataflows import Flow, dump_to_path, load


def flow():
    return Flow(load("sales.csv"), dump_to_path("out", format="jsno"))
