"""What is known of the provinces of a country, brought to the countries by their code."""

from dataflows import Flow, dump_to_path, filter_rows, join, load, select_fields

needs = "real data"


def flow(data_folder, out_folder):
    return Flow(
        load(data_folder / "covid" / "reference.csv"),
        load(data_folder / "country-codes" / "country-codes.csv"),
        filter_rows("Province_State is not None", resources="reference"),
        select_fields(
            ["ISO3166-1-Alpha-3", "CLDR display name", "Capital"], resources="country-codes"
        ),
        # Luxembourg has no provinces there, and Bouvet Island is not there at all.
        filter_rows(
            "row['ISO3166-1-Alpha-3'] in ['BEL', 'BVT', 'CHN', 'ITA', 'LUX', 'NLD', 'USA']",
            resources="country-codes",
        ),
        join(
            "reference",
            "iso3",
            "country-codes",
            "ISO3166-1-Alpha-3",
            {
                "places": {"aggregate": "count"},
                "places_with_population": {"name": "Population", "aggregate": "count"},
                "population": {"name": "Population", "aggregate": "sum"},
                "largest": {"name": "Population", "aggregate": "max"},
                "mean_latitude": {"name": "Lat", "aggregate": "avg"},
                "first_place": {"name": "Combined_Key", "aggregate": "first"},
            },
        ),
        dump_to_path(out_folder),
    )
