"""The runner of the pages notices when a page is not true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pages import run_page

if TYPE_CHECKING:
    from pathlib import Path

TRUE = """
```python
from pathlib import Path
number = 1
print(number)
```

```output
1
```

```python
>>> number + 1
2
```

```python
Path("made.txt").write_text("first\\nsecond\\nthird\\n")
```

```console
$ cat \\
    made.txt
first
...
third
$ cat made.txt
$ cat missing.txt
cat: missing.txt: No such file or directory
```

```python file=made.py
def made():
    return 5
```

```console
$ python -c 'import made; print(made.made())'
5
$ echo took 0.07 s
took 0.05 s
```

```python
print("before")
{}["key"]
```

```error
before
KeyError: 'key'
```

```sh
exit 1
```
"""


def run(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.chdir(folder)
    path = folder / "page.md"
    path.write_text(page)
    return run_page(path, folder)


def test_a_true_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(TRUE, tmp_path, monkeypatch) == 6


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("```output\n1", "```output\n2"),
        (">>> number + 1\n2", ">>> number + 1\n3"),
        ("first\n...", "second\n..."),
        ("$ cat made.txt", "$ cat other.txt"),
        ("missing.txt: No", "missing.txt: no"),
        ("number = 1", "assert False"),
        ("return 5", "return 6"),
        ("took 0.05 s", "took 0.05"),
        ("KeyError: 'key'", "KeyError: 'kez'"),
        ('{}["key"]', "{}"),
        ("before\nKeyError", "KeyError"),
    ],
)
def test_a_false_page_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, was: str, becomes: str
) -> None:
    assert was in TRUE
    with pytest.raises(AssertionError):
        run(TRUE.replace(was, becomes), tmp_path, monkeypatch)


def test_what_is_printed_can_be_written_into_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "page.md"
    false = TRUE.replace("```output\n1", "```output\n2").replace("KeyError: 'key'", "ValueError: 3")
    path.write_text(false.replace("No such file or directory", "no"))
    assert run_page(path, tmp_path, rewrite=True) == 6
    assert path.read_text() == TRUE


def test_what_is_true_is_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "page.md"
    path.write_text(TRUE)
    assert run_page(path, tmp_path, rewrite=True) == 6
    assert path.read_text() == TRUE


def test_an_error_in_a_block_has_the_line_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run("One line.\n\n```python\na = 1\na / 0\n```\n", tmp_path, monkeypatch)
    assert caught.traceback[-1].lineno + 1 == 5
