"""A table as people send it: a title, blanks, a semicolon, short and long rows, Latin-1."""

from dataflows import Flow, add_field, dump_to_path, load, rejects


def flow(data_folder, out_folder):
    def total(row):
        row["total"] = row["price"] * row["qty"]

    return Flow(
        load(
            data_folder / "orders.csv",
            encoding="latin-1",
            delimiter=";",
            override_fields={
                "price": {"type": "number", "decimalChar": ","},
                "qty": {"type": "integer", "constraints": {"required": True}},
            },
            on_error=rejects(),
        ),
        add_field("total", "number"),
        total,
        dump_to_path(out_folder),
    )
