"""A key that is no field is found before any row moves, with the name that was probably meant."""

from dataflows import Flow, dump_to_path, join

cities = [{"city": "Rome", "people": 2_800_000}]
sales = [{"town": "Rome", "amount": 3}]


def flow(data_folder, out_folder):
    return Flow(
        cities,
        sales,
        join("res_1", "ctiy", "res_2", "town", {"people": {}}),
        dump_to_path(out_folder),
    )
