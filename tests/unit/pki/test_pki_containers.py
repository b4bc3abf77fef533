"""One leaf certificate out of a file of any usual form."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from tests.unit.pki.authority import Authority, KeyRing, PrivateKey, der, new_root, person
from webvartti.pki.containers import (
    CertificateFileUnreadable,
    NoCertificateInFile,
    PasswordNeeded,
    WrongPassword,
    read_certificate,
)


@pytest.fixture(scope="module")
def root(keys: KeyRing) -> Authority:
    return new_root("Root", keys.key("p384", "root"))


@pytest.fixture(scope="module")
def leaf(root: Authority, keys: KeyRing) -> x509.Certificate:
    return root.issue(person(), keys.key("p384", "card"))


def _p12(
    key: PrivateKey, certificate: x509.Certificate | None, others: list[x509.Certificate], lock: KeySerializationEncryption
) -> bytes:
    return pkcs12.serialize_key_and_certificates(b"card", key, certificate, others, lock)


def test_der_and_pem_give_the_leaf(leaf: x509.Certificate) -> None:
    assert read_certificate(der(leaf), None) == der(leaf)
    assert read_certificate(leaf.public_bytes(Encoding.PEM), None) == der(leaf)


def test_pem_with_key_chain_and_text_gives_the_first_that_is_no_ca(
    leaf: x509.Certificate, root: Authority, card_key: PrivateKey
) -> None:
    key = card_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem = leaf.public_bytes(Encoding.PEM)
    assert read_certificate(b"subject=CN\n" + key + root.pem + pem, None) == der(leaf)


def test_pkcs12_gives_the_leaf_wherever_it_stands(leaf: x509.Certificate, root: Authority, card_key: PrivateKey) -> None:
    locked = BestAvailableEncryption("sälä".encode())
    assert read_certificate(_p12(card_key, leaf, [root.certificate], locked), "sälä") == der(leaf)
    assert read_certificate(_p12(card_key, None, [root.certificate, leaf], locked), "sälä") == der(leaf)
    assert read_certificate(_p12(card_key, leaf, [], NoEncryption()), None) == der(leaf)


def test_a_password_that_is_missing_or_wrong_is_named(leaf: x509.Certificate, card_key: PrivateKey) -> None:
    locked = _p12(card_key, leaf, [], BestAvailableEncryption(b"secret"))
    with pytest.raises(PasswordNeeded):
        read_certificate(locked, None)
    for password in ("Secret", ""):
        with pytest.raises(WrongPassword):
            read_certificate(locked, password)


def test_a_file_without_a_leaf_is_named(root: Authority, card_key: PrivateKey) -> None:
    key = card_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for data in (key, root.pem, root.der, _p12(card_key, None, [root.certificate], NoEncryption())):
        with pytest.raises(NoCertificateInFile):
            read_certificate(data, None)


def test_anything_else_is_unreadable(leaf: x509.Certificate) -> None:
    broken_pem = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    for data in (b"", b"\x30", b"hello", der(leaf)[:-1], der(leaf) + b"\x00", broken_pem):
        with pytest.raises(CertificateFileUnreadable):
            read_certificate(data, None)
