import sqlite3

from dataflows import Flow, load


def flow():
    with sqlite3.connect("shop.db") as shop:
        shop.execute("create table sales (id integer)")
    shop.close()
    return Flow(load("sqlite:///shop.db", table="slaes"))
