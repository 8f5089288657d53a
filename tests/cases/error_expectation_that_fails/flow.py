"""A row that is not as expected is shown, and nothing is written."""

from dataflows import Flow, assert_rows, dump_to_path, load

needs = "real data"


def flow(data_folder, out_folder):
    return Flow(
        load(data_folder / "world-cities" / "world-cities.csv", name="cities"),
        assert_rows(unique="geonameid", not_missing=["name", "subcountry"]),
        dump_to_path(out_folder),
    )
