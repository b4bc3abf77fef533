"""Is the certificate of the kind that signs in? (A10, A11) And which reason wins where several apply?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.unit.pki.authority import (
    ANY_POLICY,
    AUTHENTICATION,
    CARD_EXTENSIONS,
    NOW,
    REAL_POLICY,
    SIGNING,
    TEST_POLICY,
    Extension,
    KeyRing,
    PrivateKey,
    key_usage,
    new_root,
    person,
    policies,
    revoked,
)
from tests.unit.pki.office import Office, open_office
from webvartti.domain.certificates import (
    CertificateRefused,
    ExtendedKeyUsageUnsuitable,
    KeyUsageUnsuitable,
    PolicyNotAllowed,
    RealCardInTest,
    SigningCertificateChosen,
    TestCardInProduction,
)


def _office_of(policy: str, folder: Path, keys: KeyRing) -> Office:
    root = new_root("Root", keys.key("p384", "root"))
    return open_office(folder, root, root.issue_ca("Professionals", keys.key("p384", "issuing")), policies=(policy,))


def test_a10_the_signing_certificate_is_named_as_such_with_its_holder(office: Office, card_key: PrivateKey) -> None:
    with pytest.raises(SigningCertificateChosen) as refused:
        office.judge(office.issuing.issue(person(), card_key, [SIGNING, policies(TEST_POLICY)]))
    assert refused.value.name == "Åsa Mäkinen"


def test_a10_the_signing_certificate_of_a_revoked_and_expired_card_is_still_the_wrong_one(
    office: Office, card_key: PrivateKey
) -> None:
    yesterday = NOW - timedelta(days=1)
    card = office.issuing.issue(person(), card_key, [SIGNING, policies(TEST_POLICY)], serial=77, not_after=yesterday)
    office.load(office.issuing.crl([revoked(77)], number=2))
    with pytest.raises(SigningCertificateChosen):
        office.judge(card)


@pytest.mark.parametrize("usage", [None, key_usage("key_encipherment"), key_usage("key_agreement")])
def test_a_certificate_without_digital_signature_is_unsuitable(
    usage: x509.KeyUsage | None, office: Office, card_key: PrivateKey
) -> None:
    extensions: list[Extension] = [policies(TEST_POLICY)]
    if usage is not None:
        extensions.append((usage, True))
    with pytest.raises(KeyUsageUnsuitable):
        office.judge(office.issuing.issue(person(), card_key, extensions))


def test_digital_signature_beside_non_repudiation_signs_in(office: Office, card_key: PrivateKey) -> None:
    both = (key_usage("digital_signature", "content_commitment"), True)
    assert office.judge(office.issuing.issue(person(), card_key, [both, policies(TEST_POLICY)]))


@pytest.mark.parametrize("purpose", [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
def test_a11_an_extended_key_usage_without_client_auth_is_refused(
    purpose: x509.ObjectIdentifier, office: Office, card_key: PrivateKey
) -> None:
    extension = (x509.ExtendedKeyUsage([purpose]), False)
    with pytest.raises(ExtendedKeyUsageUnsuitable):
        office.judge(office.issuing.issue(person(), card_key, [*CARD_EXTENSIONS, extension]))


def test_a11_client_auth_among_others_is_fine(office: Office, card_key: PrivateKey) -> None:
    extension = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SMARTCARD_LOGON, ExtendedKeyUsageOID.CLIENT_AUTH]), False)
    assert office.judge(office.issuing.issue(person(), card_key, [*CARD_EXTENSIONS, extension]))


def test_a11_another_policy_of_the_test_arc_is_refused(office: Office, card_key: PrivateKey) -> None:
    with pytest.raises(PolicyNotAllowed):
        office.judge(office.issuing.issue(person(), card_key, [AUTHENTICATION, policies("1.2.246.517.99.10.2")]))


def test_a11_a_card_without_any_policy_is_refused(office: Office, card_key: PrivateKey) -> None:
    for production in (True, False):
        with pytest.raises(PolicyNotAllowed):
            office.judge(office.issuing.issue(person(), card_key, [AUTHENTICATION]), production=production)


def test_a11_a_test_card_in_production_is_refused_even_where_its_policy_is_accepted(
    office: Office, card_key: PrivateKey
) -> None:
    card = office.issuing.issue(person(), card_key)
    assert office.judge(card)
    with pytest.raises(TestCardInProduction):
        office.judge(card, production=True)


def test_a11_a_test_policy_beside_a_real_one_is_refused_in_production(
    tmp_path: Path, keys: KeyRing, card_key: PrivateKey
) -> None:
    office = _office_of(REAL_POLICY, tmp_path, keys)
    with pytest.raises(TestCardInProduction):
        office.judge(
            office.issuing.issue(person(), card_key, [AUTHENTICATION, policies(REAL_POLICY, TEST_POLICY)]), production=True
        )


@pytest.mark.parametrize("policy", [REAL_POLICY, ANY_POLICY, "1.2.246.517.990.1"])
def test_a11_a_real_card_in_a_test_system_is_refused(policy: str, office: Office, card_key: PrivateKey) -> None:
    with pytest.raises(RealCardInTest):
        office.judge(office.issuing.issue(person(), card_key, [AUTHENTICATION, policies(policy)]))


def test_a11_a_real_card_is_accepted_in_production(tmp_path: Path, keys: KeyRing, card_key: PrivateKey) -> None:
    office = _office_of(REAL_POLICY, tmp_path, keys)
    card = office.issuing.issue(person(), card_key, [AUTHENTICATION, policies(REAL_POLICY)])
    assert office.judge(card, production=True)
    with pytest.raises(RealCardInTest):
        office.judge(card)


def test_every_refusal_has_a_code_and_a_help_desk_number_of_its_own_kind() -> None:
    reasons = CertificateRefused.__subclasses__()
    assert len({reason.code for reason in reasons}) == len(reasons)
    assert 6 not in {reason.help_desk_code for reason in reasons}
