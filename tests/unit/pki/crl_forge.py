"""CRLs that the library's builder won't write: their octets are changed, and the CA signs them anew."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from tests.unit.pki.authority import Authority
from webvartti.pki import crl_der


def tlv(tag: int, contents: bytes) -> bytes:
    """DER: with the shortest length."""
    length = len(contents)
    if length < 0x80:
        return bytes([tag, length]) + contents
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(octets)]) + octets + contents


def signed(authority: Authority, tbs: bytes, crl: bytes) -> bytes:
    """A CRL of these octets, with the algorithm of ``crl``."""
    key = authority.key
    if isinstance(key, ec.EllipticCurvePrivateKey):
        signature = key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    else:
        signature = key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    start, end = crl_der.contents(crl, 0, len(crl), crl_der.SEQUENCE)
    _, (_, first, _, after), _ = crl_der.children(crl, start, end)
    return tlv(crl_der.SEQUENCE, tbs + crl[first:after] + tlv(crl_der.BIT_STRING, b"\x00" + signature))


def fields(crl: bytes) -> list[bytes]:
    """The elements of the tBSCertList."""
    tbs = x509.load_der_x509_crl(crl).tbs_certlist_bytes
    start, end = crl_der.contents(tbs, 0, len(tbs), crl_der.SEQUENCE)
    return [tbs[first:after] for _, first, _, after in crl_der.children(tbs, start, end)]


def with_fields(authority: Authority, crl: bytes, changed: list[bytes]) -> bytes:
    return signed(authority, tlv(crl_der.SEQUENCE, b"".join(changed)), crl)


def with_entries(authority: Authority, crl: bytes, entries: bytes) -> bytes:
    """``crl`` has at least one entry; its entries become these."""
    version, algorithm, issuer, this_update, next_update, _, extensions = fields(crl)
    revoked = tlv(crl_der.SEQUENCE, entries)
    return with_fields(authority, crl, [version, algorithm, issuer, this_update, next_update, revoked, extensions])


def entry(serial: bytes, time: bytes = b"\x17\x0d260101000000Z", extensions: bytes = b"") -> bytes:
    """``serial`` is the contents of the INTEGER, ``time`` and ``extensions`` are whole elements."""
    return tlv(crl_der.SEQUENCE, tlv(crl_der.INTEGER, serial) + time + extensions)


def reason(code: int) -> bytes:
    """crlEntryExtensions with a CRLReason."""
    value = tlv(crl_der.OCTET_STRING, tlv(crl_der.ENUMERATED, bytes([code])))
    return tlv(crl_der.SEQUENCE, tlv(crl_der.SEQUENCE, b"\x06\x03\x55\x1d\x15" + value))
