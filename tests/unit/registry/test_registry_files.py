"""Whatever the file is, a load puts it in use as a whole or leaves the last one, and says why."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webvartti.domain.errors import RegisterUnavailable
from webvartti.domain.registers import LoadReport, RegisterKind, Snapshot
from webvartti.registry import snapshot_files
from webvartti.registry.embedded import EmbeddedRegister
from webvartti.registry.errors import (
    ExtractDamaged,
    ExtractEmpty,
    ExtractMalformed,
    ExtractNotLoaded,
    ExtractNotStored,
    ExtractNotUtf8,
    ExtractUnreadable,
    LoadInProgress,
    RegistryError,
    WrongColumns,
)

Load = Callable[..., LoadReport]

HEADER = b"registration_number,surname,given_names,profession,kind,valid_from,valid_until,restriction\n"
ROW = "00098705718,Mäkinen,Aino,001,licensed,2010-06-01,,\n".encode()
RIGHTS = RegisterKind.RIGHTS


def quiet(done: int, in_all: int) -> None:
    """A progress that nobody watches."""


@pytest.fixture
def load_bytes(register: EmbeddedRegister, tmp_path: Path) -> Callable[[bytes], LoadReport]:
    def load(content: bytes) -> LoadReport:
        extract = tmp_path / "extract.csv"
        extract.write_bytes(content)
        return register.load(RIGHTS, extract, skip_bad=False, progress=quiet)

    return load


LoadBytes = Callable[[bytes], LoadReport]


def test_snapshot_tells_number_hash_and_rows(register: EmbeddedRegister, load_bytes: LoadBytes) -> None:
    first, second = load_bytes(HEADER + ROW), load_bytes(b"\xef\xbb\xbf" + HEADER + ROW.replace(b"\n", b"\r\n"))
    content = b"\xef\xbb\xbf" + HEADER + ROW.replace(b"\n", b"\r\n")
    assert first.snapshot == Snapshot("rights", 1, hashlib.sha256(HEADER + ROW).hexdigest(), 1)
    assert second.snapshot == Snapshot("rights", 2, hashlib.sha256(content).hexdigest(), 1)
    assert register.snapshots() == (second.snapshot,)


def test_columns_may_stand_in_any_order(register: EmbeddedRegister, load_bytes: LoadBytes) -> None:
    names = HEADER.decode().strip().split(",")
    values = ROW.decode().strip().split(",")
    load_bytes(f"{','.join(reversed(names))}\n{','.join(reversed(values))}\n".encode())
    (right,) = register.rights("00098705718")
    assert (right.surname, right.profession) == ("Mäkinen", "001")


def test_wrong_columns_are_listed(load_bytes: LoadBytes) -> None:
    header = HEADER.replace(b"surname", b"family_name").replace(b"restriction", b"kind,Virtanen")
    with pytest.raises(WrongColumns) as caught:
        load_bytes(header + ROW)
    assert caught.value.missing == ("surname", "restriction")
    assert caught.value.unknown == ("family_name", "number 9")
    assert caught.value.repeated == ("kind",)


def test_file_without_header_repeats_no_personal_data(load_bytes: LoadBytes) -> None:
    with pytest.raises(WrongColumns) as caught:
        load_bytes(ROW * 3)
    assert "number 2" in str(caught.value)
    assert "Mäkinen" not in str(caught.value)
    assert "00098705718" not in str(caught.value)


MANGLED: list[tuple[bytes, type[RegistryError]]] = [
    (b"", WrongColumns),
    (HEADER.replace(b",", b";") + ROW, WrongColumns),
    ((HEADER + ROW).decode().encode("utf-16"), ExtractNotUtf8),
    (HEADER + ROW.decode().encode("latin-1"), ExtractNotUtf8),
    (HEADER, ExtractEmpty),
    (HEADER + b"\n\n\n", ExtractEmpty),
    (HEADER + ROW + b"x" * 10_000_000, ExtractMalformed),
    (HEADER + b'00098705718,"M\xc3\xa4kinen,' + ROW * 200, ExtractMalformed),
    (HEADER + b'00098705718,"M\xc3\xa4kinen,' + ROW * 5, ExtractMalformed),
    (b'"' + HEADER + ROW, ExtractMalformed),
    ((HEADER + ROW).replace(b"\n", b"\r"), ExtractMalformed),
]


@pytest.mark.parametrize(("content", "error"), MANGLED)
def test_mangled_file_is_refused_by_name_and_the_last_extract_stays(
    register: EmbeddedRegister, load_bytes: LoadBytes, folder: Path, content: bytes, error: type[RegistryError]
) -> None:
    load_bytes(HEADER + ROW)
    with pytest.raises(error) as caught:
        load_bytes(content)
    assert "kinen" not in str(caught.value)
    assert len(register.rights("00098705718")) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["rights.lock", "rights.sqlite"]


def test_utf8_error_names_the_line(load_bytes: LoadBytes) -> None:
    with pytest.raises(ExtractNotUtf8) as caught:
        load_bytes(HEADER + ROW + ROW.decode().encode("latin-1"))
    assert caught.value.line == 3


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_file_that_cannot_be_read(register: EmbeddedRegister, tmp_path: Path, name: str) -> None:
    with pytest.raises(ExtractUnreadable):
        register.load(RIGHTS, tmp_path / name, skip_bad=False, progress=quiet)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300) | st.text('",\n\r\0aä01-', max_size=200).map(str.encode), with_header=st.booleans())
def test_any_bytes_give_a_report_or_a_named_error(load_bytes: LoadBytes, content: bytes, with_header: bool) -> None:
    try:
        report = load_bytes(HEADER + ROW + content if with_header else content)
    except RegistryError:
        return
    assert report.accepted + len(report.bad_rows) > 0


@pytest.mark.parametrize("kind", list(RegisterKind))
def test_missing_extract_names_the_command(register: EmbeddedRegister, kind: RegisterKind) -> None:
    asks: dict[RegisterKind, Callable[[], object]] = {
        RegisterKind.RIGHTS: lambda: register.rights("00098705718"),
        RegisterKind.CARDS: lambda: register.cards("00098705718"),
        RegisterKind.PERSONS: lambda: register.person("00098705718"),
        RegisterKind.ORGANISATIONS: lambda: register.find_organisations("", 1),
        RegisterKind.REGISTRATION_POINTS: lambda: register.nearest_registration_points("", 1),
    }
    with pytest.raises(ExtractNotLoaded, match=f"webvartti registry load {kind} FILE.csv") as caught:
        asks[kind]()
    assert isinstance(caught.value, RegisterUnavailable)
    assert caught.value.code == "register-unavailable"


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _scribble(path: Path) -> None:
    path.write_bytes(b"not a database" * 1000)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _spoil_a_day(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"2010-06-01", b"2010-99-01"))


@pytest.mark.parametrize("damage", [_truncate, _scribble, _empty, _spoil_a_day])
def test_a40_damaged_extract_is_named_and_cured_by_the_next_load(
    register: EmbeddedRegister, load_bytes: LoadBytes, folder: Path, damage: Callable[[Path], None]
) -> None:
    load_bytes(HEADER + ROW)
    damage(folder / "rights.sqlite")
    with pytest.raises(ExtractDamaged) as caught:
        register.rights("00098705718")
    assert caught.value.code == "register-unavailable"
    assert "2010" not in str(caught.value)
    register.snapshots()
    report = load_bytes(HEADER + ROW)
    assert report.snapshot is not None
    assert report.snapshot.number == 2, "numbers go on after a damaged extract"
    assert len(register.rights("00098705718")) == 1


def test_only_one_load_at_a_time(register: EmbeddedRegister, load_bytes: LoadBytes, folder: Path) -> None:
    load_bytes(HEADER + ROW)
    with (folder / "rights.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(LoadInProgress):
            load_bytes(HEADER + ROW)
    assert load_bytes(HEADER + ROW).snapshot is not None


def test_leftover_of_a_killed_load_is_no_hindrance(load_bytes: LoadBytes, folder: Path) -> None:
    folder.mkdir()
    (folder / "rights.new").write_bytes(b"half written")
    assert load_bytes(HEADER + ROW).snapshot is not None
    assert not (folder / "rights.new").exists()


def test_a40_failing_disk_leaves_the_last_extract(
    register: EmbeddedRegister, load_bytes: LoadBytes, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_bytes(HEADER + ROW)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot_files, "_to_disk", full)
    with pytest.raises(ExtractNotStored, match="No space left"):
        load_bytes(HEADER + ROW + ROW.replace(b"001", b"031"))
    assert len(register.rights("00098705718")) == 1
    assert not (folder / "rights.new").exists()


def test_old_extract_answers_while_the_new_one_is_loaded(
    register: EmbeddedRegister, tmp_path: Path, load_bytes: LoadBytes
) -> None:
    load_bytes(HEADER + ROW)
    seen: list[int] = []
    steps: list[tuple[int, int]] = []

    def look(done: int, in_all: int) -> None:
        seen.append(len(register.rights("00098705718")))
        steps.append((done, in_all))

    extract = tmp_path / "many.csv"
    extract.write_bytes(HEADER + b"".join(ROW.replace(b"00098705718", b"%011d" % number) for number in range(20_000)))
    register.load(RIGHTS, extract, skip_bad=False, progress=look)
    assert len(seen) > 3
    assert set(seen) == {1}
    assert steps == sorted(steps)
    assert steps[-1] == (extract.stat().st_size, extract.stat().st_size)
    assert register.rights("00098705718") == ()


def test_snapshot_file_is_closed_to_others(load_bytes: LoadBytes, folder: Path) -> None:
    load_bytes(HEADER + ROW)
    assert stat.S_IMODE((folder / "rights.sqlite").stat().st_mode) == 0o600
