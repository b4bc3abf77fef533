"""Machines whose clocks are wrong, for tests: what is preloaded into their processes, and how it is set under them."""

from __future__ import annotations

import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class MachineClock:
    """The clock of all processes of one machine: ``library`` stands before the C library's and looks at ``file``."""

    library: Path
    file: Path

    def variables(self) -> dict[str, str]:
        """What those processes find in their environment."""
        return {"LD_PRELOAD": str(self.library), "SET_CLOCK": str(self.file)}

    def set(self, seconds: int) -> None:
        """Wrong by so much from now on; in one step, seen by every process at once."""
        with self.file.open("r+b" if self.file.exists() else "wb", buffering=0) as file:
            file.write(struct.pack("=q", seconds))


def built_library(directory: Path) -> Path:
    """Compiled into ``directory``."""
    made, source = directory / "set_clock.so", Path(__file__).with_name("set_clock.c")
    subprocess.run(["cc", "-Wall", "-Werror", "-shared", "-fPIC", "-O2", "-o", made, source], check=True)
    return made
