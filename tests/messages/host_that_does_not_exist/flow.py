from dataflows import Flow, load


def flow():
    return Flow(load("https://me:S3CRET@no-such-host.invalid/sales.csv", retries=0))
