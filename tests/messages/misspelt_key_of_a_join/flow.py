from dataflows import Flow, join, load


def flow():
    cities = [{"name": "Rome", "country": "Italy"}]
    fields = {"country": {"name": "country"}}
    return Flow(cities, load("sales.csv"), join("res_1", ["name"], "sales", ["ctiy"], fields))
