"""Reading the trust file: TOML, one ``[[anchor]]`` or ``[[issuer]]`` table a certificate; paths in it are relative to it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from webvartti.domain.certificates import CertificateUnreadable
from webvartti.domain.products import CardKind
from webvartti.pki.crl_download_address import parse_address
from webvartti.pki.crl_download_errors import AddressSchemeRefused, AddressUnusable, AddressWithCredentials
from webvartti.pki.parsed import ParsedCertificate, key_hash, parse_certificate
from webvartti.pki.path_checks import is_expired
from webvartti.pki.path_policy import ANY_POLICY
from webvartti.pki.trust_errors import (
    AnchorExpired,
    CrlAddressSchemeRefused,
    CrlAddressTwice,
    CrlAddressUnreadable,
    CrlAddressUnsuitable,
    CrlAddressWithCredentials,
    KeyConfiguredTwice,
    NoAnchors,
    NoIssuers,
    NotATrustCertificate,
    TrustFileMissing,
    TrustFileNotToml,
    TrustFileUnreadable,
    TrustKeyUnknown,
    TrustKindUnknown,
    TrustPolicyUnsuitable,
    TrustValueMissing,
)
from webvartti.pki.trusted import IssuingCa, Trust

__all__ = ["IssuingCa", "Trust", "load_trust"]

_PEM_BEGIN = b"-----BEGIN CERTIFICATE-----"


def load_trust(path: Path, now: datetime) -> Trust:
    """Raises the TrustNotUsable that applies first."""
    document = _toml(path)
    _refuse_unknown(document, {"anchor", "issuer"}, path)
    anchor_entries = _entries(document, "anchor", {"file", "crls"}, path)
    issuer_entries = _entries(document, "issuer", {"file", "kind", "namespace", "policies", "crls"}, path)
    if not anchor_entries:
        raise NoAnchors(f"{path}: no trust anchor; add an [[anchor]] table with the file of a root certificate")
    if not issuer_entries:
        raise NoIssuers(f"{path}: no issuer; add an [[issuer]] table for each CA that issues cards")
    anchors: dict[str, ParsedCertificate] = {}
    issuers: dict[str, IssuingCa] = {}
    addresses: dict[str, tuple[str, ...]] = {}
    for entry in anchor_entries:
        certificate, key = _certificate(entry)
        _refuse_expired(certificate, entry, now)
        _refuse_twice(key, anchors, entry)
        anchors[key] = certificate
        addresses[key] = _crl_addresses(entry, addresses)
    for entry in issuer_entries:
        issuer = _issuer(entry)
        _refuse_twice(issuer.key, {**anchors, **issuers}, entry)
        issuers[issuer.key] = issuer
        addresses[issuer.key] = _crl_addresses(entry, addresses)
    return Trust(MappingProxyType(anchors), MappingProxyType(issuers), MappingProxyType(addresses))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One table of the trust file, and where it stands."""

    trust_file: Path
    values: Mapping[str, Any]

    @property
    def certificate_file(self) -> Path:
        return self.trust_file.parent / self.text("file")

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if not isinstance(value, str) or not value:
            raise TrustValueMissing(f'{self.trust_file}: every table needs {key} = "..."; it is missing or isn\'t text')
        return value


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(path).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise TrustFileUnreadable(f"{path}: not UTF-8; save the trust file as UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise TrustFileNotToml(f"{path}: not TOML ({error}); correct the named line") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise TrustFileMissing(f"{path}: no such file; put it there or correct the path that names it") from error
    except OSError as error:
        raise TrustFileUnreadable(
            f"{path}: can't be read ({error.strerror}); give this program's user the right to read it"
        ) from error


def _refuse_unknown(table: Mapping[str, Any], known: set[str], path: Path) -> None:
    unknown = sorted(table.keys() - known)
    if unknown:
        raise TrustKeyUnknown(f"{path}: unknown key {', '.join(unknown)}; known here are {', '.join(sorted(known))}")


def _entries(document: Mapping[str, Any], name: str, known: set[str], path: Path) -> list[_Entry]:
    tables = document.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise TrustValueMissing(f"{path}: {name} must be written as [[{name}]] tables")
    for table in tables:
        _refuse_unknown(table, known, path)
    return [_Entry(path, table) for table in tables]


def _issuer(entry: _Entry) -> IssuingCa:
    certificate, key = _certificate(entry)
    return IssuingCa(key, certificate, _kind(entry), entry.text("namespace"), _policies(entry))


def _certificate(entry: _Entry) -> tuple[ParsedCertificate, str]:
    file = entry.certificate_file
    data = _read(file)
    try:
        if _PEM_BEGIN in data:
            (only,) = x509.load_pem_x509_certificates(data)
            data = only.public_bytes(Encoding.DER)
        certificate = parse_certificate(data)
        return certificate, key_hash(certificate)
    except (ValueError, CertificateUnreadable) as error:
        raise NotATrustCertificate(
            f"{file}: not exactly one certificate; write one CA certificate there, PEM or DER"
        ) from error


def _kind(entry: _Entry) -> CardKind:
    kind = entry.text("kind")
    try:
        return CardKind(kind)
    except ValueError as error:
        raise TrustKindUnknown(f"{entry.trust_file}: unknown kind {kind}; write one of {', '.join(CardKind)}") from error


def _policies(entry: _Entry) -> frozenset[str]:
    listed = entry.values.get("policies")
    if not isinstance(listed, list) or not listed:
        raise TrustValueMissing(f'{entry.trust_file}: every [[issuer]] needs policies = ["OID", ...] with at least one')
    return frozenset(_policy(policy, entry) for policy in listed)


def _policy(policy: object, entry: _Entry) -> str:
    try:
        oid = x509.ObjectIdentifier(str(policy)).dotted_string
    except ValueError as error:
        raise TrustPolicyUnsuitable(f"{entry.trust_file}: policy {policy} isn't an OID; write it like 1.2.246.517.1") from error
    if oid == ANY_POLICY:
        raise TrustPolicyUnsuitable(f"{entry.trust_file}: anyPolicy accepts everything; list the policies of the cards")
    return oid


_ADDRESS_REASONS: Mapping[type[AddressUnusable], type[CrlAddressUnsuitable]] = MappingProxyType(
    {AddressSchemeRefused: CrlAddressSchemeRefused, AddressWithCredentials: CrlAddressWithCredentials}
)


def _crl_addresses(entry: _Entry, others: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The addresses themselves stay out of the messages: one with a password in it would go to a log."""
    listed = entry.values.get("crls", [])
    if not isinstance(listed, list) or not all(isinstance(url, str) for url in listed):
        raise TrustValueMissing(f'{entry.trust_file}: crls must be a list of addresses: crls = ["http://..."]')
    for place, url in enumerate(listed, 1):
        where = f"{entry.trust_file}: address {place} in the crls of {entry.text('file')}"
        try:
            parse_address(url)
        except AddressUnusable as error:
            reason = _ADDRESS_REASONS.get(type(error), CrlAddressUnreadable)
            raise reason(f"{where}: {error}; write it like http://crl.example.fi/ca.crl") from error
        if url in listed[: place - 1] or any(url in other for other in others.values()):
            raise CrlAddressTwice(f"{where} stands in this file already; remove one")
    return tuple(listed)


def _refuse_expired(certificate: ParsedCertificate, entry: _Entry, now: datetime) -> None:
    if is_expired(certificate, now):
        since = certificate.not_after.isoformat()
        raise AnchorExpired(f"{entry.certificate_file}: expired on {since}; put the present root in its place")


def _refuse_twice(key: str, known: Mapping[str, object], entry: _Entry) -> None:
    if key in known:
        raise KeyConfiguredTwice(
            f"{entry.certificate_file}: a certificate with this key stands in {entry.trust_file} already; remove one"
        )
