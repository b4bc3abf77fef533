"""One request with the card's key: curl and OpenSSL's PKCS#11 engine, through OpenSC, as far as they are on this machine.

The PIN goes to curl through a pipe: never on a command line, in the environment or in a file.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO
from urllib.parse import urlencode

from webvartti.cards.errors import CardSilent, ServiceNotReached, ServicePageUnexpected, SignInToolsMissing
from webvartti.cards.service_pages import LARGEST_PAGE

MODULES = (
    "/usr/lib/*/pkcs11/onepin-opensc-pkcs11.so",
    "/usr/lib/*/onepin-opensc-pkcs11.so",
    "/usr/lib64/pkcs11/onepin-opensc-pkcs11.so",
    "/usr/lib/pkcs11/onepin-opensc-pkcs11.so",
)
"""Where distributions put the module of OpenSC that shows PIN1's key alone: a module that shows both would ask for PIN2 too."""
_SECONDS = 30
_PATIENCE_SECONDS = 40.0
"""curl counts its own seconds, and not while the module waits for a card."""
_NO_ENGINE, _CERTIFICATE_TROUBLE, _TOO_LONG = (53, 54, 66), 58, 63  # curl's exit codes
_CERTIFICATE_UNKNOWN = b"client cert with id"  # what curl begins with where no token has it (failf in lib/vtls/openssl.c)
_CONNECTION_TROUBLE = {6: "its name isn't known", 7: "nothing answers there", 28: "it didn't answer in time",
                       60: "its certificate isn't trusted here: --ca names a file with its CA"}  # fmt: skip


def find_module() -> Path:
    """Raises SignInToolsMissing, also where there is no curl."""
    found = next((path for pattern in MODULES for path in sorted(glob.glob(pattern))), None)
    if found is None or shutil.which("curl") is None:
        raise SignInToolsMissing
    return Path(found)


def post_with_card(
    url: str,
    fields: Mapping[str, str],
    origin: str,
    *,
    identifier: str,
    serials: Sequence[str],
    pin: str,
    module: Path,
    ca_file: Path | None,
) -> tuple[str, str]:
    """(page, what the handshake agreed on). ``identifier`` is the certificate's iD on the card, in hexadecimal.

    ``serials`` are names of the token, tried until the module knows one; "" stands for any. First comes the certificate, and
    the PIN goes to the token that has it: a name that is not known costs no try.

    Raises SignInToolsMissing, ServiceNotReached, ServicePageUnexpected, CardSilent.
    """
    for serial in serials:
        options = _options(url, fields, origin, _object(identifier, serial), pin, ca_file)
        done = _run_curl(options, module)
        if not (done.exit_code == _CERTIFICATE_TROUBLE and _CERTIFICATE_UNKNOWN in done.told):
            break
    if done.exit_code in _NO_ENGINE:
        raise SignInToolsMissing
    if done.exit_code == _CERTIFICATE_TROUBLE:
        raise SignInToolsMissing("OpenSC on this machine doesn't know this kind of card: sign in with a browser")
    if done.exit_code:
        reason = _CONNECTION_TROUBLE.get(done.exit_code, "the connection ended: the card was refused in the handshake")
        raise ServiceNotReached(url, reason)
    agreed = re.search(rb"SSL connection using ([^\r\n]+)", done.told)
    return done.page.decode("utf-8", "replace"), agreed[1].decode("ascii", "replace").strip() if agreed else ""


def _object(identifier: str, serial: str) -> str:
    """The PKCS#11 URI (RFC 7512) that certificate and key have in common."""
    octets = "".join(f"%{identifier[start : start + 2]}" for start in range(0, len(identifier), 2))
    return f"pkcs11:{f'serial={serial};' if serial else ''}id={octets}"


def _options(
    url: str, fields: Mapping[str, str], origin: str, card_object: str, pin: str, ca_file: Path | None
) -> dict[str, str]:
    return {
        "url": url,
        "proto": "=https",  # the address stood on a page: it mustn't be a file of this machine
        "data": urlencode(fields),
        "header": f"Origin: {origin}",
        "engine": "pkcs11",
        "cert-type": "ENG",
        "key-type": "ENG",
        "cert": f"{card_object};type=cert",
        "key": f"{card_object};type=private;pin-value={pin}",
        "max-time": str(_SECONDS),
        "max-filesize": str(LARGEST_PAGE),
        **({"cacert": str(ca_file)} if ca_file is not None else {}),
    }


@dataclass(frozen=True, slots=True)
class _Ended:
    exit_code: int
    page: bytes
    told: bytes


def _run_curl(options: Mapping[str, str], module: Path) -> _Ended:
    """Read at most a page: before version 8.4, curl's own limit holds only where the service tells a length."""
    program = shutil.which("curl")
    if program is None:
        raise SignInToolsMissing
    written = "".join(f'{name} = "{_quoted(value)}"\n' for name, value in options.items()).encode()
    words = [program, "--disable", "--silent", "--show-error", "--verbose", "--globoff", "--config", "-"]
    environ, pipe = {**os.environ, "PKCS11_MODULE_PATH": str(module)}, subprocess.PIPE
    with (
        subprocess.Popen(words, env=environ, stdin=pipe, stdout=pipe, stderr=pipe) as curl,  # noqa: S603 - our own command
        ThreadPoolExecutor(2) as readers,
    ):
        ending = Timer(_PATIENCE_SECONDS, curl.kill)
        ending.start()
        try:
            page, told = (readers.submit(_read_bounded, curl, stream) for stream in (curl.stdout, curl.stderr))
            _hand_over(written, curl.stdin)
            ended = _Ended(curl.wait(), page.result(), told.result())
        except BaseException:
            curl.kill()
            raise
        finally:
            ending.cancel()
    if max(len(ended.page), len(ended.told)) > LARGEST_PAGE or ended.exit_code == _TOO_LONG:
        raise ServicePageUnexpected(f"{options['url']} sends more than a page")
    if ended.exit_code == -signal.SIGKILL:
        raise CardSilent(_PATIENCE_SECONDS)
    return ended


def _read_bounded(curl: subprocess.Popen[bytes], stream: IO[bytes] | None) -> bytes:
    found = stream.read(LARGEST_PAGE + 1) if stream else b""
    if len(found) > LARGEST_PAGE:
        curl.kill()
    return found


def _hand_over(written: bytes, stream: IO[bytes] | None) -> None:
    """To a program that may have ended already."""
    with suppress(BrokenPipeError):
        try:
            if stream:
                stream.write(written)
        finally:
            if stream:
                stream.close()


def _quoted(value: str) -> str:
    """Inside the double quotes of a curl configuration file (curl(1), --config)."""
    if any(character in value for character in "\r\n\0"):
        raise ServicePageUnexpected("a line end stands in what should go to the service")
    return value.replace("\\", "\\\\").replace('"', '\\"')
