"""What one listener is: its address, its name to the world, its certificate, and whose client certificates it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from wsgiref.types import WSGIApplication


@dataclass(frozen=True)
class ClientCertificates:
    """Whose cards a listener asks for. Each item is one certificate in DER.

    ``names``: those whose subjects are sent as accepted issuers, so that a browser offers cards only. ``trusted``: what the
    handshake verifies against, roots and issuing CAs alike.
    """

    names: tuple[bytes, ...]
    trusted: tuple[bytes, ...]


@dataclass(frozen=True)
class Listener:
    """One TLS listener. With ``client_certificates`` it is a card listener: it asks for a certificate, lets people without
    one through to the application, and closes the connection after each response.

    ``server_name`` is the host name that it is known by; port 0 takes a free one. ``tls12_only`` is for cards that can't make
    the RSA-PSS signature of TLS 1.3. ``timeout_seconds`` limits the handshake, the request's head, each wait, and idling.
    ``connections`` and ``connections_per_client`` are the most that are open at a time: the rest are closed unanswered, so
    that the process never runs out of file descriptors. ``client_of`` says which client an IP address stands for.
    """

    name: str
    host: str
    port: int
    server_name: str
    application: WSGIApplication
    certificate_file: Path
    key_file: Path
    client_certificates: ClientCertificates | None = None
    tls12_only: bool = False
    threads: int = 32
    timeout_seconds: float = 5.0
    connections: int = 512
    connections_per_client: int = 128
    client_of: Callable[[str], str] = str
