"""A file that is not there, and the one that was probably meant."""

from dataflows import Flow, dump_to_path, load

needs = "real data"


def flow(data_folder, out_folder):
    return Flow(load(data_folder / "covid" / "refrence.csv"), dump_to_path(out_folder))
