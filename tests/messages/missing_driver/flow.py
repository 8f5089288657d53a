import sys

from dataflows import Flow, load

sys.modules["psycopg"] = None  # as where it is not installed


def flow():
    return Flow(load("postgresql://me:S3CRET@localhost/shop", table="sales"))
