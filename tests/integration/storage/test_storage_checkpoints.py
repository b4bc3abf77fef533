"""The checkpoint file: whole lines only, whatever the disk does."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from webvartti.domain.errors import AuditUnavailable
from webvartti.storage.checkpoints import AppendOnlyFile

LINE = '{"count":1,"seal":"' + "0" * 64 + '"}'


@pytest.fixture
def file(tmp_path: Path) -> AppendOnlyFile:
    return AppendOnlyFile(tmp_path / "checkpoints.jsonl")


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """What a full disk does to a write: a part of it is taken, and the next one fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_lines_are_appended_and_only_the_owner_reads_them(file: AppendOnlyFile) -> None:
    assert (file.last(), file.path.exists()) == ("", False)
    for number in range(100):
        file.append(f"{LINE}{number}")
        assert file.last() == f"{LINE}{number}"
    assert file.lines() == tuple(f"{LINE}{number}" for number in range(100))
    assert file.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("room", [0, 1, len(LINE) - 1, len(LINE)])
def test_a40_a_line_that_finds_too_little_room_leaves_nothing_behind(file: AppendOnlyFile, room: int) -> None:
    file.append(LINE)
    before = file.path.read_bytes()
    with files_no_larger_than(len(before) + room), pytest.raises(AuditUnavailable, match="checkpoint file"):
        file.append(LINE)
    assert file.path.read_bytes() == before
    file.append(LINE)
    assert file.lines() == (LINE, LINE)


def test_a39_a_line_that_a_power_cut_broke_off_is_no_line(file: AppendOnlyFile) -> None:
    file.append(LINE)
    file.path.write_text(f"{LINE}\n{LINE[:20]}")
    assert file.lines() == (LINE,)
    assert file.last() == LINE
    file.append("next")
    assert file.lines() == (LINE, "next")


def test_what_cant_be_written_is_unavailable(file: AppendOnlyFile) -> None:
    file.path.mkdir()
    for act in (lambda: file.append(LINE), file.last, file.lines):
        with pytest.raises(AuditUnavailable, match="checkpoint file"):
            act()
