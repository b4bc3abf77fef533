"""Two verdicts on one hierarchy: the product's own functions, and pyhanko-certvalidator with revocation mode "require"."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from asn1crypto import x509 as asn1_x509  # type: ignore[import-untyped]  # it has no types of its own
from cryptography import x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.policy_decl import PKIXValidationParams

from tests.unit.pki.authority import ANY_POLICY, NOW
from tests.unit.pki.hierarchies import Hierarchy, der
from tests.unit.pki.office import no_progress
from webvartti.domain.certificates import CertificateRefused
from webvartti.domain.products import CardKind
from webvartti.pki.crl_errors import RevocationListRefused
from webvartti.pki.crl_index import CrlIndex
from webvartti.pki.parsed import ParsedCertificate, key_hash, parse_certificate
from webvartti.pki.path import PathBuilder
from webvartti.pki.path_checks import check_path
from webvartti.pki.path_policy import CARD_PATH_POLICY
from webvartti.pki.revocation import check_revocation
from webvartti.pki.trusted import IssuingCa, Trust


@dataclass(frozen=True)
class Verdicts:
    """Empty where accepted, else the reason: ours is the exception's name, pyhanko's its message."""

    ours: str
    pyhanko: str

    @property
    def differ(self) -> bool:
        return bool(self.ours) != bool(self.pyhanko)


def verdicts(hierarchy: Hierarchy, folder: Path) -> Verdicts:
    certificates = hierarchy.certificates()
    crls = [der(crl) for crl in hierarchy.crls(certificates)]
    return Verdicts(_ours(hierarchy, certificates, crls, folder), _pyhankos(hierarchy, certificates, crls))


def trust_of(certificates: list[x509.Certificate]) -> Trust:
    """The first is the anchor."""
    anchor, *cas = [parse_certificate(der(certificate)) for certificate in certificates]
    return Trust({key_hash(anchor): anchor}, {key_hash(ca): _issuing(ca) for ca in cas})


def _issuing(ca: ParsedCertificate) -> IssuingCa:
    return IssuingCa(key_hash(ca), ca, CardKind.PROFESSIONAL, "generated", frozenset())


def _ours(hierarchy: Hierarchy, certificates: list[x509.Certificate], crls: list[bytes], folder: Path) -> str:
    """As ``Judge`` does it, without the demands on cards; no value but that of the policy is changed."""
    policy = replace(
        CARD_PATH_POLICY,
        user_initial_policy_set=hierarchy.accepted,
        initial_explicit_policy=hierarchy.explicit,
        initial_policy_mapping_inhibit=hierarchy.mapping_inhibit,
        initial_any_policy_inhibit=hierarchy.any_inhibit,
    )
    try:
        trust = trust_of(certificates[:-1])
        paths = PathBuilder(trust.anchors.values(), (issuer.certificate for issuer in trust.issuers.values()))
        index = _index(trust, crls, folder)
        path = paths.build(parse_certificate(der(certificates[-1])))
        check_path(path, policy, NOW)
        check_revocation(path, {ca.der: key for key, ca in trust.certificates.items()}, index, NOW)
    except CertificateRefused as refused:
        return type(refused).__name__
    return ""


def _index(trust: Trust, crls: list[bytes], folder: Path) -> CrlIndex:
    """As an operator loads them: a refused one is left out."""
    index = CrlIndex(folder / "index", trust)
    file = folder / "new.crl"
    for crl in crls:
        file.write_bytes(crl)
        try:
            index.load(file, NOW, no_progress)
        except RevocationListRefused:
            continue
    return index


def _pyhankos(hierarchy: Hierarchy, certificates: list[x509.Certificate], crls: list[bytes]) -> str:
    anchor, *cas, leaf = (asn1_x509.Certificate.load(der(certificate)) for certificate in certificates)
    context = ValidationContext(
        trust_roots=[anchor], other_certs=cas, crls=crls, moment=NOW, allow_fetching=False, revocation_mode="require"
    )
    accepted = frozenset("any_policy" if each == ANY_POLICY else each for each in hierarchy.accepted)
    parameters = PKIXValidationParams(
        user_initial_policy_set=accepted,
        initial_explicit_policy=hierarchy.explicit,
        initial_policy_mapping_inhibit=hierarchy.mapping_inhibit,
        initial_any_policy_inhibit=hierarchy.any_inhibit,
    )
    try:
        asyncio.run(CertificateValidator(leaf, [], context, parameters).async_validate_path())
    except (PathError, ValidationError) as error:
        return f"{type(error).__name__}: {error}"
    return ""
