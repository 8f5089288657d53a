"""Rows gathered by a field that is computed, and sorted by one that falls and one that rises."""

from dataflows import (
    Flow,
    add_computed_field,
    aggregate,
    dump_to_path,
    filter_rows,
    load,
    sort_rows,
)

needs = "real data"


def flow(data_folder, out_folder):
    return Flow(
        load(data_folder / "population" / "datapackage.json"),
        filter_rows("row['Country Code'] in ['CHN', 'ISL', 'TUV']"),
        add_computed_field("decade", "Year // 10 * 10"),
        aggregate(
            ["Country Name", "decade"],
            {
                "years": "count",
                "sum": "sum(Value)",
                "mean": "avg(Value)",
                "most": "max(Value)",
            },
        ),
        sort_rows(["decade", "Country Name"], reverse=[True, False]),
        dump_to_path(out_folder),
    )
