"""Files on FTP servers: ftp and, encrypted, ftps."""

from __future__ import annotations

import ftplib
import io
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit

from dataflows.errors import ArgumentError, SourceLoadError
from dataflows.processors.loaders.masking import masked_source
from dataflows.processors.storage.opened import OpenedFile

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["open_ftp"]

_TIMEOUT_SECONDS = 60.0
_ERRORS: tuple[type[Exception], ...] = (*ftplib.all_errors, ValueError)


def open_ftp(address: str, options: Mapping[str, Any]) -> OpenedFile:
    """Open an address of ftp or ftps; without a user in it, as ``anonymous``.

    Args:
        address: The address; its path starts where the login leads.
        options: ``timeout_seconds`` (60: how long nothing may arrive); the others are for the
            format.

    Raises:
        ArgumentError: The time-out is no number above 0.
        SourceLoadError: There is no such file, or it cannot be had.
    """
    left = dict(options)
    seconds = left.pop("timeout_seconds", _TIMEOUT_SECONDS)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
        what = f"timeout_seconds must be a number above 0, got {seconds!r}"
        raise ArgumentError(what, fix="write for instance timeout_seconds=60.")
    shown = str(masked_source(address))
    try:
        stream = _FtpStream(address, shown, float(seconds))
    except _ERRORS as error:
        raise _failed(shown, error) from None
    name = unquote(urlsplit(address).path).rpartition("/")[2]
    return OpenedFile(cast("BinaryIO", stream), name, shown, None, left)


class _FtpStream(io.RawIOBase):
    """The bytes of a file; the server must say at the end that they are all."""

    def __init__(self, address: str, shown: str, seconds: float) -> None:
        parts = urlsplit(address)
        path = unquote(parts.path).removeprefix("/")
        self._shown = shown
        self._ended = self._stopped = False
        self._size = 0
        self._data: socket.socket | None = None
        self._ftp: ftplib.FTP = ftplib.FTP(timeout=seconds)  # noqa: S321 - it is what was asked for
        if parts.scheme.lower() == "ftps":
            context = ssl.create_default_context()
            self._ftp = ftplib.FTP_TLS(timeout=seconds, context=context)  # noqa: S321 - the same
        try:
            self._ftp.connect(parts.hostname or "", parts.port or ftplib.FTP_PORT)
            self._ftp.login(unquote(parts.username or ""), unquote(parts.password or ""))
            if isinstance(self._ftp, ftplib.FTP_TLS):
                self._ftp.prot_p()
            self._ftp.voidcmd("TYPE I")
            self._data, self._expected = self._ftp.ntransfercmd(f"RETR {path}")
        except BaseException:
            self.close()
            raise

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # a `Buffer`, which Python names from 3.12 on
        if self._ended or self._data is None:
            return 0
        try:
            size = self._data.recv_into(buffer)
            if not size:
                self._ended = True
                self._data.close()
                if not self._stopped:
                    self._ftp.voidresp()
                    self._check_size()
        except ftplib.all_errors as error:
            if self._stopped:
                return 0
            raise _failed(self._shown, error) from None
        self._size += size
        return size

    def _check_size(self) -> None:
        if self._expected is not None and self._size != self._expected:
            message = f"it breaks off after {self._size:,} of {self._expected:,} bytes"
            raise OSError(message)

    def stop(self) -> None:
        """Wait for nothing any more, also where another thread is waiting."""
        self._stopped = True
        if self._data is not None:
            with suppress(OSError):
                self._data.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection."""
        if self._data is not None:
            self._data.close()
        self._ftp.close()
        super().close()


def _failed(shown: str, error: Exception) -> SourceLoadError:
    reason = str(error) or type(error).__name__
    fix = "check the address, and that it can be reached from this machine."
    if reason.startswith("530"):
        fix = "put user and password into the address: ftp://user:password@host/path."
    elif reason.startswith("550"):
        fix = "check the path, and that this user may read the file."
    return SourceLoadError(f"{shown} cannot be had: {reason}", fix=fix)
