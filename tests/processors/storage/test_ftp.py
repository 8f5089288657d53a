"""Files on an FTP server, which runs on this machine."""

from __future__ import annotations

import socket
import socketserver
import threading
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, load
from dataflows.errors import ArgumentError, ProcessorError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Århus"}]
CSV = "id,city\n1,Rome\n2,Århus\n".encode()


class Session(socketserver.StreamRequestHandler):
    """Answers as a server does that has one folder, and `files` in it."""

    server: FtpServer

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        self.say("220 ready")
        passive = socket.socket()
        for line in self.rfile:
            command, _, argument = line.decode().strip().partition(" ")
            self.server.commands.append((command, argument))
            if command == "USER":
                self.user = argument
                self.say("331 the password, please")
            elif command == "PASS":
                known = self.user == "anonymous" or argument == "pa55:w0rd"
                self.say("230 welcome" if known else "530 who are you?")
            elif command in ("PASV", "EPSV"):
                passive.close()
                passive = socket.create_server(("127.0.0.1", 0))
                high, low = divmod(passive.getsockname()[1], 256)
                self.say(f"227 here (127,0,0,1,{high},{low})")
            elif command == "RETR":
                self.send(passive, argument)
            else:
                self.say("200 fine")
        passive.close()

    def send(self, passive: socket.socket, path: str) -> None:
        body = self.server.files.get(path)
        if body is None:
            self.say("550 no such file")
            return
        self.say(f"150 it comes ({len(body)} bytes)")
        data, _ = passive.accept()
        with data:
            data.sendall(body[: self.server.cut])
            self.server.ended.wait(self.server.stall_seconds)
        self.say("226 that was it" if self.server.says_all else "426 broken off")


class FtpServer(socketserver.ThreadingTCPServer):
    """One on this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.files: dict[str, bytes] = {}
        self.commands: list[tuple[str, str]] = []
        self.cut: int | None = None
        self.says_all = True
        self.stall_seconds = 0.0
        self.ended = threading.Event()

    def url(self, path: str, user: str = "") -> str:
        return f"ftp://{user}127.0.0.1:{self.server_address[1]}/{path}"


@pytest.fixture
def server() -> Iterator[FtpServer]:
    with FtpServer() as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.05,))
        thread.start()
        yield found
        found.ended.set()
        found.shutdown()
        thread.join()


def rows_of(source: str, **options: Any) -> list[Any]:
    return Flow(load(source, **options)).results()[0]


def error_of(source: str, **options: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        rows_of(source, **options)
    return str(caught.value)


def test_a_file_is_loaded_as_anonymous_and_as_a_user(server: FtpServer) -> None:
    server.files["data/cities one.csv"] = CSV
    assert rows_of(server.url("data/cities%20one.csv")) == [ROWS]
    assert rows_of(server.url("data/cities%20one.csv", "me:pa55%3Aw0rd@"), name="x") == [ROWS]
    assert ("PASS", "pa55:w0rd") in server.commands


def test_a_large_file_is_whole(server: FtpServer) -> None:
    server.files["a.csv"] = b"id\n" + b"".join(b"%d\n" % number for number in range(300_000))
    assert len(rows_of(server.url("a.csv"))[0]) == 300_000
    assert len(rows_of(server.url("a.csv"), limit_rows=3)[0]) == 3


def test_what_breaks_off_is_an_error(server: FtpServer) -> None:
    server.files["a.csv"] = CSV
    server.cut = 12
    shown = error_of(server.url("a.csv"))
    assert f"it breaks off after 12 of {len(CSV)} bytes" in shown
    server.says_all = False
    assert "426 broken off" in error_of(server.url("a.csv"))


def test_a_refusal_says_what_to_do_and_no_password(server: FtpServer) -> None:
    shown = error_of(server.url("a.csv"))
    assert "550 no such file" in shown
    assert "fix: check the path, and that this user may read the file." in shown
    shown = error_of(server.url("a.csv", "me:secret@"))
    assert "530 who are you?" in shown
    assert "fix: put user and password into the address: ftp://user:password@host/path." in shown
    assert "secret" not in shown


def test_a_server_that_says_nothing_is_not_waited_for(server: FtpServer) -> None:
    server.files["a.csv"] = CSV
    server.stall_seconds = 20
    assert "timed out" in error_of(server.url("a.csv"), timeout_seconds=0.3)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "cannot be had" in error_of(f"ftp://127.0.0.1:{port}/a.csv", timeout_seconds=1)


def test_a_time_out_that_cannot_be_is_refused() -> None:
    with pytest.raises((ArgumentError, ProcessorError)) as caught:
        rows_of("ftp://127.0.0.1:1/a.csv", timeout_seconds=0)
    assert "timeout_seconds must be a number above 0, got 0" in str(caught.value)
