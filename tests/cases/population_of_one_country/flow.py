"""A real data package: one country of it, with a computed field and the decades only."""

from dataflows import (
    Flow,
    add_field,
    dump_to_path,
    filter_rows,
    load,
    update_package,
    update_resource,
)

needs = "real data"


def flow(data_folder, out_folder):
    def millions(row):
        row["millions"] = row["Value"] / 1_000_000

    return Flow(
        load(data_folder / "population" / "datapackage.json"),
        filter_rows(lambda row: row["Country Code"] == "ISL" and row["Year"] % 10 == 0),
        add_field("millions", "number"),
        millions,
        update_package(name="population-of-iceland", title="Population of Iceland"),
        update_resource(-1, name="iceland", path="data/iceland.csv"),
        dump_to_path(out_folder),
    )
