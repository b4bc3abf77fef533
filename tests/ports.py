"""Ports for servers that tests start in processes of their own."""

from __future__ import annotations

import os
import random
import socket

_LOW, _HIGH = 12_000, 32_000
"""Below those that Linux gives to connections that go out, or one of these may have the port when the server starts."""

_chance = random.Random(os.getpid())  # noqa: S311 - test runs side by side begin at different places


def free_port() -> int:
    """Of 127.0.0.1; never the same one twice in a run."""
    for _ in range(200):
        port = _take()
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise OSError("no port is free")


_taken: set[int] = set()


def _take() -> int:
    port = _chance.choice([each for each in (_chance.randrange(_LOW, _HIGH) for _ in range(20)) if each not in _taken])
    _taken.add(port)
    return port
