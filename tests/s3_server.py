"""An S3 server on loopback in a process of its own, and a line to it that can be cut.

Run as a program it is the server.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread


@dataclass(slots=True)
class Line:
    """Passes on what goes to a server and comes back, until it is cut."""

    server: tuple[str, int]
    cut: bool = False
    cut_at: bytes | None = None
    """A request that this stands in is the last thing that the line sees ..."""
    answer_lost: bool = False
    """... or, where this is so, the server's answer to it is."""
    _port: int = field(init=False)
    _listener: socket.socket = field(init=False)
    _open: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listen(0)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def mend(self) -> None:
        if self.cut:
            self._listen(self._port)
        self.cut, self.cut_at, self.answer_lost = False, None, False

    def _listen(self, port: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self._port = self._listener.getsockname()[1]
        Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            there = socket.create_connection(self.server)
            self._open += [client, there]
            Thread(target=self._ask, args=(client, there), daemon=True).start()
            Thread(target=self._answer, args=(there, client), daemon=True).start()

    def _ask(self, client: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while (data := client.recv(1 << 16)) and not self.cut:
                if self.cut_at is not None and self.cut_at in data:
                    if not self.answer_lost:
                        self._break()
                        return
                    self.cut_at = b"HTTP"  # of the answer
                there.sendall(data)

    def _answer(self, there: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while (data := there.recv(1 << 16)) and not self.cut:
                if self.cut_at == b"HTTP":
                    self._break()
                    return
                client.sendall(data)

    def _break(self) -> None:
        self.cut = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()


@dataclass(frozen=True, slots=True)
class Store:
    """A server that runs."""

    line: Line

    @property
    def settings(self) -> dict[str, str]:
        """The environment of whoever uses it."""
        return {
            "AWS_ENDPOINT_URL": self.line.endpoint,
            "AWS_ACCESS_KEY_ID": "practice",
            "AWS_SECRET_ACCESS_KEY": "practice's secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",  # tests need not wait as people would
        }


@contextmanager
def serving() -> Iterator[Store]:
    """A server with nothing in it."""
    with subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, cwd="/") as process:
        try:
            assert process.stdout is not None
            yield Store(Line(("127.0.0.1", int(process.stdout.readline()))))
        finally:
            process.kill()


if __name__ == "__main__":
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, *_: object) -> None:
            pass

    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    print(server.port, flush=True)
    server.serve_forever()
