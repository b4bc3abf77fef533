"""Hierarchies for tests that compare: described by what their certificates say, and made with every fault that one can have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from hypothesis import strategies as st

from tests.unit.pki.authority import ANY_POLICY, NOW, Extension, key_usage, policies

A, B, C = "1.3.1", "1.3.2", "1.3.3"
CARDS, OTHERS = "Cards", "Others"
"""Organisations: everything that is made here stands in ``CARDS``."""

_DAY = timedelta(days=1)
_VALIDITY = {"valid": (-100 * _DAY, 100 * _DAY), "expired": (-100 * _DAY, -_DAY), "future": (_DAY, 100 * _DAY)}
_CRL_TIMES = {"fresh": (-_DAY, _DAY), "stale": (-3 * _DAY, -_DAY), "future": (_DAY, 3 * _DAY)}
_PURPOSES = {"client": ExtendedKeyUsageOID.CLIENT_AUTH, "server": ExtendedKeyUsageOID.SERVER_AUTH}
_STRANGER = 99  # the number of a key that belongs to nobody of the hierarchy


@dataclass(frozen=True)
class Says:
    """What one certificate says, and for a CA, its CRL. The default is without a fault."""

    is_ca: bool = True
    path_length: int | None = None
    usage: str = "all"
    validity: str = "valid"
    policies: tuple[str, ...] = (A,)
    mappings: tuple[tuple[str, str], ...] = ()
    explicit: int | None = None
    no_mapping: int | None = None
    no_any: int | None = None
    purpose: str = ""
    permitted: str = ""
    excluded: str = ""
    signature: str = "right"
    issuer_key: str = "right"
    unknown_critical: bool = False
    is_self_issued: bool = False
    revoked: str = ""
    crl: str = "fresh"


@dataclass(frozen=True)
class Hierarchy:
    """From the anchor to the leaf, and the inputs of RFC 5280 6.1.1 (c) to (g)."""

    says: tuple[Says, ...]
    accepted: frozenset[str] = frozenset({A})
    explicit: bool = True
    mapping_inhibit: bool = False
    any_inhibit: bool = False

    def __repr__(self) -> str:
        """The faults only."""
        return (
            f"{[_faults(each) for each in (*self.says[:-1], replace(self.leaf, is_ca=True))]} {sorted(self.accepted)}"
            + "".join(f" {name}" for name in ("explicit", "mapping_inhibit", "any_inhibit") if getattr(self, name))
        )

    @property
    def anchor(self) -> Says:
        return self.says[0]

    @property
    def cas(self) -> tuple[Says, ...]:
        """Below the anchor."""
        return self.says[1:-1]

    @property
    def leaf(self) -> Says:
        return self.says[-1]

    def certificates(self) -> list[x509.Certificate]:
        """In the same order."""
        made = [_certificate(self.anchor, 0, 0, _name(0), _name(0))]
        for number, says in enumerate(self.says[1:], start=1):
            issuer = made[-1].subject
            made.append(_certificate(says, number, number - 1, issuer if says.is_self_issued else _name(number), issuer))
        return made

    def crls(self, certificates: list[x509.Certificate]) -> list[x509.CertificateRevocationList]:
        """Of the anchor and the CAs; none where it is missing."""
        return [
            _crl(number, certificates[number].subject, self.says[number], self.says[number + 1], certificates[number + 1])
            for number in range(len(self.says) - 1)
            if self.says[number].crl != "missing"
        ]


def der(made: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    return made.public_bytes(Encoding.DER)


def _faults(says: Says) -> dict[str, Any]:
    return {each.name: getattr(says, each.name) for each in fields(says) if getattr(says, each.name) != each.default}


@cache
def _key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(number: int) -> x509.Name:
    return x509.Name([*_organisation(CARDS), x509.NameAttribute(NameOID.COMMON_NAME, f"Number {number}")])


def _organisation(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)])


def _certificate(says: Says, number: int, issuer_number: int, subject: x509.Name, issuer: x509.Name) -> x509.Certificate:
    start, end = _VALIDITY[says.validity]
    builder = x509.CertificateBuilder(issuer, subject, _key(number).public_key(), 1000 + number)
    builder = builder.not_valid_before(NOW + start).not_valid_after(NOW + end)
    for value, critical in _extensions(says, number, issuer_number):
        builder = builder.add_extension(value, critical)
    return builder.sign(_key(issuer_number if says.signature == "right" else _STRANGER), hashes.SHA256())


def _extensions(says: Says, number: int, issuer_number: int) -> Iterator[Extension]:
    yield x509.SubjectKeyIdentifier.from_public_key(_key(number).public_key()), False
    if says.issuer_key != "absent":
        key = _key(issuer_number if says.issuer_key == "right" else _STRANGER).public_key()
        yield x509.AuthorityKeyIdentifier.from_issuer_public_key(key), False
    yield x509.BasicConstraints(says.is_ca, says.path_length if says.is_ca else None), True
    if says.usage != "absent":
        signs = {"all": ("key_cert_sign", "crl_sign"), "no-certificates": ("crl_sign",), "no-lists": ("key_cert_sign",)}
        yield key_usage("digital_signature", *(signs[says.usage] if says.is_ca else ())), True
    if says.purpose:
        yield x509.ExtendedKeyUsage([_PURPOSES[says.purpose]]), False
    if says.permitted or says.excluded:
        permitted, excluded = (
            [x509.DirectoryName(_organisation(name))] if name else None for name in (says.permitted, says.excluded)
        )
        yield x509.NameConstraints(permitted, excluded), True
    if says.unknown_critical:
        yield x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00"), True
    yield from _policy_extensions(says)


def _policy_extensions(says: Says) -> Iterator[Extension]:
    if says.policies:
        yield policies(*says.policies)
    if says.mappings:
        pairs = b"".join(_sequence(_oid(one) + _oid(other)) for one, other in says.mappings)
        yield x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.33"), _sequence(pairs)), True
    if says.explicit is not None or says.no_mapping is not None:
        yield x509.PolicyConstraints(says.explicit, says.no_mapping), True
    if says.no_any is not None:
        yield x509.InhibitAnyPolicy(says.no_any), True


def _oid(dotted: str) -> bytes:
    return bytes.fromhex({A: "06022b01", B: "06022b02", C: "06022b03", ANY_POLICY: "0604551d2000"}[dotted])


def _sequence(content: bytes) -> bytes:
    return bytes([0x30, len(content)]) + content


def _crl(
    number: int, issuer: x509.Name, says: Says, next_says: Says, next_certificate: x509.Certificate
) -> x509.CertificateRevocationList:
    """Of the CA of this number, for the one certificate that it has issued here."""
    start, end = _CRL_TIMES.get(says.crl, _CRL_TIMES["fresh"])
    builder = x509.CertificateRevocationListBuilder(issuer, NOW + start, NOW + end)
    builder = builder.add_extension(x509.CRLNumber(1), False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(_key(number).public_key()), False)
    if next_says.revoked:
        entry = x509.RevokedCertificateBuilder(next_certificate.serial_number, NOW - 2 * _DAY)
        builder = builder.add_revoked_certificate(
            entry.add_extension(x509.CRLReason(x509.ReasonFlags[next_says.revoked]), False).build()
        )
    return builder.sign(_key(_STRANGER if says.crl == "forged" else number), hashes.SHA256())


_POLICY_FAULTS: dict[str, tuple[Any, ...]] = {
    "policies": ((), (B,), (A, B), (ANY_POLICY,), (A, ANY_POLICY)),
    "mappings": (((A, B),), ((B, A),), ((A, A),), ((A, B), (A, C)), ((A, ANY_POLICY),)),
    "explicit": (0, 1),
    "no_mapping": (0, 1),
    "no_any": (0, 1),
}
_FAULTS: dict[str, tuple[Any, ...]] = {
    "validity": ("expired", "future"),
    "purpose": ("client", "server"),
    "signature": ("wrong",),
    "issuer_key": ("wrong", "absent"),
    "unknown_critical": (True,),
    "revoked": ("key_compromise", "certificate_hold"),
}
_CA_FAULTS: dict[str, tuple[Any, ...]] = {
    "is_ca": (False,),
    "path_length": (0, 1),
    "usage": ("absent", "no-certificates", "no-lists"),
    "permitted": (CARDS, OTHERS),
    "excluded": (CARDS, OTHERS),
    "is_self_issued": (True,),
    "crl": ("missing", "stale", "future", "forged"),
}
_ANCHOR_FAULTS: dict[str, tuple[Any, ...]] = {
    name: (_CA_FAULTS | _FAULTS)[name] for name in ("path_length", "permitted", "excluded", "crl", "validity")
}


def _some(faults: Mapping[str, tuple[Any, ...]]) -> st.SearchStrategy[tuple[str, Any]]:
    return st.sampled_from([(name, value) for name, values in faults.items() for value in values])


@st.composite
def hierarchies(draw: st.DrawFn) -> Hierarchy:
    """One to three CAs below the anchor, and up to three faults, of policies or of any kind."""
    says = [Says(), *[Says()] * draw(st.integers(1, 3)), Says(is_ca=False)]
    for _ in range(draw(st.integers(0, 3))):
        number = draw(st.integers(0, len(says) - 1))
        kinds: dict[str, tuple[Any, ...]] = _ANCHOR_FAULTS if number == 0 else _FAULTS
        if 0 < number < len(says) - 1:
            kinds = _CA_FAULTS | _FAULTS
        if number and draw(st.booleans()):
            kinds = _POLICY_FAULTS
        name, value = draw(_some(kinds))
        says[number] = replace(says[number], **{name: value})
    return Hierarchy(
        tuple(says),
        accepted=draw(st.sampled_from([frozenset({A}), frozenset({A}), frozenset({B}), frozenset({ANY_POLICY})])),
        explicit=draw(st.booleans()),
        mapping_inhibit=draw(st.sampled_from([False, False, True])),
        any_inhibit=draw(st.sampled_from([False, False, True])),
    )
