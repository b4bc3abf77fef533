"""Which certificates and reasons a CRL speaks for: its issuingDistributionPoint (RFC 5280 5.2.5)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509

from webvartti.pki.crl_errors import CrlIndirect, CrlPartitioned
from webvartti.pki.distribution_points import ALL_REASONS, DistributionPoint, directory_name, point_names
from webvartti.pki.errors import shown
from webvartti.pki.parsed import ParsedCertificate

_WORDS = {"user": "end-entity certificates only", "ca": "CA certificates only"}
_DIGEST_LENGTH = 32


@dataclass(frozen=True, slots=True)
class CrlScope:
    """The parts of the issuer's certificates that a list is for; the value without arguments is a complete list.

    ``names``: only certificates that point at one of them. ``kind``: "user" or "ca" where only such ones are listed.
    """

    names: frozenset[str] = frozenset()
    kind: str = ""
    reasons: frozenset[str] = ALL_REASONS

    @property
    def is_complete(self) -> bool:
        """Everything that the issuer has issued, for every reason."""
        return self == CrlScope()

    def reasons_for(self, certificate: ParsedCertificate) -> frozenset[str]:
        """The reasons for which this list tells the certificate's status; none where it isn't in the scope.

        RFC 5280 6.3.3 (b) and (d), and after the distribution points the one that the issuer's name stands for.
        """
        if self.kind and self.kind != ("ca" if certificate.is_ca else "user"):
            return frozenset()
        if not self.names:
            return self.reasons  # the implied point below is one that such a list is for
        implied = DistributionPoint(frozenset({directory_name(certificate.issuer)}))
        points = (point for point in (*certificate.distribution_points, implied) if not point.indirect)
        matching = (point.reasons for point in points if self.names & point.names)
        return frozenset().union(*matching) & self.reasons

    def words(self) -> str:
        """What operators read; empty for a complete list."""
        parts = [*sorted(self.names), *([_WORDS[self.kind]] if self.kind else [])]
        if self.reasons != ALL_REASONS:
            parts.append("only for " + ", ".join(sorted(self.reasons)))
        text = "; ".join(parts)
        return text if text == shown(text) else f"{shown(text)} ({self.digest()})"  # no two scopes by one name

    def text(self) -> str:
        """As it is stored: one text a scope."""
        return json.dumps([sorted(self.names), self.kind, sorted(self.reasons)])

    def digest(self) -> str:
        """A short name for files; empty for a complete list."""
        return "" if self.is_complete else sha256(self.text().encode()).hexdigest()[:_DIGEST_LENGTH]


def stored_scope(text: str) -> CrlScope:
    """The reverse of ``text``. Raises ValueError or TypeError for anything else."""
    names, kind, reasons = json.loads(text)
    scope = CrlScope(frozenset(names), kind, frozenset(reasons))
    if scope.text() != text:
        raise ValueError("not the text of a scope")
    return scope


def read_scope(point: x509.IssuingDistributionPoint, issuer: x509.Name) -> CrlScope:
    """Raises CrlIndirect, or CrlPartitioned for a part that no certificate here can be in."""
    if point.indirect_crl:
        raise CrlIndirect("indirectCRL")
    if point.only_contains_attribute_certs:
        raise CrlPartitioned("onlyContainsAttributeCerts")
    if point.only_contains_user_certs and point.only_contains_ca_certs:
        raise CrlPartitioned("for end-entity and for CA certificates only")
    names = point_names(point.full_name, point.relative_name, issuer)
    if not names and (point.full_name is not None or point.relative_name is not None):
        raise CrlPartitioned("the distribution point has no name of a kind that is compared")
    kind = "user" if point.only_contains_user_certs else "ca" if point.only_contains_ca_certs else ""
    reasons = point.only_some_reasons
    return CrlScope(names, kind, ALL_REASONS if reasons is None else frozenset(reason.value for reason in reasons))
