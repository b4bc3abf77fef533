"""Lists for a part of a CA's certificates: what they cover is never taken for more than it is. (A14)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509

from tests.unit.pki.authority import CARD_EXTENSIONS, NOW, Authority, Extension, KeyRing, PrivateKey, new_root, person, revoked
from tests.unit.pki.office import Office, open_office
from webvartti.domain.certificates import (
    CertificateOnHold,
    CertificateRefused,
    CertificateRevoked,
    DeltaRevocationUnsupported,
    RevocationMissing,
    RevocationStale,
    RevocationState,
)
from webvartti.domain.holders import CardId
from webvartti.pki import crl_errors
from webvartti.pki.crl_index import CrlIndex

HOUR = timedelta(hours=1)
FIRST, SECOND = "http://crl.example/1.crl", "http://crl.example/2.crl"
COMPROMISED = frozenset({x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise})
OTHERWISE = frozenset(x509.ReasonFlags) - COMPROMISED - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl}


def uris(*addresses: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(address) for address in addresses]


def scope(
    *addresses: str, user: bool = False, ca: bool = False, reasons: frozenset[x509.ReasonFlags] | None = None
) -> Extension:
    names = uris(*addresses) or None
    return x509.IssuingDistributionPoint(names, None, user, ca, reasons, False, False), True


def points(*addresses: str, crl_issuer: list[x509.GeneralName] | None = None) -> Extension:
    listed = [x509.DistributionPoint(uris(address), None, None, crl_issuer) for address in addresses]
    return x509.CRLDistributionPoints(listed), False


@pytest.fixture
def bare(tmp_path_factory: pytest.TempPathFactory, keys: KeyRing) -> Office:
    """Only the root's list is loaded."""
    root = new_root("Root", keys.key("p384", "root"))
    office = open_office(
        tmp_path_factory.mktemp("office"), root, root.issue_ca("Professionals", keys.key("p384", "issuing")), with_crls=False
    )
    office.load(root.crl())
    return office


def load(office: Office, *extensions: Extension, listed: Iterable[x509.RevokedCertificate] = (), number: int = 1) -> None:
    office.load(office.issuing.crl(listed, number=number, extensions=extensions))


def card(office: Office, key: PrivateKey, *extensions: Extension, serial: int = 7) -> x509.Certificate:
    return office.issuing.issue(person(), key, [*CARD_EXTENSIONS, *extensions], serial=serial)


def state(office: Office, *addresses: str, serial: int = 7) -> RevocationState:
    """By issuer and serial alone, where these addresses are configured for the issuer's lists."""
    (key,) = office.trust.issuers
    trust = replace(office.trust, crl_addresses={key: addresses})
    return CrlIndex(office.folder / "crl", trust).status(CardId(key, f"{serial:x}"), NOW).state


def refusal(office: Office, certificate: x509.Certificate) -> type[CertificateRefused] | None:
    try:
        office.judge(certificate)
    except CertificateRefused as refused:
        return type(refused)
    return None


def test_a14_one_partition_is_not_taken_for_the_whole(bare: Office, card_key: PrivateKey) -> None:
    load(bare, scope(FIRST))
    assert refusal(bare, card(bare, card_key, points(FIRST))) is None
    for other in (points(SECOND), points(f"{FIRST}/x"), points("http://crl.example/")):
        assert refusal(bare, card(bare, card_key, other)) is RevocationMissing
    assert refusal(bare, card(bare, card_key)) is RevocationMissing
    load(bare, scope(SECOND))
    assert refusal(bare, card(bare, card_key, points(SECOND))) is None


def test_a14_by_serial_alone_a_partitioned_issuer_needs_every_configured_address(bare: Office) -> None:
    load(bare, scope(FIRST))
    assert state(bare) is RevocationState.MISSING
    assert state(bare, SECOND) is RevocationState.MISSING
    assert state(bare, FIRST, SECOND) is RevocationState.MISSING
    assert state(bare, FIRST) is RevocationState.GOOD
    load(bare, scope(SECOND))
    assert state(bare, FIRST, SECOND) is RevocationState.GOOD


def test_a14_a_partition_that_grew_stale_makes_the_status_by_serial_stale(bare: Office) -> None:
    load(bare, scope(FIRST))
    bare.load(bare.issuing.crl(extensions=[scope(SECOND)], next_update=NOW + timedelta(days=9)))
    (key,) = bare.trust.issuers
    bare.load(bare.root.crl(number=2, next_update=NOW + timedelta(days=9)))
    index = CrlIndex(bare.folder / "crl", replace(bare.trust, crl_addresses={key: (FIRST, SECOND)}))
    status = index.status(CardId(key, "7"), NOW + timedelta(days=2))
    assert (status.state, status.next_update) == (RevocationState.STALE, NOW + timedelta(days=1))
    assert index.without_crl(NOW + timedelta(days=2)) == ("CN=Professionals,O=WebVartti test,C=FI",)
    assert index.without_crl(NOW) == ()


def test_a14_a_serial_on_any_partition_is_revoked_whichever_the_card_names(bare: Office, card_key: PrivateKey) -> None:
    load(bare, scope(FIRST), listed=[revoked(7), revoked(8, x509.ReasonFlags.certificate_hold)])
    load(bare, scope(SECOND))
    for named in (points(FIRST), points(SECOND), points("http://elsewhere.example/")):
        assert refusal(bare, card(bare, card_key, named)) is CertificateRevoked
        assert refusal(bare, card(bare, card_key, named, serial=8)) is CertificateOnHold
    assert state(bare) is state(bare, FIRST, SECOND) is RevocationState.REVOKED
    assert state(bare, serial=8) is RevocationState.ON_HOLD


def test_a14_a_complete_list_beside_partitions_covers_everything(bare: Office, card_key: PrivateKey) -> None:
    load(bare, scope(FIRST))
    load(bare)
    assert refusal(bare, card(bare, card_key, points(SECOND))) is None
    assert state(bare) is RevocationState.GOOD


def test_a14_a_name_relative_to_the_issuer_is_the_same_as_its_full_name(bare: Office, card_key: PrivateKey) -> None:
    last = x509.RelativeDistinguishedName([x509.NameAttribute(x509.NameOID.COMMON_NAME, "List 1")])
    full = x509.Name([*bare.issuing.certificate.subject.rdns, last])
    point = x509.IssuingDistributionPoint([x509.DirectoryName(full)], None, False, False, None, False, False)
    load(bare, (point, True))
    relative = x509.CRLDistributionPoints([x509.DistributionPoint(None, last, None, None)])
    assert refusal(bare, card(bare, card_key, (relative, False))) is None
    other = x509.RelativeDistinguishedName([x509.NameAttribute(x509.NameOID.COMMON_NAME, "List 2")])
    elsewhere = x509.CRLDistributionPoints([x509.DistributionPoint(None, other, None, None)])
    assert refusal(bare, card(bare, card_key, (elsewhere, False))) is RevocationMissing


def test_a14_a_list_of_end_entities_only_is_for_cards(bare: Office, card_key: PrivateKey) -> None:
    load(bare, scope(user=True))
    assert refusal(bare, card(bare, card_key)) is None
    assert state(bare) is RevocationState.GOOD


def test_a14_a_list_of_cas_only_says_nothing_of_cards(bare: Office, card_key: PrivateKey) -> None:
    load(bare, scope(ca=True))
    assert refusal(bare, card(bare, card_key)) is RevocationMissing
    assert state(bare) is RevocationState.MISSING
    assert bare.index.without_crl(NOW) == ("CN=Professionals,O=WebVartti test,C=FI",)


def test_a14_a_roots_list_of_end_entities_only_says_nothing_of_issuing_cas(
    keys: KeyRing, card_key: PrivateKey, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = new_root("Root", keys.key("p384", "root"))
    issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"))
    office = open_office(tmp_path_factory.mktemp("office"), root, issuing, with_crls=False)
    office.load(issuing.crl())
    office.load(root.crl(extensions=[scope(user=True)]))
    assert refusal(office, issuing.issue(person(), card_key)) is RevocationMissing
    assert state(office) is RevocationState.MISSING
    assert office.index.without_crl(NOW) == ("CN=Root,O=WebVartti test,C=FI",)
    office.load(root.crl(extensions=[scope(ca=True)]))
    assert refusal(office, issuing.issue(person(), card_key)) is None


def test_a14_lists_for_some_reasons_count_only_together(bare: Office, card_key: PrivateKey) -> None:
    load(bare, scope(reasons=COMPROMISED))
    assert refusal(bare, card(bare, card_key)) is RevocationMissing
    assert state(bare) is RevocationState.MISSING
    load(bare, scope(reasons=OTHERWISE))
    assert refusal(bare, card(bare, card_key)) is None
    assert state(bare) is RevocationState.GOOD


def test_a14_lists_that_leave_out_one_reason_do_not_count(bare: Office, card_key: PrivateKey) -> None:
    load(bare, scope(reasons=COMPROMISED))
    load(bare, scope(reasons=OTHERWISE - {x509.ReasonFlags.privilege_withdrawn}))
    assert refusal(bare, card(bare, card_key)) is RevocationMissing


def test_a14_a_point_of_another_crl_issuer_covers_nothing(bare: Office, card_key: PrivateKey) -> None:
    """An indirect list is refused, so only a complete list of the card's own issuer helps."""
    other: list[x509.GeneralName] = [x509.DirectoryName(bare.root.certificate.subject)]
    indirect = card(bare, card_key, points(FIRST, crl_issuer=other))
    load(bare, scope(FIRST))
    assert refusal(bare, indirect) is RevocationMissing
    load(bare)
    assert refusal(bare, indirect) is None


def test_a13_a_card_that_names_delta_lists_is_refused_by_name(bare: Office, card_key: PrivateKey) -> None:
    load(bare, listed=[revoked(8)])
    freshest: Extension = (x509.FreshestCRL([x509.DistributionPoint(uris(FIRST), None, None, None)]), False)
    assert refusal(bare, card(bare, card_key, freshest)) is DeltaRevocationUnsupported
    assert refusal(bare, card(bare, card_key, freshest, serial=8)) is CertificateRevoked


def test_a14_an_older_number_is_a_rollback_in_its_own_scope_only(bare: Office) -> None:
    load(bare, scope(FIRST), number=5)
    load(bare, scope(SECOND), number=3)
    with pytest.raises(crl_errors.CrlRolledBack):
        load(bare, scope(FIRST), number=4)
    with pytest.raises(crl_errors.CrlNumberReused):
        load(bare, scope(SECOND), listed=[revoked(7)], number=3)


def test_a14_every_list_in_use_is_named_with_its_scope(bare: Office) -> None:
    load(bare, scope(FIRST, user=True), number=4)
    load(bare, scope(reasons=COMPROMISED), listed=[revoked(7)], number=5)
    issuer = "CN=Professionals,O=WebVartti test,C=FI"
    assert [(each.issuer, each.scope, each.number, each.entries) for each in bare.index.lists()] == [
        (issuer, "URI:http://crl.example/1.crl; end-entity certificates only", 4, 0),
        (issuer, "only for cACompromise, keyCompromise", 5, 1),
        ("CN=Root,O=WebVartti test,C=FI", "", 1, 0),
    ]
    assert [snapshot.name for snapshot in bare.index.snapshots()] == [
        f"{issuer} (URI:http://crl.example/1.crl; end-entity certificates only)",
        f"{issuer} (only for cACompromise, keyCompromise)",
        "CN=Root,O=WebVartti test,C=FI",
    ]


def test_a14_a_damaged_partition_makes_the_issuers_cards_missing(bare: Office, card_key: PrivateKey) -> None:
    """Nothing tells what it held, and the other list isn't asked in its place."""
    load(bare)
    load(bare, scope(FIRST), listed=[revoked(7)])
    (file,) = (bare.folder / "crl").glob(f"{next(iter(bare.trust.issuers))}-*.sqlite")
    file.write_bytes(b"damaged")
    assert refusal(bare, card(bare, card_key, serial=9)) is RevocationMissing
    assert state(bare, serial=9) is RevocationState.MISSING


def test_a14_a_stale_list_of_the_cards_own_part_is_stale(bare: Office, card_key: PrivateKey) -> None:
    bare.load(bare.root.crl(number=2, next_update=NOW + timedelta(days=9)))
    load(bare, scope(FIRST))
    bare.load(bare.issuing.crl(extensions=[scope(SECOND)], next_update=NOW + timedelta(days=9)))
    later = NOW + timedelta(days=2)
    with pytest.raises(RevocationStale):
        bare.judge(card(bare, card_key, points(FIRST)), later)
    assert bare.judge(card(bare, card_key, points(SECOND)), later)


def test_a14_another_authority_of_the_name_changes_nothing(bare: Office, keys: KeyRing) -> None:
    impostor = Authority(bare.issuing.certificate, keys.key("p384", "impostor"))
    with pytest.raises(crl_errors.CrlSignatureInvalid):
        bare.load(impostor.crl(extensions=[scope(FIRST)]))


def told_at(office: Office, *addresses: str) -> tuple[float, float]:
    """How many hours before NOW the earliest and the latest of the lists were made that tell of a card."""
    (key,) = office.trust.issuers
    index = CrlIndex(office.folder / "crl", replace(office.trust, crl_addresses={key: addresses}))
    status = index.status(CardId(key, "7"), NOW)
    assert status.state is RevocationState.GOOD
    assert status.earliest_update is not None
    assert status.latest_update is not None
    return (NOW - status.earliest_update) / HOUR, (NOW - status.latest_update) / HOUR


def made(office: Office, hours: int, *extensions: Extension) -> None:
    office.load(office.issuing.crl(extensions=extensions, this_update=NOW - hours * HOUR))


def test_a18_of_lists_in_parts_the_earliest_and_the_latest_are_told(bare: Office) -> None:
    made(bare, 5, scope(FIRST))
    assert told_at(bare, FIRST) == (5, 5)
    made(bare, 2, scope(SECOND))
    assert told_at(bare, FIRST, SECOND) == (5, 2)


def test_a18_parts_beside_a_list_for_some_reasons_are_told_of_too(bare: Office) -> None:
    """The parts tell nothing each by itself, and still the answer rests on them."""
    made(bare, 5, scope(FIRST, reasons=OTHERWISE))
    made(bare, 4, scope(SECOND, reasons=OTHERWISE))
    made(bare, 1, scope(reasons=COMPROMISED))
    assert told_at(bare, FIRST, SECOND) == (5, 1)


def test_a18_parts_of_before_a_complete_list_have_no_part_in_the_answer(bare: Office) -> None:
    made(bare, 5, scope(FIRST))
    made(bare, 4, scope(SECOND))
    made(bare, 1)
    assert told_at(bare, FIRST, SECOND) == (1, 1)


def test_a_scope_s_name_is_cut_and_still_is_its_own(bare: Office) -> None:
    long = f"http://crl.example/{'x' * 300}"
    load(bare, scope(f"{long}/1"))
    load(bare, scope(f"{long}/2"))
    names = {each.scope for each in bare.index.lists() if each.scope}
    assert len(names) == 2
    assert all(len(name) < 250 for name in names)
