"""The trust file: what is read from it, and each reason for which the start is refused. (A07)"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.unit.pki.authority import NOW, Authority, KeyRing, new_root
from tests.unit.pki.office import write_trust
from webvartti.domain.products import CardKind
from webvartti.pki import trust_errors
from webvartti.pki.trust import load_trust


@pytest.fixture
def root(keys: KeyRing) -> Authority:
    return new_root("Root", keys.key("p384", "root"))


@pytest.fixture
def issuing(root: Authority, keys: KeyRing) -> Authority:
    return root.issue_ca("Professionals", keys.key("p384", "issuing"))


@pytest.fixture
def file(tmp_path: Path, root: Authority, issuing: Authority) -> Path:
    return write_trust(tmp_path, [root], [issuing])


def _refused(file: Path, reason: type[trust_errors.TrustNotUsable], *, naming: str) -> None:
    with pytest.raises(trust_errors.TrustNotUsable) as refused:
        load_trust(file, NOW)
    assert type(refused.value) is reason
    assert naming in str(refused.value)


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_anchors_and_issuers_are_found_by_their_keys(file: Path, root: Authority, issuing: Authority) -> None:
    trust = load_trust(file, NOW)
    key = issuing.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    issuer = trust.issuers[sha256(key).hexdigest()]
    assert (issuer.kind, issuer.namespace) == (CardKind.PROFESSIONAL, "registration-number")
    assert issuer.policies == {"1.2.246.517.99.10.1"}
    assert trust.anchor_and_issuer_certificates() == (root.der, issuing.der)
    assert trust.issuer_certificates() == (issuing.der,)


def test_two_cas_of_one_name_get_two_names(tmp_path: Path, root: Authority, issuing: Authority, keys: KeyRing) -> None:
    namesake = root.issue_ca("Professionals", keys.key("p384", "issuing 2"))
    trust = load_trust(write_trust(tmp_path, [root], [issuing, namesake]), NOW)
    first, second = (trust.name(key) for key in trust.issuers)
    assert first != second
    assert trust.name(next(iter(trust.anchors))) == "CN=Root,O=WebVartti test,C=FI"


def test_a07_no_trust_file(tmp_path: Path) -> None:
    _refused(tmp_path / "none.toml", trust_errors.TrustFileMissing, naming="none.toml")


def test_a07_a_folder_or_other_letters_in_place_of_the_trust_file(tmp_path: Path, file: Path) -> None:
    _refused(tmp_path, trust_errors.TrustFileUnreadable, naming=tmp_path.name)
    file.write_bytes("# kortinmyöntäjä".encode("latin-1"))
    _refused(file, trust_errors.TrustFileUnreadable, naming="UTF-8")


def test_a07_not_toml(file: Path) -> None:
    file.write_text("[[anchor]\n", encoding="utf-8")
    _refused(file, trust_errors.TrustFileNotToml, naming="trust.toml")


@pytest.mark.parametrize(
    ("old", "new"), [("kind =", "knid ="), ("[[anchor]]", "[[ancor]]"), ("[[anchor]]", "x = 1\n[[anchor]]")]
)
def test_a07_an_unknown_key(old: str, new: str, file: Path) -> None:
    _change(file, old, new)
    _refused(file, trust_errors.TrustKeyUnknown, naming="known here are")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('namespace = "registration-number"', ""),
        ('namespace = "registration-number"', 'namespace = ""'),
        ('namespace = "registration-number"', "namespace = 7"),
        ("policies = ['1.2.246.517.99.10.1']", ""),
        ("policies = ['1.2.246.517.99.10.1']", "policies = []"),
        ("policies = ['1.2.246.517.99.10.1']", "policies = '1.2'"),
        ('file = "root0.pem"', ""),
        ("[[anchor]]", "[anchor]"),
    ],
)
def test_a07_a_value_that_is_missing_or_of_the_wrong_kind(old: str, new: str, file: Path) -> None:
    _change(file, old, new)
    _refused(file, trust_errors.TrustValueMissing, naming="trust.toml")


def test_a07_an_unknown_kind_of_card(file: Path) -> None:
    _change(file, '"professional"', '"proffesional"')
    _refused(file, trust_errors.TrustKindUnknown, naming="professional, staff")


@pytest.mark.parametrize("policy", ["'1.2.x'", "''", "7", "'2.5.29.32.0'"])
def test_a07_a_policy_that_is_none_or_accepts_everything(policy: str, file: Path) -> None:
    _change(file, "'1.2.246.517.99.10.1'", policy)
    _refused(file, trust_errors.TrustPolicyUnsuitable, naming="trust.toml")


def test_a07_no_anchor_and_no_issuer(tmp_path: Path, root: Authority, issuing: Authority) -> None:
    _refused(write_trust(tmp_path, [], [issuing]), trust_errors.NoAnchors, naming="[[anchor]]")
    _refused(write_trust(tmp_path, [root], []), trust_errors.NoIssuers, naming="[[issuer]]")
    (tmp_path / "trust.toml").write_text("", encoding="utf-8")
    _refused(tmp_path / "trust.toml", trust_errors.NoAnchors, naming="trust.toml")


@pytest.mark.parametrize("name", ["root0.pem", "issuer0.der"])
def test_a07_a_file_that_is_no_certificate_or_more_than_one(name: str, file: Path, root: Authority) -> None:
    certificate = file.parent / name
    damaged = root.pem.replace(b"\nM", b"\n%", 1)
    for content in (b"", b"hello", damaged, root.pem + root.pem, root.der[:-1], root.der + b"\x00"):
        certificate.write_bytes(content)
        _refused(file, trust_errors.NotATrustCertificate, naming=name)
    certificate.unlink()
    _refused(file, trust_errors.TrustFileMissing, naming=name)


def test_a07_an_expired_anchor_to_the_second(tmp_path: Path, keys: KeyRing, issuing: Authority) -> None:
    root = new_root("Root", keys.key("p384", "root"), not_after=NOW)
    file = write_trust(tmp_path, [root], [issuing])
    assert load_trust(file, NOW)
    with pytest.raises(trust_errors.AnchorExpired, match=r"root0\.pem"):
        load_trust(file, NOW + timedelta(seconds=1))


def test_a07_one_key_twice_in_any_two_places(tmp_path: Path, root: Authority, issuing: Authority, keys: KeyRing) -> None:
    renewed = root.issue_ca("Renewed", issuing.key)
    for anchors, issuers in (([root, root], [issuing]), ([root], [issuing, renewed]), ([root], [root])):
        _refused(write_trust(tmp_path, anchors, issuers), trust_errors.KeyConfiguredTwice, naming="remove one")


def test_every_reason_has_a_code_of_its_own() -> None:
    reasons = trust_errors.TrustNotUsable.__subclasses__()
    assert len({reason.code for reason in reasons}) == len(reasons) == 13
