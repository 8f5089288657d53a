from dataflows import Flow, delete_fields, load


def flow():
    return Flow(load("sales.csv"), delete_fields(["qty"], resources="sal[es"))
