"""Pyarrow does without pandas until pandas is there."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_flow_does_not_import_pandas() -> None:
    code = (
        "import sys; from dataflows import Flow; Flow([{'a': 1}]).to_arrow()\n"
        "print('pandas' in sys.modules)"
    )
    assert run(code) == "False"


def test_pandas_imported_later_is_known_to_pyarrow() -> None:
    pytest.importorskip("pandas")
    code = (
        "from dataflows import Flow; Flow([{'a': 1}]).to_arrow()\n"
        "import pandas, pyarrow, sys\n"
        "print(pyarrow.array(pandas.Series([1.5, None])).null_count)\n"
        "print(Flow([{'a': 1}]).to_pandas().shape)\n"
        "print([f for f in sys.meta_path if 'Pandas' in type(f).__name__])"
    )
    assert run(code) == "1\n(1, 1)\n[]"


def test_pandas_imported_before_stays() -> None:
    pytest.importorskip("pandas")
    code = (
        "import pandas; from dataflows import Flow\n"
        "Flow(pandas.DataFrame({'a': [1]})).to_arrow()\n"
        "print(__import__('pyarrow').array(pandas.Series([1.5, None])).null_count)"
    )
    assert run(code) == "1"
