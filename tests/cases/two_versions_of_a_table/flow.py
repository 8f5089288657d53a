"""What was changed, added and removed between two versions of a table."""

from dataflows import Flow, diff, dump_to_path, update_resource

before = [
    {"id": "A-1", "name": "Kettle", "price": "19.90", "tags": ["kitchen"]},
    {"id": "A-2", "name": "Teapot", "price": "35.00", "tags": ["kitchen", "gift"]},
    {"id": "A-3", "name": "Cup", "price": None, "tags": []},
    {"id": "A-4", "name": "Spoon", "price": "1.10", "tags": None},
]
after = [
    {"id": "A-5", "name": "Mug", "price": "7.50", "tags": ["kitchen"]},
    {"id": "A-4", "name": "Spoon", "price": "1.10", "tags": None},
    {"id": "A-3", "name": "Cup", "price": "4.00", "tags": None},
    {"id": "A-1", "name": "Kettle, 1 l", "price": "19.90", "tags": ["kitchen"]},
]


def flow(data_folder, out_folder):
    return Flow(
        before,
        after,
        update_resource("res_1", name="before"),
        update_resource("res_2", name="after"),
        diff("before", "after", "id", name="changes"),
        dump_to_path(out_folder),
    )
