"""How many rows there are is known at the end, and nothing is written either."""

from dataflows import Flow, assert_rows, dump_to_path, filter_rows

sales = [{"city": "Rome", "amount": 3}, {"city": "Oslo", "amount": 5}]


def flow(data_folder, out_folder):
    return Flow(
        sales,
        filter_rows("amount > 4"),
        assert_rows("city != ''", row_count=(2, None)),
        dump_to_path(out_folder),
    )
