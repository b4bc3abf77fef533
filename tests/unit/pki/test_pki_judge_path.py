"""Is the certificate ours, and is its path valid at this moment? (A09)"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from OpenSSL import crypto

from tests.unit.pki.authority import (
    ANY_POLICY,
    CARD_EXTENSIONS,
    NOW,
    REAL_POLICY,
    TEST_POLICY,
    KeyRing,
    PrivateKey,
    certificate_with_sha1,
    der,
    key_usage,
    new_root,
    person,
    policies,
)
from tests.unit.pki.office import Office, open_office
from webvartti.domain.certificates import (
    CertificateExpired,
    CertificateNotYetValid,
    ExtendedKeyUsageUnsuitable,
    IssuerUnknown,
    KeyTooWeak,
    NotACardCertificate,
    PathInvalid,
    PolicyNotAllowed,
    RevocationState,
    SignatureAlgorithmTooWeak,
)
from webvartti.domain.holders import Person
from webvartti.domain.products import CardKind

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("kind", ["rsa", "p384"])
def test_a_good_card_is_accepted_with_everything_that_it_says(kind: str, tmp_path: Path, keys: KeyRing) -> None:
    root = new_root("Root", keys.key(kind, "root"))
    office = open_office(tmp_path, root, root.issue_ca("Professionals", keys.key(kind, "issuing")))
    title = x509.NameAttribute(NameOID.TITLE, "Lääkäri")
    doctor = x509.NameAttribute(NameOID.PSEUDONYM, "123456")
    subject = person("00098705718", "Mäkinen", "Åsa", title, doctor)
    card = office.issuing.issue(subject, keys.key(kind, "card"), serial=0x0ABC)
    accepted = office.judge(card)
    holder = accepted.holder
    assert holder.person == Person("registration-number", "00098705718")
    assert holder.card.serial == "abc"
    assert holder.card.issuer_key in office.trust.issuers
    assert (holder.kind, holder.name, holder.title) == (CardKind.PROFESSIONAL, "Åsa Mäkinen", "Lääkäri")
    assert holder.doctor_id == "123456"
    assert (holder.not_before, holder.not_after) == (card.not_valid_before_utc, card.not_valid_after_utc)
    assert accepted.revocation.state is RevocationState.GOOD
    assert [subject.split(",")[0] for subject in accepted.path] == ["CN=Professionals", "CN=Root"]


def test_a_card_signed_with_rsa_pss_is_accepted(rsa_office: Office, card_key: PrivateKey) -> None:
    assert rsa_office.judge(rsa_office.issuing.issue(person(), card_key, pss=True)).holder.surname == "Mäkinen"


@pytest.mark.parametrize(
    "not_after",
    [NOW, datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)],
    ids=["noon", "leap-day", "year-end"],
)
def test_a09_a_card_is_valid_through_its_last_second_and_expired_one_second_later(
    not_after: datetime, office: Office, card_key: PrivateKey
) -> None:
    card = office.issuing.issue(person(), card_key, not_after=not_after)
    office.load(office.root.crl(number=2, next_update=not_after + timedelta(days=1)))
    office.load(office.issuing.crl(number=2, next_update=not_after + timedelta(days=1)))
    assert office.judge(card, not_after)
    assert office.judge(card, not_after + timedelta(microseconds=999_999))
    with pytest.raises(CertificateExpired) as refused:
        office.judge(card, not_after + SECOND)
    assert refused.value.name == "Åsa Mäkinen"


def test_a09_the_edge_is_utc_whatever_the_zone_of_the_clock(office: Office, card_key: PrivateKey) -> None:
    card = office.issuing.issue(person(), card_key, not_after=NOW)
    helsinki = NOW.astimezone(ZoneInfo("Europe/Helsinki"))
    assert office.judge(card, helsinki)
    with pytest.raises(CertificateExpired):
        office.judge(card, helsinki + SECOND)


def test_a09_a_card_is_valid_from_its_first_second(office: Office, card_key: PrivateKey) -> None:
    card = office.issuing.issue(person(), card_key, not_before=NOW)
    assert office.judge(card, NOW)
    with pytest.raises(CertificateNotYetValid):
        office.judge(card, NOW - timedelta(microseconds=1))


def test_a09_a_stranger_is_unknown_even_when_expired_and_stays_nameless(
    office: Office, keys: KeyRing, card_key: PrivateKey
) -> None:
    stranger = new_root("Stranger", keys.key("p384", "stranger"))
    for not_after in (NOW + timedelta(days=1), NOW - timedelta(days=1)):
        with pytest.raises(IssuerUnknown) as refused:
            office.judge(stranger.issue(person(), card_key, not_after=not_after))
        assert refused.value.name == ""


def test_a09_a_card_signed_by_the_root_itself_has_no_configured_issuer(office: Office, card_key: PrivateKey) -> None:
    with pytest.raises(IssuerUnknown):
        office.judge(office.root.issue(person(), card_key))


@pytest.mark.parametrize("not_after", [NOW + timedelta(days=1), NOW - timedelta(days=1)])
def test_a09_the_name_of_our_ca_with_another_key_is_no_path_and_shows_no_name(
    not_after: datetime, office: Office, keys: KeyRing, card_key: PrivateKey
) -> None:
    impostor = office.root.issue_ca("Professionals", keys.key("p384", "impostor"))
    with pytest.raises(PathInvalid) as refused:
        office.judge(impostor.issue(person(), card_key, not_after=not_after))
    assert refused.value.name == ""


def test_a09_a_forged_signature_is_no_path(office: Office, card_key: PrivateKey) -> None:
    good = office.issuing.issue(person(), card_key)
    forged = bytearray(der(good))
    forged[forged.find("Mäkinen".encode())] ^= 1
    with pytest.raises(PathInvalid):
        office.judge(bytes(forged))


@pytest.mark.parametrize("with_issuer_key", [True, False])
def test_a09_two_issuers_of_one_name_are_told_apart_by_their_keys(
    with_issuer_key: bool, tmp_path: Path, keys: KeyRing, card_key: PrivateKey
) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    old = root.issue_ca("Professionals", keys.key("p384", "issuing"))
    new = root.issue_ca("Professionals", keys.key("p384", "issuing 2"))
    office = open_office(tmp_path, root, old, new)
    cards = [authority.issue(person(), card_key, with_issuer_key=with_issuer_key) for authority in (old, new)]
    assert [office.judge(card).holder.card.issuer_key for card in cards] == list(office.trust.issuers)


@pytest.mark.parametrize("which", ["issuing", "root", "foreign"])
def test_a09_a_ca_certificate_is_no_card(which: str, office: Office, keys: KeyRing) -> None:
    authorities = {
        "issuing": office.issuing,
        "root": office.root,
        "foreign": office.issuing.issue_ca("Foreign", keys.key("p384", "foreign")),
    }
    with pytest.raises(NotACardCertificate):
        office.judge(authorities[which].certificate)


def test_a09_an_issuer_without_ca_true_is_no_path(tmp_path: Path, keys: KeyRing, card_key: PrivateKey) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    for extension in (x509.BasicConstraints(False, None), key_usage("digital_signature")):
        issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"), [(extension, True)])
        with pytest.raises(PathInvalid):
            open_office(tmp_path, root, issuing, with_crls=False).judge(issuing.issue(person(), card_key))


def test_a09_a_path_longer_than_the_constraint_is_refused(tmp_path: Path, keys: KeyRing, card_key: PrivateKey) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    upper = root.issue_ca("Upper", keys.key("p384", "issuing"))
    lower = upper.issue_ca("Lower", keys.key("p384", "issuing 2"))
    card = lower.issue(person(), card_key)
    with pytest.raises(PathInvalid):
        open_office(tmp_path, root, lower, upper).judge(card)


def test_a_path_of_two_issuing_cas_within_the_constraint_is_accepted(
    tmp_path: Path, keys: KeyRing, card_key: PrivateKey
) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    upper = root.issue_ca("Upper", keys.key("p384", "issuing"), [(x509.BasicConstraints(True, 1), True)])
    lower = upper.issue_ca("Lower", keys.key("p384", "issuing 2"))
    accepted = open_office(tmp_path, root, lower, upper).judge(lower.issue(person(), card_key))
    assert len(accepted.path) == 3


def test_a09_an_expired_issuing_ca_is_no_path(tmp_path: Path, keys: KeyRing, card_key: PrivateKey) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"), not_after=NOW - SECOND)
    with pytest.raises(PathInvalid) as refused:
        open_office(tmp_path, root, issuing).judge(issuing.issue(person(), card_key))
    assert refused.value.name == ""


def test_a09_an_anchor_that_expired_since_the_start_is_no_path(tmp_path: Path, keys: KeyRing, card_key: PrivateKey) -> None:
    root = new_root("Root", keys.key("p384", "root"), not_after=NOW + SECOND)
    issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"))
    office = open_office(tmp_path, root, issuing)
    card = issuing.issue(person(), card_key)
    assert office.judge(card, NOW + SECOND)
    with pytest.raises(PathInvalid):
        office.judge(card, NOW + 2 * SECOND)


@pytest.mark.parametrize("kind", ["rsa1024", "p224"])
def test_a09_a_weak_key_on_the_card_is_refused(kind: str, office: Office, keys: KeyRing) -> None:
    with pytest.raises(KeyTooWeak) as refused:
        office.judge(office.issuing.issue(person(), keys.key(kind, "weak")))
    assert refused.value.name == ""


def test_a09_a_weak_key_of_the_issuing_ca_is_refused(tmp_path: Path, keys: KeyRing, card_key: PrivateKey) -> None:
    root = new_root("Root", keys.key("rsa", "root"))
    issuing = root.issue_ca("Professionals", keys.key("rsa1024", "weak"))
    with pytest.raises(KeyTooWeak):
        open_office(tmp_path, root, issuing).judge(issuing.issue(person(), card_key))


def test_a09_sha1_on_the_card_is_refused(rsa_office: Office, card_key: PrivateKey) -> None:
    card = certificate_with_sha1(rsa_office.issuing.issue(person(), card_key), rsa_office.issuing.key)
    with pytest.raises(SignatureAlgorithmTooWeak):
        rsa_office.judge(card)


def test_a09_sha1_on_the_issuing_ca_is_refused(tmp_path: Path, keys: KeyRing, card_key: PrivateKey) -> None:
    root = new_root("Root", keys.key("rsa", "root"))
    issuing = root.issue_ca("Professionals", keys.key("rsa", "issuing"))
    weak = type(issuing)(certificate_with_sha1(issuing.certificate, root.key), issuing.key)
    with pytest.raises(SignatureAlgorithmTooWeak):
        open_office(tmp_path, root, weak).judge(weak.issue(person(), card_key))


def test_a09_a_policy_that_the_issuing_ca_does_not_allow_is_refused(
    tmp_path: Path, keys: KeyRing, card_key: PrivateKey
) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"), [policies(REAL_POLICY)])
    with pytest.raises(PolicyNotAllowed):
        open_office(tmp_path, root, issuing).judge(issuing.issue(person(), card_key))


def test_an_issuing_ca_with_any_policy_allows_the_accepted_one(tmp_path: Path, keys: KeyRing, card_key: PrivateKey) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"), [policies(ANY_POLICY)])
    assert open_office(tmp_path, root, issuing).judge(issuing.issue(person(), card_key))


def test_a09_any_policy_is_not_enough_where_the_root_inhibits_it(tmp_path: Path, keys: KeyRing, card_key: PrivateKey) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    inhibited = [policies(TEST_POLICY), (x509.InhibitAnyPolicy(0), True)]
    issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"), inhibited)
    usage = CARD_EXTENSIONS[0]
    office = open_office(tmp_path, root, issuing)
    with pytest.raises(PolicyNotAllowed):
        office.judge(issuing.issue(person(), card_key, [usage, policies(ANY_POLICY, "1.2.246.517.99.77")]))


def test_a11_an_issuing_ca_for_servers_only_is_refused(tmp_path: Path, keys: KeyRing, card_key: PrivateKey) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    servers = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"), [servers])
    with pytest.raises(ExtendedKeyUsageUnsuitable):
        open_office(tmp_path, root, issuing).judge(issuing.issue(person(), card_key))


def test_an_unknown_critical_extension_is_refused_an_unknown_one_is_not(office: Office, card_key: PrivateKey) -> None:
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
    assert office.judge(office.issuing.issue(person(), card_key, [*CARD_EXTENSIONS, (unknown, False)]))
    with pytest.raises(NotACardCertificate):
        office.judge(office.issuing.issue(person(), card_key, [*CARD_EXTENSIONS, (unknown, True)]))


def _errors_of_a_failing_call() -> object:
    with pytest.raises(crypto.Error) as failed:
        crypto.load_certificate(crypto.FILETYPE_ASN1, b"no certificate")
    return failed.value.args


def test_a_refused_path_leaves_no_errors_for_the_next_tls_read(rsa_office: Office, card_key: PrivateKey) -> None:
    """A server's thread that judged a forged card goes on to read from other connections (before OpenSSL 4 that failed)."""
    usual = _errors_of_a_failing_call()
    forged = der(rsa_office.issuing.issue(person(), card_key)).replace("Mäkinen".encode(), "Mäkimen".encode())
    with pytest.raises(PathInvalid):
        rsa_office.judge(forged)
    assert _errors_of_a_failing_call() == usual
