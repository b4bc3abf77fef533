"""How much one client, and all of them, may take of the embedded server."""

from __future__ import annotations

import threading
from collections import Counter

HEADER_BYTES = 64 * 1024
BODY_BYTES = 256 * 1024
ACCEPT_QUEUE = 128
KEPT_ALIVE = 256

# Beyond the plain time-out a body, or a response, gets the time that this rate would take: slow lines are served, and one
# that moves a byte a second is cut.
SLOWEST_BYTES_PER_SECOND = 16 * 1024

# After a refusal the rest of what the client sends is read and dropped, so that the refusal reaches it: closing a socket with
# unread bytes makes the kernel send a reset, which may overtake the answer.
LINGER_SECONDS = 1.0
LINGER_BYTES = 1024 * 1024


class ConnectionLimit:
    """Counts open connections, all and by client; thread-safe."""

    def __init__(self, total: int, per_client: int) -> None:
        self._total = total
        self._per_client = per_client
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, client: str) -> bool:
        """False where there is no room; otherwise the connection is counted until it is released."""
        with self._lock:
            if self._open.total() >= self._total or self._open[client] >= self._per_client:
                return False
            self._open[client] += 1
            return True

    def release(self, client: str) -> None:
        with self._lock:
            self._open[client] -= 1
            if self._open[client] <= 0:
                del self._open[client]
