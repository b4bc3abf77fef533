"""Certificate policies by RFC 5280 6.1.2 to 6.1.5, on the valid_policy_graph of RFC 9618.

The tree of RFC 5280 can grow with the product of the mappings; the graph has at most one node a policy and depth. Only the
deepest layer is kept. Each node remembers its ``origins``: the policies, in the anchor's own words, that lead to it. That is
all that the intersection with the user-initial-policy-set (6.1.5 (g)) asks for.
"""

from __future__ import annotations

from dataclasses import dataclass

from webvartti.domain.certificates import PathInvalid, PolicyNotAllowed
from webvartti.pki.parsed import ParsedCertificate
from webvartti.pki.path import CertificationPath
from webvartti.pki.path_policy import ANY_POLICY, PathPolicy


@dataclass(frozen=True, slots=True)
class _Node:
    expected: frozenset[str]
    origins: frozenset[str]


_Layer = dict[str, _Node]

_ANY = frozenset({ANY_POLICY})


def check_policies(path: CertificationPath, policy: PathPolicy) -> frozenset[str]:
    """The user-constrained-policy-set. Raises PolicyNotAllowed where a policy is demanded and none is left."""
    below_anchor = path[-2::-1]
    if not below_anchor:
        raise PathInvalid("the anchor itself is no path")
    state = _State(policy, len(below_anchor))
    for certificate in below_anchor[:-1]:
        state.process(certificate, is_last=False)
        state.prepare_for_next(certificate)
    state.process(below_anchor[-1], is_last=True)
    return state.wrap_up(below_anchor[-1])


class _State:
    """The state variables of 6.1.2; the counters are certificates yet to come before a demand holds."""

    def __init__(self, policy: PathPolicy, length: int) -> None:
        self._accepted = policy.user_initial_policy_set
        self._explicit_policy = 0 if policy.initial_explicit_policy else length + 1
        self._policy_mapping = 0 if policy.initial_policy_mapping_inhibit else length + 1
        self._inhibit_any_policy = 0 if policy.initial_any_policy_inhibit else length + 1
        self._layer: _Layer = {ANY_POLICY: _Node(_ANY, _ANY)}

    def process(self, certificate: ParsedCertificate, *, is_last: bool) -> None:
        """6.1.3 (d) to (f). Raises PolicyNotAllowed."""
        self._layer = self._next_layer(certificate, is_last=is_last)
        if self._explicit_policy == 0 and not self._layer:
            raise PolicyNotAllowed("no certificate policy is valid along the path")

    def _next_layer(self, certificate: ParsedCertificate, *, is_last: bool) -> _Layer:
        stated = certificate.policies or frozenset()
        layer: _Layer = {}
        for policy in stated - _ANY:  # (d) (1)
            origins = self._origins_expecting(policy)
            if not origins and ANY_POLICY in self._layer:
                origins = frozenset({policy})
            if origins:
                layer[policy] = _Node(frozenset({policy}), origins)
        any_policy_counts = self._inhibit_any_policy > 0 or (not is_last and certificate.is_self_issued)
        if ANY_POLICY in stated and any_policy_counts:  # (d) (2)
            expected = frozenset().union(*(node.expected for node in self._layer.values()))
            layer |= {each: _Node(frozenset({each}), self._origins_expecting(each)) for each in expected - layer.keys()}
        return layer

    def _origins_expecting(self, policy: str) -> frozenset[str]:
        return frozenset().union(*(node.origins for node in self._layer.values() if policy in node.expected))

    def prepare_for_next(self, certificate: ParsedCertificate) -> None:
        """6.1.4 (a), (b), (h), (i), (j). Raises PolicyNotAllowed for a mapping from or to anyPolicy."""
        self._map(certificate)
        if not certificate.is_self_issued:
            self._explicit_policy = max(self._explicit_policy - 1, 0)
            self._policy_mapping = max(self._policy_mapping - 1, 0)
            self._inhibit_any_policy = max(self._inhibit_any_policy - 1, 0)
        self._explicit_policy = _least(self._explicit_policy, certificate.require_explicit_policy)
        self._policy_mapping = _least(self._policy_mapping, certificate.inhibit_policy_mapping)
        self._inhibit_any_policy = _least(self._inhibit_any_policy, certificate.inhibit_any_policy)

    def _map(self, certificate: ParsedCertificate) -> None:
        if any(ANY_POLICY in mapping for mapping in certificate.policy_mappings):
            raise PolicyNotAllowed("anyPolicy in a policy mapping")
        translations: dict[str, set[str]] = {}
        for issuer_domain, subject_domain in certificate.policy_mappings:
            translations.setdefault(issuer_domain, set()).add(subject_domain)
        for issuer_domain, subject_domains in translations.items():
            node = self._layer.pop(issuer_domain, None)
            if self._policy_mapping == 0:
                continue
            if node is not None:
                self._layer[issuer_domain] = _Node(frozenset(subject_domains), node.origins)
            elif ANY_POLICY in self._layer:
                self._layer[issuer_domain] = _Node(frozenset(subject_domains), frozenset({issuer_domain}))

    def wrap_up(self, leaf: ParsedCertificate) -> frozenset[str]:
        """6.1.5 (a), (b), (g). Raises PolicyNotAllowed."""
        explicit_policy = max(self._explicit_policy - 1, 0)
        if leaf.require_explicit_policy == 0:
            explicit_policy = 0
        authorities = frozenset().union(*(node.origins for node in self._layer.values()))
        if ANY_POLICY in self._accepted:
            constrained = authorities
        elif ANY_POLICY in authorities:
            constrained = self._accepted
        else:
            constrained = authorities & self._accepted
        if explicit_policy == 0 and not constrained:
            raise PolicyNotAllowed("no accepted certificate policy is valid along the path")
        return constrained


def _least(counter: int, constraint: int | None) -> int:
    return counter if constraint is None else min(counter, constraint)
