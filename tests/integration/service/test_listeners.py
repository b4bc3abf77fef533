"""The real listeners with the demo's cards: what reaches a page, what TLS refuses, and one whole renewal."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from OpenSSL import SSL

from tests.conftest import Installation
from tests.ports import free_port
from webvartti.demo.country import Country
from webvartti.demo.renewal import Visitor, ensure_order, renew
from webvartti.wiring import build_tools


class Origin(NamedTuple):
    """One listener's address."""

    origin: str
    port: int
    environ: dict[str, str]


def free_origins() -> tuple[Origin, Origin]:
    """(public, card) on ports that nobody listens on."""
    ports = free_port(), free_port()
    hosts = (("PUBLIC", "webvartti.localhost"), ("CARD", "card.webvartti.localhost"))
    public, card = (
        Origin(
            f"https://{host}:{port}",
            port,
            {f"WEBVARTTI_{name}_ORIGIN": f"https://{host}:{port}", f"WEBVARTTI_{name}_LISTEN": f"127.0.0.1:{port}"},
        )
        for (name, host), port in zip(hosts, ports, strict=True)
    )
    return public, card


@pytest.fixture
def origins(installation: Installation) -> Iterator[tuple[str, str]]:
    """The service on free ports; (public origin, card origin)."""
    public, card = free_origins()
    found = public.origin, card.origin
    environ = {**installation.environ, **public.environ, **card.environ}
    with build_tools(environ).serve(True):
        yield found


def visit(country: Country, origins: tuple[str, str], card: Path | None) -> tuple[int, str, str]:
    """Start on the public host, go to the card host with this card: (status, refusal, heading)."""
    visitor = Visitor(country.directory / "server" / "ca.pem", card)
    url, page, _ = visitor.get(f"{origins[0]}/en/sign-in")
    action, fields = page.form("/sign-in")
    _, page, status = visitor.send(action, fields, url)
    return status, page.data.get("data-refusal", ""), page.heading


def test_a09_every_failure_that_tls_lets_through_becomes_its_page(installation: Installation, origins: tuple[str, str]) -> None:
    country = installation.country
    refused = {card.sign_in: card for card in country.cards if card.sign_in not in ("accepted", "tls-alert")}
    assert {"certificate-expired", "certificate-not-yet-valid", "signing-certificate-chosen"} < set(refused)
    assert {"certificate-revoked", "certificate-on-hold"} < set(refused)
    for code, card in refused.items():
        assert visit(country, origins, card.chosen_pem) == (403, code, "You couldn't be signed in")
    assert visit(country, origins, None)[:2] == (403, "no-certificate")


def test_a09_what_tls_refuses_is_an_alert(installation: Installation, origins: tuple[str, str]) -> None:
    forged = [card for card in installation.country.cards if card.sign_in == "tls-alert"]
    assert forged
    for card in forged:
        alert = "unknown.?ca|bad.?certificate|decrypt.?error|certificate.?unknown"
        with pytest.raises(ssl.SSLError, match=f"(?i)alert.*({alert})|({alert}).*alert"):
            visit(installation.country, origins, card.chosen_pem)


def test_the_card_listener_names_the_accepted_issuers(installation: Installation, origins: tuple[str, str]) -> None:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    parts = urlsplit(origins[1])
    plain = socket.create_connection(("127.0.0.1", parts.port or 0), timeout=10)
    plain.setblocking(True)
    connection = SSL.Connection(context, plain)
    connection.set_tlsext_host_name((parts.hostname or "").encode())
    connection.set_connect_state()
    connection.do_handshake()
    names = connection.get_client_ca_list()
    connection.close()
    assert names
    assert {component[1] for name in names for component in name.get_components() if component[0] == b"O"} == {
        b"WebVartti demo"
    }


def test_one_holder_renews_over_real_tls(installation: Installation, origins: tuple[str, str]) -> None:
    told: list[str] = []
    number = renew(installation.country, "aino", origins[0], told.append)
    assert number.startswith("WV-")
    assert any("handshake TLSv1.3" in line for line in told)
    assert told[-1].endswith(f"{number}, approved")


def test_the_demo_can_be_run_again_and_its_order_on_the_way_is_there(
    installation: Installation, origins: tuple[str, str]
) -> None:
    numbers = [renew(installation.country, "aino", origins[0], lambda line: None) for _ in range(2)]
    assert len(set(numbers)) == 2
    (story,) = [card for card in installation.country.cards if card.order_on_its_way]
    for _ in range(2):
        ensure_order(installation.country, story.slug, origins[0])
    orders = list(installation.build().orders.every(None))
    assert [str(order.state) for order in orders if order.number == numbers[0]] == ["withdrawn"]
    assert len([order for order in orders if order.person.serial_number == story.number]) == 1
