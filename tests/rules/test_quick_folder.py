"""Where the tests keep their files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tests.quick_folder import quick_folder

USUAL = Path(tempfile.gettempdir())
NAME = f"webvartti-tests-{os.getuid()}"


def test_in_memory_where_there_is_room_for_them(tmp_path: Path) -> None:
    folder = quick_folder({}, tmp_path, enough=1)
    assert folder == tmp_path / NAME
    assert folder.stat().st_mode & 0o777 == 0o711
    assert quick_folder({}, tmp_path, enough=1) == folder


def test_what_tmpdir_says_counts(tmp_path: Path) -> None:
    assert quick_folder({"TMPDIR": "/var/tmp"}, tmp_path, enough=1) == Path("/var/tmp")  # noqa: S108 - a name only
    assert not list(tmp_path.iterdir())


def test_where_usual_without_room_or_without_memory(tmp_path: Path) -> None:
    assert quick_folder({}, tmp_path, enough=2**60) == USUAL
    assert quick_folder({}, tmp_path / "none", enough=1) == USUAL


@pytest.mark.parametrize("there", ["link", "file", "open to all"])
def test_a_folder_that_somebody_else_may_have_laid_there_is_left_alone(tmp_path: Path, there: str) -> None:
    folder = tmp_path / NAME
    match there:
        case "link":
            folder.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
            (tmp_path / "elsewhere").mkdir()
        case "file":
            folder.touch()
        case _:
            folder.mkdir()
            folder.chmod(0o777)
    assert quick_folder({}, tmp_path, enough=1) == USUAL
