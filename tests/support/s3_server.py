"""A server that speaks as S3 does, on this machine: that of moto, in a process of its own."""

from __future__ import annotations

import select
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SECRET", "serving_s3"]

SECRET = "pa55word"  # noqa: S105 - of nobody

_SECONDS_TO_START = 60
# It ends when its standard input does, so also when the tests are killed.
_SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""


@contextmanager
def serving_s3() -> Iterator[str]:
    """Run a server for as long as the block lasts; yield its address."""
    pytest.importorskip("boto3", reason="needs S3: boto3 is not installed")
    pytest.importorskip("moto.server", reason="needs S3: moto[server] is not installed")
    command = [sys.executable, "-c", _SERVER]
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=quiet, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            ready, _, _ = select.select([process.stdout], [], [], _SECONDS_TO_START)
            port = process.stdout.readline().strip() if ready else ""
            assert port.isdecimal(), "the server of moto does not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
