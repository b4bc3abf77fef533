"""Who may hand a certificate over in a header, and who only pretends to (A01 to A05)."""

from __future__ import annotations

import logging
import os
import pwd
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import Installation
from tests.web.visitor import CARD, PUBLIC, Page, Site, Visitor, build_site
from webvartti.config import SettingsRefused, load_settings
from webvartti.web.client_address import client_address

SPELLINGS = [
    "Client-Cert", "client-cert", "CLIENT-CERT", "Client_Cert", "client_cert", "Client-Cert-Chain", "SSL_CLIENT_CERT",
    "SSL-CLIENT-CERT", "X-SSL-Client-Cert", "X-Client-Cert", "X-Forwarded-Tls-Client-Cert", "X-Forwarded-Client-Cert",
]  # fmt: skip
US = pwd.getpwuid(os.getuid()).pw_name
SOMEBODY_ELSE = next(entry.pw_name for entry in pwd.getpwall() if entry.pw_uid != os.getuid())

Peer = dict[str, socket.socket]


@pytest.fixture
def from_a_process_of_ours() -> Iterator[Peer]:
    """The environ of a request over a unix socket, whose peer is this very process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        yield {"gunicorn.socket": ours}


@pytest.fixture
def from_an_address() -> Iterator[Peer]:
    """The environ of a request over TCP."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        yield {"gunicorn.socket": client}


@pytest.fixture
def behind(installation: Installation) -> Callable[[str, str], Site]:
    """Both applications as they run behind the proxy of this account, with this form of the header."""

    def build(account: str, form: str = "rfc9440") -> Site:
        environ = installation.environ | {"WEBVARTTI_CLIENT_CERT_FORMAT": form, "WEBVARTTI_PROXY_USER": account}
        return build_site(load_settings(environ), installation.build(), installation.country)

    return build


def rfc9440(der: bytes) -> str:
    return f":{b64encode(der).decode()}:"


def post(visitor: Visitor, value: str, peer: Peer, header: str = "Client-Cert") -> tuple[int, str]:
    """Status and page of a sign-in at the card host with this header."""
    fields = visitor.start()
    response = visitor.card_host.post(
        "/sign-in", base_url=CARD, data=fields, headers={"Origin": PUBLIC, header: value}, environ_overrides=peer
    )
    return response.status_code, response.text


@contextmanager
def one_line_and_no_audit(site: Site, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever is tried in here, and however often, is one line of the security log and nothing in the audit."""
    before = site.services.audit.show(limit=1000)
    caplog.clear()
    with caplog.at_level(logging.INFO, "webvartti.security"):
        yield
    lines = [record.getMessage() for record in caplog.records if record.name == "webvartti.security"]
    assert len(lines) == 1, "one line for a kind of attack, not for each attempt"
    assert lines[0].startswith("refused: ")
    assert site.services.audit.show(limit=1000) == before, "anybody could fill it"


def refusals(page: str) -> list[str]:
    return Page(page).values("data-refusal")


@pytest.mark.slow
@pytest.mark.parametrize("header", SPELLINGS)
@pytest.mark.parametrize("path", ["/", "/sign-in", "/static/webvartti.css", "/nowhere"])
def test_a01_a02_a_listener_that_expects_no_header_refuses_it_on_every_path(
    site: Site, header: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    value = rfc9440(site.certificate("aino"))
    for client, origin in ((site.public.test_client(), PUBLIC), (site.card.test_client(), CARD)):
        with one_line_and_no_audit(site, caplog):
            for _ in range(3):
                response = client.get(path, base_url=origin, headers={header: value})
                assert response.status_code == 400
                assert "Set-Cookie" not in response.headers


def test_a01_a_forged_header_gives_no_session_even_with_a_good_attempt(
    site: Site, from_a_process_of_ours: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    with one_line_and_no_audit(site, caplog):
        for _ in range(20):
            status, page = post(site.visitor(), rfc9440(site.certificate("aino")), from_a_process_of_ours)
            assert status == 400
            assert not Page(page).forms


def test_a04_the_proxys_connection_is_believed(behind: Callable[..., Site], from_a_process_of_ours: Peer) -> None:
    site = behind(US)
    status, page = post(site.visitor(), rfc9440(site.certificate("aino")), from_a_process_of_ours)
    assert status == 200
    assert Page(page).form("/finish")


def test_a04_another_accounts_connection_to_the_card_socket_is_refused(
    behind: Callable[..., Site], from_a_process_of_ours: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    site = behind(SOMEBODY_ELSE)
    with one_line_and_no_audit(site, caplog):
        for _ in range(50):
            assert post(site.visitor(), rfc9440(site.certificate("aino")), from_a_process_of_ours)[0] == 400


def test_a04_an_address_is_no_proof_of_the_proxy(
    behind: Callable[..., Site], from_an_address: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    site = behind(US)
    with one_line_and_no_audit(site, caplog):
        assert post(site.visitor(), rfc9440(site.certificate("aino")), from_an_address)[0] == 400
        assert post(site.visitor(), rfc9440(site.certificate("aino")), {})[0] == 400


def test_the_public_application_takes_no_header_from_the_proxy_either(
    behind: Callable[..., Site], from_a_process_of_ours: Peer
) -> None:
    site = behind(US)
    client = site.public.test_client()
    value = rfc9440(site.certificate("aino"))
    headers = {"Client-Cert": value}
    assert client.get("/en/", base_url=PUBLIC, headers=headers, environ_overrides=from_a_process_of_ours).status_code == 400


def test_behind_a_proxy_the_embedded_listeners_certificate_counts_for_nothing(
    behind: Callable[..., Site], from_a_process_of_ours: Peer
) -> None:
    site = behind(US)
    visitor = site.visitor("aino")
    environ = {"webvartti.client_certificate": visitor.card, **from_a_process_of_ours}
    response = visitor.card_host.post(
        "/sign-in", base_url=CARD, data=visitor.start(), headers={"Origin": PUBLIC}, environ_overrides=environ
    )
    assert (response.status_code, refusals(response.text)) == (403, ["no-certificate"])


@pytest.mark.parametrize("value", ["", ":QQ", "MII", ":TUlJ:,:TUlJ:", ":" + "A" * 65536 + ":", "%2D%2D%2D"])
def test_a03_a_value_in_another_form_is_refused(
    behind: Callable[..., Site], from_a_process_of_ours: Peer, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    site = behind(US)
    with one_line_and_no_audit(site, caplog):
        for _ in range(3):
            assert post(site.visitor(), value, from_a_process_of_ours)[0] == 400


def test_a03_what_is_no_certificate_is_refused_by_the_judge(behind: Callable[..., Site], from_a_process_of_ours: Peer) -> None:
    site = behind(US)
    for der in (b"\x30\x00", site.certificate("aino") * 2, site.certificate("aino")[:-1]):
        status, page = post(site.visitor(), rfc9440(der), from_a_process_of_ours)
        assert (status, refusals(page)) == (403, ["certificate-unreadable"])


def test_a03_the_other_form_than_the_configured_one_is_refused(
    behind: Callable[..., Site], from_a_process_of_ours: Peer
) -> None:
    site = behind(US, "nginx-escaped-pem")
    assert post(site.visitor(), rfc9440(site.certificate("aino")), from_a_process_of_ours)[0] == 400


@pytest.mark.parametrize("header", [each for each in SPELLINGS if each.lower().replace("_", "-") != "client-cert"])
def test_a02_beside_the_configured_header_every_other_is_refused(
    behind: Callable[..., Site], from_a_process_of_ours: Peer, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    site = behind(US)
    with one_line_and_no_audit(site, caplog):
        for _ in range(3):
            assert post(site.visitor(), rfc9440(site.certificate("aino")), from_a_process_of_ours, header)[0] == 400


def test_a05_a_verify_status_that_says_success_is_not_even_read(
    behind: Callable[..., Site], from_a_process_of_ours: Peer
) -> None:
    site = behind(US)
    visitor = site.visitor()
    der = site.certificate("aino-forged")
    response = visitor.card_host.post(
        "/sign-in",
        base_url=CARD,
        data=visitor.start(),
        headers={"Origin": PUBLIC, "Client-Cert": rfc9440(der), "X-SSL-Client-Verify": "SUCCESS", "SSL-Client-Verify": "0"},
        environ_overrides=from_a_process_of_ours,
    )
    assert (response.status_code, refusals(response.text)) == (403, ["path-invalid"])


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"CLIENT_CERT_FORMAT": "rfc9440"}, "PROXY_USER"),
        ({"CLIENT_CERT_FORMAT": "pem", "PROXY_USER": US}, "CLIENT_CERT_FORMAT"),
        ({"PROXY_USER": "nobody-has-this-name"}, "PROXY_USER"),
        ({"CLIENT_CERT_FORMAT": "rfc9440", "PROXY_USER": "0.0.0.0/0"}, "PROXY_USER"),
    ],
)
def test_a07_a_proxy_that_cannot_be_told_from_others_refuses_the_start(
    installation: Installation, changes: dict[str, str], setting: str
) -> None:
    with pytest.raises(SettingsRefused) as refused:
        load_settings(installation.environ | {f"WEBVARTTI_{name}": value for name, value in changes.items()})
    assert refused.value.setting == f"WEBVARTTI_{setting}"


def test_the_clients_address_comes_from_the_proxy_only(
    behind: Callable[..., Site], from_a_process_of_ours: Peer, from_an_address: Peer
) -> None:
    site = behind(US)

    def address(peer: Peer, forwarded: str, remote: str) -> str:
        headers = {"X-Forwarded-For": forwarded}
        with site.public.test_request_context("/", headers=headers, environ_overrides={**peer, "REMOTE_ADDR": remote}):
            return client_address()

    assert address(from_a_process_of_ours, "192.0.2.7", "") == "192.0.2.7"
    assert address(from_an_address, "192.0.2.7", "198.51.100.1") == "198.51.100.1"
    assert address(from_a_process_of_ours, "2001:db8:1:2:3::4", "") == "2001:0db8:0001:0002"
    assert address(from_a_process_of_ours, "::ffff:192.0.2.7", "") == "192.0.2.7"
    assert address(from_a_process_of_ours, "192.0.2.7, 10.0.0.1", "") == ""
    assert address(from_a_process_of_ours, "", "") == ""
