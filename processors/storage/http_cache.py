"""Files on the web, kept on this machine, and fetched anew only when they have changed."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from dataflows.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.processors.storage.http_options import HttpOptions

__all__ = ["CacheEntry", "KeptHeaders"]

_KEPT_HEADERS = ("Content-Type", "ETag", "Last-Modified")
KeptHeaders = dict[str, str]


class CacheEntry:
    """What is kept of one address: a body, and a small file that names it with its version.

    The names tell nothing of the address, which may hold a secret. A body is written beside the
    former one, whose place it takes when all of it is there.

    Args:
        folder: Where files are kept; made when it is not there, for this user only.
        address: The address.
        options: With which it is asked.

    Raises:
        OutputError: The folder cannot be written to.
    """

    def __init__(self, folder: Path, address: str, options: HttpOptions) -> None:
        asked = [address, repr(options.params), sorted(options.headers.items()), repr(options.auth)]
        self._key = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        self._folder = folder
        self._part: Path | None = None
        self._file: BinaryIO | None = None
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._known = self._read_known()
        except OSError as error:
            raise _not_kept(folder, error) from error

    def _read_known(self) -> dict[str, Any]:
        """Return what the small file says; nothing when the body is not there as it says."""
        try:
            known: dict[str, Any] = json.loads(self._describing.read_bytes())
            whole = self._body(known["body"]).stat().st_size == known["bytes"]
        except (FileNotFoundError, ValueError, LookupError, TypeError):
            return {}
        return known if whole else {}

    @property
    def _describing(self) -> Path:
        return self._folder / f"{self._key}.json"

    def _body(self, name: str) -> Path:
        return self._folder / Path(name).name

    @property
    def conditions(self) -> KeptHeaders:
        """The headers that ask for the file only if it has changed."""
        headers = self._known.get("headers", {})
        asked = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
        return {name: headers[kept] for name, kept in asked.items() if kept in headers}

    @property
    def headers(self) -> KeptHeaders:
        """The headers with which the kept body came."""
        return dict(self._known["headers"])

    def open_body(self) -> BinaryIO:
        """Open the kept body."""
        return self._body(self._known["body"]).open("rb")

    def start(self) -> None:
        """Begin to keep a new body.

        Raises:
            OutputError: The folder cannot be written to.
        """
        self._part = self._folder / f"{self._key}.{secrets.token_hex(8)}.body"
        try:
            number = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise _not_kept(self._folder, error) from error
        self._file = os.fdopen(number, "wb")

    def write(self, data: bytes) -> None:
        """Keep some more of the body.

        Raises:
            OutputError: There is no room for it.
        """
        if self._file is not None:
            try:
                self._file.write(data)
            except OSError as error:
                self.abandon()
                raise _not_kept(self._folder, error) from error

    def finish(self, headers: Mapping[str, str]) -> None:
        """Put the new body in the place of the former one; all of it has arrived.

        Raises:
            OutputError: The folder cannot be written to.
        """
        if self._file is None or self._part is None:
            return
        kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
        former, part = self._known.get("body"), self._part
        try:
            size = self._file.tell()
            self._file.close()
            text = json.dumps({"body": part.name, "bytes": size, "headers": kept})
            described = part.with_suffix(".part")
            described.write_text(text, encoding="utf-8")
            described.replace(self._describing)
        except OSError as error:
            self.abandon()
            raise _not_kept(self._folder, error) from error
        self._file = self._part = None
        if former is not None:
            # Who reads it at this moment goes on doing so.
            with suppress(OSError):
                self._body(former).unlink()

    def abandon(self) -> None:
        """Drop what has been written of a new body; it may be called at any time."""
        file, part, self._file, self._part = self._file, self._part, None, None
        if file is not None:
            with suppress(OSError):
                file.close()
        if part is not None:
            part.unlink(missing_ok=True)


def _not_kept(folder: Path, error: OSError) -> OutputError:
    what = f"the cache folder {str(folder)!r} cannot be used: {error.strerror or error}"
    return OutputError(what, fix="pass another folder: cache='…', or leave cache out.")
