"""A TLS client that does what browsers never would: any server name, any version, old sessions, forged certificates.

It verifies no server certificate: a probe of its own does that, and nothing secret is ever sent.
"""

from __future__ import annotations

import contextlib
import math
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from webvartti.doctor.answers import Answer, read_answer
from webvartti.doctor.errors import DeploymentUnreachable, NoAnswerInTime, Refused
from webvartti.doctor.places import Place

Result = TypeVar("Result")

TIMEOUT = 10.0
"""Seconds for a handshake, and for each wait after it."""

RECORD = 16 * 1024
"""Bytes of a TLS record: OpenSSL sends it whole or asks to be called again with the same."""

_ASKED = b"read server certificate request"
_CERTIFICATE = b"read server certificate"
_SERVER_HELLO = b"read server hello"


@dataclass(frozen=True, slots=True)
class Identity:
    """A client certificate with a key for it, made by the doctor."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Greeting:
    """How to begin. ``server_name``: None for none. ``version``: exactly this one, e.g. SSL.TLS1_2_VERSION; None for any.

    ``alpn`` is what to offer; ``session`` one to resume, made with ``context``.
    """

    server_name: str | None
    version: int | None = None
    identity: Identity | None = None
    alpn: tuple[bytes, ...] = ()
    context: SSL.Context | None = None
    session: SSL.Session | None = None


class TlsClient:
    """One connection. Raises DeploymentUnreachable where nothing listens, Refused where the other side refuses or leaves."""

    def __init__(self, place: Place, greeting: Greeting) -> None:
        self.context = greeting.context or _context(greeting)
        self._states: list[bytes] = []
        self._socket = plain_connection(place)
        self._socket.setblocking(False)
        self._connection = SSL.Connection(self.context, self._socket)
        self._connection.set_info_callback(lambda connection, where, result: self._note(connection))
        if greeting.server_name is not None:
            self._connection.set_tlsext_host_name(greeting.server_name.encode())
        if greeting.session is not None:
            self._connection.set_session(greeting.session)
        self._connection.set_connect_state()
        try:
            self._complete(self._connection.do_handshake)
        except SSL.ZeroReturnError:
            self.close()
            raise Refused("closed during the handshake") from None
        except Refused:
            self.close()
            raise

    def __enter__(self) -> TlsClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def asked_for_certificate(self) -> bool:
        """True where the server sent a CertificateRequest."""
        return any(state.endswith(_ASKED) for state in self._states)

    @property
    def resumed(self) -> bool:
        """True where the server sent no certificate of its own: an old session goes on (RFC 8446 2.2, RFC 5246 7.3)."""
        return not any(state.endswith(_CERTIFICATE) for state in self._states)

    @property
    def ca_names(self) -> int:
        """How many CA names came with the CertificateRequest."""
        return len(self._connection.get_client_ca_list())

    @property
    def alpn(self) -> bytes:
        """The protocol that the server chose; empty where it chose none."""
        return self._connection.get_alpn_proto_negotiated()

    def session(self) -> SSL.Session | None:
        """To be resumed later. In TLS 1.3 it arrives after the handshake: read an answer first."""
        return self._connection.get_session()

    def ask(self, request: bytes) -> Answer:
        """Send and read the answer. Raises also AnswerUnreadable."""
        for start in range(0, len(request), RECORD):
            self._complete(partial(self._connection.sendall, request[start : start + RECORD]))
        until = time.monotonic() + 3 * TIMEOUT  # however slowly the bytes drip
        return read_answer(lambda: self._receive(min(TIMEOUT, until - time.monotonic())))

    def is_closed_within(self, seconds: float) -> bool:
        """True where the server ends the connection by itself."""
        try:
            return not self._receive(seconds)
        except NoAnswerInTime:
            return False
        except Refused:
            return True

    def renegotiates(self) -> bool:
        """True where the server lets the client begin a second handshake on this connection (TLS 1.2)."""
        before = self._server_hellos()
        with contextlib.suppress(Refused, SSL.Error):
            self._connection.renegotiate()
            self._complete(self._connection.do_handshake, 3.0)
        return self._server_hellos() > before

    def close(self) -> None:
        """Without a word to the server: nothing depends on it."""
        self._socket.close()

    def _server_hellos(self) -> int:
        return sum(state.endswith(_SERVER_HELLO) for state in self._states)

    def _note(self, connection: SSL.Connection) -> None:
        state = connection.get_state_string()
        if not self._states or self._states[-1] != state:
            self._states.append(state)

    def _receive(self, seconds: float = TIMEOUT) -> bytes:
        try:
            return self._complete(lambda: self._connection.recv(RECORD), seconds)
        except SSL.ZeroReturnError:
            return b""

    def _complete(self, operation: Callable[[], Result], seconds: float = TIMEOUT) -> Result:
        until = time.monotonic() + seconds
        while True:
            try:
                return operation()
            except SSL.WantReadError:
                self._wait(select.POLLIN, until)
            except SSL.WantWriteError:
                self._wait(select.POLLOUT, until)
            except SSL.ZeroReturnError:
                raise
            except SSL.SysCallError as error:
                if error.args[0] == -1:  # the end of the stream without a close_notify: HTTP says what was complete
                    raise SSL.ZeroReturnError from None
                raise Refused("the connection was reset") from None
            except SSL.Error as error:
                raise Refused(_reason(error)) from None

    def _wait(self, event: int, until: float) -> None:
        poller = select.poll()
        poller.register(self._socket, event)
        left = until - time.monotonic()
        if left <= 0 or not poller.poll(math.ceil(left * 1000)):
            raise NoAnswerInTime("no answer in time")


def plain_connection(place: Place) -> socket.socket:
    """TCP only. Raises DeploymentUnreachable."""
    try:
        connection = socket.create_connection((place.address, place.port), timeout=TIMEOUT)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise DeploymentUnreachable(f"{place.address} port {place.port}: {reason}") from problem
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _context(greeting: Greeting) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    if greeting.version is not None:
        context.set_min_proto_version(greeting.version)
        context.set_max_proto_version(greeting.version)
    if greeting.alpn:
        context.set_alpn_protos(list(greeting.alpn))
    if greeting.identity is not None:
        context.use_certificate(greeting.identity.certificate)
        context.use_privatekey(greeting.identity.key)
    return context


def _reason(error: SSL.Error) -> str:
    try:
        return str(error.args[0][0][2])
    except (IndexError, TypeError):
        return "TLS failed"
