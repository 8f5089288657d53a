"""A dump to S3 that is killed before any of its requests: the old output or the new (A1, A10)."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_s3
from dataflows.processors.storage import s3_commit
from s3_packages import PLACE, Jobs, agrees, keys, tag_of, uploads

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = ["p/datapackage.json", "p/res_1.csv", "p/res_2.csv"]
COMMIT = 8
"""The commit begins after this request at the earliest."""
SECOND_COMPLETION = 12
"""The request that completes the second file: before it, the first one is new already."""


@pytest.fixture(autouse=True)
def no_grace(s3_login: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found of a commit is finished at once."""
    monkeypatch.setattr(s3_commit, "_GRACE_SECONDS", -10.0)


@pytest.fixture
def jobs(bucket: Any) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


def test_d8_a1_a_run_that_is_killed_before_any_request_leaves_old_or_new(
    bucket: Any, jobs: Jobs
) -> None:
    place, seen, torn = 0, [], 0
    status = -signal.SIGKILL
    while status == -signal.SIGKILL:
        # Each step of the commit, and every second one before it.
        place += 1 if place > COMMIT else 2
        rows = [{"tag": "old", "id": number} for number in range(100)]
        Flow(rows[:5], rows, dump_to_s3(PLACE)).process()
        assert uploads(bucket) == []
        assert keys(bucket) == FILES
        status = jobs.run("new", place)
        torn += not agrees(bucket)
        seen.append(tag_of(bucket))
    assert status == 0
    assert seen == sorted(seen, reverse=True), "old, then new"
    assert seen.count("old") > 2
    assert torn > 1, "the journal had something to finish"


def test_a10_a_run_that_is_killed_while_it_finishes_another_leaves_old_or_new(
    bucket: Any, jobs: Jobs
) -> None:
    place, torn = 0, 0
    status = -signal.SIGKILL
    while status == -signal.SIGKILL and place < 8:
        place += 2
        assert jobs.run("old") == 0
        assert jobs.run("new", SECOND_COMPLETION) == -signal.SIGKILL
        assert not agrees(bucket)
        status = jobs.run("third", place)
        torn += not agrees(bucket)
        assert tag_of(bucket) == "new"
    assert torn > 1
