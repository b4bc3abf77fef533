"""One request with the card's key: curl and OpenSSL's PKCS#11 engine, through OpenSC, as far as they are on this machine.

The PIN goes to curl through a pipe: never on a command line, in the environment or in a file.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode

from webvartti.cards.errors import ServiceNotReached, SignInToolsMissing

MODULES = (
    "/usr/lib/*/pkcs11/onepin-opensc-pkcs11.so",
    "/usr/lib/*/onepin-opensc-pkcs11.so",
    "/usr/lib64/pkcs11/onepin-opensc-pkcs11.so",
    "/usr/lib/pkcs11/onepin-opensc-pkcs11.so",
)
"""Where distributions put the module of OpenSC that shows PIN1's key alone: a module that shows both would ask for PIN2 too."""
_SECONDS = 30
_LARGEST_PAGE = 1 << 20
_NO_ENGINE, _CERTIFICATE_TROUBLE = (53, 54, 66), 58  # curl's exit codes
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
        if not (done.returncode == _CERTIFICATE_TROUBLE and _CERTIFICATE_UNKNOWN in done.stderr):
            break
    if done.returncode in _NO_ENGINE:
        raise SignInToolsMissing
    if done.returncode == _CERTIFICATE_TROUBLE:
        raise SignInToolsMissing("OpenSC on this machine doesn't know this kind of card: sign in with a browser")
    if done.returncode:
        reason = _CONNECTION_TROUBLE.get(done.returncode, "the connection ended: the card was refused in the handshake")
        raise ServiceNotReached(url, reason)
    agreed = re.search(rb"SSL connection using ([^\r\n]+)", done.stderr)
    return done.stdout.decode("utf-8", "replace"), agreed[1].decode("ascii", "replace").strip() if agreed else ""


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
        "max-filesize": str(_LARGEST_PAGE),
        **({"cacert": str(ca_file)} if ca_file is not None else {}),
    }


def _run_curl(options: Mapping[str, str], module: Path) -> subprocess.CompletedProcess[bytes]:
    written = "".join(f'{name} = "{_quoted(value)}"\n' for name, value in options.items())
    return subprocess.run(
        ["curl", "--disable", "--silent", "--show-error", "--verbose", "--globoff", "--config", "-"],  # noqa: S607 - found by find_module
        input=written.encode(),
        env={**os.environ, "PKCS11_MODULE_PATH": str(module)},
        capture_output=True,
        timeout=_SECONDS + 10,
        check=False,
    )


def _quoted(value: str) -> str:
    """Inside the double quotes of a curl configuration file (curl(1), --config)."""
    if any(character in value for character in "\r\n\0"):
        raise ValueError("a line end in an option of curl")
    return value.replace("\\", "\\\\").replace('"', '\\"')
