"""Names in many scripts, cells of a single blank, codes that look like numbers."""

from dataflows import Flow, dump_to_path, load, select_fields

needs = "real data"


def flow(data_folder, out_folder):
    fields = ["ISO3166-1-Alpha-3", "ISO3166-1-numeric", "Dial", "MARC", "official_name_(ar|cn|fr)"]
    return Flow(
        load(data_folder / "country-codes" / "country-codes.csv", name="codes"),
        select_fields(fields, regex=True),
        dump_to_path(out_folder, options={"delimiter": ";"}),
    )
