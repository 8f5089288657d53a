"""A misspelt field is found before any row moves, with the name that was probably meant."""

from dataflows import Flow, dump_to_path, filter_rows, load


def flow(data_folder, out_folder):
    return Flow(
        load(data_folder / "orders.csv"), filter_rows("prcie > 1"), dump_to_path(out_folder)
    )
