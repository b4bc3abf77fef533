"""Asking the index for a serial number: always an answer, and only a whole, fresh list says that a card is good. (A14)"""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from tests.unit.pki.authority import NOW, Authority, KeyRing, PrivateKey, new_root, person, revoked
from tests.unit.pki.office import Office, open_office
from webvartti.domain.certificates import (
    CertificateOnHold,
    CertificateRevoked,
    IssuerRevoked,
    RevocationMissing,
    RevocationStale,
    RevocationState,
)
from webvartti.domain.holders import CardId
from webvartti.pki.crl_index import CrlIndex

SECOND = timedelta(seconds=1)
LONG = 2**159 - 3
HOLD = x509.ReasonFlags.certificate_hold


def _card(office: Office, serial: int) -> CardId:
    return CardId(next(iter(office.trust.issuers)), f"{serial:x}")


def _file(office: Office) -> Path:
    return office.folder / "crl" / f"{next(iter(office.trust.issuers))}.sqlite"


def test_a14_each_state_with_the_numbers_of_its_list(office: Office) -> None:
    entries = [revoked(7, x509.ReasonFlags.key_compromise), revoked(LONG), revoked(0x80, HOLD)]
    office.load(office.issuing.crl(entries, number=2))
    status = office.index.status(_card(office, 7), NOW)
    assert (status.state, status.reason, status.revoked_at) == (
        RevocationState.REVOKED,
        "keyCompromise",
        NOW - timedelta(days=2),
    )
    assert (status.crl_number, status.this_update, status.next_update) == (2, NOW - timedelta(hours=1), NOW + timedelta(days=1))
    states = [office.index.status(_card(office, serial), NOW).state for serial in (LONG, 0x80, LONG - 1, 0x8000)]
    assert states == [RevocationState.REVOKED, RevocationState.ON_HOLD, RevocationState.GOOD, RevocationState.GOOD]
    assert office.index.status(_card(office, LONG - 1), NOW).crl_number == 2


def test_a14_a_list_grows_stale_one_second_after_nextupdate(office: Office) -> None:
    next_update = NOW + timedelta(days=1)
    card = _card(office, 7)
    assert office.index.status(card, next_update).state is RevocationState.GOOD
    stale = office.index.status(card, next_update + SECOND)
    assert (stale.state, stale.crl_number, stale.next_update) == (RevocationState.STALE, 1, next_update)


def test_a14_a_list_from_the_future_is_stale_beyond_the_skew_of_clocks(office: Office) -> None:
    this_update = NOW - timedelta(hours=1)
    card = _card(office, 7)
    assert office.index.status(card, this_update - timedelta(minutes=5)).state is RevocationState.GOOD
    assert office.index.status(card, this_update - timedelta(minutes=5, seconds=1)).state is RevocationState.STALE


def test_a14_no_list_an_unknown_issuer_or_a_serial_that_is_none(office: Office, tmp_path: Path) -> None:
    empty = CrlIndex(tmp_path / "elsewhere", office.trust)
    assert empty.status(_card(office, 7), NOW).state is RevocationState.MISSING
    assert empty.snapshots() == ()
    for card in (CardId("../../etc/passwd", "7"), CardId("0" * 64, "7"), CardId(_card(office, 7).issuer_key, "no number")):
        assert office.index.status(card, NOW).state is RevocationState.MISSING


@pytest.mark.parametrize(
    "damage", ["empty", "text", "truncated", "zeroed", "other issuer", "row gone", "no header", "bad number"]
)
def test_a14_a_damaged_index_is_missing_and_a_new_list_repairs_it(damage: str, office: Office) -> None:
    crl = office.issuing.crl([revoked(serial) for serial in range(1, 2000)], number=2)
    office.load(crl)
    file = _file(office)
    assert office.index.status(_card(office, 7), NOW).state is RevocationState.REVOKED
    _damage(file, damage, office)
    for serial in (7, 1999, 5000):
        assert office.index.status(_card(office, serial), NOW).state is RevocationState.MISSING
    office.load(crl)
    assert office.index.status(_card(office, 7), NOW).state is RevocationState.REVOKED


def _damage(file: Path, damage: str, office: Office) -> None:
    """In a new file: what is in use is never written to."""
    content = file.read_bytes()
    half = len(content) // 2
    contents = {
        "empty": b"",
        "text": b"not a database" * 1000,
        "truncated": content[:half],
        "zeroed": content[:4096] + b"\x00" * (len(content) - 4096),
        "other issuer": (office.folder / "crl" / f"{next(iter(office.trust.anchors))}.sqlite").read_bytes(),
    }
    file.unlink()
    file.write_bytes(contents.get(damage, content))
    statements = {
        "row gone": "DELETE FROM revoked WHERE serial = x'07'",
        "no header": "DELETE FROM crl",
        "bad number": "UPDATE crl SET number = 'many'",
    }
    if damage in statements:
        with sqlite3.connect(file) as connection:
            connection.execute(statements[damage])
        connection.close()


def test_a14_threads_see_a_new_list_at_once_and_never_an_error(office: Office) -> None:
    card = _card(office, 7)
    wrong: list[object] = []
    stop = threading.Event()

    def ask() -> None:
        last = 0
        while not stop.is_set():
            status = office.index.status(card, NOW)
            expected = RevocationState.REVOKED if (status.crl_number or 0) % 2 else RevocationState.GOOD
            if (
                status.crl_number is None
                or status.crl_number < last
                or (status.crl_number > 1 and status.state is not expected)
            ):
                wrong.append(status)
            last = status.crl_number or last

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(2, 22):
        office.load(office.issuing.crl([revoked(7)] if number % 2 else [], number=number))
        assert office.index.status(card, NOW).crl_number == number
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a14_another_process_index_object_sees_the_same_list(office: Office) -> None:
    other = CrlIndex(office.folder / "crl", office.trust)
    assert other.snapshots() == office.index.snapshots()
    office.load(office.issuing.crl([revoked(7)], number=2))
    assert other.status(_card(office, 7), NOW).state is RevocationState.REVOKED


def test_progress_is_told_and_ends_with_the_whole(office: Office) -> None:
    told: list[tuple[int, int]] = []
    file = office.folder / "many.crl"
    file.write_bytes(office.issuing.crl([revoked(serial) for serial in range(1, 25_001)], number=2))
    snapshot = office.index.load(file, NOW, lambda done, total: told.append((done, total)))
    assert told == [(10_000, 25_000), (20_000, 25_000), (25_000, 25_000)]
    assert snapshot.rows == 25_000


# The judge asks the index: for the leaf and for every CA below the anchor.


def test_a09_a_revoked_card_and_a_card_on_hold_are_refused_with_their_holders_name(
    office: Office, card_key: PrivateKey
) -> None:
    gone, held, good = (office.issuing.issue(person(), card_key, serial=serial) for serial in (7, 8, 9))
    office.load(office.issuing.crl([revoked(7), revoked(8, HOLD)], number=2))
    with pytest.raises(CertificateRevoked) as refused:
        office.judge(gone)
    assert refused.value.name == "Åsa Mäkinen"
    with pytest.raises(CertificateOnHold):
        office.judge(held)
    assert office.judge(good).revocation.crl_number == 2


def test_a09_a_revoked_issuing_ca_is_refused_without_a_name(office: Office, card_key: PrivateKey) -> None:
    office.load(office.root.crl([revoked(office.issuing.certificate.serial_number)], number=2))
    with pytest.raises(IssuerRevoked) as refused:
        office.judge(office.issuing.issue(person(), card_key))
    assert refused.value.name == ""


@pytest.mark.parametrize("absent", ["root", "issuing"])
def test_a14_a_missing_list_of_any_ca_of_the_path_fails_closed(
    absent: str, tmp_path: Path, keys: KeyRing, card_key: PrivateKey
) -> None:
    office = _without_crls(tmp_path, keys)
    present = office.issuing if absent == "root" else office.root
    office.load(present.crl())
    with pytest.raises(RevocationMissing):
        office.judge(office.issuing.issue(person(), card_key))


@pytest.mark.parametrize("stale", ["root", "issuing"])
def test_a14_a_stale_list_of_any_ca_of_the_path_fails_closed(stale: str, office: Office, card_key: PrivateKey) -> None:
    fresh = office.issuing if stale == "root" else office.root
    fresh_until = NOW + timedelta(days=9)
    office.load(fresh.crl(number=2, next_update=fresh_until))
    with pytest.raises(RevocationStale):
        office.judge(office.issuing.issue(person(), card_key), NOW + timedelta(days=2))


def test_a14_a_revocation_on_a_stale_list_still_stands_a_hold_does_not(office: Office, card_key: PrivateKey) -> None:
    gone, held = (office.issuing.issue(person(), card_key, serial=serial) for serial in (7, 8))
    office.load(office.issuing.crl([revoked(7), revoked(8, HOLD)], number=2))
    with pytest.raises(CertificateRevoked):
        office.judge(gone, NOW + timedelta(days=2))
    with pytest.raises(RevocationStale):
        office.judge(held, NOW + timedelta(days=2))


def _without_crls(folder: Path, keys: KeyRing) -> Office:
    root = new_root("Root", keys.key("p384", "root"))
    issuing: Authority = root.issue_ca("Professionals", keys.key("p384", "issuing"))
    return open_office(folder, root, issuing, with_crls=False)
