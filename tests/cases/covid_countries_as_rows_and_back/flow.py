"""One field a country becomes one row a country, and the rows become the table again."""

from dataflows import Flow, dump_to_path, filter_rows, load, pivot, unpivot

needs = "real data"

COUNTRIES = ["China", "US", "United_Kingdom", "Italy", "France", "Germany", "Spain", "Iran"]


def flow(data_folder, out_folder):
    return Flow(
        load(data_folder / "covid" / "key-countries-pivoted.csv", name="confirmed"),
        filter_rows("Date.day == 1 and Date.year == 2020"),
        unpivot(
            [{"name": "([A-Z].*)(?<!Date)", "keys": {"country": r"\1"}}],
            [{"name": "country", "type": "string"}],
            {"name": "confirmed", "type": "integer"},
        ),
        dump_to_path(out_folder / "rows"),
        pivot("country", "confirmed", COUNTRIES),
        dump_to_path(out_folder / "table"),
    )
