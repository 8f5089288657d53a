"""A value far behind the sample that does not fit: which, where, and what to write."""

from dataflows import Flow, dump_to_path, load

needs = "real data"


def flow(data_folder, out_folder):
    reference = data_folder / "covid" / "reference.csv"
    counties = load(reference, override_fields={"Admin2": {"type": "integer"}})
    return Flow(counties, dump_to_path(out_folder))
