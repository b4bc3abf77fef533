"""Where the tests keep their files."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.quick_folder import quick_folder


def test_in_memory_where_there_is_room_and_gone_at_the_end(tmp_path: Path) -> None:
    with quick_folder({}, tmp_path, enough=1) as folder:
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o777 == 0o711
        (folder / "file").touch()
        with quick_folder({}, tmp_path, enough=1) as another:
            assert another != folder
    assert list(tmp_path.iterdir()) == []


def test_below_tmpdir_where_that_says_something(tmp_path: Path) -> None:
    (tmp_path / "said").mkdir()
    with quick_folder({"TMPDIR": str(tmp_path / "said")}, tmp_path, enough=1) as folder:
        assert folder.parent == tmp_path / "said"


@pytest.mark.parametrize("enough", [2**60, 1])
def test_where_usual_without_room_or_without_memory(tmp_path: Path, enough: int) -> None:
    memory = tmp_path if enough > 1 else tmp_path / "none"
    with quick_folder({}, memory, enough=enough) as folder:
        assert folder.parent == Path(tempfile.gettempdir())
        assert len(str(folder)) < len(tempfile.gettempdir()) + 14


def test_what_failed_stays_and_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), quick_folder({}, tmp_path, enough=1) as folder:
        raise SystemExit(1)
    assert folder.is_dir()
    assert str(folder) in capsys.readouterr().err
