"""The body of a response: resumed where it breaks off, checked, and decoded."""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dataflows.errors import SourceLoadError
from dataflows.processors.storage.http_request import BROKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.processors.storage.http_cache import CacheEntry
    from dataflows.processors.storage.http_request import HttpRequest

__all__ = ["HttpStream"]

_PARTIAL = 206
_PROGRESS_BYTES = 1 << 20
_SKIP_BYTES = 1 << 18
_LARGEST_RATIO = 300
_UNSUSPICIOUS_BYTES = 1 << 28
_RANGE = re.compile(r"bytes (\d+)-")


class _BrokenOffError(OSError):
    """The body ended before its end."""


class _Body:
    """The bytes as they travel.

    Where they break off the rest is asked for: by its range when the server has told a validator
    of the file, so that it cannot be the rest of another version; else from the beginning, and
    what had arrived before must arrive again.
    """

    def __init__(self, request: HttpRequest, response: Any) -> None:
        self.size = 0
        self._request = request
        self._response = response
        self._coding = response.headers.get("Content-Encoding")
        self._validator = _validator(response.headers)
        self.length = _length(response)
        self._digest = hashlib.blake2b()
        self._broken = False
        self._progress = 0
        self.stopped = False

    @property
    def headers(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self._response.headers
        return found

    def read(self, size: int) -> bytes:
        while True:
            try:
                if self._broken:
                    self._resume()
                data: bytes = self._response.raw.read1(size, decode_content=False) or b""
                if not data and self.length is not None and self.size < self.length:
                    what = f"the body breaks off after {self.size:,} of {self.length:,} bytes"
                    raise _BrokenOffError(what)
            except BROKEN as error:
                if self.stopped:
                    return b""
                self._broken = True
                self._response.close()
                self._request.wait(error)
                continue
            self._request.check_time()
            self.size += len(data)
            self._digest.update(data)
            if self.size - self._progress > _PROGRESS_BYTES:
                self._progress, self._request.failures = self.size, 0
            return data

    def _resume(self) -> None:
        asked = {}
        if self.size and self._validator:
            asked = {"Range": f"bytes={self.size}-", "If-Range": self._validator}
        response = self._response = self._request.send(asked)
        if response.headers.get("Content-Encoding") != self._coding:
            raise self._changed()
        if response.status_code == _PARTIAL:
            found = _RANGE.match(response.headers.get("Content-Range", ""))
            if found is None or int(found[1]) != self.size or not asked:
                what = f"{self._request.shown}: the server sends another part than it was asked for"
                raise SourceLoadError(what, fix="load it again with retries=0 to see why it broke.")
            same = _validator(response.headers)
            if same is not None and same != self._validator:
                raise self._changed()
        else:
            self._validator, self.length = _validator(response.headers), _length(response)
            self._skip(response)
        self._broken = False

    def _skip(self, response: Any) -> None:
        """Read over what had arrived before; it must be the same."""
        digest, left = hashlib.blake2b(), self.size
        while left:
            data = response.raw.read1(min(left, _SKIP_BYTES), decode_content=False) or b""
            if not data and (self.length is None or self.length <= self.size - left):
                raise self._changed()
            if not data:
                message = "the body breaks off"
                raise _BrokenOffError(message)
            self._request.check_time()
            digest.update(data)
            left -= len(data)
        if digest.digest() != self._digest.digest():
            raise self._changed()

    def _changed(self) -> SourceLoadError:
        what = f"{self._request.shown} broke off, and changed before the rest could be had"
        return SourceLoadError(what, fix="run again when nothing writes to it.")

    def stop(self) -> None:
        self.stopped = True
        # Older versions of urllib3 have no such thing: there, what waits goes on waiting a while.
        with suppress(AttributeError, ValueError, OSError, RuntimeError):
            self._response.raw.shutdown()

    def close(self) -> None:
        self._response.close()


class HttpStream(io.RawIOBase):
    """The bytes of a file on the web.

    Args:
        request: What is asked for.
        response: The first response to it.
        sha256: What the SHA-256 of the file must be; None where it is not known.
        entry: Where the file is kept; None where it is not.

    Raises:
        SourceLoadError: The server uses a coding that it was not asked for.
    """

    def __init__(
        self,
        request: HttpRequest,
        response: Any,
        sha256: str | None = None,
        entry: CacheEntry | None = None,
    ) -> None:
        self._request = request
        self._entry = entry
        self._body = _Body(request, response)
        self._sha256 = None if sha256 is None else sha256.lower().removeprefix("sha256:")
        self._digest = hashlib.sha256()
        self._size = 0
        self._rest = b""
        self._ended = False
        coding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if coding not in ("identity", "", "gzip", "x-gzip", "deflate"):
            response.close()
            what = (
                f"{request.shown}: the server sends the coding {coding!r}, which is not asked for"
            )
            raise SourceLoadError(what, fix="pass http_headers={'Accept-Encoding': 'identity'}.")
        if entry is not None:
            entry.start()
        self._coded = coding not in ("identity", "")
        self._bare = coding != "deflate"
        self._inflate: Any = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def measure(self) -> tuple[int, int | None]:
        """Return how many bytes have come, as the server sends them, and how many it has told."""
        return self._body.size, self._body.length

    def readinto(self, buffer: Any) -> int:
        """Read what there is, at most so many bytes; none at the end.

        Raises:
            SourceLoadError: The rest cannot be had, or is not what it should be.
        """
        data = b"" if self._ended else self._next(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _next(self, size: int) -> bytes:
        data = self._inflated(size) if self._coded else self._body.read(size)
        self._size += len(data)
        if self._sha256 is not None:
            self._digest.update(data)
        if not data and self._body.stopped:
            self._ended = True  # but nobody knows whether that was all
        elif not data:
            self._ended = True
            if self._sha256 not in (None, self._digest.hexdigest()):
                what = f"{self._request.shown} has the SHA-256 {self._digest.hexdigest()}"
                what += f" instead of {self._sha256}"
                raise SourceLoadError(what, fix="find out who changed the file.")
            if self._entry is not None:
                self._entry.finish(self._body.headers)
        elif self._entry is not None:
            self._entry.write(data)
        return data

    def _inflated(self, size: int) -> bytes:
        """Return some of the body as it was before the server compressed it."""
        while True:
            raw = self._rest or self._body.read(size)
            try:
                data: bytes = self._inflate.decompress(raw, size)
            except zlib.error as error:
                if self._is_bare(raw):
                    continue
                raise self._broken(str(error)) from None
            self._rest = self._inflate.unconsumed_tail
            if self._inflate.eof and self._inflate.unused_data:
                self._rest = self._inflate.unused_data
                self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)
            if data:
                self._check_ratio(len(data))
                return data
            if not raw:
                if self._body.stopped:
                    return b""
                if not self._inflate.eof and self._body.size:
                    raise self._broken("it ends too early")
                return b""

    def _is_bare(self, raw: bytes) -> bool:
        """Take deflate without the header of zlib, as some servers send it, once."""
        if self._bare or self._size or self._body.size != len(raw):
            return False
        self._bare, self._rest = True, raw
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        return True

    def _check_ratio(self, more: int) -> None:
        size = self._size + more
        if size > _UNSUSPICIOUS_BYTES and size > _LARGEST_RATIO * self._body.size:
            what = f"{self._request.shown} grows more than {_LARGEST_RATIO} times when decompressed"
            fix = "if you trust it, pass http_headers={'Accept-Encoding': 'identity'}."
            raise SourceLoadError(what, fix=fix)

    def _broken(self, reason: str) -> SourceLoadError:
        what = f"{self._request.shown}: the compressed body is broken: {reason}"
        return SourceLoadError(what, fix="pass http_headers={'Accept-Encoding': 'identity'}.")

    def stop(self) -> None:
        """Wait for nothing any more, also where another thread is waiting."""
        self._body.stop()

    def close(self) -> None:
        """Let go of the connection."""
        if not self.closed:
            self._body.close()
            self._request.close()
            if self._entry is not None:
                self._entry.abandon()
        super().close()


def _validator(headers: Mapping[str, str]) -> str | None:
    """Return what tells one version of a file from another: RFC 9110 wants a strong one."""
    tag = headers.get("ETag")
    if tag is not None and not tag.startswith("W/"):
        return tag
    return headers.get("Last-Modified")


def _length(response: Any) -> int | None:
    if "chunked" in response.headers.get("Transfer-Encoding", "").lower():
        return None
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None
