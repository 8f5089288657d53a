from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dataflows import Flow, dump_to_file, dump_to_path, load
from dataflows.errors import ArgumentError, ProcessorError
from dataflows.plugins import GROUPS, PluginError, plugins_of
from plugin_packages import install

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOUT = '''
def shout(field):
    """Write texts in capitals.

    Memory: one row.

    Args:
        field: The field.
    """
    def row(row):
        row[field] = row[field].upper()
    return row

def words(*given):
    """Bring words into a flow."""
    return [{"word": one} for one in given]
'''
PIPES = """
from pathlib import Path
from dataflows.processors.formats.file_format import FileFormat

def reader(path, **options):
    with open(path, encoding="utf-8") as lines:
        names = next(lines).rstrip("\\n").split("|")
        for line in lines:
            yield dict(zip(names, line.rstrip("\\n").split(options.get("by", "|"))))

class writer(FileFormat):
    def __init__(self, file, schema, **options):
        super().__init__(file, schema, **options)
        file.write("|".join(self.headers) + "\\n")

    def write_transformed_row(self, row):
        self.file.write("|".join("" if one is None else one for one in row.values()) + "\\n")
"""
BOX = """
import io

def open_box(address, options):
    assert options == {}
    return io.BytesIO(b"n,address\\n1," + address.encode() + b"\\n")
"""
POINTS = {
    GROUPS["processors"]: {"shout": "shouting:shout"},
    GROUPS["loaders"]: {"words": "shouting:words"},
    GROUPS["formats"]: {"pipes": "pipes_format"},
    GROUPS["schemes"]: {"box": "box_scheme:open_box"},
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    site = tmp_path / "site"
    site.mkdir()
    modules = {"shouting": SHOUT, "pipes_format": PIPES, "box_scheme": BOX}
    install(site, "dataflows-shout", modules, POINTS)
    monkeypatch.syspath_prepend(str(site))
    yield site
    for name in (*modules, "broken", "leaving", "shouting_too"):
        sys.modules.pop(name, None)


def contrib(name: str) -> object:
    return getattr(importlib.import_module("dataflows.contrib"), name)


def test_a_processor_of_a_plugin_is_imported_from_contrib() -> None:
    from dataflows.contrib import shout, words

    assert Flow(words("a", "b"), shout("word")).results()[0] == [[{"word": "A"}, {"word": "B"}]]
    assert {"shout", "words"} <= set(dir(importlib.import_module("dataflows.contrib")))


def test_a_plugin_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ImportError) as caught:
        contrib("shuot")
    assert str(caught.value) == (
        "no plugin has a processor 'shuot'\n"
        "  fix: did you mean 'shout'? The plugins here are: shout, words."
    )
    assert not hasattr(importlib.import_module("dataflows.contrib"), "__wrapped__")


def test_a_format_of_a_plugin_is_read_and_written() -> None:
    Path("a.pipes").write_text("id|city\n1|Rome\n2|\n", encoding="utf-8")
    rows = [{"id": 1, "city": "Rome"}, {"id": 2, "city": None}]
    assert Flow(load("a.pipes")).results()[0] == [rows]
    assert Flow(load("a.pipes", limit_rows=1)).results()[0] == [rows[:1]]
    Path("b.txt").write_text("id|city\n1;Rome\n", encoding="utf-8")
    assert Flow(load("b.txt", format="pipes", by=";")).results()[0] == [rows[:1]]
    Flow(rows, dump_to_file("o.pipes")).process()
    Flow(rows, dump_to_path("out", format="pipes")).process()
    for path in ("o.pipes", "out/res_1.pipes"):
        assert Path(path).read_text(encoding="utf-8") == "id|city\n1|Rome\n2|\n"
    assert Flow(load("out/datapackage.json")).results()[0] == [rows]


def test_a_scheme_of_a_plugin_is_opened() -> None:
    assert Flow(load("box://a/b.csv")).results()[0] == [[{"n": 1, "address": "box://a/b.csv"}]]


def test_what_is_unknown_is_refused_as_ever() -> None:
    with pytest.raises(ArgumentError, match="no format is written to files that end in 'piped'"):
        dump_to_file("o.piped")
    with pytest.raises(ProcessorError, match="bax"):
        Flow(load("bax://a/b.csv")).process()


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        (
            "import no_such_module",
            "broken:x",
            "ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("y = 1", "broken:x", "AttributeError: module 'broken' has no attribute 'x'"),
        ("1 / 0", "broken:x", "ZeroDivisionError: division by zero"),
        ("raise SystemExit", "broken:x", "SystemExit"),
        ("x = (", "broken:x", "SyntaxError: '(' was never closed (broken.py, line 1)"),
    ],
)
def test_a_broken_plugin_is_named_and_the_others_work(
    here: Path, text: str, place: str, reason: str
) -> None:
    install(here, "bad-flows", {"broken": text}, {GROUPS["processors"]: {"bad": place}})
    with pytest.raises(PluginError) as caught:
        contrib("bad")
    assert str(caught.value) == (
        f"the plugin 'bad' of bad-flows cannot be used: {reason}\n"
        f"  fix: correct {place!r}, or remove it: pip uninstall bad-flows."
    )
    assert callable(contrib("shout"))


def test_two_plugins_of_one_name_are_both_named(here: Path) -> None:
    again = {GROUPS["processors"]: {"shout": "shouting_too:shout"}}
    install(here, "loud-flows", {"shouting_too": SHOUT}, again)
    with pytest.raises(PluginError) as caught:
        contrib("shout")
    assert str(caught.value) == (
        "2 plugins are named 'shout': shouting:shout of dataflows-shout and "
        "shouting_too:shout of loud-flows\n"
        "  fix: uninstall one of them."
    )
    assert callable(contrib("words"))


def test_a_distribution_without_a_whole_list_is_named_and_the_others_work(here: Path) -> None:
    install(here, "bad-flows", {}, {GROUPS["processors"]: {}})
    points = here / "bad_flows-1.0.dist-info" / "entry_points.txt"
    points.write_text(f"[{GROUPS['processors']}]\nno sign\n", encoding="utf-8")
    code, out, err = dataflows(here, "-m", "dataflows.cli", "processors", "shout")
    assert (code, out.partition("\n")[0]) == (0, "shout")
    assert err.startswith("warning: the entry points of bad-flows cannot be read: ")


def test_what_is_installed_later_is_found(here: Path) -> None:
    with pytest.raises(PluginError):
        contrib("whisper")
    again = {GROUPS["processors"]: {"whisper": "shouting_too:shout"}}
    install(here, "loud-flows", {"shouting_too": SHOUT}, again)
    assert callable(contrib("whisper"))


def test_a_reader_that_gives_no_dicts_is_told(here: Path) -> None:
    text = "def reader(path):\n    yield [1]\n"
    install(here, "bad-flows", {"broken": text}, {GROUPS["formats"]: {"lists": "broken"}})
    Path("a.lists").touch()
    with pytest.raises(ProcessorError, match="the reader of the format 'lists' gave \\[1\\], not"):
        Flow(load("a.lists")).process()


def dataflows(site: Path, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_command_line_lists_plugins_and_names_the_broken_ones(here: Path) -> None:
    bad = {"bad": "nowhere:bad", "odd": "shouting:nothing", "one": "numbering:one"}
    install(here, "bad-flows", {"numbering": "one = 1"}, {GROUPS["processors"]: bad})
    code, out, err = dataflows(here, "-m", "dataflows.cli", "processors")
    assert code == 0
    assert err == (
        "warning: the processor 'bad' of bad-flows cannot be read: "
        "no source of a module named 'nowhere'\n"
        "warning: the processor 'odd' of bad-flows cannot be read: "
        "no function named 'nothing' in 'shouting'\n"
        "warning: the processor 'one' of bad-flows cannot be read: "
        "no function named 'one' in 'numbering'\n"
    )
    tail = out[out.index("dataflows-shout\n") :]
    lines = [" ".join(line.split()) for line in tail.splitlines()]
    assert lines == [
        "dataflows-shout",
        "shout Write texts in capitals.",
        "words Bring words into a flow.",
        "",
        "formats of plugins – what load and the dumpers take besides",
        "pipes from dataflows-shout",
        "",
        "schemes of plugins – where load can read besides",
        "box from dataflows-shout",
    ]


def test_the_command_line_explains_and_uses_plugins(here: Path) -> None:
    code, out, err = dataflows(here, "-m", "dataflows.cli", "processors", "shout")
    assert (code, err) == (0, "")
    assert out.startswith(
        "shout\nWrite texts in capitals.\n\n  from dataflows.contrib import shout\n\n"
    )
    Path("a.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    code, out, err = dataflows(here, "-m", "dataflows.cli", "convert", "a.csv", "a.pipes")
    assert (code, out, err) == (0, "", "1 row written to a.pipes\n")
    assert Path("a.pipes").read_text(encoding="utf-8") == "a|b\n1|2\n"


def test_what_is_ours_looks_for_no_plugin(here: Path) -> None:
    Path("a.csv").write_text("a\n1\n", encoding="utf-8")
    code = (
        "import sys\n"
        "from dataflows import Flow, dump_to_path, load\n"
        "Flow(load('a.csv'), dump_to_path('out')).process()\n"
        "Flow(load('out/datapackage.json')).process()\n"
        "print('dataflows.processors.formats.plugin_format' in sys.modules)\n"
        "print('dataflows.processors.storage.plugin_scheme' in sys.modules)\n"
    )
    assert dataflows(here, "-c", code) == (0, "False\nFalse\n", "")


def test_plugins_are_listed_without_importing_them() -> None:
    found = [one for one in plugins_of(*GROUPS) if one.distribution == "dataflows-shout"]
    assert [(one.kind, one.name, one.module, one.attribute) for one in found] == [
        ("schemes", "box", "box_scheme", "open_box"),
        ("formats", "pipes", "pipes_format", ""),
        ("processors", "shout", "shouting", "shout"),
        ("loaders", "words", "shouting", "words"),
    ]
    assert "shouting" not in sys.modules
