"""Every certificate, CRL and trust entry of the demo country, read back from its files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from webvartti.demo.country import Country, DemoCard
from webvartti.demo.files import P12_PASSWORD
from webvartti.demo.people import plan_cards
from webvartti.demo.stories import STORIES
from webvartti.demo.story import KeyAlgorithm

DISTINCT_NUMBERS = {plan.story.slug: plan.identity.number for plan in plan_cards(2021)}
by_slug = pytest.mark.parametrize("slug", [story.slug for story in STORIES])


def certificates(card: DemoCard) -> tuple[x509.Certificate, x509.Certificate]:
    """(authentication, signature)"""
    return (
        x509.load_pem_x509_certificate(card.pem.read_bytes()),
        x509.load_pem_x509_certificate(card.signature_pem.read_bytes()),
    )


def authority(country: Country, label: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((country.directory / "ca" / f"{label}.pem").read_bytes())


def usages(certificate: x509.Certificate) -> set[str]:
    """The names of the key usages that are set."""
    extension = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert extension.critical
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    return {name for name in (*names, "key_cert_sign", "crl_sign") if getattr(extension.value, name)}


def policies(certificate: x509.Certificate) -> list[str]:
    extension = certificate.extensions.get_extension_for_class(x509.CertificatePolicies)
    return [information.policy_identifier.dotted_string for information in extension.value]


@by_slug
def test_authentication_and_signature_certificates_have_the_profile(country: Country, slug: str) -> None:
    card = country.card(slug)
    is_rsa = card.algorithm is KeyAlgorithm.RSA_2048
    authentication, signature = certificates(card)
    encipherment = {"key_encipherment", "data_encipherment"} if is_rsa else set()
    assert usages(authentication) == {"digital_signature"} | encipherment
    assert usages(signature) == {"content_commitment"}
    extended = authentication.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(extended) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    for certificate, last in ((authentication, "1"), (signature, "2")):
        assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        (policy,) = policies(certificate)
        assert policy.startswith("1.2.246.517.99.")
        assert policy.endswith(f"0.{last}")
        hash_algorithm = certificate.signature_hash_algorithm
        assert hash_algorithm is not None
        assert hash_algorithm.name == ("sha512" if is_rsa else "sha384")
        key = certificate.public_key()
        assert isinstance(key, rsa.RSAPublicKey if is_rsa else ec.EllipticCurvePublicKey)
        assert key.key_size == (2048 if is_rsa else 384)
        (common_name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert len(str(common_name.value).encode()) <= 64


@by_slug
def test_the_subject_names_the_holder_by_attribute(country: Country, slug: str) -> None:
    card = country.card(slug)
    subject = certificates(card)[0].subject

    def only(oid: x509.ObjectIdentifier) -> str:
        (attribute,) = subject.get_attributes_for_oid(oid)
        return str(attribute.value)

    assert only(NameOID.SERIAL_NUMBER) == card.number == DISTINCT_NUMBERS[slug]
    assert f"{only(NameOID.GIVEN_NAME)} {only(NameOID.SURNAME)}" == card.name
    assert only(NameOID.COMMON_NAME).endswith(f" {card.number}")
    assert bool(subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)) is (card.kind in ("staff", "actor"))
    assert bool(subject.get_attributes_for_oid(NameOID.PSEUDONYM)) is (card.profession in ("001", "002"))
    assert bool(subject.get_attributes_for_oid(NameOID.TITLE)) is (card.kind == "professional")


@by_slug
def test_a_card_is_signed_by_the_ca_of_its_kind_and_only_a_forged_one_by_the_impostor(country: Country, slug: str) -> None:
    card = country.card(slug)
    family = "rsa" if card.algorithm is KeyAlgorithm.RSA_2048 else "ecc"
    trusted, impostor = authority(country, f"{card.kind}-{family}"), authority(country, f"impostor-{family}")
    signer, other = (impostor, trusted) if card.sign_in == "tls-alert" else (trusted, impostor)
    for certificate in certificates(card):
        assert certificate.issuer == trusted.subject
        certificate.verify_directly_issued_by(signer)
        if card.kind == "professional":
            with pytest.raises(InvalidSignature):
                certificate.verify_directly_issued_by(other)


@by_slug
@pytest.mark.slow
def test_the_files_of_a_card_hold_the_same_key_and_certificate(country: Country, slug: str) -> None:
    card = country.card(slug)
    for p12, pem in ((card.p12, card.pem), (card.signature_p12, card.signature_pem)):
        key, certificate, chain = pkcs12.load_key_and_certificates(p12.read_bytes(), P12_PASSWORD.encode())
        assert key is not None
        assert certificate == x509.load_pem_x509_certificate(pem.read_bytes())
        assert key.public_key() == certificate.public_key() == load_pem_private_key(pem.read_bytes(), None).public_key()
        assert [issuer.subject for issuer in chain] == [certificate.issuer]
    assert f"{certificates(card)[0].serial_number:x}" == card.certificate_serial


def test_validity_follows_the_stories(country: Country, moment: datetime) -> None:
    left = {card.slug: (card.not_after - moment).days for card in country.cards}
    assert (left["eero"], left["aino"], left["helmi"], left["veikko"]) == (20, 80, 3 * 365, -1)
    joonas = certificates(country.card("joonas"))[0]
    assert joonas.not_valid_before_utc == moment + timedelta(days=10)
    riitta = certificates(country.card("riitta"))[0]
    assert riitta.not_valid_after_utc - riitta.not_valid_before_utc <= timedelta(days=92)


def test_the_trust_file_knows_every_issuer_but_the_impostors(country: Country) -> None:
    trust = tomllib.loads((country.directory / "trust.toml").read_text())
    assert {entry["file"] for entry in trust["anchor"]} == {"ca/root-rsa.pem", "ca/root-ecc.pem"}
    kinds = sorted(entry["kind"] for entry in trust["issuer"])
    assert kinds == sorted(["professional", "staff", "actor", "backup"] * 2)
    namespaces = {entry["kind"]: entry["namespace"] for entry in trust["issuer"]}
    assert namespaces["professional"] == "registration-number"
    assert len(set(namespaces.values())) == 4
    for entry in trust["issuer"]:
        certificate = authority(country, entry["file"].removeprefix("ca/").removesuffix(".pem"))
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert (constraints.value.ca, constraints.value.path_length, constraints.critical) == (True, 0, True)
        assert set(entry["policies"]) < set(policies(certificate))
        root = authority(country, f"root-{entry['file'].rpartition('-')[2].removesuffix('.pem')}")
        certificate.verify_directly_issued_by(root)


def test_no_authority_bears_a_name_of_dvv(country: Country) -> None:
    for path in (country.directory / "ca").iterdir():
        subject = authority(country, path.stem).subject
        assert subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "WebVartti demo"
        assert not {"DVV", "VRK", "Gov"} & set(subject.rfc4514_string().replace("=", " ").replace(",", " ").split())


def crls(country: Country) -> Iterator[tuple[x509.Certificate, x509.CertificateRevocationList]]:
    for path in sorted((country.directory / "crl").glob("*.crl")):
        yield authority(country, path.stem), x509.load_der_x509_crl(path.read_bytes())


def test_every_trusted_ca_has_a_crl_of_its_own(country: Country, moment: datetime) -> None:
    lists = list(crls(country))
    assert len(lists) == 10
    for issuer, crl in lists:
        assert crl.issuer == issuer.subject
        public_key = issuer.public_key()
        assert isinstance(public_key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
        assert crl.is_signature_valid(public_key)
        assert crl.last_update_utc == moment - timedelta(hours=1)
        assert crl.next_update_utc == moment + timedelta(days=7)
        assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number > 0
        assert crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)


def test_the_crls_hold_both_certificates_of_the_revoked_and_the_held_card(country: Country) -> None:
    found = {
        (entry.serial_number, entry.extensions.get_extension_for_class(x509.CRLReason).value.reason)
        for _, crl in crls(country)
        for entry in crl
    }
    reasons = {"tuula": x509.ReasonFlags.key_compromise, "onni": x509.ReasonFlags.certificate_hold}
    assert found == {
        (certificate.serial_number, reason)
        for slug, reason in reasons.items()
        for certificate in certificates(country.card(slug))
    }


def test_the_server_certificate_is_for_both_hosts_and_from_a_root_of_its_own(country: Country) -> None:
    server = country.directory / "server"
    leaf = x509.load_pem_x509_certificate((server / "certificate.pem").read_bytes())
    root = x509.load_pem_x509_certificate((server / "ca.pem").read_bytes())
    leaf.verify_directly_issued_by(root)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["webvartti.localhost", "card.webvartti.localhost"]
    assert leaf.public_key() == load_pem_private_key((server / "key.pem").read_bytes(), None).public_key()
    assert leaf.not_valid_before_utc < datetime.now(UTC) < leaf.not_valid_after_utc
    for label in ("root-rsa", "root-ecc"):
        assert root.public_key() != authority(country, label).public_key()
