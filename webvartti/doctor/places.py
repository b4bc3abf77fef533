"""Where a host of the deployment is."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from webvartti.doctor.errors import OriginUnsuitable


@dataclass(frozen=True, slots=True)
class Place:
    """``host`` and ``port`` are what the world calls it, ``address`` is what to connect to."""

    host: str
    port: int
    address: str

    @property
    def netloc(self) -> str:
        """As a browser writes it in Host."""
        return self.host if self.port == 443 else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """As a browser writes it in Origin."""
        return f"https://{self.netloc}"


def place_of(origin: str, connect: str) -> Place:
    """Raises OriginUnsuitable."""
    parts = urlsplit(origin)
    try:
        port = parts.port or 443
    except ValueError:
        port = 0
    if (
        not origin.isascii()
        or parts.scheme != "https"
        or not parts.hostname
        or not port
        or parts.path not in ("", "/")
        or parts.query
    ):
        raise OriginUnsuitable(f"{origin}: must be https://HOST or https://HOST:PORT")
    return Place(parts.hostname, port, connect or parts.hostname)
