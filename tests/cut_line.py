"""A line to PostgreSQL that goes dead at a commit: before the server has heard of it, or after it has obeyed.

Whoever commits learns the same in both cases: nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from select import select
from socketserver import BaseRequestHandler, ThreadingUnixStreamServer
from tempfile import TemporaryDirectory
from threading import Thread

from sqlalchemy import URL, make_url

PORT = 5432
_COMMIT = b"COMMIT\0"
"""As a simple query ends (PostgreSQL's documentation, "Message Formats")."""


class Cut(Enum):
    """When the line goes dead."""

    BEFORE = "before the server has heard of the commit"
    AFTER = "after the server has committed, before it could say so"


@dataclass
class Line:
    """``url`` leads through it. ``cut`` is for the next commit that comes along, and no other."""

    url: str
    cut: Cut | None = None


@contextmanager
def line_to(url: str) -> Iterator[Line]:
    """Until the end of the block."""
    address = make_url(url)
    with TemporaryDirectory(prefix="line-") as directory:  # short: the path of a socket has 107 characters
        through = address.set(host=None, port=None).update_query_dict({"host": directory})
        line = Line(through.render_as_string(hide_password=False))

        class Handler(BaseRequestHandler):
            """One connection of a client's."""

            def handle(self) -> None:
                with _connected(address) as server:
                    _pass_on(self.request, server, line)

        with ThreadingUnixStreamServer(str(Path(directory) / f".s.PGSQL.{PORT}"), Handler) as listening:
            listening.daemon_threads = True
            thread = Thread(target=listening.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield line
            finally:
                listening.shutdown()
                thread.join()


def _connected(address: URL) -> socket.socket:
    host, port = str(address.query.get("host") or address.host), address.port or PORT
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    server = socket.socket(socket.AF_UNIX)
    server.connect(f"{host}/.s.PGSQL.{port}")
    return server


def _pass_on(client: socket.socket, server: socket.socket, line: Line) -> None:
    """Whatever either says to the other, until one of them ends or the line is cut."""
    other = {client: server, server: client}
    while True:
        for said_by in select([client, server], [], [])[0]:
            said = said_by.recv(65536)
            if not said:
                return
            if line.cut is not None and said_by is client and said.endswith(_COMMIT):
                cut, line.cut = line.cut, None
                if cut is Cut.AFTER:
                    server.sendall(said)
                    server.recv(65536)
                return
            other[said_by].sendall(said)
