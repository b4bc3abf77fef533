"""Names of CRL distribution points, as text that can be compared and stored (RFC 5280 4.2.1.13 and 5.2.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509

ALL_REASONS = frozenset(reason.value for reason in x509.ReasonFlags) - {"unspecified", "removeFromCRL"}
"""ReasonFlags of RFC 5280 4.2.1.13: a certificate is unrevoked only where lists for all of them are silent."""


@dataclass(frozen=True, slots=True)
class DistributionPoint:
    """Where a certificate says that its status is found. ``indirect``: another CRL issuer is named (cRLIssuer)."""

    names: frozenset[str]
    reasons: frozenset[str] = ALL_REASONS
    indirect: bool = False


def directory_name(name: x509.Name) -> str:
    """A distinguished name as one of these names."""
    return f"directory:{name.rfc4514_string()}"


def uri_name(address: str) -> str:
    """An address as one of these names."""
    return f"URI:{address}"


def point_names(
    full_name: Iterable[x509.GeneralName] | None, relative_name: x509.RelativeDistinguishedName | None, issuer: x509.Name
) -> frozenset[str]:
    """The names of one DistributionPointName; a nameRelativeToCRLIssuer is completed by ``issuer``.

    Only directory names and URIs are compared; the other kinds name no list here.
    """
    if relative_name is not None:
        return frozenset({directory_name(x509.Name([*issuer.rdns, relative_name]))})
    texts = (_text(name) for name in full_name or ())
    return frozenset(text for text in texts if text)


def read_points(points: Iterable[x509.DistributionPoint], issuer: x509.Name) -> tuple[DistributionPoint, ...]:
    """The cRLDistributionPoints of a certificate of ``issuer``."""
    return tuple(
        DistributionPoint(
            point_names(point.full_name, point.relative_name, issuer),
            ALL_REASONS if point.reasons is None else frozenset(reason.value for reason in point.reasons),
            point.crl_issuer is not None,
        )
        for point in points
    )


def _text(name: x509.GeneralName) -> str:
    if isinstance(name, x509.UniformResourceIdentifier):
        return uri_name(name.value)
    return directory_name(name.value) if isinstance(name, x509.DirectoryName) else ""
