"""The first city of each region, in the order of two fields, with names in many scripts."""

from dataflows import Flow, deduplicate, dump_to_path, filter_rows, load, sort_rows

needs = "real data"


def flow(data_folder, out_folder):
    return Flow(
        load(data_folder / "world-cities" / "world-cities.csv", name="cities"),
        filter_rows("country in ['Iceland', 'Estonia', 'Malta', 'Åland Islands', 'Curaçao']"),
        deduplicate(key=["country", "subcountry"]),
        sort_rows(["country", "name"]),
        dump_to_path(out_folder),
    )
