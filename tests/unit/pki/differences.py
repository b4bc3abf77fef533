"""Why the product refuses what pyhanko-certvalidator accepts: the closed list. Accepting what it refuses is never explained.

Each reason recognises its case from what the certificates say, not from either verdict's words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from tests.unit.pki.hierarchies import CARDS, OTHERS, Hierarchy


@dataclass(frozen=True)
class Reason:
    """``refusal`` is the one that the product gives; ``source`` says why it is right."""

    name: str
    refusal: str
    source: str
    applies: Callable[[Hierarchy], bool]


def _anchor_path_length(hierarchy: Hierarchy) -> bool:
    length = hierarchy.anchor.path_length
    return length is not None and length < sum(not ca.is_self_issued for ca in hierarchy.cas)


def _anchor_names(hierarchy: Hierarchy) -> bool:
    return hierarchy.anchor.permitted == OTHERS or hierarchy.anchor.excluded == CARDS


def _anchor_validity(hierarchy: Hierarchy) -> bool:
    return hierarchy.anchor.validity != "valid"


def _purpose(hierarchy: Hierarchy) -> bool:
    return any(says.purpose not in {"", "client"} for says in hierarchy.says[1:])


def _own_voucher(hierarchy: Hierarchy) -> bool:
    """A self-issued CA whose status only a list of its own could tell."""
    pairs = zip(hierarchy.says, hierarchy.cas, strict=False)
    return any(ca.is_self_issued and ca.crl == "fresh" and issuer.crl != "fresh" for issuer, ca in pairs)


def _forged_list(hierarchy: Hierarchy) -> bool:
    """A forged CRL of a CA that stands right below a self-issued one."""
    return any(issuer.is_self_issued and ca.crl == "forged" for issuer, ca in pairwise(hierarchy.cas))


REASONS = (
    Reason(
        "the anchor's path length counts",
        "PathInvalid",
        "RFC 5280 6.2: an anchor's path length may be applied, and its self-signed certificate is where its owner states it",
        _anchor_path_length,
    ),
    Reason(
        "the anchor's name constraints count",
        "PathInvalid",
        "RFC 5280 6.2: what the anchor's certificate states is recommended input, here 6.1.1 (h) and (i)",
        _anchor_names,
    ),
    Reason(
        "the anchor's validity counts",
        "PathInvalid",
        "RFC 5280 6.2: paths of an anchor may be limited further; nobody answers for a root after its own notAfter",
        _anchor_validity,
    ),
    Reason(
        "a purpose other than clientAuth",
        "ExtendedKeyUsageUnsuitable",
        "RFC 5280 4.2.1.12 leaves the demanded purpose to the application, and holds the key to those listed",
        _purpose,
    ),
    Reason(
        "a key doesn't vouch for itself",
        "RevocationMissing",
        "RFC 5280 6.3.3 (f): the CRL issuer's own path must be valid first, and here that is the certificate in question. "
        "Otherwise a thief of the key could clear it for ever",
        _own_voucher,
    ),
    Reason(
        "a forged list counts nowhere",
        "RevocationMissing",
        "RFC 5280 6.3.3 (g): the CRL's signature is verified. pyhanko leaves it out where it comes upon the CRL's issuer while "
        "validating that issuer's own path",
        _forged_list,
    ),
)
