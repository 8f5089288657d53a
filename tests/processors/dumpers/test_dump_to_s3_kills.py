"""A run that is killed leaves an output on S3 as it was, or new and whole (D8)."""

from __future__ import annotations

import random
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from dataflows.errors import ProcessorError
from dataflows.processors.storage import s3_commit
from s3_packages import Jobs, keys, tag_of, uploads

if TYPE_CHECKING:
    from collections.abc import Iterator

KILLS = 20
FILES = ["p/datapackage.json", "p/res_1.csv", "p/res_2.csv", "p/res_3.csv"]


@pytest.fixture(autouse=True)
def no_grace(s3_login: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found of a commit is finished at once."""
    monkeypatch.setattr(s3_commit, "_GRACE_SECONDS", -10.0)


@pytest.fixture
def jobs(bucket: Any) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


def test_d8_a_run_that_is_killed_at_any_moment_leaves_old_or_new(bucket: Any, jobs: Jobs) -> None:
    assert jobs.run("new") == 0
    begin = time.monotonic()
    assert jobs.run("old") == 0
    seconds = time.monotonic() - begin
    chance, former, statuses = random.Random(7), "old", set()
    for number in range(KILLS):
        tag = ("old" if number % 2 else "new") + str(number)
        statuses.add(jobs.run(tag, max(0.01, chance.uniform(0.2, 1.1) * seconds)))
        found = tag_of(bucket)
        assert found in (former, tag)
        former = found
    assert -signal.SIGKILL in statuses
    assert jobs.run("new") == 0
    assert tag_of(bucket) == "new"
    assert uploads(bucket) == []
    assert keys(bucket) == FILES


def test_d8_the_first_dump_of_a_place_is_absent_or_whole_when_it_is_killed(
    bucket: Any, jobs: Jobs
) -> None:
    place = 1
    while (status := jobs.run("new", place)) != 0:
        assert status == -signal.SIGKILL
        found = "none"
        with suppress(ProcessorError):
            found = tag_of(bucket)
        assert found == ("new" if "p/datapackage.json" in keys(bucket) else "none")
        bucket.objects.delete()
        place += 3
    assert tag_of(bucket) == "new"
