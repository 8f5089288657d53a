"""The source of a join must stand before the target, since its rows are needed first."""

from dataflows import Flow, dump_to_path, join, update_resource

cities = [{"city": "Rome", "people": 2_800_000}]
sales = [{"city": "Rome", "amount": 3}]


def flow(data_folder, out_folder):
    return Flow(
        cities,
        sales,
        update_resource("res_1", name="cities"),
        update_resource("res_2", name="sales"),
        join("sales", "city", "cities", "city", {"amount": {"aggregate": "sum"}}),
        dump_to_path(out_folder),
    )
