"""Where processes count: a folder of their own, or a named error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from webvartti.telemetry.counting import forget_counters, prepare_folder
from webvartti.telemetry.errors import CountersNotKept


def test_the_folder_is_made_for_this_account_only(tmp_path: Path) -> None:
    folder = tmp_path / "metrics" / "public"
    prepare_folder(folder)
    prepare_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_stands_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "metrics").touch()
    with pytest.raises(CountersNotKept, match="WEBVARTTI_METRICS_DIRECTORY"):
        prepare_folder(tmp_path / "metrics" / "public")
    with pytest.raises(CountersNotKept, match=r"Permission denied|Read-only|No such file"):
        prepare_folder(Path("/proc/self/metrics"))


@pytest.mark.skipif(os.getuid() == 0, reason="root can write anywhere")
def test_a_folder_of_somebody_else_is_named(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir(mode=0o500)
    with pytest.raises(CountersNotKept, match="can't write"):
        prepare_folder(tmp_path / "public")


def test_only_counters_are_forgotten(tmp_path: Path) -> None:
    for name in ("counter_7.db", "histogram_7.db", "keep.txt"):
        (tmp_path / name).touch()
    forget_counters(tmp_path)
    forget_counters(tmp_path / "nowhere")
    assert [path.name for path in tmp_path.iterdir()] == ["keep.txt"]


def test_without_the_library_the_next_step_is_named() -> None:
    """In a process of its own, which can't import it."""
    program = """
import sys
sys.modules["prometheus_client"] = None
from webvartti.telemetry.counting import build_meter, build_metrics
from webvartti.telemetry.errors import MetricsNotInstalled
for build in (build_meter, lambda: build_metrics(None, "1", None)):
    try:
        build()
    except MetricsNotInstalled as problem:
        print(problem)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["run `pip install 'webvartti[metrics]'`"] * 2


def test_nothing_but_what_counts_imports_the_library() -> None:
    """It chooses how it counts when it is imported: too early, and every counter would stay in one process's memory."""
    program = "import sys, webvartti.main, webvartti.telemetry.counting; print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
