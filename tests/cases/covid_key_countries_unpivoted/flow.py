"""A column for each country becomes a row for each country and day, with integers as they were."""

from dataflows import Flow, dump_to_path, load, tail, unpivot

needs = "real data"


def flow(data_folder, out_folder):
    return Flow(
        load(data_folder / "covid" / "key-countries-pivoted.csv"),
        tail(2),
        unpivot(
            [{"name": r"(?!Date$)(.*)", "keys": {"Country": r"\1"}}],
            [{"name": "Country", "type": "string"}],
            {"name": "Confirmed", "type": "integer"},
        ),
        dump_to_path(out_folder),
    )
