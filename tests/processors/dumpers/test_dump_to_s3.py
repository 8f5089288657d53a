"""What dump_to_s3 writes, and what it does not write twice."""

from __future__ import annotations

import datetime
import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import (
    Flow,
    dump_to_path,
    dump_to_s3,
    filter_rows,
    load,
    rejects,
    set_type,
    update_resource,
)
from dataflows.errors import ArgumentError, OutputError, ProcessorError
from dataflows.processors.storage import s3_upload
from http_server import Answer, serving
from s3_server import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = [{"id": 1, "city": "Rome"}, {"id": 2, "city": None}]
PLACE = "s3://data/p"
CLOSE: dict[str, str | None] = {"Connection": "close"}
PACKAGE = f"{PLACE}/datapackage.json"


@pytest.fixture(autouse=True)
def login(s3_login: None) -> None:
    """A login for all."""


def objects(bucket: Any) -> dict[str, bytes]:
    """Return all objects; a dump leaves nothing else."""
    assert list(bucket.multipart_uploads.all()) == []
    return {one.key: one.get()["Body"].read() for one in bucket.objects.all()}


def rows_of(*links: Any) -> list[list[dict[str, Any]]]:
    return Flow(*links).results(on_error=None)[0]


def failure_of(*links: Any) -> OutputError:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    assert isinstance(caught.value.cause, OutputError)
    assert SECRET not in str(caught.value)
    return caught.value.cause


def many(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {"id": number, "text": f"{number * 2654435761 % 2**32:x}" * 10}


def test_the_objects_are_the_files_that_dump_to_path_writes(bucket: Any, tmp_path: Path) -> None:
    links = [ROWS, update_resource(-1, path="deep/a.csv"), [{"x": "é"}]]
    stats = Flow(*links, dump_to_s3(PLACE)).process()[1]
    assert stats == Flow(*links, dump_to_path(tmp_path)).process()[1]
    found = objects(bucket)
    assert list(found) == ["p/datapackage.json", "p/deep/a.csv", "p/res_2.csv"]
    for key, data in found.items():
        assert data == (tmp_path / key.removeprefix("p/")).read_bytes()
    assert rows_of(load(PACKAGE)) == rows_of(load(f"{PLACE}/")) == [ROWS, [{"x": "é"}]]
    assert bucket.Object("p/deep/a.csv").content_type == "text/csv"


@pytest.mark.parametrize("address", ["s3://data", "s3://data/", "S3://data/p/", "s3://data/a/b c#"])
def test_prefixes_are_taken_as_they_are_written(bucket: Any, address: str) -> None:
    Flow(ROWS, dump_to_s3(address)).process()
    prefix = address.partition("://data")[2].strip("/")
    prefix = f"{prefix}/" if prefix else ""
    assert list(objects(bucket)) == [f"{prefix}datapackage.json", f"{prefix}res_1.csv"]
    assert rows_of(load(f"s3://data/{prefix}datapackage.json")) == [ROWS]


@pytest.mark.parametrize(
    "format_", ["csv", "tsv", "json", "ndjson", "xlsx", "parquet", "arrow", "feather"]
)
def test_every_format_reads_back(bucket: Any, format_: str) -> None:
    Flow(ROWS, dump_to_s3(PLACE, format=format_)).process()
    assert list(objects(bucket)) == ["p/datapackage.json", f"p/res_1.{format_}"]
    assert rows_of(load(PACKAGE)) == [ROWS]


@pytest.mark.parametrize("format_", ["csv", "json", "parquet"])
def test_every_type_reads_back_equal(bucket: Any, format_: str) -> None:
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - naive is meant
    row: dict[str, Any] = {
        "integer": 2**63,
        "number": Decimal("1.50"),
        "string": 'a "b",\r\nc',
        "boolean": False,
        "date": moment.date(),
        "time": moment.time(),
        "datetime": moment,
        "array": [1, None, {"a": "é"}],
        "object": {"a": [True]},
    }
    rows = [row, dict.fromkeys(row)]
    types = [set_type(name, type=name, format="default") for name in row]
    Flow(rows, *types, dump_to_s3(PLACE, format=format_)).process()
    assert rows_of(load(PACKAGE, strip=False)) == [rows]


def test_the_options_of_dump_to_path_hold(bucket: Any) -> None:
    options = {
        "pretty_descriptor": False,
        "counters": {"resource-bytes": None},
        "options": {"delimiter": ";"},
    }
    Flow(ROWS, dump_to_s3(PLACE, **options)).process()
    found = objects(bucket)
    assert found["p/res_1.csv"] == b"id;city\r\n1;Rome\r\n2;\r\n"
    assert b"\n" not in found["p/datapackage.json"]
    assert "bytes" not in json.loads(found["p/datapackage.json"])["resources"][0]


@pytest.mark.parametrize("more", [{}, {"add_filehash_to_path": True}, {"compression": "gz"}])
@pytest.mark.parametrize("split", [{}, {"partition_by": ["city"]}, {"max_rows_per_file": 1}])
def test_split_hashed_and_compressed_files_load_and_stay_where_they_are_equal(
    bucket: Any, tmp_path: Path, more: dict[str, Any], split: dict[str, Any]
) -> None:
    for _ in range(2):
        Flow(ROWS, dump_to_s3(PLACE, **more, **split)).process()
        times = {one.key: one.last_modified for one in bucket.objects.all()}
    Flow(ROWS, dump_to_path(tmp_path, **more, **split)).process()
    found = objects(bucket)
    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert found == {f"p/{path.relative_to(tmp_path)}": path.read_bytes() for path in paths}
    (rows,) = rows_of(load(PACKAGE))
    assert sorted(rows, key=lambda row: row["id"]) == ROWS
    assert times == {one.key: one.last_modified for one in bucket.objects.all()}


def test_a_large_file_is_sent_in_parts_while_rows_pass(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_upload, "PART_BYTES", 5 << 20)
    begun: list[int] = []

    def watched() -> Iterator[dict[str, Any]]:
        for row in many(150_000):
            if row["id"] == 140_000:
                begun.append(len(list(bucket.multipart_uploads.all())))
                assert "p/res_1.csv" not in [one.key for one in bucket.objects.all()]
            yield row

    Flow(watched(), dump_to_s3(PLACE)).process()
    assert begun == [1]
    found = objects(bucket)
    (described,) = json.loads(found["p/datapackage.json"])["resources"]
    assert described["bytes"] == len(found["p/res_1.csv"]) > 10 << 20
    digest = hashlib.md5(found["p/res_1.csv"], usedforsecurity=False).hexdigest()
    assert described["hash"] == digest
    assert bucket.Object("p/res_1.csv").e_tag.endswith('-3"')
    first = bucket.Object("p/res_1.csv").last_modified, bucket.Object("p/res_1.csv").e_tag
    # Again: nothing is sent. With one row more: all of it is.
    Flow(many(150_000), dump_to_s3(PLACE)).process()
    assert first == (bucket.Object("p/res_1.csv").last_modified, first[1])
    Flow(many(150_001), dump_to_s3(PLACE)).process()
    assert objects(bucket)["p/res_1.csv"].startswith(found["p/res_1.csv"])
    assert first[1] != bucket.Object("p/res_1.csv").e_tag


def test_an_object_that_stays_equal_is_not_sent_again(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Flow(ROWS, [{"x": 1}], dump_to_s3(PLACE)).process()
    asked: list[str] = []
    ask = s3_upload.S3Upload._send

    def watched(self: Any, part: bytes) -> None:
        asked.append(self.path)
        ask(self, part)

    monkeypatch.setattr(s3_upload.S3Upload, "_send", watched)
    Flow(ROWS, [{"x": 1}], dump_to_s3(PLACE)).process()
    assert asked == []
    Flow(ROWS, [{"x": 2}], dump_to_s3(PLACE)).process()
    assert asked == ["res_2.csv"]
    assert rows_of(load(PACKAGE)) == [ROWS, [{"x": 2}]]


def test_objects_of_a_former_dump_go_and_those_of_others_stay(bucket: Any) -> None:
    Flow(ROWS, ROWS, ROWS, dump_to_s3(PLACE)).process()
    bucket.put_object(Key="p/mine.csv", Body=b"id\n1\n")
    changed = bytes(bucket.Object("p/res_3.csv").get()["Body"].read()).swapcase()
    bucket.put_object(Key="p/res_3.csv", Body=changed)
    Flow(ROWS, dump_to_s3(PLACE)).process()
    assert list(objects(bucket)) == [
        "p/datapackage.json",
        "p/mine.csv",
        "p/res_1.csv",
        "p/res_3.csv",
    ]


@pytest.mark.parametrize(
    "source", [PACKAGE, f"{PLACE}/res_1.csv", f"{PLACE}/*.csv", "s3://data/*/r*.csv"]
)
def test_what_the_flow_itself_loads_stays(bucket: Any, source: str) -> None:
    Flow(ROWS, dump_to_s3(PLACE)).process()
    Flow(load(source), filter_rows("id > 1"), dump_to_s3(PLACE, format="json")).process()
    assert "p/res_1.csv" in objects(bucket)
    assert rows_of(load(PACKAGE)) == [ROWS[1:]]


def test_a_flow_may_load_the_package_that_it_writes_and_run_twice(bucket: Any) -> None:
    Flow([{"n": 1}], dump_to_s3(PLACE)).process()

    def next_number(row: dict[str, Any]) -> None:
        row["n"] += 1

    flow = Flow(load(PACKAGE), next_number, dump_to_s3(PLACE))
    flow.process()
    flow.process()
    assert rows_of(load(PACKAGE)) == [[{"n": 3}]]


def test_an_empty_package_and_an_empty_file_are_written(bucket: Any) -> None:
    Flow(dump_to_s3(PLACE)).process()
    assert list(objects(bucket)) == ["p/datapackage.json"]
    Flow(ROWS, filter_rows("id > 5"), dump_to_s3(PLACE, format="ndjson")).process()
    assert objects(bucket)["p/res_1.ndjson"] == b""
    assert rows_of(load(PACKAGE)) == [[]]


def test_rejected_rows_are_an_object(bucket: Any) -> None:
    dump = dump_to_s3(PLACE, validator_options={"on_error": rejects()})
    Flow([{"id": "1"}, {"id": "x"}], set_type("id", type="string"), dump).process()
    assert "p/datapackage.json" in objects(bucket)


def test_a_validator_of_others_accepts_the_package(bucket: Any, tmp_path: Path) -> None:
    frictionless = pytest.importorskip("frictionless", reason="needs the package frictionless")
    Flow(ROWS, dump_to_s3(PLACE)).process()
    for key, data in objects(bucket).items():
        (tmp_path / key.removeprefix("p/")).write_bytes(data)
    assert frictionless.validate(str(tmp_path / "datapackage.json")).valid


@pytest.mark.parametrize("path", ["../a.csv", "datapackage.csv"])
def test_paths_cannot_lead_out_or_take_the_place_of_the_descriptor(bucket: Any, path: str) -> None:
    step = update_resource(-1, path=path)
    options = {"format": "json"} if path.startswith("data") else {}
    with pytest.raises((ProcessorError, OutputError), match=r"'\.\.'|two files|leads out|unsafe"):
        Flow(ROWS, step, dump_to_s3(PLACE, **options)).process()
    assert objects(bucket) == {}


# A6 of the faults


def test_a6_building_and_checking_a_flow_asks_nothing(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    Flow(ROWS, dump_to_s3(PLACE)).check()
    assert objects(bucket) == {}


# What is refused, and what it says (D9, F10)


@pytest.mark.parametrize("given", [None, 3, "", "out", "https://data/p"])
def test_what_is_no_address_is_refused_at_the_call(given: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        dump_to_s3(given)
    assert str(caught.value) == (
        f"out_prefix is a place on S3, got {given!r}\n"
        "  fix: write for instance dump_to_s3('s3://bucket/prefix')."
    )


@pytest.mark.parametrize(
    ("address", "options"),
    [
        (f"s3://me:{SECRET}@data/p", {}),
        ("s3:///p", {}),
        (PLACE, {"formt": "csv"}),
        (PLACE, {"retries": -1}),
        (PLACE, {"s3_endpoint_url": f"http://me:{SECRET}@127.0.0.1:9"}),
    ],
)
def test_options_that_cannot_be_are_refused_at_the_call(
    address: str, options: dict[str, Any]
) -> None:
    with pytest.raises(ArgumentError) as caught:
        dump_to_s3(address, **options)
    assert SECRET not in str(caught.value)
    assert caught.value.fix


def test_two_dumps_to_one_prefix_are_refused(bucket: Any) -> None:
    with pytest.raises(ProcessorError, match="two steps of this flow write into"):
        Flow(ROWS, dump_to_s3(PLACE), dump_to_s3(f"{PLACE}/")).process()
    assert objects(bucket) == {}


@pytest.mark.parametrize(
    ("status", "code", "what"),
    [
        (403, "AccessDenied", "may not be written by this user"),
        (404, "NoSuchBucket", "lies in a bucket that is not there"),
        (400, "ExpiredToken", "cannot be written: the login has expired"),
        (403, "InvalidAccessKeyId", "cannot be written: the access key is not known"),
        (503, "SlowDown", "cannot be written: S3 answers SlowDown"),
    ],
)
def test_d9_f10_refusals_are_told_before_the_first_row_and_without_secrets(
    status: int, code: str, what: str
) -> None:
    body = f"<Error><Code>{code}</Code><Message>you sent {SECRET}</Message></Error>".encode()
    seen: list[int] = []

    def watched() -> Iterator[dict[str, Any]]:
        seen.append(1)
        yield {"id": 1}

    with serving() as broken:
        broken.put("/data/p/.dataflows-commit.json", Answer(body, status=status, headers=CLOSE))
        options = {"s3_endpoint_url": broken.url, "retries": 0}
        error = failure_of([], watched(), dump_to_s3(PLACE, **options))
    assert error.what == f"s3://data/p/ {what}"
    assert error.fix


def test_d9_what_fails_in_passing_is_tried_again(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.awsrequest import AWSResponse
    from botocore.httpsession import URLLib3Session

    class Nothing:
        def stream(self, *_: Any) -> list[bytes]:
            return []

    send, failed = URLLib3Session.send, set()

    def sometimes(self: Any, request: Any) -> Any:
        """Fail each request once; what writes has been done nevertheless."""
        key = request.method, request.url
        if key in failed:
            return send(self, request)
        failed.add(key)
        if request.method in ("PUT", "POST", "DELETE"):
            assert send(self, request).content is not None
        return AWSResponse(request.url, 503, {}, Nothing())

    with monkeypatch.context() as patched:
        patched.setattr(URLLib3Session, "send", sometimes)
        patched.setattr("botocore.retries.standard.RetryPolicy.compute_retry_delay", _at_once)
        Flow(ROWS, [{"x": 1}], dump_to_s3(PLACE)).process()
    assert rows_of(load(PACKAGE)) == [ROWS, [{"x": 1}]]
    assert len(failed) > 12
    assert len(objects(bucket)) == 3, "an upload that was begun twice is aborted once"


def _at_once(*_: Any) -> float:
    return 0.0


def test_f10_a_server_that_is_not_there_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://me:{SECRET}@127.0.0.1:9")
    error = failure_of(ROWS, dump_to_s3(PLACE, retries=0))
    assert "s3://data/p/ cannot be written: Could not connect to the endpoint" in error.what


def test_without_a_login_the_error_says_how_to_log_in(
    s3_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    error = failure_of(ROWS, dump_to_s3(PLACE, s3_endpoint_url=s3_server))
    assert error.what == "s3://data/p/ cannot be written: there is no login for S3"
    assert error.fix == "log in: aws configure, or AWS_PROFILE."
