"""Why the listeners don't start or don't go on. This room imports nothing of the package, so it has a base of its own."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class ServerError(Exception):
    """The embedded server can't do what was asked, for a named reason."""

    code: ClassVar[str] = "server-error"


class AddressTaken(ServerError):
    """Another program, or another listener, has this address and port already."""

    code = "address-taken"

    def __init__(self, listener: str, host: str, port: int) -> None:
        super().__init__(f"listener {listener}: {host} port {port} is in use already")
        self.host = host
        self.port = port


class AddressUnavailable(ServerError):
    """The address isn't this machine's, can't be looked up, or the port isn't allowed to this user."""

    code = "address-unavailable"

    def __init__(self, listener: str, host: str, port: int, reason: str) -> None:
        super().__init__(f"listener {listener}: can't listen on {host} port {port}: {reason}")
        self.host = host
        self.port = port


class ServerCertificateUnusable(ServerError):
    """A listener's certificate or key file is missing, unreadable, encrypted, or the two don't belong together."""

    code = "server-certificate-unusable"

    def __init__(self, listener: str, file: Path, reason: str) -> None:
        super().__init__(f"listener {listener}: {file}: {reason}")
        self.file = file


class TrustedCertificatesUnusable(ServerError):
    """What a listener was given as trusted issuers isn't a list of DER certificates."""

    code = "trusted-certificates-unusable"

    def __init__(self, listener: str, reason: str) -> None:
        super().__init__(f"listener {listener}: the trusted certificates can't be used: {reason}")


class ListenerNamesClash(ServerError):
    """Two listeners have one name."""

    code = "listener-names-clash"


class AlreadyStarted(ServerError):
    """A server starts once."""

    code = "server-already-started"


class ListenerFailed(ServerError):
    """A listener ended by itself; the log has the cause."""

    code = "listener-failed"

    def __init__(self, listener: str) -> None:
        super().__init__(f"listener {listener} ended by itself")
