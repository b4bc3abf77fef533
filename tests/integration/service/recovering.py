"""What an operator does after a restore: the lines of docs/databases.md, under "After a restore"."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from click.testing import Result

from tests.documents import blocks, replaced


def lost(told: Result) -> tuple[int, int]:
    """The numbers in the words that the document quotes: the first entry that is missing, and how many there were."""
    found = re.search(r"audit-broken: entry (\d+): missing: a checkpoint counted (\d+) entries", told.output)
    assert (told.exit_code, bool(found)) == (1, True), told.output
    assert found
    return int(found[1]), int(found[2])


def cut_checkpoints(checkpoints: Path, first_lost: int) -> Path:
    """Step 3; where the whole file is kept. The account that the file is given to is that of the test."""
    (lines,) = blocks("databases.md", "After a restore", "sh")
    own = {"checkpoints": checkpoints.stem, "4711": str(first_lost), "chown webvartti:": "chown $(id -un):"}
    subprocess.run(["sh", "-eu"], input=replaced(lines, own), cwd=checkpoints.parent, check=True, text=True)
    assert checkpoints.stat().st_mode & 0o777 == 0o600
    return checkpoints.with_stem(f"{checkpoints.stem}-until-restore")
