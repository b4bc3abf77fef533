"""The proof of the demo browser: a real Chromium hands a demo card to a real TLS server, and leaves nothing behind."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from playwright.sync_api import sync_playwright

from webvartti.demo.browser import Browser
from webvartti.demo.country import Country, create_country

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(
        not all(shutil.which(name) for name in ("chromium", "certutil", "pk12util")),
        reason="chromium and libnss3-tools aren't installed",
    ),
]


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    place = tmp_path_factory.mktemp("demo") / "country"
    return create_country(place, now=datetime.now(UTC), progress=lambda done, total: None)


@contextmanager
def card_server(country: Country) -> Iterator[int]:
    """A TLS server on 127.0.0.1 that asks for a card and answers with the certificate's serial number, or "no card"."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(country.directory / "server" / "certificate.pem", country.directory / "server" / "key.pem")
    context.verify_mode = ssl.CERT_OPTIONAL
    for authority in (country.directory / "ca").glob("*.pem"):
        if not authority.name.startswith("impostor"):
            context.load_verify_locations(authority)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, context), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # the test is over
            return
        connection.settimeout(5)
        # ValueError: Chromium opens connections in advance and may drop one in the middle of its handshake
        with suppress(OSError, ValueError), context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(65536)
            der = secured.getpeercert(binary_form=True)
            body = f"card {x509.load_der_x509_certificate(der).serial_number:x}" if der else "no card"
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            secured.sendall((head + body).encode())


def shown(country: Country, slug: str, profile: Path, port: int) -> str:
    """What headless Chromium shows with this holder's card."""
    url = f"https://card.webvartti.localhost:{port}/"
    browser = Browser(country, country.card(slug), profile, card_origin=url.rstrip("/"))
    program, *arguments = browser.command(url, headless=True, auto_select=True)
    done = subprocess.run(
        [program, "--dump-dom", "--timeout=15000", *arguments],
        env=browser.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("slug", ["aino", "eero", "maximiliana"])
def test_the_card_arrives_at_the_server(country: Country, tmp_path: Path, slug: str) -> None:
    with card_server(country) as port:
        assert f"card {country.card(slug).certificate_serial}" in shown(country, slug, tmp_path / "profile", port)


@pytest.mark.parametrize("slug", ["veikko", "joonas", "signe"])
def test_chromium_never_offers_expired_future_and_signing_certificates(country: Country, tmp_path: Path, slug: str) -> None:
    assert country.card(slug).sign_in_with_chromium == "no-certificate"
    with card_server(country) as port:
        assert "no card" in shown(country, slug, tmp_path / "profile", port)


def test_a_forged_card_gets_no_page(country: Country, tmp_path: Path) -> None:
    with card_server(country) as port:
        page = shown(country, "aino-forged", tmp_path / "profile", port)
    assert "no card" not in page
    assert f"card {country.card('aino-forged').certificate_serial}" not in page


def test_the_card_is_given_to_no_other_site(country: Country, tmp_path: Path) -> None:
    with card_server(country) as port:
        browser = Browser(country, country.card("aino"), tmp_path / "profile", card_origin="https://card.webvartti.localhost:1")
        program, *arguments = browser.command(f"https://card.webvartti.localhost:{port}/", headless=True, auto_select=True)
        command = [program, "--dump-dom", "--timeout=3000", *arguments]
        environment = browser.environment()
        try:
            page = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=10, check=False).stdout
        except subprocess.TimeoutExpired:  # Chromium waits for somebody to choose
            page = ""
    assert country.card("aino").certificate_serial not in page


def test_playwright_drives_it_and_the_machine_stays_as_it_was(country: Country, tmp_path: Path) -> None:
    before = sorted(path.as_posix() for path in Path("/etc/chromium").rglob("*"))
    with card_server(country) as port, sync_playwright() as playwright:
        url = f"https://card.webvartti.localhost:{port}/"
        browser = Browser(country, country.card("aino"), tmp_path / "profile", card_origin=url.rstrip("/"))
        context = playwright.chromium.launch_persistent_context(
            browser.user_data,
            executable_path=browser.executable,
            headless=True,
            env={**browser.environment()},
            args=["--disable-quic"],
            timeout=30_000,
        )
        try:
            page = context.new_page()
            page.goto(url, timeout=20_000)
            assert page.inner_text("body") == f"card {country.card('aino').certificate_serial}"
        finally:
            context.close()
    assert sorted(path.as_posix() for path in Path("/etc/chromium").rglob("*")) == before
    assert "/etc/chromium" not in Path("/proc/mounts").read_text()
