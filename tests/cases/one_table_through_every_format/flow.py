"""The same table dumped in every format, packed and not, in a folder and in a zip, and loaded."""

from dataflows import Flow, dump_to_path, dump_to_zip, load

FORMATS = ("csv", "tsv", "json", "ndjson", "geojson", "xlsx", "parquet", "arrow", "feather")


def flow(data_folder, out_folder):
    loads = []
    for format_ in FORMATS:
        for compression in (None, "gz", "zstd"):
            name = f"{format_}_{compression or 'plain'}"
            folder = out_folder.parent / name
            table = load(data_folder / "table.csv", name=name)
            Flow(table, dump_to_path(folder, format=format_, compression=compression)).process()
            loads.append(load(folder / "datapackage.json"))
        name = f"{format_}_zipped"
        table, path = load(data_folder / "table.csv", name=name), out_folder.parent / f"{name}.zip"
        Flow(table, dump_to_zip(path, format=format_)).process()
        loads.append(load(path))
    return Flow(*loads, dump_to_path(out_folder))
