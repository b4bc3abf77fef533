"""The cases of NIST's Public Key Interoperability Test Suite (PKITS 1.0.1), judged by the product's own functions.

Verdicts, certificates and CRLs of each case stand in ``verdicts.csv``, by the number of the suite's document; a case with
several sets of inputs has a row for each. Certificates and CRLs come from the package cryptography_vectors.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import cryptography_vectors

from tests.unit.pki.office import no_progress
from webvartti.domain.certificates import CertificateRefused
from webvartti.domain.products import CardKind
from webvartti.pki.crl_errors import RevocationListRefused
from webvartti.pki.crl_index import CrlIndex
from webvartti.pki.parsed import ParsedCertificate, key_hash, parse_certificate
from webvartti.pki.path import PathBuilder
from webvartti.pki.path_checks import check_path
from webvartti.pki.path_policy import PathPolicy
from webvartti.pki.revocation import check_revocation
from webvartti.pki.trust import IssuingCa, Trust

VECTORS = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
VERDICTS = Path(__file__).with_name("verdicts.csv")


@dataclass(frozen=True)
class Case:
    """``name`` is the number, with the row's place behind it where the number has several rows."""

    name: str
    valid: bool
    policy: PathPolicy
    anchor: str
    intermediates: tuple[str, ...]
    leaf: str
    crls: tuple[str, ...]

    def refusal(self, folder: Path, now: datetime) -> type[CertificateRefused] | None:
        """None where the leaf is accepted. CRLs are loaded as an operator loads them: a refused one is left out."""
        try:
            trust = self._trust()
            self._validate(trust, self._index(folder, trust, now), now)
        except CertificateRefused as refused:
            return type(refused)
        return None

    def _index(self, folder: Path, trust: Trust, now: datetime) -> CrlIndex:
        index = CrlIndex(folder, trust, self.policy)
        for crl in self.crls:
            try:
                index.load(VECTORS / "crls" / f"{crl}.crl", now, no_progress)
            except RevocationListRefused:
                continue
        return index

    def _validate(self, trust: Trust, index: CrlIndex, now: datetime) -> None:
        """As ``Judge`` does it, without the demands on cards."""
        paths = PathBuilder(trust.anchors.values(), (issuer.certificate for issuer in trust.issuers.values()))
        path = paths.build(certificate(self.leaf))
        check_path(path, self.policy, now)
        check_revocation(path, {ca.der: key for key, ca in trust.certificates.items()}, index, now)

    def _trust(self) -> Trust:
        anchor = certificate(self.anchor)
        issuers = {key_hash(ca): ca for ca in map(certificate, self.intermediates)}
        return Trust(
            {key_hash(anchor): anchor},
            {key: IssuingCa(key, ca, CardKind.PROFESSIONAL, "pkits", frozenset()) for key, ca in issuers.items()},
        )


@cache
def certificate(name: str) -> ParsedCertificate:
    return parse_certificate((VECTORS / "certs" / f"{name}.crt").read_bytes())


def cases() -> Iterator[Case]:
    with VERDICTS.open(encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    several = Counter(row["test"] for row in rows)
    seen: Counter[str] = Counter()
    for row in rows:
        number = row["test"]
        seen[number] += 1
        anchor, *intermediates, leaf = row["certificates"].split()
        yield Case(
            name=number if several[number] == 1 else f"{number} set {seen[number]}",
            valid=row["valid"] == "1",
            policy=_policy(row),
            anchor=anchor,
            intermediates=tuple(intermediates),
            leaf=leaf,
            crls=tuple(row["crls"].split()),
        )


def _policy(row: dict[str, str]) -> PathPolicy:
    """The row's inputs of RFC 5280 6.1.1; PKITS sets no demands on keys, hashes and purposes."""
    return PathPolicy(
        user_initial_policy_set=frozenset(row["initial_policy_set"].split()),
        initial_explicit_policy=row["require_explicit_policy"] == "1",
        initial_policy_mapping_inhibit=row["inhibit_policy_mapping"] == "1",
        initial_any_policy_inhibit=row["inhibit_any_policy"] == "1",
        minimum_rsa_bits=1024,
        accepted_curves=frozenset({"secp256r1", "secp384r1", "secp521r1"}),
        accepted_signature_hashes=frozenset({"sha1", "sha256", "sha384", "sha512"}),
        required_extended_key_usage=None,
    )
