"""The whole tool for half a minute: it starts everything, renewals are finished, and nothing stays."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHORT = [
    "--first",
    "1.5",
    "--most",
    "2",
    "--step",
    "7",
    "--bound",
    "10",
    "--overload",
    "4",
    "--recovery",
    "6",
    "--thinking",
    "0.1",
]


@pytest.fixture
def place() -> Iterator[Path]:
    """For everything that a run makes; PostgreSQL's account gets in, unlike below pytest's folder."""
    folder = Path(tempfile.mkdtemp(prefix="load-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def run(*words: str, place: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.load", *words]
    environ = {**os.environ, **({"TMPDIR": str(place)} if place else {})}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=110, check=False)


def still_running(place: Path) -> list[str]:
    """The processes whose command line or environment names this place."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if (
                folder.name.isdigit()
                and str(place).encode() in (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            ):
                found.append(folder.name)
        except OSError:
            continue  # it has ended meanwhile
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("front", "database"), [("nginx", "postgresql")])  # the defaults are run by the next one
def test_a_short_morning(tmp_path: Path, place: Path, front: str, database: str) -> None:
    file = tmp_path / "figures.json"
    done = run("--front", front, "--database", database, *SHORT, "--json", str(file), place=place)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(file.read_text())
    assert told["held_arrivals_per_second"] == 1.5
    step, twice, half = told["stretches"]
    for stretch in (step, half):
        assert stretch["renewals"] > 0
        assert stretch["errors"] == {}
    assert step["latencies"]["sign-in"]["p50"] > 0
    assert step["served_inside"] == 1.0
    assert twice["rate"] == 3.0
    assert step["processors"][front] > 0
    assert step["processors"]["public"] > step["processors"]["card"] > 0
    assert (step["processors"].get("postgres", 0) > 0) == (database == "postgresql")
    assert told["seconds_until_normal"] is not None
    for word in ("renewals", "public", "Held: 1.5 arrivals/s", "Back to normal by itself"):
        assert word in done.stdout
    assert (still_running(place), list(place.iterdir())) == ([], [])


@pytest.mark.slow
def test_a_run_that_is_told_to_stop_leaves_nothing_behind(place: Path) -> None:
    command = [sys.executable, "-m", "tests.load", "--first", "1", "--most", "1", "--step", "600"]
    running = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "TMPDIR": str(place)}, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while len(still_running(place)) < 8:  # the tool, the proxy, two gunicorns with two workers each, the worker
        assert time.monotonic() < until
        time.sleep(0.2)
    running.send_signal(signal.SIGTERM)
    running.wait(60)
    assert (still_running(place), list(place.iterdir())) == ([], [])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--first", "9", "--most", "4"], "--most 4 is below --first 9"),
        (["--database", "oracle"], "'oracle' is not one of"),
        (["--minutes", "90"], "0.1<=x<=60"),
        (["https://webvartti.example.fi"], "unexpected extra argument"),
    ],
)
def test_what_can_not_be_done_is_said_at_once(words: list[str], told: str) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert told in done.stderr
