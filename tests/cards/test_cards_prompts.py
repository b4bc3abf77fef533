"""Where a secret is asked for."""

from __future__ import annotations

import os
import pty
import resource
import subprocess
import sys

import pytest

PROGRAM = """
import getpass, resource
from webvartti.cli.card_prompts import ask_secret
getpass.getpass = lambda prompt: print(resource.getrlimit(resource.RLIMIT_CORE), flush=True)
ask_secret("PIN1: ")
"""


def test_no_core_dump_holds_what_is_typed() -> None:
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("core dumps are forbidden here already")
    leader, terminal = pty.openpty()
    words = ["setsid", "--ctty", sys.executable, "-c", PROGRAM]
    told = subprocess.run(words, stdin=terminal, capture_output=True, text=True, timeout=60, check=False)
    for end in (leader, terminal):
        os.close(end)
    assert told.stdout.splitlines()[0] == "(0, 0)", told.stderr
