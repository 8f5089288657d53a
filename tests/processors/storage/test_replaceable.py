"""What is no file stays where it is: no output takes its place."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from dataflows import Flow, dump_to_file, dump_to_zip, stream
from dataflows.errors import OutputError, ProcessorError
from dataflows.processors.storage.replaceable import must_be_replaceable


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("step", [dump_to_file, dump_to_zip, stream])
def test_a_pipe_is_not_replaced(tmp_path: Path, step: Any) -> None:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], step(path)).process()
    assert caught.value.fix == (
        "name a file; or open it yourself, and give dump_to_file(open(…, 'wb'))."
    )
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="this system has no /dev")
@pytest.mark.parametrize("path", ["/dev/null", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_a_device_is_not_replaced(path: str) -> None:
    with pytest.raises(OutputError) as caught:
        must_be_replaceable(Path(path), path)
    what = f"cannot replace {path!r}: it is a device, a pipe or the like, and no file"
    assert caught.value.what == what
