"""The objects beneath a prefix of a bucket, asked for one by one, in words of an output."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from dataflows.errors import OutputError, SourceLoadError
from dataflows.processors.storage.s3_client import code_of, explained, s3_client

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import datetime

    from dataflows.processors.storage.s3_client import S3Options

__all__ = ["Found", "S3Folder", "at_once", "parsed"]

T = TypeVar("T")

_RUN = "dataflows-run"
_AT_ONCE = 8
_MISSING = ("404", "NoSuchKey")
_OTHER = (*_MISSING, "PreconditionFailed", "ConditionalRequestConflict")


class Found(NamedTuple):
    """What is known of an object: the run of ours that has written it, None for others'."""

    etag: str
    size: int
    run: str | None


class S3Folder:
    """The objects beneath a prefix; paths start there.

    Args:
        bucket: The bucket.
        prefix: The prefix: empty, or with ``/`` at its end.
        options: How S3 is asked.

    Raises:
        OutputError: S3 refuses, which every method may raise.
    """

    def __init__(self, bucket: str, prefix: str, options: S3Options) -> None:
        self.prefix = prefix
        self._bucket = bucket
        self._shown = f"s3://{bucket}/{prefix}"
        self._options = options
        try:
            self._client = s3_client(options)
        except SourceLoadError as error:
            raise OutputError(error.what, fix=error.fix) from None

    def __str__(self) -> str:
        return self._shown

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _ask(
        self, call: str, path: str | None, unless: Collection[str] = (), **given: Any
    ) -> dict[str, Any] | None:
        """Ask S3; return None where it answers with one of the codes `unless`."""
        from botocore.exceptions import ClientError

        key = {} if path is None else {"Key": self.prefix + path}
        with explained(self._shown, self._options, writing=True):
            try:
                answer: dict[str, Any] = getattr(self._client, call)(
                    Bucket=self._bucket, **key, **given
                )
            except ClientError as error:
                if code_of(error) in unless:
                    error.__traceback__ = None  # it holds on to the connection
                    return None
                raise
        return answer

    # Objects

    def head(self, path: str) -> Found | None:
        """Return what is known of an object; None where there is none."""
        answer = self._ask("head_object", path, _MISSING)
        return None if answer is None else _found(answer)

    def get(self, path: str) -> tuple[bytes, Found, float] | None:
        """Return the bytes of a small object, and its age in seconds; None where there is none."""
        answer = self._ask("get_object", path, ("NoSuchKey",))
        if answer is None:
            return None
        with explained(self._shown, self._options, writing=True), answer["Body"] as body:
            data: bytes = body.read()
        return data, _found(answer), _age(answer["LastModified"], answer)

    def put(
        self, path: str, data: bytes, run: str, *, instead_of: Found | None, force: bool = False
    ) -> bool:
        """Write an object; return whether it stands there now.

        Args:
            path: Its path.
            data: Its bytes.
            run: The run that writes it.
            instead_of: What it is to replace: else it is not written. None: nothing is there.
            force: Write it whatever is there.
        """
        condition = {"IfNoneMatch": "*"} if instead_of is None else {"IfMatch": instead_of.etag}
        answer = self._ask(
            "put_object",
            path,
            _OTHER,
            Body=data,
            ContentMD5=b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
            ContentType="application/json",
            Metadata={_RUN: run},
            **({} if force else condition),
        )
        if answer is not None:
            return True
        # It may have been written by a try whose answer was lost.
        found = self.head(path)
        return found is not None and found.run == run

    def delete(self, path: str, etag: str | None = None) -> None:
        """Remove an object, which need not be there; with `etag`, only that one."""
        condition = {} if etag is None else {"IfMatch": etag}
        if self._ask("delete_object", path, (*_OTHER, "NotImplemented"), **condition) is None:
            # Servers that do not know the condition: look first.
            found = self.head(path)
            if found is not None and found.etag == etag:
                self._ask("delete_object", path)

    def names(self, start: str) -> Iterator[tuple[str, float]]:
        """Yield the paths that begin so, and their ages in seconds."""
        token: dict[str, str] = {}
        while True:
            prefix = self.prefix + start
            answer = self._ask("list_objects_v2", None, Prefix=prefix, **token) or {}
            for one in answer.get("Contents", []):
                yield one["Key"].removeprefix(self.prefix), _age(one["LastModified"], answer)
            if not answer.get("IsTruncated"):
                return
            token = {"ContinuationToken": answer["NextContinuationToken"]}

    # Uploads of several parts

    def uploads(self) -> Iterator[tuple[str, str]]:
        """Yield the paths and the ids of the uploads that are not complete."""
        token: dict[str, str] = {}
        while True:
            answer = self._ask("list_multipart_uploads", None, Prefix=self.prefix, **token) or {}
            for one in answer.get("Uploads", []):
                yield one["Key"].removeprefix(self.prefix), one["UploadId"]
            if not answer.get("IsTruncated"):
                return
            token = {
                "KeyMarker": answer["NextKeyMarker"],
                "UploadIdMarker": answer["NextUploadIdMarker"],
            }

    def begin(self, path: str, run: str, content_type: str) -> tuple[str, bool]:
        """Begin an upload; return its id, and whether there may be another, as it was retried."""
        answer = self._ask(
            "create_multipart_upload", path, Metadata={_RUN: run}, ContentType=content_type
        )
        assert answer is not None, "nothing is excused"
        return str(answer["UploadId"]), answer["ResponseMetadata"].get("RetryAttempts", 0) > 0

    def send(self, path: str, upload: str, number: int, data: bytes) -> str:
        """Send a part; return its ETag."""
        md5 = b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        answer = self._ask(
            "upload_part", path, UploadId=upload, PartNumber=number, Body=data, ContentMD5=md5
        )
        assert answer is not None, "nothing is excused"
        return str(answer["ETag"])

    def complete(self, path: str, upload: str, etags: Iterable[str], run: str) -> bool:
        """Make an upload an object; return False where the upload is gone without being one."""
        parts = [{"PartNumber": number, "ETag": one} for number, one in enumerate(etags, 1)]
        answer = self._ask(
            "complete_multipart_upload",
            path,
            ("NoSuchUpload",),
            UploadId=upload,
            MultipartUpload={"Parts": parts},
        )
        if answer is not None:
            return True
        found = self.head(path)
        return found is not None and found.run == run

    def abort(self, path: str, upload: str) -> None:
        """Drop an upload, which need not be there any more."""
        self._ask("abort_multipart_upload", path, ("NoSuchUpload",), UploadId=upload)


def parsed(data: bytes) -> dict[str, Any]:
    """Return the JSON object in some bytes; an empty one where there is none."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def at_once(do: Callable[[T], object], items: Iterable[T]) -> None:
    """Do something for each of some things, several at once; an error or an interrupt ends it."""
    with ThreadPoolExecutor(_AT_ONCE, "s3") as pool:
        try:
            list(pool.map(do, items))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _found(answer: dict[str, Any]) -> Found:
    size = int(answer.get("ContentLength", 0))
    return Found(str(answer.get("ETag", "")), size, answer.get("Metadata", {}).get(_RUN))


def _age(modified: datetime, answer: dict[str, Any]) -> float:
    """Return the age of an object, by the clock of the server alone."""
    now = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return 0.0 if now is None else (parsedate_to_datetime(now) - modified).total_seconds()
