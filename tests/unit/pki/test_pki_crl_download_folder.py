"""What the fetching keeps beside the indexes: it survives damage, two processes, and processes that were killed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from webvartti.domain.crl_fetching import FetchRecord, FetchUnderWay, Validators
from webvartti.pki.crl_download_errors import DownloadNotStored
from webvartti.pki.crl_download_folder import FetchFolder

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GOOD = FetchRecord("http://crl.example.fi/ca.crl", NOW, succeeded_at=NOW, sha256="aa", validators=Validators('"1"', "Mon"))
BAD = FetchRecord("http://crl.example.fi/b.crl", NOW, "download-too-slow", "no answer in time", failures=3)


def test_what_is_remembered_is_found_again(tmp_path: Path) -> None:
    records = {each.url: each for each in (GOOD, BAD)}
    FetchFolder(tmp_path).remember(records)
    assert FetchFolder(tmp_path).records() == records
    FetchFolder(tmp_path).remember({GOOD.url: replace(GOOD, failures=1)})
    assert FetchFolder(tmp_path).records() == {GOOD.url: replace(GOOD, failures=1)}
    assert [file.name for file in tmp_path.iterdir()] == ["fetches.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff", b"{}", b"[1]", b'[{"url": "x"}]', b"null", b"[" * 100_000,
        b'[{"url": "x", "tried_at": "2026-11-23T12:00:00", "problem": "", "detail": "", "failures": 0, "succeeded_at": null,'
        b' "sha256": "", "validators": {"etag": "", "last_modified": ""}}]',
    ],
)  # fmt: skip
def test_a_damaged_memory_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "fetches.json").write_bytes(content)
    assert FetchFolder(tmp_path).records() == {}


def test_one_at_a_time(tmp_path: Path) -> None:
    first, second = FetchFolder(tmp_path / "new"), FetchFolder(tmp_path / "new")
    with first.alone(), pytest.raises(FetchUnderWay), second.alone():
        pytest.fail("the first is still fetching")
    with second.alone():
        pass


def test_what_a_killed_process_left_is_swept_away(tmp_path: Path) -> None:
    folder = FetchFolder(tmp_path)
    (tmp_path / ".download-left").write_bytes(b"half a list")
    (tmp_path / "other").write_bytes(b"not ours")
    with folder.alone(), folder.aside() as file:
        assert file.exists()
        assert not (tmp_path / ".download-left").exists()
    assert not file.exists()
    assert (tmp_path / "other").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = FetchFolder(tmp_path / "file")
    assert folder.records() == {}
    with pytest.raises(DownloadNotStored):
        folder.remember({})
    with pytest.raises(DownloadNotStored), folder.alone():
        pytest.fail("there is no folder")
