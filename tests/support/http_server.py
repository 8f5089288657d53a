"""A web server on this machine that misbehaves when it is told to."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import zlib
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Answer", "HttpServer", "serving"]


@dataclass
class Answer:
    """What the server answers to a request.

    Args:
        body: The bytes.
        status: Of the answer.
        headers: Further headers; one that is None is left out.
        coding: ``"gzip"``, ``"deflate"``, ``"bare deflate"`` or None: how the body is compressed.
        chunked: Whether the body goes in chunks, without its length.
        cut: The connection ends after so many bytes of the body.
        reset: … by a reset.
        stall: After so many bytes nothing more comes.
        pause: Seconds to wait before each 1,000 bytes of the body.
        ranges: Whether a part can be asked for.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str | None] = field(default_factory=dict)
    coding: str | None = None
    chunked: bool = False
    cut: int | None = None
    reset: bool = False
    stall: int | None = None
    pause: float = 0.0
    ranges: bool = False


class HttpServer(ThreadingHTTPServer):
    """Answers by path: with the answers in turn, the last one for ever, or what a function says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.daemon_threads = False
        self.ended = threading.Event()
        self.answers: dict[str, list[Answer] | Callable[[Any], Answer]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.counts: defaultdict[str, int] = defaultdict(int)

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, path: str, *answers: Answer | bytes) -> str:
        """Answer this to requests for the path; return its address."""
        self.answers[path] = [one if isinstance(one, Answer) else Answer(one) for one in answers]
        return self.url + path

    def answer(self, path: str, headers: Any) -> Answer:
        """Return what is due."""
        plain = path.partition("?")[0]
        self.requests.append((path, {key.lower(): text for key, text in headers.items()}))
        number, self.counts[plain] = self.counts[plain], self.counts[plain] + 1
        found = self.answers.get(plain)
        if found is None:
            return Answer(status=404)
        return found(headers) if callable(found) else found[min(number, len(found) - 1)]

    def handle_error(self, *_arguments: Any) -> None:
        """Keep quiet about clients that went away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5
    server: HttpServer

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        answer = self.server.answer(self.path, self.headers)
        headers: dict[str, str | None] = {"Content-Type": None, **answer.headers}
        body, status = _coded(answer.body, answer.coding), answer.status
        if answer.coding:
            headers["Content-Encoding"] = answer.coding.removeprefix("bare ")
        wanted = self.headers.get("Range")
        valid = self.headers.get("If-Range") in (None, headers.get("ETag"))
        if answer.ranges and wanted and valid:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            body, status = body[start:], 206
        length = {"Transfer-Encoding": "chunked"} if answer.chunked else {}
        length = length or {"Content-Length": str(len(body))}
        self.send_response(status)
        if self.close_connection:
            self.send_header("Connection", "close")
        for name, value in {**length, **headers}.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self._send(body, answer)

    def _send(self, body: bytes, answer: Answer) -> None:
        whole = body if answer.cut is None else body[: answer.cut]
        for start in range(0, len(whole), 1000 if answer.pause else 65536):
            piece = whole[start : start + (1000 if answer.pause else 65536)]
            if answer.stall is not None and start >= answer.stall:
                self.server.ended.wait(60)
            self.server.ended.wait(answer.pause)
            if answer.chunked:
                piece = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
            self.wfile.write(piece)
        if answer.cut is not None:
            self.close_connection = True
            if answer.reset:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        elif answer.chunked:
            self.wfile.write(b"0\r\n\r\n")
        if answer.headers.get("Content-Length", "") is None:
            self.close_connection = True


def _coded(body: bytes, coding: str | None) -> bytes:
    if coding == "gzip":
        return gzip.compress(body, mtime=0)
    if coding == "deflate":
        return zlib.compress(body)
    if coding == "bare deflate":
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        return packer.compress(body) + packer.flush()
    return body


@contextmanager
def serving() -> Iterator[HttpServer]:
    """Run a server for as long as the block lasts."""
    with HttpServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()
