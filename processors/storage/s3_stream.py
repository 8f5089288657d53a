"""The bytes of an object of S3: resumed where they break off, and all of one version."""

from __future__ import annotations

import io
from contextlib import suppress
from time import sleep
from typing import Any

from dataflows.errors import SourceLoadError
from dataflows.logs import logger_of
from dataflows.processors.storage.s3_client import S3Options, explained, s3_client

__all__ = ["S3Stream"]

_LOGGER = logger_of(__name__)
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 20.0


class S3Stream(io.RawIOBase):
    """The bytes of an object.

    Where they break off the rest is asked for, of the object with the same ETag: what somebody
    has written meanwhile is an error, never the rest of another file.

    Args:
        bucket: The bucket.
        key: The key.
        shown: What errors call it.
        options: How S3 is asked.

    Raises:
        SourceLoadError: There is no such object, or it cannot be had.
    """

    def __init__(self, bucket: str, key: str, shown: str, options: S3Options) -> None:
        self._asked = {"Bucket": bucket, "Key": key}
        if options.version is not None:
            self._asked["VersionId"] = options.version
        self._shown = shown
        self._options = options
        self._offset = 0
        self._failures = 0
        self._stopped = False
        self._body: Any = None
        self._client: Any = None
        self._client = s3_client(options)
        try:
            with explained(shown, options):
                response = self._client.get_object(**self._asked)
        except BaseException:
            self._client.close()
            raise
        self.coding = str(response.get("ContentEncoding") or "")
        self._size = int(response["ContentLength"])
        self._same = {"IfMatch": response["ETag"]} if response.get("ETag") else {}
        # In a bucket that keeps versions, this one can be had although there is a newer one.
        if response.get("VersionId") not in (None, "null"):
            self._asked["VersionId"] = response["VersionId"]
        self._body = response["Body"]

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def measure(self) -> tuple[int, int | None]:
        """Return how many bytes have come, and how many there are."""
        return self._offset, self._size

    def readinto(self, buffer: Any) -> int:
        """Read at most so many bytes; none at the end.

        Raises:
            SourceLoadError: The rest cannot be had, or the object has changed.
        """
        data = self._next(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _next(self, size: int) -> bytes:
        from botocore.exceptions import FlexibleChecksumError, HTTPClientError, IncompleteReadError

        while True:
            try:
                if self._body is None:
                    self._resume()
                data: bytes = self._body.read(size)
            except FlexibleChecksumError:
                what = f"{self._shown} arrives with another checksum than it was stored with"
                raise SourceLoadError(
                    what, fix="load it again; if it happens again, store it again."
                ) from None
            except (HTTPClientError, IncompleteReadError, OSError) as error:
                if self._stopped:
                    return b""
                self._give_up_or_wait(error)
                continue
            if data:
                self._offset += len(data)
                self._failures = 0
            elif self._offset != self._size and not self._stopped:
                self._give_up_or_wait(EOFError())
                continue
            return data

    def _resume(self) -> None:
        if self._client is None:
            self._client = s3_client(self._options)
        part = {"Range": f"bytes={self._offset}-"} if self._offset else {}
        with explained(self._shown, self._options):
            response = self._client.get_object(**self._asked, **self._same, **part)
        length = self._size - self._offset
        if int(response["ContentLength"]) != length or response.get("ETag") != self._same.get(
            "IfMatch"
        ):
            response["Body"].close()
            what = f"{self._shown} changed while it was read"
            raise SourceLoadError(what, fix="run again when nothing writes to it.")
        self._body = response["Body"]

    def _give_up_or_wait(self, error: Exception) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
        self._failures += 1
        if self._failures > self._options.retries:
            what = f"{self._shown} breaks off after {self._offset:,} of {self._size:,} bytes"
            what += f", {self._failures} times ({type(error).__name__})"
            raise SourceLoadError(what, fix="try again later, or with more retries=.") from None
        seconds = min(_FIRST_WAIT_SECONDS * 2 ** (self._failures - 1), _LONGEST_WAIT_SECONDS)
        name = type(error).__name__
        _LOGGER.info("%s breaks off (%s); trying again in %.1f s", self._shown, name, seconds)
        sleep(seconds)

    def rest(self) -> None:
        """Let go of the connection for now: who reads on asks for the rest, of the same object."""
        if self._body is not None and self._same:
            self._body.close()
            self._client.close()
            self._body = self._client = None

    def stop(self) -> None:
        """Wait for nothing any more, also where another thread is waiting."""
        self._stopped = True
        # There is no other way to the connection; where this one is gone, one waits a while.
        raw: Any = getattr(self._body, "_raw_stream", None)
        with suppress(AttributeError, ValueError, OSError, RuntimeError):
            raw.shutdown()

    def close(self) -> None:
        """Let go of the connection."""
        if not self.closed:
            if self._body is not None:
                self._body.close()
            if self._client is not None:
                self._client.close()
            # Connections end when nobody holds on to their pool.
            self._body = self._client = None
        super().close()
