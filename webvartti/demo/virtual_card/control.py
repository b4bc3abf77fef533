"""How another program gives orders to the card that is in the reader: one line through a socket that only its owner enters."""

from __future__ import annotations

import select
import socket
from pathlib import Path
from types import TracebackType

from webvartti.demo.errors import CardAlreadyInserted, NoCardInserted, SocketPathTooLong

_LONGEST_PATH = 107  # bytes, sockaddr_un of Linux
_PATIENCE_SECONDS = 2.0


class Control:
    """The card's end. Raises CardAlreadyInserted where a living card has the place, SocketPathTooLong."""

    def __init__(self, file: Path) -> None:
        self._file = file
        _demand_short(file)
        if _reachable(file):
            raise CardAlreadyInserted
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(file))
        file.chmod(0o600)
        self._socket.listen(4)

    def __enter__(self) -> Control:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._socket.close()
        self._file.unlink(missing_ok=True)

    def fileno(self) -> int:
        """For a selector."""
        return self._socket.fileno()

    def next_order(self, wait_seconds: float) -> str:
        """An order, or nothing where none comes in time."""
        if not select.select([self._socket], [], [], wait_seconds)[0]:
            return ""
        connection, _ = self._socket.accept()
        with connection:
            connection.settimeout(_PATIENCE_SECONDS)
            try:
                order = connection.recv(32).decode("ascii", "replace").strip()
                connection.sendall(b"ok\n")
            except OSError:
                return ""
        return order


def give_order(file: Path, order: str) -> None:
    """Raises NoCardInserted where no card has the place."""
    _demand_short(file)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_PATIENCE_SECONDS)
            connection.connect(str(file))
            connection.sendall(f"{order}\n".encode())
            connection.recv(8)
    except OSError as problem:
        raise NoCardInserted from problem


def _reachable(file: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PATIENCE_SECONDS)
        return probe.connect_ex(str(file)) == 0


def _demand_short(file: Path) -> None:
    if len(str(file).encode()) > _LONGEST_PATH:
        raise SocketPathTooLong(f"{file.parent} has too long a path for a socket: move the country to a shorter one")
