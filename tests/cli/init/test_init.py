from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from command_calls import dataflows
from dataflows import Flow, load
from stopped_flow import stopped_flow

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE_NAME = "x'+__import__('os').system('touch hacked')+'.csv"
HOSTILE_FIELD = "\"\"\")\n__import__('os').system('touch hacked') #"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: what a server logs is not what the command prints."""


def init(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return dataflows(folder, "init", *arguments, **variables)


def write_table(path: Path, names: list[str], rows: list[list[Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *rows])


def fields_of(folder: Path, resource: int = 0) -> dict[str, str]:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return {
        field["name"]: field["type"] for field in package["resources"][resource]["schema"]["fields"]
    }


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    write_table(
        tmp_path / "data" / "Sales 1.csv",
        ["id", "customer", "amount"],
        [[1, "Ada", "12.50"], [2, "Grace", "n/a"], [3, "中国", "7.25"]],
    )
    return tmp_path


def test_a_file_becomes_a_script_and_its_output(sales: Path) -> None:
    done = init(sales, "data/Sales 1.csv")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:13] == [
        (
            'data/Sales 1.csv: CSV in UTF-8, separated by commas, quoted with ", '
            "header in row 1; 3 rows of 3 fields"
        ),
        "",
        "#       id  customer  amount",
        "   integer  string    number",
        "─  ───────  ────────  ──────",
        "1        1  Ada        12.50",
        "2        2  Grace          ∅",
        "3        3  中国        7.25",
        "",
        "- 1 of 3 values of 'amount' is not a number: 'n/a' (row 2)",
        "- so these are missing values: 'n/a'",
        "- all 3 values of 'id' are there, and no two are the same",
        "",
    ]
    assert lines[13:15] == ["wrote sales_1.py", ""]
    assert [line.split()[:2] for line in lines[15:20]] == [
        ["#", "step"],
        ["1", "load('data/Sales"],
        ["2", "set_primary_key(['id'])"],
        ["3", "update_package(name='sales_1',"],
        ["4", "dump_to_path('sales_1')"],
    ]
    assert lines[20].startswith("written: ")
    assert fields_of(sales / "sales_1") == {
        "id": "integer",
        "customer": "string",
        "amount": "number",
    }
    script = (sales / "sales_1.py").read_text(encoding="utf-8")
    assert (
        """\
        # CSV in UTF-8, separated by commas, quoted with ", header in row 1; 3 rows of 3 fields
        # 1 of 3 values of 'amount' is not a number: 'n/a' (row 2)
        # so these are missing values: 'n/a'
        load("data/Sales 1.csv", name="sales_1", override_schema={"missingValues": ["", "n/a"]}),
        # all 3 values of 'id' are there, and no two are the same
        set_primary_key(["id"]),
        update_package(name="sales_1", title="Sales 1"),
        dump_to_path("sales_1"),
"""
        in script
    )


def test_the_script_runs_by_itself(sales: Path) -> None:
    assert init(sales, "data/Sales 1.csv").returncode == 0
    done = subprocess.run(
        [sys.executable, "sales_1.py"], cwd=sales, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "dump_to_path('sales_1')" in done.stdout


def test_a_second_time_the_same_script_is_just_run(sales: Path) -> None:
    init(sales, "data/Sales 1.csv")
    done = init(sales, "data/Sales 1.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert "sales_1.py is as it should be" in done.stdout.splitlines()
    assert sorted(path.name for path in sales.iterdir()) == ["data", "sales_1", "sales_1.py"]


def test_another_script_is_overwritten_only_by_force(sales: Path) -> None:
    script = sales / "sales_1.py"
    script.write_text("mine = True\n", encoding="utf-8")
    done = init(sales, "data/Sales 1.csv")
    assert "wrote" not in done.stdout
    assert (done.returncode, done.stderr) == (
        2,
        (
            "error: there is another 'sales_1.py' already\n"
            "  fix: run that with dataflows run sales_1.py, or add --force to overwrite it.\n"
        ),
    )
    assert script.read_text(encoding="utf-8") == "mine = True\n"
    assert init(sales, "data/Sales 1.csv", "--force").returncode == 0
    assert "load(" in script.read_text(encoding="utf-8")


def test_strange_values_go_to_the_rejects(tmp_path: Path) -> None:
    rows: list[list[Any]] = [[number, number * 2] for number in range(2000)]
    rows[1700][1] = "twelve"
    write_table(tmp_path / "sales.csv", ["id", "qty"], rows)
    done = init(tmp_path, "sales.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert """\
        # 1 of 2,000 values of 'qty' is not a whole number: 'twelve' (row 1,701)
        set_type("qty", type="integer", on_error=rejects()),
""" in (tmp_path / "sales.py").read_text(encoding="utf-8")
    assert fields_of(tmp_path / "sales") == {"id": "integer", "qty": "integer"}
    with (tmp_path / "sales" / "rejects.csv").open(encoding="utf-8", newline="") as file:
        (reject,) = csv.DictReader(file)
    assert (reject["row_number"], reject["field"], reject["value"]) == ("1701", "qty", "twelve")


def test_a_value_beyond_the_rows_looked_at_does_not_stop_the_flow(tmp_path: Path) -> None:
    rows: list[list[Any]] = [[number] for number in range(150_000)]
    rows[130_000] = ["x"]
    write_table(tmp_path / "sales.csv", ["id"], rows)
    done = init(tmp_path, "sales.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert "on_error=rejects(max_rate=0.01)" in (tmp_path / "sales.py").read_text(encoding="utf-8")
    assert fields_of(tmp_path / "sales") == {"id": "integer"}
    with (tmp_path / "sales" / "rejects.csv").open(encoding="utf-8", newline="") as file:
        assert [reject["row_number"] for reject in csv.DictReader(file)] == ["130001"]


def test_names_and_values_from_outside_never_run(tmp_path: Path) -> None:
    rows = [[number, "x"] for number in range(300)]
    rows[7] = ["\nimport os; os.system('touch hacked')", "x"]
    write_table(tmp_path / HOSTILE_NAME, [HOSTILE_FIELD, "class"], rows)
    done = init(tmp_path, HOSTILE_NAME)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "hacked").exists()
    assert (tmp_path / "x_import_os_system_touch_hacked.py").exists()


def test_a_script_never_hides_a_module(tmp_path: Path) -> None:
    write_table(tmp_path / "statistics.csv", ["a"], [[1]])
    done = init(tmp_path, "statistics.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "statistics_flow.py").exists()


def test_the_folder_of_the_source_is_never_the_output(tmp_path: Path) -> None:
    write_table(tmp_path / "sales" / "sales.csv", ["a"], [[1]])
    assert init(tmp_path, "sales/sales.csv").returncode == 0
    assert sorted(path.name for path in (tmp_path / "sales").iterdir()) == ["sales.csv"]
    assert fields_of(tmp_path / "sales_output") == {"a": "integer"}


def test_a_folder_that_is_there_is_not_written_to(tmp_path: Path) -> None:
    write_table(tmp_path / "sales.csv", ["a"], [[1]])
    (tmp_path / "sales").mkdir()
    for _ in range(2):
        assert init(tmp_path, "sales.csv").returncode == 0
    assert list((tmp_path / "sales").iterdir()) == []
    assert fields_of(tmp_path / "sales_output") == {"a": "integer"}


def test_a_data_package_keeps_its_types(sales: Path) -> None:
    init(sales, "data/Sales 1.csv")
    (sales / "sales_1").rename(sales / "declared")
    done = init(sales, "declared/datapackage.json")
    assert (done.returncode, done.stderr) == (0, "")
    script = (sales / "declared.py").read_text(encoding="utf-8")
    assert (
        """\
        # 1 table: 'sales_1'
        load("declared/datapackage.json"),
"""
        in script
    )
    assert fields_of(sales / "declared_output") == fields_of(sales / "declared")


def test_a_pattern_loads_a_table_a_file(tmp_path: Path) -> None:
    write_table(tmp_path / "a1.csv", ["a"], [[1]])
    write_table(tmp_path / "a2.csv", ["a"], [[2]])
    done = init(tmp_path, "a*.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert fields_of(tmp_path / "a", 1) == {"a": "integer"}
    assert "# 2 tables: 'a1', 'a2'\n" in (tmp_path / "a.py").read_text(encoding="utf-8")


def test_an_address_with_a_secret_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    done = init(tmp_path, "https://user:S3CRET@localhost/x.csv?api_key=S3CRET")
    assert (done.returncode, done.stdout) == (2, "")
    assert "S3CRET" not in done.stderr
    assert "dataflows init env://SOURCE" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_secret_in_the_environment_stays_there(sales: Path) -> None:
    done = init(sales, "env://SALES", SALES="data/Sales 1.csv?S3CRET")
    assert done.returncode == 1
    (sales / "data" / "S3CRET.csv").write_text("a\n1\n", encoding="utf-8")
    done = init(sales, "env://SALES", SALES="data/S3CRET.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert "S3CRET" not in done.stdout
    assert fields_of(sales / "sales") == {"a": "integer"}
    for path in [sales / "sales.py", *(sales / "sales").iterdir()]:
        assert "S3CRET" not in path.read_text(encoding="utf-8"), path


def test_a_misspelt_file_is_refused_with_the_nearest_name(sales: Path) -> None:
    done = init(sales, "data/Sails 1.csv")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        (
            "error: no file named 'data/Sails 1.csv'\n"
            "  fix: did you mean 'Sales 1.csv'? The files here are: Sales 1.csv.\n"
        ),
    )


def test_what_cannot_be_read_is_told_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('[{"a": 1', encoding="utf-8")
    done = init(tmp_path, "broken.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["broken.json"]


def test_an_error_of_the_script_is_the_error_of_the_command(sales: Path) -> None:
    init(sales, "data/Sales 1.csv")
    shutil.rmtree(sales / "sales_1")
    (sales / "sales_1").write_text("a file where the folder was", encoding="utf-8")
    done = init(sales, "data/Sales 1.csv")
    assert done.returncode == 1
    assert done.stdout.endswith("\nsales_1.py is as it should be\n\n")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert "Traceback" in init(sales, "data/Sales 1.csv", "--debug").stderr


def test_without_a_source_and_a_terminal_there_is_nobody_to_ask(tmp_path: Path) -> None:
    done = init(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        (
            "error: there is no SOURCE, and no terminal on which to ask for one\n"
            "  fix: write dataflows init SOURCE, or dataflows init hello-world.\n"
        ),
    )


def test_standard_input_is_refused(tmp_path: Path) -> None:
    done = init(tmp_path, "-")
    assert (done.returncode, done.stderr) == (
        2,
        (
            "error: a flow that can run again cannot come from standard input\n"
            "  fix: write the data to a file, and name that.\n"
        ),
    )


def test_an_address_becomes_a_script(sales: Path) -> None:
    handler = partial(QuietHandler, directory=sales / "data")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        address = f"http://127.0.0.1:{server.server_port}/Sales%201.csv?year=2020"
        done = init(sales, address)
        server.shutdown()
    assert (done.returncode, done.stderr) == (0, "")
    assert f'"{address}"' in (sales / "sales_1.py").read_text(encoding="utf-8")
    assert fields_of(sales / "sales_1")["amount"] == "number"


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopping_stops_the_script_and_lets_it_clean_up(
    tmp_path: Path, sent: int, code: int
) -> None:
    running = (
        "import pathlib, click\n"
        "from dataflows.cli.init.files import run_script\n"
        "from dataflows.cli.report import failing_well\n"
        "with failing_well(click.Context(click.Command('init'))):\n"
        "    run_script(pathlib.Path('script.py'))\n"
    )
    call = [sys.executable, "-c", running]
    returned, err = stopped_flow(tmp_path, call, sent)
    assert returned == code
    assert "Traceback" not in err
    assert (tmp_path / "cleaned").exists()


def test_hello_world_joins_two_tables_and_writes_two_outputs(tmp_path: Path) -> None:
    done = init(tmp_path, "hello-world")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:2] == ["wrote hello_world.py", ""]
    assert lines[-7:] == [
        "#    order  customer_id   price  quantity  customer  city        total",
        "   integer      integer  number   integer  string    string     number",
        "─  ───────  ───────────  ──────  ────────  ────────  ─────────  ──────",
        "1        1            1   12.50         4  Ada       London      50.00",
        "2        2            2    3.99         1  Grace     New York     3.99",
        "3        3            1    0.20      1000  Ada       London     200.00",
        "4        4            3    7.00         3  Edsger    Rotterdam   21.00",
    ]
    rows = Flow(load(str(tmp_path / "hello_world_large.xlsx"))).results()[0][0]
    assert [(row["customer"], row["total"]) for row in rows] == [
        ("Ada", 50),
        ("Ada", 200),
        ("Edsger", 21),
    ]
    assert init(tmp_path, "hello-world").returncode == 0


@pytest.mark.parametrize(
    "path",
    ["country-codes/country-codes.csv", "covid/reference.csv", "population/datapackage.json"],
)
def test_real_data_gets_through_with_all_its_rows(tmp_path: Path, path: str) -> None:
    folder = os.environ.get("DATAFLOWS_REAL_DATA")
    if not folder:
        pytest.skip("DATAFLOWS_REAL_DATA names no folder of real data")
    done = init(tmp_path, f"{folder}/{path}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "rejected" not in done.stdout
