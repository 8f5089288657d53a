"""A warning names the line of the script that led to it, not one of the engine or a library."""

import warnings
from pathlib import Path

from dataflows import Flow, join_self, load
from dataflows.telling import warn


def test_it_points_at_the_line_of_the_script_that_runs_the_flow(tmp_path: Path) -> None:
    tmp_path.joinpath("a.csv").write_text("id\n1\n", "utf-8")
    flow = Flow(load(str(tmp_path / "a.csv"), delimeter=";"))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        flow.run()
    (one,) = told
    assert str(one.message).endswith("did you mean delimiter?")
    assert (one.filename, one.lineno) == (__file__, _line_of("flow.run()"))


def test_it_points_at_the_line_that_makes_a_step() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        join_self("a", ["id"], "b", {})
    (one,) = told
    assert one.category is DeprecationWarning
    assert (one.filename, one.lineno) == (__file__, _line_of('join_self("a"'))


def test_a_line_tells_once_unless_asked_for_more() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        for _ in range(3):
            warn("odd")
    assert [str(one.message) for one in told] == ["odd"]


def _line_of(text: str) -> int:
    lines = Path(__file__).read_text("utf-8").splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.strip().startswith(text))
