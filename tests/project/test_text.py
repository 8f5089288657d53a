"""What must not stand in any committed text."""

from __future__ import annotations

import re

from source_tree import ROOT, repository_files

TEXT = (".py", ".md", ".toml", ".txt", ".cfg", ".yml", ".yaml", ".typed", "Makefile", ".ci/run")
# These hold data as it comes, line ends and all.
DATA = ("tests/cases/", "tests/data/", "examples/")


def texts(*endings: str) -> list[tuple[str, str]]:
    """Return the name and the content of every text file of the repository."""
    files = [*repository_files(*endings), *((ROOT / ".ci" / "run",) if not endings else ())]
    return [(path.relative_to(ROOT).as_posix(), path.read_bytes().decode()) for path in files]


def lines_with(pattern: str, *endings: str) -> list[str]:
    """Return the lines in which a pattern is found, each with its place."""
    expression = re.compile(pattern)
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts(*(endings or TEXT))
        for number, line in enumerate(text.split("\n"), start=1)
        if expression.search(line)
    ]


def test_no_path_of_one_machine() -> None:
    found = lines_with(r"(^|[^\w.~}])/(work|farm|root|home|Users)/|[A-Z]:\\Users\\")
    assert not found, "\n".join(found)


def test_nothing_is_left_to_be_done_later() -> None:
    found = lines_with(r"\b(TO[D]O|FIX[M]E|X[X]X)\b", ".py")
    assert not found, "\n".join(found)


def test_every_ignored_type_has_its_code_and_its_reason() -> None:
    found = lines_with(r"# typ[e]: ignore(?!\[[a-z, -]+\] +# \w)", ".py")
    assert not found, "\n".join(found)


def test_every_silenced_rule_has_its_code_and_its_reason() -> None:
    found = lines_with(r"# noq[a](?!: [A-Z]+\d+(, [A-Z]+\d+)* - \w)", ".py")
    assert not found, "\n".join(found)


def test_lines_end_as_they_should() -> None:
    found = []
    for path in repository_files(*TEXT):
        name, content = path.relative_to(ROOT).as_posix(), path.read_bytes()
        if name.startswith(DATA):
            continue
        if b"\r" in content:
            found.append(f"{name}: a carriage return")
        if content and not content.endswith(b"\n"):
            found.append(f"{name}: no line end at the end")
        if content.endswith(b"\n\n"):
            found.append(f"{name}: an empty line at the end")
        if re.search(rb"[ \t]\n", content):
            found.append(f"{name}: blanks at the end of a line")
    assert not found, "\n".join(found)
