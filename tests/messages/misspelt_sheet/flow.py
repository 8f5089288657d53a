from openpyxl import Workbook

from dataflows import Flow, load


def flow():
    book = Workbook()
    book.active.title = "Sales"
    book.save("sales.xlsx")
    return Flow(load("sales.xlsx", sheet="Slaes"))
