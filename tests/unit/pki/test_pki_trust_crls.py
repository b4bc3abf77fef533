"""The trust file's addresses of CRLs: which are accepted, and each reason for which one stops the start. (A16)"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.pki.authority import NOW, Authority, KeyRing, new_root
from tests.unit.pki.office import write_trust
from webvartti.pki import trust_errors
from webvartti.pki.trust import load_trust


@pytest.fixture
def file(tmp_path: Path, keys: KeyRing) -> Path:
    root = new_root("Root", keys.key("p384", "root"))
    return write_trust(tmp_path, [root], [_issuing(root, keys)])


def _issuing(root: Authority, keys: KeyRing) -> Authority:
    return root.issue_ca("Professionals", keys.key("p384", "issuing"))


def _add(file: Path, crls: str, to: str = "issuer0.der") -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f'file = "{to}"', f'file = "{to}"\ncrls = {crls}'), encoding="utf-8")


def test_a16_addresses_belong_to_the_ca_of_their_table(file: Path) -> None:
    _add(file, '["http://crl.example.fi/p.crl", "HTTPS://crl.example.fi:8443/p?part=2"]')
    _add(file, '["http://[2001:db8::1]/root.crl"]', to="root0.pem")
    trust = load_trust(file, NOW)
    (root,), (issuer,) = trust.anchors, trust.issuers
    assert trust.crl_addresses[issuer] == ("http://crl.example.fi/p.crl", "HTTPS://crl.example.fi:8443/p?part=2")
    assert trust.crl_addresses[root] == ("http://[2001:db8::1]/root.crl",)


def test_addresses_may_be_left_out(file: Path) -> None:
    assert set(load_trust(file, NOW).crl_addresses.values()) == {()}


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ldap://directory.example.fi/cn=CA?certificateRevocationList", trust_errors.CrlAddressSchemeRefused),
        ("file:///etc/passwd", trust_errors.CrlAddressSchemeRefused),
        ("ftp://crl.example.fi/ca.crl", trust_errors.CrlAddressSchemeRefused),
        ("crl.example.fi/ca.crl", trust_errors.CrlAddressSchemeRefused),
        ("", trust_errors.CrlAddressSchemeRefused),
        ("http://user:secret@crl.example.fi/ca.crl", trust_errors.CrlAddressWithCredentials),
        ("http://user@crl.example.fi/ca.crl", trust_errors.CrlAddressWithCredentials),
        ("http:///ca.crl", trust_errors.CrlAddressUnreadable),
        ("http://crl.example.fi:0/ca.crl", trust_errors.CrlAddressUnreadable),
        ("http://crl.example.fi:99999/ca.crl", trust_errors.CrlAddressUnreadable),
        ("http://crl.example.fi:port/ca.crl", trust_errors.CrlAddressUnreadable),
        ("http://[::1/ca.crl", trust_errors.CrlAddressUnreadable),
        ("http://crl.example.fi/a b.crl", trust_errors.CrlAddressUnreadable),
        ("http://crl.example.fi/ä.crl", trust_errors.CrlAddressUnreadable),
        ("http://crl.example.fi/\\n.crl", trust_errors.CrlAddressUnreadable),
        ("http://crl.example.fi\\\\@evil.example/", trust_errors.CrlAddressUnreadable),
        (f"http://crl.example.fi/{'a' * 2048}", trust_errors.CrlAddressUnreadable),
    ],
)
def test_a16_an_address_that_is_never_asked(file: Path, address: str, reason: type[trust_errors.TrustNotUsable]) -> None:
    _add(file, f'["http://crl.example.fi/good.crl", "{address}"]')
    with pytest.raises(trust_errors.CrlAddressUnsuitable) as refused:
        load_trust(file, NOW)
    assert type(refused.value) is reason
    assert f"{file}: address 2 in the crls of issuer0.der" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("crls", ['"http://crl.example.fi/ca.crl"', "[1]", "{ http = true }"])
def test_a16_addresses_are_a_list_of_texts(file: Path, crls: str) -> None:
    _add(file, crls)
    with pytest.raises(trust_errors.TrustValueMissing, match="crls must be a list"):
        load_trust(file, NOW)


@pytest.mark.parametrize("other", ["issuer0.der", "root0.pem"])
def test_a16_one_address_twice(file: Path, other: str) -> None:
    address = "http://crl.example.fi/ca.crl"
    _add(file, f'["{address}"{", " + repr(address) if other == "issuer0.der" else ""}]')
    if other == "root0.pem":
        _add(file, f'["{address}"]', to=other)
    with pytest.raises(trust_errors.CrlAddressTwice):
        load_trust(file, NOW)
