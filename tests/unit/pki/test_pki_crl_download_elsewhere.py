"""Where a download may lead: redirects, networks, and TLS. (A16)"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.unit.pki.authority import ca_name
from tests.unit.pki.crl_client import SHORT, Client
from tests.unit.pki.crl_publisher import Publisher, body, publishing, redirect
from webvartti.domain.crl_fetching import Validators
from webvartti.pki import crl_download_errors as errors
from webvartti.pki.crl_download_address import Network, network_of, parse_address, redirected, refuse_other_networks

LIST = b"list", Validators()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


@pytest.fixture
def other() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


@pytest.fixture
def client(tmp_path: Path) -> Client:
    (tmp_path / "revocation").mkdir()
    return Client(tmp_path / "revocation")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(publisher: Publisher, other: Publisher, client: Client, status: int) -> None:
    publisher.answers["/ca.crl"] = redirect(other.url("/moved?part=1"), status)
    other.answers["/moved?part=1"] = body(b"list")
    assert client.fetch(publisher.url("/ca.crl")) == LIST
    assert other.requests[0][1]["host"] == other.origin.removeprefix("http://")


def test_a_relative_redirect_is_followed(publisher: Publisher, client: Client) -> None:
    publisher.answers |= {"/a/ca.crl": redirect("../b/ca.crl"), "/b/ca.crl": body(b"list")}
    assert client.fetch(publisher.url("/a/ca.crl")) == LIST


def test_a16_three_redirects_and_no_more(publisher: Publisher, client: Client) -> None:
    publisher.answers |= {f"/{number}": redirect(f"/{number + 1}") for number in range(4)}
    publisher.answers["/4"] = body(b"list")
    assert client.fetch(publisher.url("/1")) == LIST
    with pytest.raises(errors.TooManyRedirects):
        client.fetch(publisher.url("/0"))


def test_a16_a_redirect_loop_ends(publisher: Publisher, client: Client) -> None:
    publisher.answers["/a"] = redirect("/a")
    with pytest.raises(errors.TooManyRedirects):
        client.fetch(publisher.url("/a"))
    assert len(publisher.requests) == 4


@pytest.mark.parametrize(
    "location",
    [
        None,
        "",
        "ldap://127.0.0.1/cn=ca",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://user:secret@127.0.0.1/",
        "http://[::1",
        "http://127.0.0.1:0/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://[fd00::1]/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://[::]/",
        "http://224.0.0.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a00:1]/",
        "http://[2002:0a00:0001::]/",
        "http://167772161/",
        "http://0x0a000001/",
    ],
)
def test_a16_a_redirect_that_is_refused(publisher: Publisher, client: Client, location: str | None) -> None:
    publisher.answers["/ca.crl"] = redirect(location)
    # an empty Location is the page itself: a loop
    with pytest.raises(errors.TooManyRedirects if location == "" else errors.RedirectRefused) as refused:
        client.fetch(publisher.url("/ca.crl"))
    assert "secret" not in str(refused.value)


def test_a16_no_redirect_from_https_to_http() -> None:
    origin = parse_address("https://crl.example.fi/ca.crl")
    with pytest.raises(errors.RedirectRefused, match="https to http"):
        redirected(origin, "http://crl.example.fi/ca.crl")
    assert redirected(origin, "/other").scheme == "https"
    assert redirected(parse_address("http://crl.example.fi/ca.crl"), "https://crl.example.fi/ca.crl").scheme == "https"


NETWORKS = {
    Network.PUBLIC: ("193.166.3.2", "2a00:1190::1", "::ffff:193.166.3.2", "64:ff9b::c1a6:302"),
    Network.PRIVATE: (
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "fd12::1",
        "::ffff:10.1.2.3",
        "64:ff9b::a01:203",
        "::10.1.2.3",
        "::ffff:0:10.1.2.3",
    ),
    Network.LINK_LOCAL: ("169.254.169.254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.1.1"),
    Network.LOOPBACK: ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"),
    Network.SPECIAL: (
        "0.0.0.0",  # noqa: S104 - not bound to
        "::",
        "224.0.0.1",
        "ff02::1",
        "240.0.0.1",
        "255.255.255.255",
        "64:ff9b:1::a01:203",
        "fec0::1",
    ),
}


@pytest.mark.parametrize("network", Network)
def test_a16_networks_are_told_apart(network: Network) -> None:
    assert {ip: network_of(ip) for ip in NETWORKS[network]} == dict.fromkeys(NETWORKS[network], network)


@pytest.mark.parametrize("configured", Network)
@pytest.mark.parametrize("target", Network)
def test_a16_a_redirect_stays_in_public_or_in_the_same_kind_of_network(configured: Network, target: Network) -> None:
    public, there = NETWORKS[Network.PUBLIC][0], NETWORKS[target][0]
    if target is Network.PUBLIC or (target is configured and target is not Network.SPECIAL):
        refuse_other_networks(NETWORKS[configured][0], (public, there))
    else:
        with pytest.raises(errors.RedirectRefused):
            refuse_other_networks(NETWORKS[configured][0], (public, there))


def _server_certificate(file: Path, name: x509.GeneralName) -> Path:
    """Its own issuer: whoever trusts this file trusts the server."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(ca_name("server"), ca_name("server"), key.public_key(), 1)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
    certificate = builder.add_extension(x509.BasicConstraints(True, None), critical=True).sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return file


def test_https_with_a_trusted_certificate(tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = _server_certificate(tmp_path / "server.pem", x509.IPAddress(ip_address("127.0.0.1")))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with publishing(certificate) as publisher:
        publisher.answers["/ca.crl"] = body(b"list")
        assert client.fetch(publisher.url("/ca.crl")) == LIST


def test_https_by_host_name_goes_to_the_address_that_was_looked_up(
    tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _server_certificate(tmp_path / "server.pem", x509.DNSName("localhost"))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with publishing(certificate) as publisher:
        publisher.answers["/ca.crl"] = body(b"list")
        assert client.fetch(publisher.url("/ca.crl").replace("127.0.0.1", "localhost")) == LIST


@pytest.mark.parametrize("flaw", ["unknown CA", "other host name", "no TLS"])
def test_a16_https_that_cannot_be_trusted(tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch, flaw: str) -> None:
    name = "crl.example.fi" if flaw == "other host name" else "localhost"
    certificate = _server_certificate(tmp_path / "server.pem", x509.DNSName(name))
    if flaw != "unknown CA":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with publishing(None if flaw == "no TLS" else certificate) as publisher:
        publisher.answers["/ca.crl"] = body(b"list")
        url = publisher.url("/ca.crl").replace("127.0.0.1", "localhost").replace("http://", "https://")
        with pytest.raises(errors.DownloadTlsFailed):
            client.fetch(url)
        assert publisher.requests == []


def test_a16_a_handshake_that_never_comes(tmp_path: Path, client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(errors.DownloadTooSlow):
        client.fetch(f"https://127.0.0.1:{silent.getsockname()[1]}/ca.crl", limits=SHORT)


def test_every_reason_has_a_code_of_its_own() -> None:
    reasons = [each for base in (errors.AddressUnusable, errors.DownloadFailed) for each in base.__subclasses__()]
    assert len({reason.code for reason in reasons}) == len(reasons) == 15
