"""Dumps to S3 that are killed: each line of standard input is one, in a process of its own.

A line holds the tag of the rows, the address, and before which writing request (0: none) or after
how many seconds (with a point in it) the process is killed. The answer is how it ended. Processes
are forks of this one, which has imported everything and started no thread.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import boto3
import botocore.exceptions
import pyarrow as pa

from dataflows.flow import Flow
from dataflows.processors.dumpers.dump_to_s3 import dump_to_s3
from dataflows.processors.formats import csv_writer
from dataflows.processors.storage import s3_commit
from dataflows.processors.storage.s3_client import S3Options, s3_client
from dataflows.processors.storage.s3_folder import S3Folder

if TYPE_CHECKING:
    from collections.abc import Iterator

READING = ("head_object", "get_object", "list_objects_v2", "list_multipart_uploads")
IMPORTED = boto3, botocore.exceptions, pa, csv_writer


def rows(tag: str, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {"id": number, "tag": tag}


def kill_before(place: int) -> None:
    """Let this process be killed before a request."""
    ask, lock, seen = S3Folder._ask, threading.Lock(), 0

    def watched(self: S3Folder, call: str, *arguments: Any, **given: Any) -> Any:
        nonlocal seen
        with lock:
            seen += call not in READING
            if seen == place and call not in READING:
                os.kill(os.getpid(), signal.SIGKILL)
        return ask(self, call, *arguments, **given)

    S3Folder._ask = watched  # type: ignore[method-assign] # watched from outside


def dump(tag: str, address: str) -> None:
    # The names and the number of the files change, too.
    last = [] if tag.startswith("old") else [rows(tag, 5)]
    Flow(rows(tag, 50), rows(tag, 2_000), *last, dump_to_s3(address)).process()


def main() -> None:
    s3_commit._GRACE_SECONDS = -10.0  # what is found of a commit is finished at once
    s3_client(S3Options()).close()  # the session is kept, which takes long to make
    for line in sys.stdin:
        tag, address, when = line.split()
        child = os.fork()
        if child == 0:
            if "." not in when:
                kill_before(int(when))
            try:
                dump(tag, address)
            except BaseException as error:  # noqa: BLE001 - told by the status
                sys.stderr.write(f"{error!r}\n")
                os._exit(1)
            os._exit(0)
        if "." in when:
            time.sleep(float(when))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
