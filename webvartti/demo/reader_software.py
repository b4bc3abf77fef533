"""Stands in for card reader software at its SCS interface: answers /version as the programs do that people have, or don't."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from webvartti.demo.country_table import Country
from webvartti.demo.errors import PortTaken
from webvartti.demo.files import LOCAL_SERVER

SCS_PORT = 53952
_HASHES = ("SHA1", "SHA256", "SHA384", "SHA512")
_SILENCE_SECONDS = 10.0
_LARGEST_REQUEST = 64 * 1024

Say = Callable[[str], None]


class Answer(StrEnum):
    """Who answers: a version of the interface with a card in the reader, or what can go wrong."""

    V1_0_1 = "1.0.1"
    V1_1 = "1.1"
    V1_2 = "1.2"
    NO_CARD = "no-card"
    OLD = "old"
    OTHER_VENDOR = "other-vendor"
    GARBAGE = "garbage"


def version_answer(answer: Answer) -> dict[str, object]:
    """What /version holds. Its lists are texts with commas in older programs; 1.2 adds the signature algorithms."""
    version = {Answer.NO_CARD: "1.1", Answer.OLD: "1.0"}.get(answer, answer.value)
    told: dict[str, object] = {
        "version": version,
        "httpMethods": "GET, POST",
        "contentTypes": "data, digest",
        "signatureTypes": "signature, cms",
        "selectorAvailable": True,
        "hashAlgorithms": ", ".join(_HASHES),
    }
    if answer is Answer.NO_CARD:
        told["hashAlgorithms"] = ""
    if answer is Answer.V1_2:
        told |= {name: str(value).split(", ") for name, value in told.items() if name.endswith("s")}
        told["signatureAlgorithms"] = ["SHA256withRSA", "SHA384withECDSA"]
    return told


class _Handler(BaseHTTPRequestHandler):
    """One request. Any page may read the version, as with the real programs: the browser asks its user."""

    timeout = _SILENCE_SECONDS
    answer: Answer
    say: Say

    def do_GET(self) -> None:
        """/version; nothing else is there."""
        self._tell()
        if self.answer is Answer.OTHER_VENDOR:
            self._send(200, b"<!doctype html><title>Another program</title>", {"Content-Type": "text/html"})
        elif self.path != "/version":
            self._send(404, b"", self._readable())
        elif self.answer is Answer.GARBAGE:
            self._send(200, b'{"version": "1.1", ' + b"[" * 100_000, self._readable())
        else:
            self._send(200, json.dumps(version_answer(self.answer)).encode(), self._readable())

    def do_POST(self) -> None:
        """/sign: this stand-in has no key."""
        self._tell()
        self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST_REQUEST))
        failed = {"version": "1.1", "status": "failed", "reasonCode": 500, "reasonText": "a stand-in doesn't sign"}
        self._send(200, json.dumps(failed).encode(), self._readable())

    def do_OPTIONS(self) -> None:
        """The browser's question before it lets a page ask."""
        self._tell()
        allowed = {"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Content-Type"}
        private = {"Access-Control-Allow-Private-Network": "true"}
        self._send(204, b"", {} if self.answer is Answer.OTHER_VENDOR else {**self._readable(), **allowed, **private})

    def _readable(self) -> dict[str, str]:
        return {"Access-Control-Allow-Origin": self.headers.get("Origin") or "*", "Vary": "Origin"}

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Without a Content-Type where none is given: the real programs may leave it out."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _tell(self) -> None:
        self.say(f"{self.command} {'/version' if self.path == '/version' else 'another path'}")

    def log_message(self, format: str, *args: Any) -> None:
        """``say`` has told it, without anything that the other side chose."""


class _Server(ThreadingHTTPServer):
    """The handshake runs in each connection's own thread; a connection that fails in it is nobody's trouble."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Browsers open connections in advance and drop them."""


class StandIn:
    """A running one."""

    def __init__(self, port: int, serving: threading.Thread) -> None:
        self.port = port
        self._serving = serving

    def wait(self) -> None:
        """Until Ctrl-C."""
        with suppress(KeyboardInterrupt):
            self._serving.join()


@contextmanager
def answering(country: Country, answer: Answer, port: int, say: Say) -> Iterator[StandIn]:
    """On this machine only, until the end of the block; port 0 takes any that is free. Raises PortTaken."""
    handler = type("Handler", (_Handler,), {"answer": answer, "say": staticmethod(say)})
    try:
        server = _Server(("127.0.0.1", port), handler)
    except OSError as problem:
        raise PortTaken(f"port {port} can't be listened at: {problem.strerror}") from problem
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(country.directory / LOCAL_SERVER)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    serving = threading.Thread(target=server.serve_forever, args=(0.1,), name="reader software")
    serving.start()
    try:
        yield StandIn(int(server.server_address[1]), serving)
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
