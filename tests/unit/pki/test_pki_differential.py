"""The product against pyhanko-certvalidator ("require") on generated hierarchies: every difference has a listed reason."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.unit.pki.authority import ANY_POLICY
from tests.unit.pki.differences import REASONS, Reason
from tests.unit.pki.hierarchies import CARDS, OTHERS, A, B, Hierarchy, Says, hierarchies
from tests.unit.pki.oracle import Verdicts, verdicts

ROOT, CA, LEAF = Says(), Says(), Says(is_ca=False)
PLAIN = Hierarchy((ROOT, CA, LEAF))

EXAMPLES: dict[str, Hierarchy] = {
    "the anchor's path length counts": Hierarchy((replace(ROOT, path_length=0), CA, LEAF)),
    "the anchor's name constraints count": Hierarchy((replace(ROOT, permitted=OTHERS), CA, LEAF)),
    "the anchor's validity counts": Hierarchy((replace(ROOT, validity="expired"), CA, LEAF)),
    "a purpose other than clientAuth": Hierarchy((ROOT, replace(CA, purpose="server"), LEAF)),
    "a key doesn't vouch for itself": Hierarchy((replace(ROOT, crl="missing"), replace(CA, is_self_issued=True), LEAF)),
    "a forged list counts nowhere": Hierarchy((ROOT, CA, replace(CA, is_self_issued=True), replace(CA, crl="forged"), LEAF)),
}


def both(hierarchy: Hierarchy) -> Verdicts:
    with tempfile.TemporaryDirectory() as folder:
        return verdicts(hierarchy, Path(folder))


@pytest.mark.slow
@settings(max_examples=350, deadline=None, database=None, derandomize=True)
@given(hierarchy=hierarchies())
def test_a13_where_the_two_differ_the_product_refuses_for_a_listed_reason(hierarchy: Hierarchy) -> None:
    found = both(hierarchy)
    if found.differ:
        assert found.ours, f"accepted, though pyhanko says: {found.pyhanko}"
        assert any(reason.refusal == found.ours and reason.applies(hierarchy) for reason in REASONS), found


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.name)
def test_each_listed_reason_makes_a_difference_still(reason: Reason) -> None:
    """A reason that pyhanko has come to share is taken off the list."""
    example = EXAMPLES[reason.name]
    assert [other.name for other in REASONS if other.applies(example)] == [reason.name]
    assert both(example) == Verdicts(ours=reason.refusal, pyhanko="")


@pytest.mark.parametrize(
    "hierarchy",
    [
        PLAIN,
        Hierarchy((ROOT, replace(CA, path_length=1), replace(CA, path_length=0, permitted=CARDS), LEAF)),
        Hierarchy((ROOT, replace(CA, is_self_issued=True, policies=(ANY_POLICY,)), CA, replace(LEAF, purpose="client"))),
        Hierarchy((ROOT, replace(CA, mappings=((A, B),)), replace(CA, policies=(B,)), replace(LEAF, policies=(B,)))),
        Hierarchy((ROOT, replace(CA, no_any=0, explicit=0), replace(LEAF, issuer_key="absent"))),
    ],
    ids=["plain", "path-lengths-and-names", "self-issued-any-policy", "mapped", "constrained"],
)
def test_a13_both_accept_what_is_in_order(hierarchy: Hierarchy) -> None:
    assert both(hierarchy) == Verdicts("", "")


@pytest.mark.parametrize(
    ("hierarchy", "refusal"),
    [
        (Hierarchy((ROOT, replace(CA, signature="wrong"), LEAF)), "PathInvalid"),
        (Hierarchy((ROOT, CA, replace(LEAF, signature="wrong"))), "PathInvalid"),
        (Hierarchy((ROOT, CA, replace(LEAF, issuer_key="wrong"))), "PathInvalid"),
        (Hierarchy((ROOT, replace(CA, is_ca=False), LEAF)), "PathInvalid"),
        (Hierarchy((ROOT, replace(CA, usage="no-certificates"), LEAF)), "PathInvalid"),
        (Hierarchy((ROOT, replace(CA, path_length=0), CA, LEAF)), "PathInvalid"),
        (Hierarchy((ROOT, replace(CA, excluded=CARDS), LEAF)), "PathInvalid"),
        (Hierarchy((ROOT, replace(CA, unknown_critical=True), LEAF)), "PathInvalid"),
        (Hierarchy((ROOT, CA, replace(LEAF, unknown_critical=True))), "NotACardCertificate"),
        (Hierarchy((ROOT, replace(CA, validity="expired"), LEAF)), "PathInvalid"),
        (Hierarchy((ROOT, CA, replace(LEAF, validity="future"))), "CertificateNotYetValid"),
        (Hierarchy((ROOT, CA, replace(LEAF, policies=(B,)))), "PolicyNotAllowed"),
        (Hierarchy((ROOT, replace(CA, mappings=((A, ANY_POLICY),)), LEAF)), "PolicyNotAllowed"),
        (Hierarchy((ROOT, CA, replace(LEAF, policies=(ANY_POLICY,))), any_inhibit=True), "PolicyNotAllowed"),
        (Hierarchy((ROOT, replace(CA, revoked="key_compromise"), LEAF)), "IssuerRevoked"),
        (Hierarchy((ROOT, CA, replace(LEAF, revoked="key_compromise"))), "CertificateRevoked"),
        (Hierarchy((ROOT, CA, replace(LEAF, revoked="certificate_hold"))), "CertificateOnHold"),
        (Hierarchy((ROOT, replace(CA, crl="missing"), LEAF)), "RevocationMissing"),
        (Hierarchy((ROOT, replace(CA, crl="stale"), LEAF)), "RevocationMissing"),
        (Hierarchy((ROOT, replace(CA, crl="forged"), LEAF)), "RevocationMissing"),
        (Hierarchy((ROOT, replace(CA, usage="no-lists"), LEAF)), "RevocationMissing"),
    ],
    ids=repr,
)
def test_a13_both_refuse_each_fault_for_itself(hierarchy: Hierarchy, refusal: str) -> None:
    found = both(hierarchy)
    assert found.ours == refusal
    assert found.pyhanko
