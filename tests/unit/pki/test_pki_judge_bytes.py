"""What is handed to the judge is one certificate, and whatever the bytes are, the answer is a named refusal. (A08)"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.pki.authority import CARD_EXTENSIONS, NOW, KeyRing, der, new_root, person
from tests.unit.pki.office import Office
from webvartti.domain.certificates import (
    CertificateRefused,
    CertificateUnreadable,
    RevocationState,
    RevocationStatus,
)
from webvartti.domain.holders import Person
from webvartti.domain.products import CardKind
from webvartti.pki.judge import Judge
from webvartti.pki.parsed import key_hash, parse_certificate
from webvartti.pki.trust import IssuingCa, Trust

VICTIM = "11122233344"


class AllGood:
    """A register for which nothing was ever revoked: these tests are about bytes."""

    def certificate_statuses(self, issued: Sequence[object], now: object) -> tuple[RevocationStatus, ...]:
        return tuple(RevocationStatus(RevocationState.GOOD, 1) for _ in issued)


@pytest.fixture(scope="module")
def judge_and_card(keys: KeyRing) -> tuple[Judge, bytes]:
    root = new_root("Root", keys.key("p384", "root"))
    issuing = root.issue_ca("Professionals", keys.key("p384", "issuing"))
    anchor, issuer = parse_certificate(root.der), parse_certificate(issuing.der)
    policies = frozenset({"1.2.246.517.99.10.1"})
    issuing_ca = IssuingCa(key_hash(issuer), issuer, CardKind.PROFESSIONAL, "registration-number", policies)
    trust = Trust({key_hash(anchor): anchor}, {issuing_ca.key: issuing_ca})
    return Judge(trust, AllGood(), production=False), der(issuing.issue(person(), keys.key("p384", "card")))


def test_a08_a_victims_certificate_behind_ones_own_is_never_the_victim(office: Office, keys: KeyRing) -> None:
    own = der(office.issuing.issue(person(), keys.key("p384", "card")))
    victim = der(office.issuing.issue(person(VICTIM), keys.key("p384", "victim")))
    for both in (own + victim, victim + own, own + b"\x00", b"\x00" + own):
        with pytest.raises(CertificateUnreadable):
            office.judge(both)
    assert office.judge(own).holder.person.serial_number != VICTIM


def test_a08_a_victims_certificate_inside_ones_own_is_never_the_victim(office: Office, keys: KeyRing) -> None:
    victim = der(office.issuing.issue(person(VICTIM), keys.key("p384", "victim")))
    inside = (x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), victim), False)
    own = office.issuing.issue(person(), keys.key("p384", "card"), [*CARD_EXTENSIONS, inside])
    assert office.judge(own).holder.person == Person("registration-number", "00098705718")


def test_pem_empty_and_cut_bytes_are_unreadable(office: Office, keys: KeyRing) -> None:
    own = office.issuing.issue(person(), keys.key("p384", "card"))
    for data in (b"", b"\x30", der(own)[:-1], own.public_bytes(Encoding.PEM)):
        with pytest.raises(CertificateUnreadable):
            office.judge(data)


def test_a_serial_number_that_is_not_positive_is_unreadable(office: Office, keys: KeyRing) -> None:
    card = der(office.issuing.issue(person(), keys.key("p384", "card"), serial=5))
    for octet in (b"\x00", b"\xfb"):
        with pytest.warns(CryptographyDeprecationWarning), pytest.raises(CertificateUnreadable):
            office.judge(card.replace(b"\x02\x01\x05", b"\x02\x01" + octet, 1))


FUZZ = settings(max_examples=400, deadline=None, database=None, derandomize=True)


@FUZZ
@given(changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=4))
def test_changed_octets_are_refused_by_name(changes: list[tuple[int, int]], judge_and_card: tuple[Judge, bytes]) -> None:
    judge, card = judge_and_card
    mutated = bytearray(card)
    for place, octet in changes:
        mutated[place % len(card)] = octet
    _refused_or_same(judge, bytes(mutated), card)


@FUZZ
@given(place=st.integers(0, 5000), length=st.integers(0, 40), octets=st.binary(max_size=40))
def test_cut_and_inserted_octets_are_refused_by_name(
    place: int, length: int, octets: bytes, judge_and_card: tuple[Judge, bytes]
) -> None:
    judge, card = judge_and_card
    start = place % len(card)
    _refused_or_same(judge, card[:start] + octets + card[start + length :], card)


@FUZZ
@given(octets=st.binary(max_size=300))
def test_any_octets_are_refused_by_name(octets: bytes, judge_and_card: tuple[Judge, bytes]) -> None:
    _refused_or_same(judge_and_card[0], octets, judge_and_card[1])


def _refused_or_same(judge: Judge, data: bytes, card: bytes) -> None:
    if data == card:
        assert judge.judge(data, NOW)
        return
    with pytest.raises(CertificateRefused) as refused:
        judge.judge(data, NOW)
    assert refused.value.name == ""  # a broken signature proves nothing, so no name is believed
