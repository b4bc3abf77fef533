"""Getting one leaf certificate out of a file: PEM, DER or PKCS#12."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from webvartti.domain.certificates import CertificateUnreadable
from webvartti.pki.errors import PkiError
from webvartti.pki.parsed import parse_certificate

_PEM_BEGIN = b"-----BEGIN "
_PEM_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
_PFX_VERSION = b"\x02\x01\x03"  # RFC 7292 4: a PFX begins with the INTEGER 3; a certificate begins with a SEQUENCE


class CertificateFileNotUsable(PkiError):
    """The base of all reasons below."""

    code = "certificate-file-not-usable"


class CertificateFileUnreadable(CertificateFileNotUsable):
    """Neither PEM nor DER nor PKCS#12."""

    code = "certificate-file-unreadable"


class NoCertificateInFile(CertificateFileNotUsable):
    """A key, CA certificates or something else, but no leaf certificate."""

    code = "no-certificate-in-file"


class PasswordNeeded(CertificateFileNotUsable):
    """A PKCS#12 file that doesn't open without a password."""

    code = "password-needed"


class WrongPassword(CertificateFileNotUsable):
    """A PKCS#12 file that doesn't open with this password (a damaged one can't be told from that)."""

    code = "wrong-password"


def read_certificate(data: bytes, password: str | None) -> bytes:
    """DER of the first certificate that isn't a CA's. Raises a CertificateFileNotUsable."""
    if _PEM_BEGIN in data:
        return _first_leaf(_of_pem(data))
    if _is_pkcs12(data):
        return _first_leaf(_of_pkcs12(data, password))
    return _first_leaf([data])


def _of_pem(data: bytes) -> list[bytes]:
    if _PEM_CERTIFICATE not in data:
        raise NoCertificateInFile("PEM without a certificate")
    try:
        return [certificate.public_bytes(Encoding.DER) for certificate in x509.load_pem_x509_certificates(data)]
    except (ValueError, x509.InvalidVersion) as error:
        raise CertificateFileUnreadable("PEM that can't be read") from error


def _is_pkcs12(data: bytes) -> bool:
    if len(data) < 2 or data[0] != 0x30:
        return False
    start = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
    return data[start : start + 3] == _PFX_VERSION


def _of_pkcs12(data: bytes, password: str | None) -> list[bytes]:
    try:
        contents = pkcs12.load_pkcs12(data, None if password is None else password.encode())
    except ValueError as error:
        if password is None:
            raise PasswordNeeded("PKCS#12 that doesn't open without a password") from error
        raise WrongPassword("PKCS#12 that doesn't open with this password") from error
    except (UnsupportedAlgorithm, TypeError) as error:
        raise CertificateFileUnreadable("PKCS#12 of a kind that isn't known here") from error
    found = [contents.cert, *contents.additional_certs]
    return [each.certificate.public_bytes(Encoding.DER) for each in found if each is not None]


def _first_leaf(certificates: Iterable[bytes]) -> bytes:
    try:
        leaf = next((der for der in certificates if not parse_certificate(der).is_ca), None)
    except CertificateUnreadable as error:
        raise CertificateFileUnreadable("neither PEM nor DER nor PKCS#12") from error
    if leaf is None:
        raise NoCertificateInFile("only CA certificates")
    return leaf
