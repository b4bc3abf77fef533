"""Sign-ins a second: one handshake with the card, both POSTs, two durable commits, the audit and the limits, all of it real.

The reference is an nginx that answers a static page to a client certificate, with the same certificates and the same client, in
the same run. Every server has the first processor and the client the second, so that what is compared is what one processor
serves. The client's own pace is a limit of the reference's more than of the others', so the processor time that the servers
took is compared too: that ratio holds whatever the client is.
"""

from __future__ import annotations

import os
import re
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from threading import local
from urllib.parse import urlencode, urlsplit

import pytest

from tests.benchmarks.many_cards import issue_many
from tests.benchmarks.processors import as_client, processor_seconds, servers_on_one_processor
from tests.conftest import Installation
from tests.integration.proxies.fronts import (
    ACCOUNT,
    GROUP,
    Front,
    behind_proxy,
    prepare,
    reachable,
    running_proxy,
    wait_until,
)
from tests.integration.proxies.units import end
from tests.ports import free_port
from tests.web.visitor import Page
from webvartti.config import load_settings
from webvartti.demo.server_certificate import CARD_HOST
from webvartti.storage.engine import create_engine

SIGN_INS = 300
THREADS = 6

REFERENCE = """
user {account} {group};
worker_processes 1;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache off;
    ssl_session_tickets off;
    keepalive_timeout 0;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_verify_client on;
        ssl_verify_depth 4;
        ssl_client_certificate {trust};
        location / {{ root {folder}; }}
    }}
}}
"""


@dataclass(frozen=True)
class Pace:
    """What was served: how many a second, and how many milliseconds of the servers' processor each took."""

    a_second: float
    milliseconds: float

    def against(self, reference: Pace) -> str:
        rate, work = self.a_second / reference.a_second, reference.milliseconds / self.milliseconds
        return (
            f"ratio {rate:.2f} ({self.a_second:.0f}/s), by the servers' processor time {work:.2f} ({self.milliseconds:.1f} ms)"
        )


class Local(HTTPSConnection):
    """Goes to this machine by any name, without Nagle's delay, which browsers don't have either."""

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)  # type: ignore[attr-defined]  # set by HTTPSConnection


def ask(
    connection: HTTPSConnection, method: str, path: str, fields: dict[str, str], headers: dict[str, str]
) -> tuple[int, str, str]:
    """(status, body, cookies)."""
    sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    connection.request(method, path, urlencode(fields) if method == "POST" else None, sent)
    answer = connection.getresponse()
    body = answer.read().decode()
    return answer.status, body, "; ".join(line.partition(";")[0] for line in answer.headers.get_all("Set-Cookie", []))


@pytest.mark.timeout(300)
def test_sign_ins_a_second_against_an_nginx_static_page(installation: Installation, tmp_path: Path) -> None:
    changes, cards = issue_many(installation, tmp_path / "many", SIGN_INS)
    plain, with_card = contexts(installation, cards)
    with servers_on_one_processor():
        reference = measure_reference(installation, tmp_path, Path(changes["WEBVARTTI_TRUST_FILE"]), with_card)
        print(f"\nnginx, static page, client certificate: {reference.a_second:.0f}/s, {reference.milliseconds:.2f} ms")
        for name in ("embedded", "nginx", "haproxy"):
            (tmp_path / name).mkdir()
            with serving(name, installation, tmp_path / name, changes) as front:
                pace = measure_sign_ins(front, plain, with_card)
                demand_durable_and_audited(front)
            print(f"sign-ins, {name}: {pace.against(reference)}")
            assert pace.a_second / reference.a_second > 0.05


@contextmanager
def serving(name: str, installation: Installation, folder: Path, changes: dict[str, str]) -> Iterator[Front]:
    """As in production behind a proxy; `webvartti serve` in a process of its own for the embedded server."""
    if name != "embedded":
        with behind_proxy(name, installation.country, folder, changes) as front:
            yield front
        return
    front = prepare(name, installation.country, folder, changes)
    environ = {**os.environ, **front.environ}
    running = subprocess.Popen([sys.executable, "-m", "webvartti.main", "serve", "--no-worker"], env=environ)
    try:
        wait_until(lambda: reachable(front.card_port), lambda: "the embedded server didn't start")
        yield front
    finally:
        end(running)


def contexts(installation: Installation, cards: list[Path]) -> tuple[ssl.SSLContext, list[ssl.SSLContext]]:
    """Without a card, and with each of the cards."""
    root = str(installation.country.directory / "server" / "ca.pem")
    plain, *with_card = (ssl.create_default_context(cafile=root) for _ in range(len(cards) + 1))
    for context, card in zip(with_card, cards, strict=True):
        context.load_cert_chain(card)
    return plain, with_card


def measure_reference(installation: Installation, folder: Path, trust_file: Path, with_card: list[ssl.SSLContext]) -> Pace:
    port, files = free_port(), installation.country.directory / "server"
    (folder / "page").write_text("ok\n")
    trust = folder / "trust.pem"
    trust.write_bytes(b"".join(pem.read_bytes() for pem in sorted(trust_file.parent.glob("ca/*.pem"))))
    values = {
        "folder": folder,
        "port": port,
        "certificate": files / "certificate.pem",
        "key": files / "key.pem",
        "trust": trust,
        "account": ACCOUNT,
        "group": GROUP,
    }
    (folder / "nginx.conf").write_text(REFERENCE.format(**values))

    def fetch(number: int) -> None:
        connection = Local(CARD_HOST, port, context=with_card[number])
        assert ask(connection, "GET", "/page", {}, {})[:2] == (200, "ok\n")
        connection.close()

    with running_proxy("nginx", folder, port):
        return pace_of(fetch)


def measure_sign_ins(front: Front, plain: ssl.SSLContext, with_card: list[ssl.SSLContext]) -> Pace:
    public, card = urlsplit(front.public_origin), urlsplit(f"https://{front.card_host}")
    public_address, card_address = (public.hostname or "", public.port), (card.hostname or "", card.port)
    started = []  # a browser of its own for each card: the limits are in force
    page = Local(*public_address, context=plain)
    for _ in with_card:
        _, html, cookies = ask(page, "GET", "/en/sign-in", {}, {})
        started.append((Page(html).form("/sign-in")[1], cookies))
    page.close()
    kept = local()  # a browser has its connection to the public host open already, from the sign-in page

    def sign_in(number: int) -> None:
        attempt, cookies = started[number]
        at_card = Local(*card_address, context=with_card[number])
        status, html, _ = ask(at_card, "POST", "/sign-in", attempt, {"Origin": front.public_origin})
        at_card.close()
        assert status == 200
        ticket = re.search('name="ticket" value="([^"]+)"', html)
        assert ticket is not None
        at_public = kept.connection = getattr(kept, "connection", None) or Local(*public_address, context=plain)
        finish = {"Origin": f"https://{front.card_host}", "Cookie": cookies}
        status, _, session = ask(at_public, "POST", "/en/sign-in/finish", {"ticket": ticket[1]}, finish)
        assert status == 303
        assert "__Host-session" in session

    return pace_of(sign_in)


def demand_durable_and_audited(front: Front) -> None:
    """The figure is void unless every commit was on the disk and every sign-in in the audit."""
    url = load_settings(front.environ).database_url
    with create_engine(url).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "FULL"
    with sqlite3.connect(url.removeprefix("sqlite:///")) as database:
        ((audited,),) = database.execute("SELECT count(*) FROM audit WHERE action = 'session.started'").fetchall()
    assert audited >= SIGN_INS


def pace_of(work: Callable[[int], None]) -> Pace:
    """All of it once, after a warm-up."""
    with ThreadPoolExecutor(THREADS, initializer=as_client) as pool:
        list(pool.map(work, range(THREADS)))
        before, started = processor_seconds(), time.perf_counter()
        list(pool.map(work, range(SIGN_INS)))
        took = time.perf_counter() - started
        return Pace(SIGN_INS / took, (processor_seconds() - before) * 1000 / SIGN_INS)
