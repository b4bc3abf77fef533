"""The index files: who may read them, what a load leaves behind, and what is noticed of damage. (A14)"""

from __future__ import annotations

import os
import sqlite3
import stat
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.benchmarks.bench_revocation import IMPORT, run
from tests.unit.pki.authority import NOW, revoked
from tests.unit.pki.crl_forge import entry, reason, with_entries
from tests.unit.pki.office import Office, no_progress, open_office
from webvartti.domain.certificates import RevocationState
from webvartti.domain.holders import CardId
from webvartti.pki.crl_seal import is_sealed, seal

MANY = 30_000


def file_of(office: Office) -> Path:
    return office.folder / "crl" / f"{next(iter(office.trust.issuers))}.sqlite"


def state(office: Office, serial: int) -> RevocationState:
    return office.index.status(CardId(next(iter(office.trust.issuers)), f"{serial:x}"), NOW).state


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a14_nobody_but_the_owner_and_the_group_reads_the_folder(office: Office) -> None:
    folder = office.folder / "crl"
    assert mode(folder) == 0o750
    assert {file.name: mode(file) for file in folder.iterdir()} == dict.fromkeys(os.listdir(folder), 0o640)
    assert ".loading" in os.listdir(folder)


def test_a14_the_list_in_use_is_not_indexed_again(office: Office) -> None:
    crl = office.issuing.crl([revoked(7)], number=2)
    first = office.load(crl)
    inode = file_of(office).stat().st_ino
    assert office.load(crl) == first
    assert file_of(office).stat().st_ino == inode
    office.load(office.issuing.crl([revoked(7)], number=3))
    assert file_of(office).stat().st_ino != inode


def test_a14_damage_in_the_middle_is_missing_where_it_is_met_and_mended_by_the_same_list(office: Office) -> None:
    crl = office.issuing.crl([revoked(serial) for serial in range(1, MANY)], number=2)
    office.load(crl)
    file = file_of(office)
    content = bytearray(file.read_bytes())
    pages = len(content) // 4096
    for page in range(pages // 2, pages // 2 + 5):
        content[page * 4096 : (page + 1) * 4096] = bytes(4096)
    file.unlink()
    file.write_bytes(content)
    states = {state(office, serial) for serial in range(1, MANY, 7)}
    assert states == {RevocationState.REVOKED, RevocationState.MISSING}
    office.load(crl)
    assert {state(office, serial) for serial in range(1, MANY, 7)} == {RevocationState.REVOKED}


def test_a14_any_change_by_sqlite_and_any_cut_breaks_the_seal(office: Office) -> None:
    office.load(office.issuing.crl([revoked(serial) for serial in range(1, 2000)], number=2))
    file = file_of(office)
    content = file.read_bytes()
    assert is_sealed(file)
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM revoked WHERE serial = x'07'")
    connection.close()
    assert not is_sealed(file)
    for other in (content[:-1], content + b"\x00", content[:-4096], content[:50], b"", b"\x00" * len(content)):
        file.write_bytes(other)
        assert not is_sealed(file)
    file.write_bytes(content)
    assert is_sealed(file)
    seal(file)
    assert file.read_bytes() == content


def test_a14_what_a_killed_load_left_aside_is_swept_and_never_asked(office: Office) -> None:
    folder = office.folder / "crl"
    key = next(iter(office.trust.issuers))
    left = folder / f".{key}.sqlite.abcd1234"
    left.write_bytes(b"half an index")
    assert state(office, 7) is RevocationState.GOOD
    office.load(office.issuing.crl(number=2))
    assert not left.exists()


def test_a14_the_file_before_is_kept_once_and_never_asked(office: Office) -> None:
    for number in (2, 3, 4):
        office.load(office.issuing.crl([revoked(number)], number=number))
    previous = [name for name in os.listdir(office.folder / "crl") if name.startswith(".previous-")]
    assert len(previous) == 1
    assert [state(office, serial) for serial in (3, 4)] == [RevocationState.GOOD, RevocationState.REVOKED]


def test_a14_a_serial_that_stands_twice_is_revoked_rather_than_on_hold(office: Office) -> None:
    crl = office.issuing.crl([revoked(7)], number=2)
    for first, second in ((6, 1), (1, 6)):
        both = entry(b"\x07", extensions=reason(first)) + entry(b"\x07", extensions=reason(second))
        file = office.folder / "twice.crl"
        file.write_bytes(with_entries(office.issuing, crl, both))
        file_of(office).unlink()
        assert office.index.load(file, NOW, no_progress).rows == 1
        assert state(office, 7) is RevocationState.REVOKED


def list_of(office: Office, serials: Sequence[int]) -> bytes:
    """The odd ones on hold, the others revoked."""
    hold = reason(6)
    entries = b"".join(entry(serial.to_bytes(16, "big"), extensions=hold if serial & 1 else b"") for serial in serials)
    return with_entries(office.issuing, office.issuing.crl([revoked(7)], number=2), entries)


def seconds_for(office: Office, serials: Sequence[int]) -> float:
    """For asking for each of these and for as many that aren't listed."""
    started = time.perf_counter()
    for serial in serials:
        assert state(office, serial) is (RevocationState.ON_HOLD if serial & 1 else RevocationState.REVOKED)
        assert state(office, serial ^ 2**125) is RevocationState.GOOD
    return time.perf_counter() - started


@pytest.mark.slow
def test_a14_one_million_entries(office: Office, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each a serial number of 16 octets, in no order. Loading takes less than three times the file's size of memory, and a
    look-up no longer than among a thousand: once the file is open, and with a generous margin for a busy machine.
    """
    serials = [(serial * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**126) | 2**126 for serial in range(1, 1_000_001)]
    crl = list_of(office, serials)
    told: list[tuple[int, int]] = []
    file = office.folder / "million.crl"
    file.write_bytes(crl)
    assert office.index.load(file, NOW, lambda done, total: told.append((done, total))).rows == 1_000_000
    assert (len(told), told[-1]) == (100, (1_000_000, 1_000_000))
    _, peak = run(IMPORT, file, office.folder / "trust.toml", tmp_path_factory.mktemp("alone"), NOW.isoformat())
    assert peak < 3 * len(crl), f"{peak / len(crl):.2f}"
    small = open_office(tmp_path_factory.mktemp("small"), office.root, office.issuing)
    small.load(list_of(small, serials[:1000]))
    turns = [(seconds_for(office, serials[turn::1000]), seconds_for(small, serials[:1000])) for turn in range(5)]
    many, few = (statistics.median(each) for each in zip(*turns, strict=True))
    assert many < 3 * few, f"{many / few:.2f}"
    for number, broken in ((3, crl[: len(crl) // 2]), (4, b"")):
        file.write_bytes(broken)
        with pytest.raises(Exception, match="CRL") as refused:
            office.index.load(file, NOW, no_progress)
        assert type(refused.value).__name__ == "CrlUnreadable", number
