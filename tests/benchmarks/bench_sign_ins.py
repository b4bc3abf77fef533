"""Sign-ins a second: one handshake with the card, both POSTs, two durable commits, against a bare TLS server.

The bare server is the same listener with the same certificates, answering "ok". One client process with a few threads drives
both in turn; its own cost is in both figures, so the ratio is what counts.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.conftest import Installation
from tests.integration.service.test_listeners import free_origins
from tests.web.visitor import Page

SIGN_INS = 200
THREADS = 4

BARE = """
import sys
from pathlib import Path
from webvartti.pki.trust import load_trust
from webvartti.server.listener import ClientCertificates, Listener
from webvartti.server.server import Server
from datetime import UTC, datetime
port, certificate, key, trust_file = sys.argv[1:]
trust = load_trust(Path(trust_file), datetime.now(UTC))
def application(environ, start_response):
    assert environ["webvartti.client_certificate"]
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
certificates = ClientCertificates(trust.issuer_certificates(), trust.anchor_and_issuer_certificates())
host = "card.webvartti.localhost"
listener = Listener("card", "127.0.0.1", int(port), host, application, Path(certificate), Path(key), certificates)
with Server([listener]) as server:
    server.wait()
"""


class Local(HTTPSConnection):
    """Goes to this machine by any name, without Nagle's delay, which browsers don't have either."""

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)  # type: ignore[attr-defined]  # set by HTTPSConnection


@contextmanager
def process(command: list[str], environ: dict[str, str], port: int) -> Iterator[None]:
    """A server in a process of its own, until its port answers."""
    running = subprocess.Popen(command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        running.terminate()
        running.wait(30)


def contexts(installation: Installation) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(without a card, with aino's card)."""
    root = str(installation.country.directory / "server" / "ca.pem")
    plain, with_card = (ssl.create_default_context(cafile=root) for _ in range(2))
    with_card.load_cert_chain(installation.country.card("aino").pem)
    return plain, with_card


def ask(
    connection: HTTPSConnection, method: str, path: str, fields: dict[str, str], headers: dict[str, str]
) -> tuple[int, str, str]:
    """(status, body, cookies)."""
    sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    connection.request(method, path, urlencode(fields) if method == "POST" else None, sent)
    answer = connection.getresponse()
    body = answer.read().decode()
    return answer.status, body, "; ".join(line.partition(";")[0] for line in answer.headers.get_all("Set-Cookie", []))


def test_sign_ins_a_second_against_a_bare_tls_server(installation: Installation) -> None:
    public, card = free_origins()
    environ = {**installation.environ, **public.environ, **card.environ}
    plain, with_card = contexts(installation)
    handshakes = measure_bare(installation, card.port, with_card)
    with process([sys.executable, "-m", "webvartti.main", "serve", "--no-worker"], environ, card.port):
        sign_ins = measure_sign_ins(public.origin, card.origin, plain, with_card)
    print(f"\nsign-ins: {sign_ins:.0f}/s, bare TLS server with the same certificates: {handshakes:.0f} handshakes/s")
    print(f"sign-ins: ratio {sign_ins / handshakes:.2f}")
    assert sign_ins / handshakes > 0.02


def measure_bare(installation: Installation, port: int, with_card: ssl.SSLContext) -> float:
    settings = installation.settings
    files = [str(settings.tls_certificate_file), str(settings.tls_key_file), str(settings.trust_file)]
    with process([sys.executable, "-c", BARE, str(port), *files], {"PYTHONPATH": str(Path.cwd())}, port):

        def shake(_: int) -> None:
            connection = Local("card.webvartti.localhost", port, context=with_card)
            assert ask(connection, "POST", "/", {"attempt": "x" * 200}, {})[1] == "ok"
            connection.close()

        return rate(shake)


def measure_sign_ins(public: str, card: str, plain: ssl.SSLContext, with_card: ssl.SSLContext) -> float:
    public_host, card_host = urlsplit(public), urlsplit(card)
    public_address = public_host.hostname or "", public_host.port
    page = Local(*public_address, context=plain)
    _, html, cookies = ask(page, "GET", "/en/sign-in", {}, {})
    attempt = Page(html).form("/sign-in")[1]
    page.close()

    kept = threading.local()  # a browser has its connection to the public host open already, from the sign-in page

    def sign_in(number: int) -> None:
        at_card = Local(card_host.hostname or "", card_host.port, context=with_card)
        status, html, _ = ask(at_card, "POST", "/sign-in", attempt, {"Origin": public})
        at_card.close()
        assert status == 200
        ticket = re.search('name="ticket" value="([^"]+)"', html)
        assert ticket is not None
        at_public = kept.connection = getattr(kept, "connection", None) or Local(*public_address, context=plain)
        finish = {"Origin": card, "Cookie": cookies}
        status, _, session = ask(at_public, "POST", "/en/sign-in/finish", {"ticket": ticket[1]}, finish)
        assert status == 303
        assert "__Host-session" in session

    return rate(sign_in)


def rate(work: Callable[[int], None]) -> float:
    """How often a second, after a warm-up."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS * 2)))
        started = time.perf_counter()
        list(pool.map(work, range(SIGN_INS)))
        return SIGN_INS / (time.perf_counter() - started)
