"""Two tables of one pattern, as JSON: dates, integers, and a number with a long fraction."""

from dataflows import Flow, dump_to_path, load

needs = "real data"


def flow(data_folder, out_folder):
    return Flow(
        load(data_folder / "covid" / "[kw]*.csv", limit_rows=10),
        dump_to_path(out_folder, format="json", pretty_descriptor=False),
    )
