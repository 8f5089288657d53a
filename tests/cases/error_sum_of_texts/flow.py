"""An aggregate that does not fit the type of its field is found before any row moves."""

from dataflows import Flow, aggregate, dump_to_path

sales = [{"city": "Rome", "amount": "three"}]


def flow(data_folder, out_folder):
    return Flow(sales, aggregate("city", {"total": "sum(amount)"}), dump_to_path(out_folder))
