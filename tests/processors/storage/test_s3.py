"""Tables on S3: the server of moto, and one that breaks off as real ones do."""

from __future__ import annotations

import builtins
import gzip
import json
import zipfile
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_path, dump_to_zip, load
from dataflows.errors import ArgumentError, ProcessorError, SourceLoadError
from dataflows.processors.storage import s3, s3_client, s3_stream
from dataflows.processors.storage.opened import Arriving
from http_server import Answer, serving
from s3_server import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

CITIES = b"id,city\n1,Rome\n2,Oslo\n"
ROWS = [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Oslo"}]
MANY = b"id,city\n" + b"".join(
    b"%d,city %d\n" % (one, one * 7919 % 104729) for one in range(100_000)
)
CLOSE: dict[str, str | None] = {"Connection": "close"}


@pytest.fixture(autouse=True)
def settings(s3_login: None, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The login, and no waiting."""
    waited: list[float] = []
    monkeypatch.setattr(s3_stream, "sleep", waited.append)
    return waited


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results(on_error=None)[0][0]


def failure_of(*links: Any) -> SourceLoadError:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    assert isinstance(caught.value.cause, SourceLoadError)
    assert SECRET not in str(caught.value)
    return caught.value.cause


def names_of(*links: Any) -> list[str]:
    return Flow(*links).results()[1].resource_names


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("a.csv", CITIES),
        ("folder/a b?#.csv", CITIES),
        ("a.tsv", CITIES.replace(b",", b"\t")),
        ("a.csv.gz", gzip.compress(CITIES)),
        ("a.json", json.dumps(ROWS).encode()),
        ("a.ndjson", "\n".join(map(json.dumps, ROWS)).encode()),
        ("a", CITIES),
    ],
)
def test_an_object_is_a_table(bucket: Any, key: str, body: bytes) -> None:
    bucket.put_object(Key=key, Body=body)
    assert rows_of(load(f"s3://data/{key}")) == ROWS


def test_formats_that_are_read_whole_are_too(bucket: Any, tmp_path: Path) -> None:
    Flow(ROWS, dump_to_path(str(tmp_path / "out"), format="xlsx")).process()
    bucket.upload_file(str(tmp_path / "out" / "res_1.xlsx"), "a.xlsx")
    assert rows_of(load("s3://data/a.xlsx")) == ROWS


def test_what_is_stored_as_gzip_is_unpacked(bucket: Any) -> None:
    bucket.put_object(Key="a.csv", Body=gzip.compress(CITIES), ContentEncoding="gzip")
    assert rows_of(load("s3://data/a.csv")) == ROWS


def test_an_old_version_can_be_loaded(bucket: Any) -> None:
    bucket.Versioning().enable()
    first = bucket.put_object(Key="a.csv", Body=CITIES).version_id
    bucket.put_object(Key="a.csv", Body=b"id,city\n3,Bonn\n")
    assert rows_of(load("s3://data/a.csv")) == [{"id": 3, "city": "Bonn"}]
    assert rows_of(load("s3://data/a.csv", version=first)) == ROWS
    error = failure_of(load("s3://data/a.csv", version="nonsense"))
    assert error.what.endswith("s3://data/a.csv has no such version")


def test_patterns_and_prefixes_are_looked_up_page_by_page(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_PAGE_KEYS", 2)
    keys = ["in/a.csv", "in/b.csv.gz", "in/deep/er/c.csv", "in/deep/d.csv", "in/e.txt", "other.csv"]
    for key in [*keys, "in/", "in/_SUCCESS"]:
        body = gzip.compress(CITIES) if key.endswith(".gz") else CITIES
        bucket.put_object(Key=key, Body=b"" if key.endswith(("/", "S")) else body)
    assert names_of(load("s3://data/in/*.csv")) == ["a"]
    assert names_of(load("s3://data/in/[ab].csv*")) == ["a", "b"]
    assert names_of(load("s3://data/in/**/*.csv")) == ["a", "d", "c"]
    assert names_of(load("s3://data/*/deep/?.csv")) == ["d"]
    assert names_of(load("s3://data/in/")) == ["a", "b", "d", "c"]
    assert names_of(load("s3://data")) == ["a", "b", "d", "c", "other"]
    error = failure_of(load("s3://data/in/*.xml"))
    assert error.what.endswith("no object matches s3://data/in/*.xml")
    error = failure_of(load("s3://data/in/*.csv", version="1"))
    assert error.what.endswith("means several objects, which have no common version")


def test_a_data_package_is_loaded_with_the_tables_beside_it(bucket: Any, tmp_path: Path) -> None:
    Flow(ROWS, dump_to_path(str(tmp_path / "out"))).process()
    for path in (tmp_path / "out").iterdir():
        bucket.upload_file(str(path), f"p/{path.name}")
    assert rows_of(load("s3://data/p/datapackage.json")) == ROWS
    assert rows_of(load("s3://data/p/")) == ROWS


def test_the_version_of_a_data_package_is_that_of_its_descriptor(bucket: Any) -> None:
    bucket.Versioning().enable()
    bucket.put_object(Key="p/a.csv", Body=CITIES)
    descriptor = json.dumps({"resources": [{"name": "a", "path": "a.csv", "schema": {}}]})
    first = bucket.put_object(Key="p/datapackage.json", Body=descriptor.encode()).version_id
    bucket.put_object(Key="p/datapackage.json", Body=b"{}")
    assert rows_of(load("s3://data/p/datapackage.json", version=first)) == ROWS


def test_a_data_package_may_name_addresses_of_the_web(bucket: Any) -> None:
    with serving() as web:
        url = web.put("/a.csv", CITIES)
        descriptor = json.dumps({"resources": [{"name": "a", "path": url, "schema": {}}]})
        bucket.put_object(Key="p/datapackage.json", Body=descriptor.encode())
        assert rows_of(load("s3://data/p/datapackage.json", allow_private=True)) == ROWS


@pytest.mark.parametrize("path", ["../secret.csv", "/secret.csv", "s3://other/secret.csv"])
def test_a_data_package_cannot_lead_out_of_its_prefix(bucket: Any, path: str) -> None:
    bucket.put_object(Key="secret.csv", Body=CITIES)
    descriptor = {"resources": [{"name": "a", "path": path, "schema": {"fields": []}}]}
    bucket.put_object(Key="p/datapackage.json", Body=json.dumps(descriptor).encode())
    with pytest.raises(ProcessorError, match=r"leads out of|outside|relative path"):
        Flow(load("s3://data/p/datapackage.json")).process()


def test_a_key_that_is_not_there_is_told_with_one_that_is(bucket: Any) -> None:
    bucket.put_object(Key="in/sales.csv", Body=CITIES)
    error = failure_of(load("s3://data/in/sale.csv"))
    assert error.what.endswith("s3://data/in/sale.csv is not there")
    assert error.fix == "did you mean 's3://data/in/sales.csv'?"
    error = failure_of(load("s3://nowhere/a.csv"))
    assert error.what.endswith("s3://nowhere/a.csv lies in a bucket that is not there")
    assert error.fix == "check the name of the bucket."


@pytest.mark.parametrize(
    ("status", "code", "what"),
    [
        (403, "AccessDenied", "may not be read by this user"),
        (403, "InvalidAccessKeyId", "cannot be read: the access key is not known"),
        (403, "SignatureDoesNotMatch", "cannot be read: the secret key is not the right one"),
        (400, "ExpiredToken", "cannot be read: the login has expired"),
        (403, "InvalidObjectState", "is archived"),
        (418, "Teapot", "cannot be read: S3 answers Teapot"),
    ],
)
def test_refusals_are_told_in_words_and_without_what_the_server_says(
    status: int, code: str, what: str
) -> None:
    body = f"<Error><Code>{code}</Code><Message>you sent {SECRET}</Message></Error>".encode()
    with serving() as broken:
        address = broken.put(
            "/data/a.csv", Answer(body, status=status, headers=CLOSE)
        ).removesuffix("/data/a.csv")
        error = failure_of(load("s3://data/a.csv", s3_endpoint_url=address))
    assert error.what.endswith(f"s3://data/a.csv {what}")
    assert error.fix


def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    endpoint = f"http://me:{SECRET}@127.0.0.1:9"
    error = failure_of(load("s3://data/a.csv", s3_endpoint_url=endpoint, retries=0))
    assert "s3://data/a.csv cannot be read: Could not connect to the endpoint" in error.what


def test_without_a_login_the_error_says_how_to_log_in(
    s3_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    error = failure_of(load("s3://data/a.csv", s3_endpoint_url=s3_server))
    assert error.what.endswith("s3://data/a.csv cannot be read: there is no login for S3")
    assert "anonymous=True" in error.fix
    error = failure_of(load("s3://data/a.csv", profile="nobody"))
    assert error.what.endswith("The config profile (nobody) could not be found")


def test_a_public_object_needs_no_login(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.put_object(Key="a.csv", Body=CITIES, ACL="public-read")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert rows_of(load("s3://data/a.csv", anonymous=True)) == ROWS


def test_an_object_that_breaks_off_is_resumed(settings: list[float]) -> None:
    headers: dict[str, str | None] = {"ETag": '"one"'}
    cut = Answer(MANY, headers=headers, cut=600_000, ranges=True)
    with serving() as broken:
        broken.put("/data/a.csv", cut, Answer(MANY, headers=headers, ranges=True))
        rows = rows_of(load("s3://data/a.csv", s3_endpoint_url=broken.url))
        asked = [headers.get("range") for _, headers in broken.requests]
        same = broken.requests[-1][1].get("if-match")
    assert len(rows) == 100_000
    assert (asked, same) == ([None, "bytes=600000-"], '"one"')
    assert settings == [0.5]


def test_of_several_objects_none_keeps_a_connection_until_it_is_read(bucket: Any) -> None:
    for name in "abc":
        bucket.put_object(Key=f"{name}.csv", Body=MANY)
    connections: list[int] = []

    def look(package: Any) -> Iterator[Any]:
        connections.append(sum("socket" in target for _, target in open_files()))
        yield package.pkg
        yield from package

    before = sum("socket" in target for _, target in open_files())
    data, _, _ = Flow(load("s3://data/*.csv"), look).results()
    assert connections == [before]
    assert [len(rows) for rows in data] == [100_000] * 3
    assert data[0] == data[1] == data[2]
    # What somebody writes in between is told, not mixed.

    def change(row: dict[str, Any]) -> None:
        if row["id"] == 0:
            bucket.put_object(Key="c.csv", Body=MANY.replace(b"city", b"town"))

    with pytest.raises(ProcessorError, match=r"s3://data/c\.csv changed while it was read"):
        Flow(load("s3://data/*.csv"), change).process()


def open_files() -> set[tuple[str, str]]:
    """Return the numbers and the targets of what this process holds open."""
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.add((path.name, str(path.readlink())))
    return found


def test_an_object_that_changes_while_it_is_read_is_an_error() -> None:
    cut = Answer(MANY, headers={"ETag": '"one"'}, cut=600_000, ranges=True)
    changed = Answer(status=412, headers=CLOSE)
    other = Answer(MANY, headers={"ETag": '"two"', **CLOSE}, ranges=True)
    for second in (changed, other):
        with serving() as broken:
            broken.put("/data/a.csv", cut, second)
            error = failure_of(load("s3://data/a.csv", s3_endpoint_url=broken.url))
        assert "s3://data/a.csv changed while it was read" in error.what


def test_an_object_that_always_breaks_off_ends_in_an_error(settings: list[float]) -> None:
    cut = Answer(MANY, headers={"ETag": '"one"'}, cut=0, ranges=True)
    with serving() as broken:
        broken.put("/data/a.csv", cut)
        error = failure_of(load("s3://data/a.csv", s3_endpoint_url=broken.url, retries=2))
    assert f"breaks off after 0 of {len(MANY):,} bytes, 3 times" in error.what
    assert settings == [0.5, 1.0]


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with serving() as broken:
        broken.put("/data/a.csv", Answer(MANY, pause=3))
        options = {"s3_endpoint_url": broken.url, "timeout_seconds": 0.2, "retries": 1}
        error = failure_of(load("s3://data/a.csv", **options))
    assert "s3://data/a.csv" in error.what
    assert "2 times" in error.what


def test_who_waits_for_a_server_can_be_told_to_stop() -> None:
    with serving() as broken:
        broken.put("/data/a.csv", Answer(MANY, stall=2000, pause=0.01))
        options = {"s3_endpoint_url": broken.url, "timeout_seconds": 30}
        arriving = Arriving(s3.open_s3("s3://data/a.csv", options))
        assert not arriving.arrives_within(0.5)
        start = monotonic()
        arriving.close()
        assert monotonic() - start < 5


def test_without_boto3_the_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.partition(".")[0] == "boto3":
            message = "No module named 'boto3'"
            raise ModuleNotFoundError(message, name="boto3")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    error = failure_of(load("s3://data/a.csv"))
    assert error.what.endswith("what reads from S3 is not installed: boto3")
    assert error.fix == "install it: pip install 'dataflows[s3]'."


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("s3:///a.csv", "'s3:///a.csv' names no bucket"),
        (f"s3://me:{SECRET}@data/a.csv", "holds more than a bucket and a key"),
    ],
)
def test_an_address_without_a_bucket_or_with_a_login_is_refused(address: str, what: str) -> None:
    assert failure_of(load(address)).what.endswith(what)


@pytest.mark.parametrize(
    "options", [{"version": 1}, {"retries": -1}, {"timeout_seconds": 0}, {"profile": ""}]
)
def test_options_of_a_wrong_kind_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(options))):
        s3_client.s3_options(options)


def test_a_zip_elsewhere_is_loaded_as_one_here(bucket: Any, tmp_path: Path) -> None:
    Flow(ROWS, [{"x": 1}], dump_to_zip(str(tmp_path / "package.zip"))).process()
    with zipfile.ZipFile(tmp_path / "tables.zip", "w") as archive:
        archive.writestr("a.csv", CITIES)
        archive.writestr("deep/b.csv", "id\n3\n")
    (tmp_path / "broken.zip").write_bytes((tmp_path / "tables.zip").read_bytes()[:-9])
    with serving() as web:
        for name in ("package.zip", "tables.zip", "broken.zip"):
            data = (tmp_path / name).read_bytes()
            bucket.put_object(Key=name, Body=data)
            web.put(f"/{name}", data)
        for place in ("s3://data", web.url):
            for options in ({}, {"format": "datapackage"}):
                loaded = load(f"{place}/package.zip", retries=1, **options)
                assert Flow(loaded).results()[0] == [ROWS, [{"x": 1}]]
            assert Flow(load(f"{place}/tables.zip")).results()[0] == [ROWS, [{"id": 3}]]
            assert names_of(load(f"{place}/tables.zip", name="one")) == ["one", "one_2"]
            assert rows_of(load(f"{place}/tables.zip", innerpath="deep/b.csv")) == [{"id": 3}]
            error = failure_of(load(f"{place}/broken.zip"))
            assert f"cannot read the zip '{place}/broken.zip'" in error.what
