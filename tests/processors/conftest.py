"""What the tests of several processors share: servers of S3 and of SQL."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest

from s3_server import SECRET, serving_s3
from servers import mariadb_server, new_database, postgresql_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a server that speaks as S3 does."""
    with serving_s3() as address:
        yield address


@pytest.fixture
def s3_login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A login that nothing else has; no temporary file is left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    # The same for all tests: a session of boto3 is kept for each environment.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere/config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials")
    yield
    assert list(folder.iterdir()) == []


@pytest.fixture
def bucket(s3_server: str, s3_login: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket, as boto3 sees it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    resource = _session().resource("s3", region_name="us-east-1")
    found = resource.create_bucket(Bucket="data")
    yield found
    for upload in found.multipart_uploads.all():
        upload.abort()
    found.object_versions.delete()
    found.objects.delete()
    found.delete()
    resource.meta.client.close()


@pytest.fixture(scope="session")
def postgresql_of_all() -> Iterator[str]:
    """The address of a server of PostgreSQL."""
    with postgresql_server() as address:
        yield address


@pytest.fixture(scope="session")
def mariadb_of_all() -> Iterator[str]:
    """The address of a server of MariaDB."""
    with mariadb_server() as address:
        yield address


@pytest.fixture(scope="module")
def postgresql(postgresql_of_all: str) -> str:
    """The address of a database of PostgreSQL for the tests of one module."""
    return new_database(postgresql_of_all)


@pytest.fixture(scope="module")
def mariadb(mariadb_of_all: str) -> str:
    """The address of a database of MariaDB for the tests of one module."""
    return new_database(mariadb_of_all)


@lru_cache(maxsize=1)
def _session() -> Any:
    """Return a session, which takes long to make."""
    import boto3

    return boto3.session.Session()
