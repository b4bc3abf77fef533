"""Chromium with a card in the reader: the key stays on the card, and OpenSC speaks with it.

OpenSC runs beside pcscd, in p11-kit's server; behind it stands the card, before it the module of ``pin_shim.c``, which knows
the PIN. Chromium loads p11-kit's client, which knows nothing but the server's socket.
"""

from __future__ import annotations

import glob
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.integration.cards.virtual_reader import CardService, end, wait_until
from webvartti.cards.curl_engine import MODULES
from webvartti.demo.browser import Browser
from webvartti.demo.country_table import DemoCard
from webvartti.demo.virtual_card.material import load_material

HEADERS = Path("/usr/include/p11-kit-1")
_ADDRESS = "P11_KIT_SERVER_ADDRESS"
_SOURCE = Path(__file__).with_name("pin_shim.c")


def _first(*patterns: str) -> Path | None:
    return next((Path(path) for pattern in patterns for path in sorted(glob.glob(pattern))), None)


OPENSC, CLIENT = _first(*MODULES), _first("/usr/lib/*/pkcs11/p11-kit-client.so", "/usr/lib*/pkcs11/p11-kit-client.so")

_PROGRAMS = ("cc", "p11-kit", "chromium", "certutil", "modutil")

needs_p11_kit = pytest.mark.skipif(
    not (OPENSC and CLIENT and HEADERS.exists() and all(map(shutil.which, _PROGRAMS))),
    reason="chromium, libnss3-tools, opensc-pkcs11, p11-kit, p11-kit-modules, libp11-kit-dev or gcc aren't installed",
)


def built_shim(directory: Path) -> Path:
    """Compiled into ``directory``."""
    made = directory / "pin_shim.so"
    words = ["cc", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O2", f"-I{HEADERS}", "-o", str(made), str(_SOURCE)]
    subprocess.run(words, check=True)
    return made


@contextmanager
def reader_software(pcscd: CardService, shim: Path, pin: str) -> Iterator[dict[str, str]]:
    """A running server for the card that is in the reader already; what leads p11-kit's client to it by its environment.

    ``pin`` is what the holder types where the card asks.
    """
    with tempfile.TemporaryDirectory() as folder:  # a socket's path is short
        socket, pin_file, log = (Path(folder) / name for name in ("p11-kit", "pin", "log"))
        pin_file.touch(mode=0o600)
        pin_file.write_text(pin)
        words = ["p11-kit", "server", "--foreground", "--name", str(socket), "--provider", str(shim), "pkcs11:"]
        environ = {**pcscd.environ, "PIN_SHIM_MODULE": str(OPENSC), "PIN_SHIM_FILE": str(pin_file)}
        with log.open("wb") as output:
            server = subprocess.Popen(words, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            wait_until(lambda: server.poll() is None and socket.exists(), log.read_text)
            yield {_ADDRESS: f"unix:path={socket}"}
        finally:
            server.terminate()
            end(server)


def put_reader_in_place_of_key(window: Browser, root: Path) -> None:
    """The demo's browser as it would be with reader software: a new database with the module and without a key.

    ``root`` is the CA of the pages.
    """
    database = Path(window.environment()["HOME"]) / ".pki" / "nssdb"
    assert keys_below(database) == 1  # what the demo's browser has: where there are keys, they are seen
    shutil.rmtree(database)
    database.mkdir(mode=0o700)
    place = f"sql:{database}"
    for words in (
        ["certutil", "-N", "-d", place, "--empty-password"],
        ["certutil", "-A", "-d", place, "-n", "WebVartti demo TLS root", "-t", "C,,", "-i", str(root)],
        ["modutil", "-dbdir", place, "-add", "card reader", "-libfile", str(CLIENT), "-force"],
    ):
        # modutil tries the module: not on the card, where that would use up a try of a wrong PIN
        environ = {**window.environment(), _ADDRESS: "unix:path=/nonexistent"}
        done = subprocess.run(words, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, f"{words}: {done.stdout!r}{done.stderr!r}"


def keys_below(directory: Path) -> int:
    """How many private keys NSS keeps there, encrypted or not."""
    count = 0
    for file in directory.rglob("key4.db"):
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            count += int(connection.execute("SELECT count(*) FROM nssPrivate").fetchone()[0])
    return count


def files_with_key(card: DemoCard, directory: Path) -> list[Path]:
    """Those below ``directory`` that hold a key in text, or a secret number of one of the card's keys."""
    secrets = [b"PRIVATE KEY-----"]
    material = load_material(card)
    for key in (material.authentication.key, material.signature.key):
        numbers = key.private_numbers()
        secret = (numbers.d, numbers.p, numbers.q) if isinstance(numbers, rsa.RSAPrivateNumbers) else (numbers.private_value,)
        secrets += [number.to_bytes((number.bit_length() + 7) // 8) for number in secret]
    files = [file for file in directory.rglob("*") if file.is_file()]
    return [file for file in files if any(secret in file.read_bytes() for secret in secrets)]
