"""Certificate policies by RFC 5280 6.1, on plain values: section numbers are those of the steps that decide."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from tests.unit.pki.authority import KeyRing, der, new_root, person
from webvartti.domain.certificates import CertificateUnreadable, PathInvalid, PolicyNotAllowed
from webvartti.pki.parsed import ParsedCertificate, parse_certificate
from webvartti.pki.path_policy import ANY_POLICY, CARD_PATH_POLICY, PathPolicy
from webvartti.pki.policies import check_policies

A, B, C = "1.3.1", "1.3.2", "1.3.3"

PLAIN = replace(CARD_PATH_POLICY, initial_explicit_policy=False, initial_policy_mapping_inhibit=False)


@pytest.fixture(scope="module")
def pattern(keys: KeyRing) -> ParsedCertificate:
    root = new_root("Root", keys.key("p384", "root"))
    certificate = root.issue_ca("Pattern", keys.key("p384", "issuing")).certificate
    return replace(parse_certificate(root.issue_ca("Pattern", root.key).der), policies=None, subject=certificate.subject)


class Chain:
    """Certificates in the order of issue, described by what they say on policies."""

    def __init__(self, pattern: ParsedCertificate) -> None:
        self._pattern = pattern
        self._certificates: list[ParsedCertificate] = [pattern]

    def then(
        self,
        *policies: str,
        mappings: tuple[tuple[str, str], ...] = (),
        explicit: int | None = None,
        no_mapping: int | None = None,
        no_any: int | None = None,
        self_issued: bool = False,
    ) -> Chain:
        self._certificates.append(
            replace(
                self._pattern,
                is_self_issued=self_issued,
                policies=frozenset(policies) or None,
                policy_mappings=mappings,
                require_explicit_policy=explicit,
                inhibit_policy_mapping=no_mapping,
                inhibit_any_policy=no_any,
            )
        )
        return self

    def check(self, *accepted: str, policy: PathPolicy = PLAIN, explicit: bool = True) -> frozenset[str]:
        given = replace(policy, user_initial_policy_set=frozenset(accepted), initial_explicit_policy=explicit)
        return check_policies(tuple(reversed(self._certificates)), given)

    def refused(self, *accepted: str, policy: PathPolicy = PLAIN) -> bool:
        with pytest.raises(PolicyNotAllowed):
            self.check(*accepted, policy=policy)
        return True


@pytest.fixture
def chain(pattern: ParsedCertificate) -> Chain:
    return Chain(pattern)


def test_the_same_policy_all_the_way_is_valid(chain: Chain) -> None:
    assert chain.then(A).then(A, B).check(A, B) == {A}


def test_a_policy_that_the_ca_does_not_have_is_not_valid(chain: Chain) -> None:
    assert chain.then(A).then(B).refused(A, B)


def test_a_valid_policy_that_is_not_accepted_is_refused(chain: Chain) -> None:
    assert chain.then(A).then(A).refused(B)


def test_no_policies_anywhere_pass_only_where_none_is_demanded(chain: Chain) -> None:
    chain.then().then()
    assert chain.check(A, explicit=False) == frozenset()
    assert chain.refused(A)


def test_one_certificate_without_policies_ends_them_all(chain: Chain) -> None:
    assert chain.then(A).then().then(A).refused(A)


def test_any_policy_of_a_ca_passes_the_leafs_policy_on(chain: Chain) -> None:
    assert chain.then(ANY_POLICY).then(A).check(A, B) == {A}


def test_any_policy_of_the_leaf_stands_for_the_cas_policy(chain: Chain) -> None:
    assert chain.then(A, B).then(ANY_POLICY).check(A, C) == {A}


def test_any_policy_all_the_way_gives_what_is_accepted(chain: Chain) -> None:
    assert chain.then(ANY_POLICY).then(ANY_POLICY).check(A, B) == {A, B}


def test_any_policy_as_accepted_set_takes_every_valid_policy(chain: Chain) -> None:
    assert chain.then(A).then(A).check(ANY_POLICY) == {A}


def test_inhibit_any_policy_counts_certificates(chain: Chain) -> None:
    assert chain.then(ANY_POLICY, no_any=1).then(ANY_POLICY).then(A).check(A) == {A}
    assert chain.refused(B)


def test_inhibited_any_policy_is_ignored(chain: Chain) -> None:
    assert chain.then(A, no_any=0).then(ANY_POLICY).refused(A)


def test_any_policy_can_be_inhibited_from_the_start(chain: Chain) -> None:
    assert chain.then(ANY_POLICY).then(A).refused(A, policy=replace(PLAIN, initial_any_policy_inhibit=True))


def test_a_self_issued_ca_may_say_any_policy_but_a_self_issued_leaf_may_not(chain: Chain) -> None:
    assert chain.then(A, no_any=0).then(ANY_POLICY, self_issued=True).then(A).check(A) == {A}
    assert chain.then(ANY_POLICY, self_issued=True).refused(A)


def test_a_mapping_translates_and_the_answer_is_in_the_anchors_words(chain: Chain) -> None:
    assert chain.then(A, mappings=((A, B),)).then(B).check(A) == {A}
    assert chain.refused(B)


def test_a_mapped_policy_no_longer_stands_for_itself(chain: Chain) -> None:
    assert chain.then(A, mappings=((A, B),)).then(A).refused(A)


def test_one_policy_may_map_to_several_and_several_to_one(chain: Chain) -> None:
    assert chain.then(A, B, mappings=((A, C), (B, C))).then(C).check(A, B) == {A, B}


def test_a_mapping_of_a_policy_covered_by_any_policy_counts(chain: Chain) -> None:
    assert chain.then(ANY_POLICY, mappings=((A, B),)).then(B).check(A) == {A}
    assert chain.refused(B)


def test_inhibited_mapping_removes_the_policy(chain: Chain) -> None:
    inhibited = replace(PLAIN, initial_policy_mapping_inhibit=True)
    assert chain.then(A, B, mappings=((A, C),)).then(C, B).check(A, B, C, policy=inhibited) == {B}
    assert chain.refused(A, policy=inhibited)


def test_policy_constraints_inhibit_mappings_further_down(chain: Chain) -> None:
    assert chain.then(A, no_mapping=0).then(A, mappings=((A, B),)).then(B).refused(A)


def test_mapping_counter_lets_the_allowed_number_of_certificates_map(chain: Chain) -> None:
    assert chain.then(A, no_mapping=1).then(A, mappings=((A, B),)).then(B).check(A) == {A}


def test_any_policy_in_a_mapping_is_refused(chain: Chain) -> None:
    assert chain.then(A, mappings=((A, ANY_POLICY),)).then(A).refused(A)


def test_a_ca_may_demand_policies_where_the_application_does_not(chain: Chain) -> None:
    chain.then(A, explicit=0).then()
    with pytest.raises(PolicyNotAllowed):
        chain.check(A, explicit=False)


def test_the_demand_may_begin_further_down_and_skips_self_issued_certificates(pattern: ParsedCertificate) -> None:
    assert Chain(pattern).then(explicit=3).then().then().check(A, explicit=False) == frozenset()
    with pytest.raises(PolicyNotAllowed):
        Chain(pattern).then(explicit=1).then().then().check(A, explicit=False)
    assert Chain(pattern).then(explicit=2).then(self_issued=True).then().check(A, explicit=False) == frozenset()


def test_the_leaf_itself_may_demand_policies(chain: Chain) -> None:
    chain.then().then(explicit=0)
    with pytest.raises(PolicyNotAllowed):
        chain.check(A, explicit=False)


def test_an_anchor_alone_is_no_path(chain: Chain) -> None:
    with pytest.raises(PathInvalid):
        chain.check(A)


def test_many_mappings_do_not_multiply(chain: Chain) -> None:
    """A tree would hold 12 to the power of 12 nodes here (RFC 9618)."""
    many = tuple(f"1.3.9.{number}" for number in range(12))
    everything = tuple((first, second) for first in many for second in many)
    for _ in range(12):
        chain.then(*many, mappings=everything)
    assert chain.then(many[0]).check(*many) == set(many)


def test_policy_mappings_are_read_from_a_real_certificate(keys: KeyRing) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    value = bytes.fromhex("301c300c06042a037b0406042a037b05300c06042a037b0606042a037b07")
    mappings = x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.33"), value)
    parsed = parse_certificate(root.issue_ca("Mapping", keys.key("p384", "issuing"), [(mappings, True)]).der)
    assert parsed.policy_mappings == (("1.2.3.123.4", "1.2.3.123.5"), ("1.2.3.123.6", "1.2.3.123.7"))


@pytest.mark.parametrize("value", ["", "3003060129", "300506032a0387", "30ff", "300430020500", "3006300406022a03", "0500"])
def test_policy_mappings_of_another_shape_are_unreadable(value: str, keys: KeyRing) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    broken = x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.33"), bytes.fromhex(value))
    certificate = root.issue(person(), keys.key("p384", "card"), [(broken, True)])
    with pytest.raises(CertificateUnreadable):
        parse_certificate(der(certificate))
