"""A command on a terminal of its own, where somebody answers its prompts."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.integration.cards.virtual_reader import PATIENCE_SECONDS, end


class Terminal:
    """``screen`` is all that the terminal showed."""

    def __init__(self, command: Sequence[str | Path], environ: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        words = ["setsid", "--ctty", *(str(word) for word in command)]
        self._process = subprocess.Popen(words, env=dict(environ), stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        self.screen = ""
        self._seen = 0

    def answer(self, *answers: tuple[str, str]) -> int:
        """(prompt, what is typed then), in this order; the exit code in the end."""
        for prompt, typed in answers:
            self.wait_for(prompt)
            self.type(typed)
        return self.wait_for_end()

    def answer_rest(self, *lines: str) -> int:
        """Type on, whatever is asked; the exit code in the end."""
        for line in lines:
            self.type(line)
        return self.wait_for_end()

    def type(self, line: str) -> None:
        os.write(self._master, f"{line}\n".encode())

    def wait_for(self, prompt: str) -> None:
        """Until it stands on the screen, behind what was waited for before."""
        started = time.monotonic()
        while prompt not in self.screen[self._seen :]:
            if time.monotonic() - started > PATIENCE_SECONDS or not self._read():
                self.wait_for_end()
                pytest.fail(f"{prompt!r} didn't come: {self.screen}")
        self._seen = len(self.screen)

    def wait_for_end(self) -> int:
        started = time.monotonic()
        while self._read() and time.monotonic() - started < PATIENCE_SECONDS:
            pass
        end(self._process)
        os.close(self._master)
        return self._process.wait()

    def _read(self) -> bool:
        """What comes next, if anything does; False once the program has closed its terminal."""
        if select.select([self._master], [], [], 0.1)[0]:
            try:
                self.screen += os.read(self._master, 4096).decode()
            except OSError:  # how Linux says that nobody has the other end any more
                return False
        return True
