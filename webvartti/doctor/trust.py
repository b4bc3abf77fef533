"""The configured anchors and issuing CAs: strong enough, and not about to end? (Until when, health says.)"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from webvartti.doctor.installation import Installation
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.health import HealthCheck, Verdict

_SHORTEST_RSA, _SHORTEST_EC = 2048, 256
_WEAK_HASHES = ("md5", "sha1")


def trust(installation: Installation) -> Iterator[HealthCheck]:
    """A root's own signature proves nothing, so its hash isn't looked at; every key is."""
    try:
        trusted = installation.trusted()
    except WebVarttiError as problem:
        yield HealthCheck("trust anchors", Verdict.FAIL, str(problem) or problem.code, "correct the trust file as said")
        return
    weak = [*_weak(trusted.anchors, signed=False), *_weak(trusted.issuers, signed=True)]
    if weak:
        step = "leave it out of the trust file: no card below it is safe"
        yield HealthCheck("trust anchors", Verdict.FAIL, f"{len(weak)} too weak", step, tuple(weak))
        return
    told = f"{len(trusted.anchors)} anchors and {len(trusted.issuers)} issuing CAs, all strong"
    yield HealthCheck("trust anchors", Verdict.OK, told)


def _weak(certificates: tuple[bytes, ...], *, signed: bool) -> Iterator[str]:
    for der in certificates:
        certificate = x509.load_der_x509_certificate(der)
        name = certificate.subject.rfc4514_string()
        if reason := _weak_key(certificate):
            yield f"{name}: {reason}"
        elif signed and (algorithm := _hash(certificate)) in _WEAK_HASHES:
            yield f"{name}: signed with {algorithm}"


def _weak_key(certificate: x509.Certificate) -> str:
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return "a key of an unknown kind"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA with {key.key_size} bits" if key.key_size < _SHORTEST_RSA else ""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"{key.curve.name}" if key.curve.key_size < _SHORTEST_EC else ""
    return ""


def _hash(certificate: x509.Certificate) -> str:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return ""
    return "" if algorithm is None else algorithm.name
