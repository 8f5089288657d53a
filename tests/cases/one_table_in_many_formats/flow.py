"""The same small table, read from six kinds of files."""

from dataflows import Flow, dump_to_path, load

needs = "real data"


def flow(data_folder, out_folder):
    names = {
        "csv": "table.csv",
        "gz": "table.csv.gz",
        "tsv": "table.tsv",
        "objects": "table-dicts.json",
        "arrays": "table-lists.json",
        "lines": "table.ndjson",
    }
    loads = [load(data_folder / "formats" / path, name=name) for name, path in names.items()]
    return Flow(*loads, dump_to_path(out_folder))
