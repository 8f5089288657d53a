"""A table of many types, written in every format, loaded again, and the same each time."""

from dataflows import Flow, dump_to_path, dump_to_zip, load, update_resource

FORMATS = ["csv", "tsv", "json", "ndjson", "xlsx", "parquet", "arrow", "feather"]


def flow(data_folder, out_folder):
    types = {"place": {"type": "geopoint"}, "height": {"type": "number"}}
    table = load(data_folder / "stations.csv", override_fields=types)
    work = out_folder.parent / "work"
    for format_ in FORMATS:
        Flow(table, dump_to_path(work / format_, format=format_)).process()
        Flow(table, dump_to_zip(work / f"{format_}.zip", format=format_)).process()
    again = [load(work / format_ / "datapackage.json") for format_ in FORMATS]
    zipped = [load(work / f"{format_}.zip", format="datapackage") for format_ in FORMATS]
    # All of them as the sheets of one workbook, and back from there.
    names = [*FORMATS, *(f"{format_}_zip" for format_ in FORMATS)]
    named = [update_resource(number, name=name) for number, name in enumerate(names)]
    book = dump_to_path(work / "book", format="xlsx", options={"workbook": "stations.xlsx"})
    Flow(*again, *zipped, *named, book).process()
    paths = [update_resource(name, path=f"{name}.csv") for name in names]
    return Flow(load(work / "book" / "datapackage.json"), *paths, dump_to_path(out_folder))
