"""Codes with leading zeros, coordinates to the last digit, and many missing values."""

from dataflows import Flow, delete_fields, dump_to_path, filter_rows, load, rename_fields

needs = "real data"


def flow(data_folder, out_folder):
    return Flow(
        load(data_folder / "covid" / "reference.csv"),
        filter_rows(lambda row: row["iso2"] == "US" and row["Province_State"] == "Rhode Island"),
        delete_fields(["Combined_Key", "iso3"]),
        rename_fields({"Long_": "Lon"}),
        dump_to_path(out_folder),
    )
