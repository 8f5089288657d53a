from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from command_calls import DATAFLOWS
from dataflows import Flow, load
from dataflows.cli.init.outputs import output_step
from dataflows.cli.init.processing import action_step
from dataflows.cli.report import CallError
from terminal import CTRL_C, CTRL_D, Session

if TYPE_CHECKING:
    from pathlib import Path

INIT = [*DATAFLOWS, "init"]
NAMES = ["city", "size", "a, b", "-x"]


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    lines = [f"{number},name {number % 3},{number}.5\n" for number in range(9)]
    (tmp_path / "sales.csv").write_text("id,name,total\n" + "".join(lines), encoding="utf-8")
    return tmp_path


def answer(session: Session, *pairs: tuple[str, str]) -> None:
    """Wait for each question, and type the answer to it."""
    for question, typed in pairs:
        session.wait_for(question)
        session.forget()
        session.type(f"{typed}\n")


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_person_is_led_from_the_data_to_its_outputs(sales: Path) -> None:
    with Session(INIT, sales) as session:
        answer(
            session,
            ("Where is the data", "sails.csv"),
            ("did you mean 'sales.csv'?", "sales.csv"),
            ("Is it read as it should be? [Y/n]: ", ""),
            ("A name for the script [sales]: ", "mine"),
            ("One of these, or Enter to go on: ", "sort"),
            ("Fields to sort by", "-total, name"),
            ("One of these, or Enter to go on: ", "filter"),
            ("Condition", "totl > 2"),
            ("did you mean 'total'?", "filter"),
            ("Condition", "total > 2"),
            ("One of these, or Enter to go on: ", "unique"),
            ("Fields of the key", "name"),
            ("One of these, or Enter to go on: ", "rename"),
            ("New names", "name=who"),
            ("One of these, or Enter to go on: ", "delete"),
            ("Fields to delete", "id"),
            ("One of these, or Enter to go on: ", ""),
            ("with commas [csv]: ", "print, json, zip, sql"),
            ("File, or a folder with / at its end [mine.json]: ", ""),
            ("Zip file [mine.zip]: ", ""),
            ("Database [sqlite:///mine.db]: ", ""),
            ("Run it now? [Y/n]: ", ""),
        )
        assert session.end() == 0, session.shown
    assert "written: mine.json" in session.shown
    script = (sales / "mine.py").read_text(encoding="utf-8")
    assert script[script.index("    return") : script.index("if __name__")] == (
        """\
    return Flow(
        # CSV in UTF-8, separated by commas, quoted with ", header in row 1; 9 rows of 3 fields
        load("sales.csv", name="mine"),
        # all 9 values of 'id' are there, and no two are the same
        set_primary_key(["id"]),
        sort_rows(["total", "name"], reverse=[True, False]),
        filter_rows("total > 2"),
        deduplicate(key=["name"]),
        rename_fields({"name": "who"}, regex=False),
        delete_fields(["id"], regex=False),
        update_package(name="mine", title="Mine"),
        printer(),
        dump_to_file("mine.json"),
        dump_to_zip("mine.zip"),
        dump_to_sql({"mine": {"resource-name": "mine"}}, "sqlite:///mine.db"),
    )


"""
    )
    rows = Flow(load(str(sales / "mine.json"))).results()[0][0]
    assert [row["who"] for row in rows] == ["name 2", "name 1", "name 0"]
    assert files(sales) == ["mine.db", "mine.json", "mine.py", "mine.zip", "sales.csv"]


def test_how_a_file_is_written_can_be_said(sales: Path) -> None:
    (sales / "odd.csv").write_text("a:b\n1:2\n", encoding="utf-8")
    with Session(INIT, sales) as session:
        answer(
            session,
            ("Where is the data", "odd.csv"),
            ("Is it read as it should be? [Y/n]: ", "n"),
            ("Format", ""),
            ("Encoding", ""),
            ("Delimiter", ":"),
            ("Row of the header", ""),
            ("Is it read as it should be? [Y/n]: ", "y"),
            ("A name for the script [odd]: ", ""),
            ("One of these, or Enter to go on: ", ""),
            ("with commas [csv]: ", ""),
            ("Folder [odd]: ", ""),
            ("Run it now? [Y/n]: ", "n"),
        )
        assert session.end() == 0, session.shown
    assert 'load("odd.csv", delimiter=":", name="odd"),' in (sales / "odd.py").read_text()
    assert files(sales) == ["odd.csv", "odd.py", "sales.csv"]


@pytest.mark.parametrize("typed", [CTRL_C, CTRL_D], ids=["ctrl-c", "ctrl-d"])
def test_ctrl_c_at_a_question_leaves_nothing(typed: str, sales: Path) -> None:
    with Session(INIT, sales) as session:
        answer(session, ("Where is the data", "sales.csv"), ("Is it read", "y"))
        session.wait_for("A name for the script [sales]: ")
        time.sleep(0.3)  # Python may miss the signal between its prompt and its reading
        session.type(typed)
        assert session.end() == 130
    assert session.shown.endswith("stopped\n")
    assert files(sales) == ["sales.csv"]


@pytest.mark.parametrize(("typed", "code"), [("n", 1), ("y", 0)])
def test_another_script_is_overwritten_when_a_person_says_so(
    typed: str, code: int, sales: Path
) -> None:
    (sales / "sales.py").write_text("mine = True\n", encoding="utf-8")
    with Session([*INIT, "sales.csv"], sales) as session:
        answer(session, ("There is another 'sales.py' already. Overwrite it? [y/N]: ", typed))
        assert session.end() == code, session.shown
    is_mine = (sales / "sales.py").read_text(encoding="utf-8") == "mine = True\n"
    assert (is_mine, "nothing was written" in session.shown) == (typed == "n", typed == "n")


@pytest.mark.parametrize(("typed", "code"), [("n", 1), ("y", 0)])
def test_an_output_that_is_there_is_written_to_when_a_person_says_so(
    typed: str, code: int, sales: Path
) -> None:
    (sales / "out").mkdir()
    (sales / "out" / "sales.csv").write_text("mine", encoding="utf-8")
    with Session([*INIT, "sales.csv", "--output", "out"], sales) as session:
        answer(session, ("There is something in 'out' already. Write there? [y/N]: ", typed))
        assert session.end() == code, session.shown
    is_mine = (sales / "out" / "sales.csv").read_text(encoding="utf-8") == "mine"
    assert (is_mine, (sales / "sales.py").exists()) == (typed == "n", typed == "y")


def test_it_fits_a_narrow_terminal(sales: Path) -> None:
    with Session([*INIT, "sales.csv"], sales, columns=40) as session:
        assert session.end() == 0
    assert [line for line in session.shown.splitlines() if len(line.rpartition("\r")[2]) > 40] == []


@pytest.mark.parametrize(
    ("action", "given", "step"),
    [
        ("sort", "size", ("sort_rows", (["size"],), {})),
        ("sort", "-size", ("sort_rows", (["size"],), {"reverse": True})),
        ("sort", "-x", ("sort_rows", (["-x"],), {})),
        ("delete", "a, b", ("delete_fields", (["a, b"],), {"regex": False})),
        ("keep", "size, city", ("select_fields", (["size", "city"],), {"regex": False})),
        ("unique", "*", ("deduplicate", (), {"key": "*"})),
        ("rename", "city=town", ("rename_fields", ({"city": "town"},), {"regex": False})),
        ("add", "x = size == 2", ("add_computed_field", ("x", "size == 2"), {})),
    ],
)
def test_an_answer_becomes_a_step(action: str, given: str, step: tuple[object, ...]) -> None:
    made = action_step(action, given, NAMES)
    assert (made.name, made.arguments, made.options) == step


@pytest.mark.parametrize(
    ("action", "given", "told"),
    [
        ("sort", "", "there is no answer\n  fix: answer the question, or choose another step."),
        ("rename", "city", "no old and new name in 'city'\n  fix: write: old=new, old=new."),
        (
            "add",
            "size * 2",
            (
                "no field and expression in 'size * 2'\n"
                "  fix: write for instance: total = price * qty."
            ),
        ),
        (
            "keep",
            "citty",
            (
                "no field named 'citty'\n"
                "  fix: did you mean 'city'? The fields here are: city, size, a, b, -x."
            ),
        ),
    ],
)
def test_an_answer_that_cannot_be_is_told(action: str, given: str, told: str) -> None:
    with pytest.raises(CallError) as caught:
        action_step(action, given, NAMES)
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("output", "place", "told"),
    [
        ("csv", "", "there is no place for csv\n  fix: name one."),
        (
            "sql",
            "a.db",
            "'a.db' is not the address of a database\n  fix: write for instance sqlite:///a.db.",
        ),
        (
            "s3",
            "bucket",
            "'bucket' is not an address of S3\n  fix: write for instance s3://bucket/prefix.",
        ),
        (
            "sql",
            "postgresql://me:S3CRET@db/x",
            (
                "the postgresql address has a user or a password in it, which a script should not "
                "hold\n  fix: put the address into an environment variable, such as SOURCE, and "
                "call dataflows init env://SOURCE instead."
            ),
        ),
    ],
)
def test_a_place_that_cannot_be_is_told(output: str, place: str, told: str) -> None:
    with pytest.raises(CallError) as caught:
        output_step(output, place, ["a"])
    assert str(caught.value) == told
