"""A table that is no resource of the flow is found before any row moves."""

from dataflows import Flow, dump_to_path, sql, update_resource

sales = [{"city": "Rome", "amount": 3}]


def flow(data_folder, out_folder):
    return Flow(
        sales,
        update_resource("res_1", name="sales"),
        sql("select city, sum(amount) as total from sale group by city", name="by_city"),
        dump_to_path(out_folder),
    )
