"""A34 after retention, end to end: the database and the checkpoint file are touched by hand, and every touch is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import Installation
from tests.databases import ask
from tests.integration.service.retaining import OPERATOR, Archive, open_archive
from webvartti.domain.audit import AuditBroken, signed_checkpoint, signed_mark
from webvartti.services.audit import CheckpointsUnreadable

REMOVED = 4


@pytest.fixture
def archive(installation: Installation) -> Archive:
    """Twelve entries and more, the first four removed; all that is left is sealed."""
    found = open_archive(installation)
    for number in range(12):
        found.services.orders.exported(number, "test", found.office.now)
        found.services.audit.seal_pending(found.office.now)
    _leave_checkpoint(installation, 3)
    assert found.services.audit.remove_head(found.later, REMOVED, OPERATOR, found.later) == REMOVED
    found.services.audit.seal_pending(found.later)
    return found


def _leave_checkpoint(installation: Installation, count: int) -> None:
    """One of before: the first that the service left counts more than is removed here."""
    ((seal,),) = ask(installation.url, f"SELECT seal FROM audit_seals WHERE position = {count}")  # noqa: S608 - a number
    made = signed_checkpoint(installation.settings.audit_key, count, seal, datetime.now(UTC))
    fields = {"count": made.count, "seal": made.seal, "at": made.at.isoformat(), "signature": made.signature}
    with installation.settings.audit_checkpoint_file.open("a", encoding="utf-8") as checkpoints:
        checkpoints.write(json.dumps(fields) + "\n")


@pytest.fixture
def file(installation: Installation) -> Path:
    return installation.settings.audit_checkpoint_file


def broken(archive: Archive, file: Path | None) -> AuditBroken:
    with pytest.raises(AuditBroken) as found:
        archive.services.audit.verify(file)
    return found.value


def marks(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if "removed" in json.loads(line)]


def test_a34_what_is_left_holds_with_the_checkpoints_of_before(archive: Archive, file: Path) -> None:
    counted = [json.loads(line)["count"] for line in file.read_text().splitlines() if "count" in json.loads(line)]
    assert min(counted) <= REMOVED < max(counted)
    assert len(marks(file)) == 1
    for checkpoints in (None, file):
        found = archive.services.audit.verify(checkpoints)
        assert found.mark is not None
        assert (found.sealed, found.mark.count) == (max(counted) - REMOVED, REMOVED)
    assert archive.services.audit.verify(file).checkpoints == len(counted) + 1


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("DELETE FROM audit_marks", 1),
        ("UPDATE audit_marks SET position = position + 1", 1),
        ("UPDATE audit_marks SET position = position - 1", 1),
        ("UPDATE audit_marks SET position = 5, seal = (SELECT seal FROM audit_seals WHERE position = 5)", 1),
        ("UPDATE audit_marks SET seal = (SELECT seal FROM audit_seals WHERE position = 5)", 1),
        ("UPDATE audit_marks SET at = '2031-01-01 00:00:00.000000'", 1),
        ("UPDATE audit_marks SET signature = 'x'", 1),
        ("INSERT INTO audit_marks SELECT 6, s.seal, at, signature FROM audit_marks, audit_seals s WHERE s.position = 6", 1),
        ("DELETE FROM audit_seals WHERE position = 5", 5),
        ("DELETE FROM audit WHERE id = (SELECT audit_id FROM audit_seals WHERE position = 5)", 5),
        ("DELETE FROM audit WHERE id = (SELECT audit_id FROM audit_seals WHERE position = 8)", 8),
        ("UPDATE audit SET action = 'nothing' WHERE id = (SELECT audit_id FROM audit_seals WHERE position = 6)", 6),
        ("UPDATE audit_seals SET position = 1 WHERE position = 5", 1),
        ("INSERT INTO audit_seals VALUES (3, 0, 'x')", 3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("with_file", [False, True], ids=["alone", "with checkpoints"])
def test_a34_every_touch_is_named(archive: Archive, file: Path, statement: str, position: int, with_file: bool) -> None:
    archive.touch(statement)
    assert broken(archive, file if with_file else None).position == position


def test_a34_a_cut_tail_is_seen_with_the_checkpoints_only(archive: Archive, file: Path) -> None:
    total = archive.services.audit.verify(file).sealed
    archive.touch("DELETE FROM audit WHERE id IN (SELECT audit_id FROM audit_seals ORDER BY position DESC LIMIT 2)")
    archive.touch("DELETE FROM audit_seals WHERE position > (SELECT max(position) - 2 FROM audit_seals)")
    assert archive.services.audit.verify(None).sealed == total - 2
    assert broken(archive, file).position == REMOVED + total - 1


def test_a34_all_of_it_cut_off_with_the_mark_left_is_seen_with_the_checkpoints(archive: Archive, file: Path) -> None:
    archive.touch("DELETE FROM audit")
    archive.touch("DELETE FROM audit_seals")
    assert archive.services.audit.verify(None).sealed == 0
    assert broken(archive, file).position == REMOVED + 1


def test_a34_all_of_it_cut_off_and_the_mark_too_is_seen_with_the_checkpoints(archive: Archive, file: Path) -> None:
    archive.touch("DELETE FROM audit_seals")
    archive.touch("DELETE FROM audit_marks")
    assert broken(archive, file).position == 1
    archive.services.orders.exported(0, "test", archive.later)
    assert archive.services.audit.seal_pending(archive.later)  # begins anew, and hides nothing
    assert broken(archive, file).position in (1, 2)


def test_a34_a_mark_made_with_another_key_isn_t_believed(archive: Archive, file: Path) -> None:
    found = archive.services.audit.verify(None).mark
    assert found is not None
    forged = signed_mark(b"x" * 32, found.count, found.seal, found.at)
    archive.touch("UPDATE audit_marks SET signature = ?", forged.signature)
    for checkpoints in (None, file):
        assert broken(archive, checkpoints).position == 1


def test_a34_the_head_cut_further_with_the_key_but_without_the_file_is_seen_with_the_file(archive: Archive, file: Path) -> None:
    """Whoever has the key can sign a mark; not put it into a file on another machine, to which lines are only ever added."""
    with archive.services.audit.units.reading() as unit:
        sixth = next(sealed for sealed in unit.audit.chain() if sealed.position == 6)
    own = signed_mark(archive.services.audit.key, 6, sixth.seal, archive.later)
    archive.touch("DELETE FROM audit WHERE id IN (SELECT audit_id FROM audit_seals WHERE position <= 6)")
    archive.touch("DELETE FROM audit_seals WHERE position <= 6")
    archive.touch("UPDATE audit_marks SET position = 6, seal = ?, signature = ?", own.seal, own.signature)
    assert archive.services.audit.verify(None).mark == own
    found = broken(archive, file)
    assert (found.position, "isn't among the checkpoints" in found.problem) == (1, True)


def test_a34_a_mark_that_was_taken_out_of_the_file_is_missed(archive: Archive, file: Path) -> None:
    (mark,) = marks(file)
    file.write_text(file.read_text().replace(f"{mark}\n", ""))
    assert broken(archive, file).position == 1
    assert archive.services.audit.verify(None).mark is not None


@pytest.mark.parametrize("name", ["removed", "seal", "at"])
def test_a34_a_mark_that_was_changed_in_the_file_is_named(archive: Archive, file: Path, name: str) -> None:
    (mark,) = marks(file)
    changed = json.loads(mark)
    changed[name] = {"removed": 3, "seal": "0" * 64, "at": "2020-01-01T00:00:00+00:00"}[name]
    file.write_text(file.read_text().replace(mark, json.dumps(changed)))
    assert "isn't signed with this key" in broken(archive, file).problem


def test_a_line_that_is_neither_checkpoint_nor_mark_is_named(archive: Archive, file: Path) -> None:
    for line in ('{"removed": 4}', '{"removed": "four", "seal": "", "at": "2020-01-01", "signature": ""}', "[]", '"removed"'):
        file.write_text(f"{line}\n")
        with pytest.raises(CheckpointsUnreadable, match="line 1"):
            archive.services.audit.verify(file)


def test_a34_a_second_run_puts_its_mark_in_place_of_the_first(archive: Archive, file: Path) -> None:
    assert archive.services.audit.remove_head(archive.later, 2, OPERATOR, archive.later) == 2
    found = archive.services.audit.verify(file)
    assert found.mark is not None
    assert (found.mark.count, len(marks(file))) == (REMOVED + 2, 2)
    first = json.loads(marks(file)[0])
    values = (first["removed"], first["seal"], first["signature"])
    archive.touch("UPDATE audit_marks SET position = ?, seal = ?, signature = ?", *values)
    for checkpoints in (None, file):  # the first mark is a true one, and what stands behind it is missing
        assert broken(archive, checkpoints).position == REMOVED + 1
