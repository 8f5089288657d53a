"""A sort key that is no field is found before any row moves."""

from dataflows import Flow, dump_to_path, sort_rows


def flow(data_folder, out_folder):
    return Flow([{"city": "Rome", "n": 2}], sort_rows(["n", "City"]), dump_to_path(out_folder))
