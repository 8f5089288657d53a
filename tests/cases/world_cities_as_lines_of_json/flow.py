"""A field renamed and typed anew, its text kept to the character, one JSON object a line."""

from dataflows import Flow, dump_to_path, filter_rows, load, rename_fields, set_type

needs = "real data"


def flow(data_folder, out_folder):
    return Flow(
        load(data_folder / "world-cities" / "world-cities.csv"),
        filter_rows(equals=[{"country": "Iceland"}, {"country": "Faroe Islands"}]),
        rename_fields({"geonameid": "id"}),
        set_type("id", type="string"),
        dump_to_path(out_folder, format="ndjson"),
    )
