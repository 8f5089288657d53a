"""An output on S3 is the old one or the new one, whole, whatever stops a run (A7, B1, D10)."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_s3, load
from dataflows.errors import OutputError, ProcessorError, SourceLoadError
from dataflows.processors.storage import s3_commit, s3_folder, s3_upload
from s3_packages import PACKAGE, PLACE, Jobs, agrees, keys, tag_of, uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OLD = [{"tag": "old", "id": number} for number in range(3)]
LATE = [{"tag": "late", "id": number} for number in range(2)]
NEW = [{"tag": "new", "id": number} for number in range(4)]


@pytest.fixture(autouse=True)
def no_grace(s3_login: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found of a commit is finished at once."""
    monkeypatch.setattr(s3_commit, "_GRACE_SECONDS", -10.0)


def dump(rows: Any, **options: Any) -> None:
    Flow(rows, dump_to_s3(PLACE, **options)).process()


@contextmanager
def meddled(
    monkeypatch: pytest.MonkeyPatch, meddle: Callable[[str, str | None, int], None]
) -> Iterator[None]:
    """Call a function before each request, with its name, its path and how often it was asked."""
    ask, seen = s3_folder.S3Folder._ask, [0]

    def watched(self: Any, call: str, path: str | None, *arguments: Any, **given: Any) -> Any:
        seen[0] += 1
        meddle(call, path, seen[0])
        return ask(self, call, path, *arguments, **given)

    with monkeypatch.context() as patched:
        patched.setattr(s3_folder.S3Folder, "_ask", watched)
        yield


def test_the_uploads_of_runs_that_live_or_may_live_stay(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_the_end(row: dict[str, Any]) -> None:
        if row["id"] != 19_999:
            return
        end = time.monotonic() + 20
        while not uploads(bucket):  # they are sent by a thread of their own
            assert time.monotonic() < end
            time.sleep(0.01)
        with monkeypatch.context() as patched:
            patched.setattr("dataflows.processors.storage.s3_runs._machine", lambda: "another")
            dump(OLD)
        dump(NEW)
        assert len(uploads(bucket)) == 1

    monkeypatch.setattr(s3_upload, "PART_BYTES", 5 << 20)
    rows = ({"tag": "x" * 1000, "id": number} for number in range(20_000))
    with pytest.raises(ProcessorError, match="was written by another run"):
        Flow(rows, at_the_end, dump_to_s3(PLACE)).process()
    assert tag_of(bucket) == "new"
    assert uploads(bucket) == []
    # What a run of another machine has left is aborted after a day.
    bucket.Object("p/a.csv").initiate_multipart_upload()
    note = {"machine": "another", "process": 1, "started": "1", "paths": ["a.csv"]}
    bucket.put_object(Key="p/.dataflows-run-1.json", Body=json.dumps(note).encode())
    dump(OLD)
    assert len(uploads(bucket)) == 1
    monkeypatch.setattr("dataflows.processors.storage.s3_runs._OLDEST_SECONDS", -10.0)
    dump(OLD)
    assert uploads(bucket) == []
    assert keys(bucket) == ["p/datapackage.json", "p/res_1.csv"]


# B1, A7: stopped by an error or an interrupt


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt, GeneratorExit])
@pytest.mark.parametrize(("options", "count"), [({}, 2), ({"add_filehash_to_path": True}, 1)])
def test_b1_what_stops_a_run_leaves_the_old_objects_and_no_upload(
    bucket: Any, error: type, options: dict[str, Any], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_upload, "PART_BYTES", 5 << 20)
    dump(OLD)
    begun: list[int] = []

    def broken() -> Iterator[dict[str, Any]]:
        yield from ({"tag": "x" * 1000, "id": number} for number in range(12_000))
        end = time.monotonic() + 20
        while len(uploads(bucket)) < count:  # they are sent by a thread of their own
            assert time.monotonic() < end
            time.sleep(0.01)
        begun.append(len(uploads(bucket)))
        raise error("stopped")

    with pytest.raises((ProcessorError, error)):
        Flow(NEW, broken(), dump_to_s3(PLACE, **options)).process()
    assert begun == [count]
    assert tag_of(bucket) == "old"
    assert uploads(bucket) == []
    assert keys(bucket) == ["p/datapackage.json", "p/res_1.csv"]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, OutputError])
def test_a7_what_stops_a_run_at_any_request_leaves_old_or_new(
    bucket: Any, kind: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    dump(OLD)
    place, ended, seen = 0, False, set()
    while not ended:
        # The errors are S3's as well, so some of the places show what there is to be seen.
        place += 1 if kind is KeyboardInterrupt else 3

        def meddle(_: str, __: str | None, number: int, place: int = place) -> None:
            if number == place:
                raise kind("stopped")

        try:
            with meddled(monkeypatch, meddle):
                Flow(NEW, NEW, dump_to_s3(PLACE)).process()
            ended = tag_of(bucket) == "new" and place > 15
        except (KeyboardInterrupt, OutputError, ProcessorError):
            pass
        seen.add(tag_of(bucket))
        assert uploads(bucket) == []
        assert not [key for key in keys(bucket) if "commit" in key]
        dump(OLD)
        assert keys(bucket) == ["p/datapackage.json", "p/res_1.csv"]
    assert seen == {"old", "new"}


def test_a_commit_that_cannot_go_on_says_so_and_is_finished_by_the_next_load(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump(OLD)

    def meddle(call: str, path: str | None, _: int) -> None:
        if call == "put_object" and path == "datapackage.json":
            raise OutputError("no more", fix="wait.")

    with meddled(monkeypatch, meddle):
        with pytest.raises(ProcessorError) as caught:
            dump(NEW)
        assert caught.value.fix == (
            "run again, or load s3://data/p/datapackage.json: either finishes the commit. wait."
        )
        with pytest.raises(ProcessorError) as read:
            Flow(load(PACKAGE)).process()
        assert isinstance(read.value.cause, SourceLoadError)
        assert "is in the middle of a commit" in str(read.value)
    assert not agrees(bucket), "as other programs can tell"
    assert tag_of(bucket) == "new"


def test_a_commit_whose_upload_is_gone_is_dropped_by_the_next_dump(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump(OLD)
    stopped = False

    def meddle(call: str, path: str | None, _: int) -> None:
        nonlocal stopped
        stopped = stopped or (call == "complete_multipart_upload" and path == "res_2.csv")
        if stopped:
            raise OutputError("no more", fix="wait.")

    with meddled(monkeypatch, meddle), pytest.raises(ProcessorError):
        Flow(NEW, NEW, dump_to_s3(PLACE)).process()
    with monkeypatch.context() as patched:
        patched.setattr(s3_folder.S3Folder, "complete", lambda *_: False)
        with pytest.raises(ProcessorError, match=r"p/res_1\.csv cannot be completed"):
            Flow(load(PACKAGE)).process()
        patched.setattr("dataflows.processors.storage.s3_output.sweep", lambda _: None)
        with pytest.raises(ProcessorError, match=r"p/res_1\.csv cannot be completed"):
            dump(LATE)
    dump(OLD)
    assert tag_of(bucket) == "old"


# D10: two at once


@pytest.mark.parametrize("first", [True, False])
def test_d10_of_two_runs_one_wins_and_the_other_changes_nothing(bucket: Any, first: bool) -> None:
    if not first:
        dump(OLD)

    def overtaken(row: dict[str, Any]) -> None:
        if row["id"] == 1:
            Flow(NEW, NEW, dump_to_s3(PLACE)).process()

    with pytest.raises(ProcessorError) as caught:
        Flow(LATE, overtaken, dump_to_s3(PLACE)).process()
    assert str(caught.value) == (
        "s3://data/p/ was written by another run while this one was at work\n"
        "  at processor 3 of 3: dump_to_s3('s3://data/p')\n"
        "  fix: its output is complete; run again if you want the output of this run."
    )
    assert tag_of(bucket) == "new"
    assert uploads(bucket) == []
    assert keys(bucket) == ["p/datapackage.json", "p/res_1.csv", "p/res_2.csv"]


def test_d10_a_run_that_meets_a_commit_is_refused(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump(OLD)
    met: list[str] = []

    def meddle(call: str, path: str | None, _: int) -> None:
        if call == "put_object" and path == "datapackage.json" and not met:
            met.append("")
            journal = bucket.Object("p/.dataflows-commit.json").get()["Body"].read()
            with monkeypatch.context() as patched:
                patched.setattr(s3_commit.S3Journal, "read", lambda _: None)
                patched.setattr(
                    "dataflows.processors.storage.s3_output.recover", lambda *_, **__: 0
                )
                with pytest.raises(ProcessorError) as caught:
                    dump(LATE)
            met[0] = caught.value.what
            assert bucket.Object("p/.dataflows-commit.json").get()["Body"].read() == journal

    with meddled(monkeypatch, meddle):
        dump(NEW)
    assert met == ["s3://data/p/ was written by another run while this one was at work"]
    assert tag_of(bucket) == "new"


def test_d10_processes_that_dump_at_once_leave_the_output_of_one(bucket: Any) -> None:
    jobs, other = Jobs(), Jobs()
    try:
        for number in range(4):
            jobs.begin(f"old{number}")
            other.begin(f"new{number}")
            ended = {f"old{number}": jobs.end(), f"new{number}": other.end()}
            assert ended[tag_of(bucket)] == 0
            assert set(ended.values()) <= {0, 1}
            assert uploads(bucket) == []
    finally:
        jobs.close()
        other.close()


def test_a_descriptor_that_others_write_meanwhile_stays(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump(OLD)

    def others(row: dict[str, Any]) -> None:
        bucket.put_object(Key="p/datapackage.json", Body=b'{"resources": []}')

    with pytest.raises(ProcessorError, match="was written by another run"):
        Flow(LATE, others, dump_to_s3(PLACE)).process()
    assert bucket.Object("p/datapackage.json").get()["Body"].read() == b'{"resources": []}'
