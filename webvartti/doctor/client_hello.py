"""One ClientHello by hand and the server's first words: so that old versions and suites can be offered which no library of
today would (RFC 5246 7.4.1.2, RFC 8446 4.1.2).
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from webvartti.doctor.places import Place
from webvartti.doctor.tls_client import plain_connection

SSL_3, TLS_1_0, TLS_1_1, TLS_1_2 = 0x0300, 0x0301, 0x0302, 0x0303

_HANDSHAKE, _SERVER_HELLO, _DEFLATE, _RENEGOTIATION_SCSV = 22, 2, 1, 0x00FF
_GROUPS = (0x001D, 0x0017, 0x0018, 0x0019)  # X25519, P-256, P-384, P-521
_SIGNATURES = (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201)


@dataclass(frozen=True, slots=True)
class ServerHello:
    """What the server chose."""

    version: int
    suite: int
    compressed: bool


def offer(place: Place, version: int, suites: Sequence[int], *, compression: bool = False) -> ServerHello | None:
    """What the server answers to this offer; None where it refuses. Raises DeploymentUnreachable."""
    with plain_connection(place) as connection:
        try:
            connection.sendall(_record(version, _client_hello(place.host, version, suites, compression)))
            return _server_hello(_read(connection.recv))
        except OSError:
            return None


def _read(receive: Callable[[int], bytes]) -> bytes:
    """The first record's body, or what there is of it: empty unless it is a handshake."""
    found = b""
    while len(found) < 5 or len(found) < 5 + int.from_bytes(found[3:5], "big"):
        more = receive(4096)
        if not more:
            break
        found += more
        if found[0] != _HANDSHAKE:
            return b""
    return found[5:]


def _server_hello(body: bytes) -> ServerHello | None:
    """type(1) length(3) version(2) random(32) session id(1+n) suite(2) compression(1)"""
    if len(body) < 42 or body[0] != _SERVER_HELLO:
        return None
    after = 39 + body[38]
    if len(body) < after + 3:
        return None
    version, suite = int.from_bytes(body[4:6], "big"), int.from_bytes(body[after : after + 2], "big")
    return ServerHello(version, suite, body[after + 2] != 0)


def _record(version: int, body: bytes) -> bytes:
    return struct.pack("!BHH", _HANDSHAKE, min(version, TLS_1_0), len(body)) + body


def _client_hello(server_name: str, version: int, suites: Sequence[int], compression: bool) -> bytes:
    methods = bytes([_DEFLATE, 0] if compression else [0])
    fields = (
        struct.pack("!H", version) + secrets.token_bytes(32) + b"\x00"
        + _sized(2, b"".join(struct.pack("!H", suite) for suite in (*suites, _RENEGOTIATION_SCSV)))
        + _sized(1, methods)
    )  # fmt: skip
    if version > SSL_3:
        fields += _sized(2, _extensions(server_name, version))
    return bytes([1]) + len(fields).to_bytes(3, "big") + fields


def _extensions(server_name: str, version: int) -> bytes:
    found = _extension(0, _sized(2, b"\x00" + _sized(2, server_name.encode())))
    found += _extension(10, _sized(2, b"".join(struct.pack("!H", group) for group in _GROUPS)))
    found += _extension(11, _sized(1, b"\x00"))
    if version >= TLS_1_2:
        found += _extension(13, _sized(2, b"".join(struct.pack("!H", each) for each in _SIGNATURES)))
    return found


def _extension(kind: int, body: bytes) -> bytes:
    return struct.pack("!H", kind) + _sized(2, body)


def _sized(width: int, body: bytes) -> bytes:
    return len(body).to_bytes(width, "big") + body
