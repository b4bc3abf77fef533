"""Verifying the path above the issuer once gives the verdicts, paths and reasons of verifying it whole, for every leaf."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ObjectIdentifier
from hypothesis import given, settings

from tests.unit.pki.authority import (
    CA_USAGE,
    CARD_EXTENSIONS,
    NOW,
    Authority,
    Extension,
    KeyRing,
    PrivateKey,
    key_usage,
    new_root,
    person,
)
from tests.unit.pki.hierarchies import Hierarchy, der, hierarchies
from tests.unit.pki.pkits.cases import cases, certificate
from webvartti.demo.country import Country
from webvartti.domain.certificates import CertificateRefused, PathInvalid
from webvartti.pki.parsed import ParsedCertificate, parse_certificate
from webvartti.pki.path import CertificationPath, PathBuilder
from webvartti.pki.trust import load_trust
from webvartti.pki.whole_path import WholePathBuilder, load_for_openssl

Parsed = list[ParsedCertificate]


def parsed(*authorities: Authority) -> Parsed:
    return [parse_certificate(authority.der) for authority in authorities]


def whole_verdict(anchors: Parsed, intermediates: Parsed, leaf: ParsedCertificate) -> object:
    """The path, or class and words of the refusal."""
    try:
        return WholePathBuilder(anchors, intermediates).build(leaf, load_for_openssl(leaf))
    except CertificateRefused as refused:
        return type(refused), refused.detail


def verdict(anchors: Parsed, intermediates: Parsed, leaf: ParsedCertificate) -> object:
    try:
        return PathBuilder(anchors, intermediates).build(leaf)
    except CertificateRefused as refused:
        return type(refused), refused.detail


def same_verdict(anchors: Parsed, intermediates: Parsed, leaf: ParsedCertificate) -> object:
    found = verdict(anchors, intermediates, leaf)
    assert found == whole_verdict(anchors, intermediates, leaf)
    return found


@pytest.mark.slow
@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(hierarchy=hierarchies())
def test_generated_hierarchies_have_one_verdict_both_ways(hierarchy: Hierarchy) -> None:
    anchor, *cas, leaf = (parse_certificate(der(each)) for each in hierarchy.certificates())
    for intermediates in (cas, cas[::-1]):
        same_verdict([anchor], intermediates, leaf)


def test_a13_the_whole_pkits_has_one_verdict_both_ways() -> None:
    for case in cases():
        try:
            leaf = certificate(case.leaf)
            anchor, intermediates = certificate(case.anchor), [certificate(name) for name in case.intermediates]
        except CertificateRefused:  # refused before any path is asked for
            continue
        same_verdict([anchor], intermediates, leaf)


def test_a09_all_cards_of_the_country_have_one_verdict_both_ways(country: Country) -> None:
    trust = load_trust(country.directory / "trust.toml", NOW)
    anchors, intermediates = list(trust.anchors.values()), [issuer.certificate for issuer in trust.issuers.values()]
    assert len(PathBuilder(anchors, intermediates).verified_once) == len(intermediates)
    verdicts = []
    for card in country.cards:
        for pem in {card.pem, card.chosen_pem}:
            leaf = x509.load_pem_x509_certificate(pem.read_bytes()).public_bytes(Encoding.DER)
            verdicts.append(same_verdict(anchors, intermediates, parse_certificate(leaf)))
    refused = [found for found in verdicts if isinstance(found[0], type)]  # type: ignore[index]  # both kinds are tuples
    assert 0 < len(refused) < len(verdicts)


def accepted(anchors: Parsed, intermediates: Parsed, leaf: x509.Certificate) -> CertificationPath:
    parsed_leaf = parse_certificate(der(leaf))
    same_verdict(anchors, intermediates, parsed_leaf)
    return PathBuilder(anchors, intermediates).build(parsed_leaf)


def refused(anchors: Parsed, intermediates: Parsed, leaf: x509.Certificate) -> None:
    found = same_verdict(anchors, intermediates, parse_certificate(der(leaf)))
    assert isinstance(found, tuple)
    assert found[0] is PathInvalid


NO_MAIL = x509.NameConstraints(None, [x509.RFC822Name("mail.test")])
MAIL = (x509.SubjectAlternativeName([x509.RFC822Name("aino@mail.test")]), False)


@pytest.mark.parametrize("constrained", ["root", "upper", "issuing"])
def test_a09_name_constraints_anywhere_above_reach_the_leaf(constrained: str, keys: KeyRing, card_key: PrivateKey) -> None:
    extension: tuple[Extension, ...] = ((NO_MAIL, True),)
    length: tuple[Extension, ...] = ((x509.BasicConstraints(True, 1), True),)
    root = _root(keys, extension if constrained == "root" else ())
    upper = root.issue_ca("Upper", keys.key("p384", "issuing"), [*length, *(extension if constrained == "upper" else ())])
    issuing = upper.issue_ca("Lower", keys.key("p384", "issuing 2"), extension if constrained == "issuing" else ())
    anchors, intermediates = parsed(root), parsed(upper, issuing)
    refused(anchors, intermediates, issuing.issue(person(), card_key, [*CARD_EXTENSIONS, MAIL]))
    accepted(anchors, intermediates, issuing.issue(person(), card_key))
    kept = {path[0].subject for path in PathBuilder(anchors, intermediates).verified_once}
    assert (intermediates[1].subject in kept) == (constrained == "issuing")


def _root(keys: KeyRing, more: tuple[Extension, ...]) -> Authority:
    """Self-signed, with more extensions."""
    plain = new_root("Root", keys.key("p384", "root"))
    extensions = [(x509.BasicConstraints(True, None), True), CA_USAGE, *more]
    return Authority(plain.issue(plain.certificate.subject, plain.key, extensions), plain.key)


def test_an_unknown_extension_above_the_issuer_sends_its_leaves_the_whole_way(keys: KeyRing, card_key: PrivateKey) -> None:
    blocks = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
    root = _root(keys, ((blocks, False),))
    issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"))
    assert PathBuilder(parsed(root), parsed(issuing)).verified_once == ()
    accepted(parsed(root), parsed(issuing), issuing.issue(person(), card_key))


def test_a09_an_issuer_that_makes_the_path_too_long_is_not_kept(keys: KeyRing, card_key: PrivateKey) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    upper = root.issue_ca("Upper", keys.key("p384", "issuing"))  # path length 0
    lower = upper.issue_ca("Lower", keys.key("p384", "issuing 2"))
    anchors, intermediates = parsed(root), parsed(upper, lower)
    assert [path[0] for path in PathBuilder(anchors, intermediates).verified_once] == intermediates[:1]
    refused(anchors, intermediates, lower.issue(person(), card_key))
    accepted(anchors, intermediates, upper.issue(person(), card_key))


def test_a_self_issued_issuer_does_not_count_for_the_length(keys: KeyRing, card_key: PrivateKey) -> None:
    root = new_root("Root", keys.key("p384", "root"), path_length=1)
    upper = root.issue_ca("Professionals", keys.key("p384", "issuing"))
    lower = upper.issue_ca("Professionals", keys.key("p384", "issuing 2"))
    anchors, intermediates = parsed(root), parsed(upper, lower)
    assert len(PathBuilder(anchors, intermediates).verified_once) == 2
    assert len(accepted(anchors, intermediates, lower.issue(person(), card_key))) == 4


def test_a09_a_configured_certificate_is_no_leaf_of_its_own(keys: KeyRing) -> None:
    """What OpenSSL trusts in itself, it takes for a complete path."""
    key = keys.key("p384", "issuing")
    root = new_root("Root", keys.key("p384", "root"))
    oneself = Authority(root.certificate, key).issue(root.certificate.subject, key, CARD_EXTENSIONS)
    alone = Authority(Authority(oneself, key).issue(oneself.subject, key, CARD_EXTENSIONS), key)
    issuing = root.issue_ca("Professionals", key)
    refused(parsed(root), parsed(alone), alone.certificate)
    refused(parsed(root), parsed(issuing, alone), alone.certificate)
    assert len(accepted(parsed(root), parsed(issuing), issuing.certificate)) == 2


@pytest.mark.parametrize("with_issuer_key", [True, False])
def test_a09_namesakes_are_told_apart_both_ways(with_issuer_key: bool, keys: KeyRing, card_key: PrivateKey) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    old, new = (root.issue_ca("Professionals", keys.key("p384", name)) for name in ("issuing", "issuing 2"))
    impostor = root.issue_ca("Professionals", keys.key("p384", "impostor"))
    unsigned = new_root("Root", keys.key("p384", "impostor")).issue_ca("Professionals", keys.key("p384", "issuing 3"))
    anchors, intermediates = parsed(root), parsed(old, unsigned, new)
    for issuing in (old, new):
        path = accepted(anchors, intermediates, issuing.issue(person(), card_key, with_issuer_key=with_issuer_key))
        assert path[1].der == issuing.der
    for stranger in (impostor, unsigned):
        refused(anchors, intermediates, stranger.issue(person(), card_key, with_issuer_key=with_issuer_key))


@pytest.mark.parametrize("lacking", [(x509.BasicConstraints(False, None), True), (key_usage("crl_sign"), True)])
def test_a09_an_issuer_that_may_not_sign_is_refused_both_ways(lacking: Extension, keys: KeyRing, card_key: PrivateKey) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"), [lacking])
    refused(parsed(root), parsed(issuing), issuing.issue(person(), card_key))
