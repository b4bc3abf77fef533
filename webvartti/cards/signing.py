"""A signature of the card over a challenge, in the dialect of its profile, and its verification with the card's certificate."""

from __future__ import annotations

from contextlib import suppress

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from webvartti.cards.apdu import SHORT_REPLY, Channel
from webvartti.cards.certificate_facts import UNREADABLE
from webvartti.cards.errors import CardLacks, SignatureWrong
from webvartti.cards.key_objects import KeyObject
from webvartti.cards.profiles import SignatureDialect
from webvartti.cards.signature_commands import compute_digital_signature, manage_security_environment

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
_PKCS1, _ECDSA = 0x02, 0x04  # algorithm references, the lower half
_SHA256, _SHA384 = 0x40, 0x50  # and the upper one (FINEID S1 v4.2, table 6)
_DIGEST_INFO_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017, 9.2, note 1
_LARGE_CURVE = 384  # bits; smaller ones sign SHA-256


def public_key_of(der: bytes) -> PublicKey:
    """Raises CardLacks where the certificate has no key that cards sign with."""
    with suppress(*UNREADABLE):
        key = x509.load_der_x509_certificate(der).public_key()
        if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            return key
    raise CardLacks("the certificate on the card has no RSA or EC key that can be read")


def name_of(key: PublicKey) -> str:
    """What people call it."""
    return f"RSA-{key.key_size}" if isinstance(key, rsa.RSAPublicKey) else f"P-{key.key_size}"


def sign(channel: Channel, dialect: SignatureDialect, key: KeyObject, public: PublicKey, challenge: bytes) -> bytes:
    """The key's folder is selected and its PIN verified. An ECDSA signature comes in DER, whatever the card sends."""
    by_file = dialect is SignatureDialect.FILE
    scheme = _PKCS1 if isinstance(public, rsa.RSAPublicKey) else _ECDSA
    algorithm = scheme if by_file else scheme | (_SHA256 if isinstance(_hash_for(public), hashes.SHA256) else _SHA384)
    if by_file:
        manage_security_environment(channel, algorithm, file=key.path.path[-2:], key=0)
    else:
        manage_security_environment(channel, algorithm, key=key.reference)
    digest = _digest(challenge, _hash_for(public))
    if isinstance(public, rsa.RSAPublicKey):
        return compute_digital_signature(channel, _DIGEST_INFO_SHA256 + digest if by_file else digest, public.key_size // 8)
    size = (public.key_size + 7) // 8
    if by_file:
        return compute_digital_signature(channel, digest, SHORT_REPLY)
    plain = compute_digital_signature(channel, digest, 2 * size)
    if len(plain) != 2 * size:
        raise SignatureWrong
    return encode_dss_signature(int.from_bytes(plain[:size]), int.from_bytes(plain[size:]))


def verify_signature(public: PublicKey, signature: bytes, challenge: bytes) -> None:
    """Raises SignatureWrong."""
    algorithm = _hash_for(public)
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, challenge, padding.PKCS1v15(), algorithm)
        else:
            public.verify(signature, challenge, ec.ECDSA(algorithm))
    except (InvalidSignature, ValueError) as error:
        raise SignatureWrong from error


def _hash_for(public: PublicKey) -> hashes.SHA256 | hashes.SHA384:
    large = isinstance(public, ec.EllipticCurvePublicKey) and public.key_size >= _LARGE_CURVE
    return hashes.SHA384() if large else hashes.SHA256()


def _digest(challenge: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(challenge)
    return digest.finalize()
