"""A pcscd of the test's own with a virtual reader, demo cards in it, and programs that use them.

Nothing of this is seen by the machine's own card service: the socket lies in a mount namespace, the port is a free one.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from webvartti.demo.country import Country
from webvartti.demo.virtual_card.card import VirtualCard
from webvartti.demo.virtual_card.control import Control, give_order
from webvartti.demo.virtual_card.material import load_material
from webvartti.demo.virtual_card.pins import PinStore, fresh_records
from webvartti.demo.virtual_card.reader import InsertedCard
from webvartti.demo.virtual_card.shapes import MYEID, Shape

WEBVARTTI = str(Path(sys.executable).with_name("webvartti"))
DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
READER = "Virtual PCD 00 00"
PATIENCE_SECONDS = 60.0

needs_pcscd = pytest.mark.skipif(
    not (shutil.which("pcscd") and DRIVER.exists() and shutil.which("pkcs15-tool")),
    reason="pcscd, vsmartcard-vpcd and opensc aren't installed",
)

# A tmpfs over the whole of /run: /run/pcscd needn't exist on the machine, and isn't made there.
_START = 'mount -t tmpfs tmpfs /run && mkdir /run/pcscd && exec "$@"'


@dataclass(frozen=True)
class CardService:
    """A running pcscd. ``environ`` leads programs to it; ``port`` is that of its virtual reader."""

    environ: dict[str, str]
    port: int
    process: subprocess.Popen[bytes]

    def run(self, *command: str | Path, check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        """Any program, with this pcscd; ``more`` is added to its environment."""
        words = [str(word) for word in command]
        done = subprocess.run(
            words,
            env={**self.environ, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done

    def holds_a_card(self) -> bool:
        """As any program sees it; pcscd looks for cards every 0.4 seconds."""
        return f"Yes             {READER}" in self.run("opensc-tool", "--list-readers").stdout

    @contextmanager
    def inserted(self, country: Country, slug: str, shape: Shape = MYEID, *, activated: bool = True) -> Iterator[InTheReader]:
        """One holder's card, as new, in the reader until the end of the block; served from within this process."""
        said: list[str] = []
        card = VirtualCard(load_material(country.card(slug)), shape, PinStore(fresh_records(activated=activated)), said.append)
        with tempfile.TemporaryDirectory() as folder, Control(Path(folder) / "card.socket") as control:
            serving = threading.Thread(
                target=InsertedCard(card, control, self.port, said.append).serve, args=(PATIENCE_SECONDS,)
            )
            serving.start()
            try:
                wait_until(self.holds_a_card, lambda: "the card doesn't come into the reader")
                yield InTheReader(said, Path(folder) / "card.socket")
            finally:
                give_order(Path(folder) / "card.socket", "remove")
                serving.join(PATIENCE_SECONDS)
                assert not serving.is_alive()
                wait_until(lambda: self.process.poll() is not None or not self.holds_a_card(), lambda: "the card doesn't leave")


class InTheReader(NamedTuple):
    """``said`` is what the card says of itself."""

    said: list[str]
    control: Path

    def order(self, fault: str) -> None:
        """As `webvartti demo card break` does."""
        give_order(self.control, fault)


@contextmanager
def private_pcscd(folder: Path, port: int = 0) -> Iterator[CardService]:
    """Started, and ended at the end whatever happens."""
    port = port or free_pair()
    drivers = folder / "reader.conf.d"
    drivers.mkdir(parents=True)
    (drivers / "vpcd").write_text(
        f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{port:#x}\nLIBPATH {DRIVER}\nCHANNELID {port:#x}\n'
    )
    outside = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    command = [*outside, "sh", "-c", _START, "sh", "pcscd", "--foreground", "--error", "--config", str(drivers)]
    with (folder / "pcscd.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        place = Path(f"/proc/{process.pid}/root/run/pcscd/pcscd.comm")
        wait_until(lambda: process.poll() is None and place.exists(), (folder / "pcscd.log").read_text)
        yield CardService({**os.environ, "PCSCLITE_CSOCK_NAME": str(place)}, port, process)
    finally:
        process.terminate()
        end(process)


class Told(NamedTuple):
    """How a command ended and what it printed."""

    exit_code: int
    stdout: str
    stderr: str


_DESK = """
import json, sys
from dataclasses import replace
from click.testing import CliRunner
from webvartti.cards.pcsc_cards import PcscCards
from webvartti.cli.groups import card
from webvartti.wiring import build_tools
for line in sys.stdin:
    order = json.loads(line)
    typed = iter(order["types"])
    cards = PcscCards(patience_seconds=order["patience"])
    tools = replace(build_tools(order["environ"]), cards=lambda: cards, ask_secret=lambda prompt: next(typed))
    told = CliRunner().invoke(card, order["words"], obj=tools, env={"COLUMNS": "200"})
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    print(json.dumps([told.exit_code, told.stdout, told.stderr]), flush=True)
"""


class Desk:
    """`webvartti card ...` many times over in one program beside this one: starting it costs more than what it does.

    libpcsclite remembers its socket for the life of a process, so that it can't be used from within the tests' own.
    """

    def __init__(self, service: CardService) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-c", _DESK], env=service.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def card(
        self, *words: str, types: tuple[str, ...] = (), environ: dict[str, str] | None = None, patience: float = 20.0
    ) -> Told:
        """``types`` is what somebody types at the prompts; ``environ`` the settings."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        order = {"words": words, "types": types, "environ": environ or {}, "patience": patience}
        self._program.stdin.write(json.dumps(order) + "\n")
        self._program.stdin.flush()
        return Told(*json.loads(self._program.stdout.readline()))

    def close(self) -> None:
        self._program.kill()  # a mute card may have left a thread that waits
        self._program.wait(8)


def free_pair() -> int:
    """A port that is free together with the next one: Debian's driver has two readers."""
    for _ in range(50):
        with socket.create_server(("127.0.0.1", 0)) as one:
            port = int(one.getsockname()[1])
            with contextlib.suppress(OSError, OverflowError), socket.create_server(("127.0.0.1", port + 1)):
                return port
    pytest.fail("no two ports in a row are free")


def wait_until(true: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    started = time.monotonic()
    while not true():
        if time.monotonic() - started > PATIENCE_SECONDS:
            pytest.fail(otherwise())
        time.sleep(0.05)


def end(process: subprocess.Popen[bytes]) -> None:
    """A moment for what is ending already, then TERM, then KILL."""
    stops: tuple[tuple[Callable[[], object], int], ...] = ((process.poll, 3), (process.terminate, 8), (process.kill, 8))
    for stop, seconds in stops:
        stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return
