"""Chromium with one demo card in it, apart from the person's own browser, and leaving nothing on the machine.

The card lies in an NSS database of a private HOME, as if reader software had put it there. With ``auto_select`` Chromium
chooses it without asking: the policy AutoSelectCertificateForUrls can only come from /etc/chromium/policies, so a small script
starts Chromium in a mount namespace of its own, where a tmpfs that holds the policy covers /etc/chromium (with it the
machine's own policies, for this browser only).
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from webvartti.demo.country_table import Country, DemoCard
from webvartti.demo.environment import CARD_PORT
from webvartti.demo.errors import BrowserMissing, ProfileNotPrepared
from webvartti.demo.files import P12_PASSWORD, write_private
from webvartti.demo.server_certificate import CARD_HOST

_PACKAGES = {"chromium": "chromium", "certutil": "libnss3-tools", "pk12util": "libnss3-tools"}
_TIME_LIMIT_SECONDS = 30
_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--password-store=basic",
)

_SCRIPT = """\
#!/bin/sh
# Starts Chromium with the policy beside this script, in a mount namespace of its own: the machine's /etc stays as it is.
# Any arguments go to Chromium. Needs root, or a kernel that gives user namespaces to everybody.
chromium={chromium}
here=$(dirname "$(readlink -f "$0")")
HOME="$here/home"
XDG_DATA_HOME="$here/home/.local/share"
XDG_CONFIG_HOME="$here/home/.config"
XDG_CACHE_HOME="$here/home/.cache"
export HOME XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME
inside='
policy=$1; user=$2; group=$3; chromium=$4; shift 4
mount -t tmpfs -o size=64k,mode=755 tmpfs /etc/chromium && mkdir -p /etc/chromium/policies/managed &&
    cp "$policy" /etc/chromium/policies/managed/ || {
    echo "This machine does not let Chromium be started with a policy of its own: start it without choosing by itself." >&2
    exit 126
}
if [ "$user" = 0 ]; then exec "$chromium" --no-sandbox "$@"; fi
exec unshare --user --map-user="$user" --map-group="$group" "$chromium" "$@"
'
if [ "$(id -u)" = 0 ]; then
    exec unshare --mount sh -c "$inside" sh "$here/policy.json" 0 0 "$chromium" "$@"
fi
exec unshare --map-root-user --mount sh -c "$inside" sh "$here/policy.json" "$(id -u)" "$(id -g)" \
    "$chromium" "$@"
"""
"""As root Chromium runs only without its sandbox (--no-sandbox): for the demo's own pages and nothing else. Anybody else gets a
second user namespace around Chromium in which they are themselves again, so that its sandbox stays on."""


class Browser:
    """One card in one browser. Making it fills ``profile``, a folder of its own, anew; delete that when done.

    ``card_origin`` is the only site to which the card is given without asking. Raises BrowserMissing, ProfileNotPrepared.
    """

    def __init__(
        self, country: Country, card: DemoCard, profile: Path, *, card_origin: str = f"https://{CARD_HOST}:{CARD_PORT}"
    ) -> None:
        self._country = country
        self._card = card
        self._profile = profile.absolute()
        self._card_origin = card_origin
        self._prepare()

    @property
    def executable(self) -> Path:
        """Stands for Chromium where a program wants to start the browser itself (Playwright's executable_path)."""
        return self._profile / "chromium-with-card"

    @property
    def user_data(self) -> Path:
        """Chromium's own folder (Playwright's user_data_dir)."""
        return self._profile / "chromium"

    def _prepare(self) -> None:
        programs = find_programs()
        self._refuse_foreign()
        home = self._profile / "home"
        shutil.rmtree(home, ignore_errors=True)
        for stale in (self.executable, self._policy):
            stale.unlink(missing_ok=True)
        write_private(self.executable, _SCRIPT.replace("{chromium}", shlex.quote(programs["chromium"])).encode())
        self.executable.chmod(0o700)
        write_private(self._policy, json.dumps(self._policies()).encode())
        database = home / ".pki" / "nssdb"
        for folder in (database, home / ".local" / "share" / "pki", self.user_data):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._profile.chmod(0o700)
        self._fill(database, programs)
        # Chromium 156 was seen to take either place; the link is relative, so that the folder can be moved
        (home / ".local" / "share" / "pki" / "nssdb").symlink_to(Path("../../../.pki/nssdb"))

    def _refuse_foreign(self) -> None:
        """Filling the profile deletes what was in it, so it must be empty or an earlier profile."""
        if self._profile.exists() and any(self._profile.iterdir()) and not self.executable.is_file():
            raise ProfileNotPrepared(f"{self._profile} holds other files: choose an empty folder for the browser's profile")

    def command(self, url: str, *, headless: bool, auto_select: bool) -> list[str]:
        """The command line, to be run with ``environment``. Without ``auto_select`` Chromium asks which certificate to use,
        which nobody can answer when ``headless``: set a time limit.
        """
        as_root = os.geteuid() == 0
        start = [str(self.executable)] if auto_select else ["chromium", *(["--no-sandbox"] if as_root else [])]
        return [*start, *_FLAGS, f"--user-data-dir={self.user_data}", *(["--headless"] if headless else []), url]

    def environment(self, outer: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment to run ``command`` in: ``outer`` (this process's, which knows the display) with another HOME."""
        outer = os.environ if outer is None else outer
        home = self._profile / "home"
        inherited = dict(outer)
        old_authority = Path(outer.get("HOME", "/")) / ".Xauthority"
        if "XAUTHORITY" not in outer and old_authority.is_file():
            inherited["XAUTHORITY"] = str(old_authority)  # X looks for it in HOME, which is another one now
        return {
            **inherited,
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / ".local" / "share"),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_CACHE_HOME": str(home / ".cache"),
        }

    @property
    def _policy(self) -> Path:
        return self._profile / "policy.json"

    def _policies(self) -> dict[str, object]:
        """An empty filter means any certificate: there is one only."""
        return {"AutoSelectCertificateForUrls": [json.dumps({"pattern": self._card_origin, "filter": {}})]}

    def _fill(self, database: Path, programs: dict[str, str]) -> None:
        """The demo's TLS root as a trusted server CA ("C,,"), and the certificate that the holder chooses."""
        place = f"sql:{database}"
        certutil, pk12util = programs["certutil"], programs["pk12util"]
        root = str(self._country.directory / "server" / "ca.pem")
        _run([certutil, "-N", "-d", place, "--empty-password"])
        _run([certutil, "-A", "-d", place, "-n", "WebVartti demo TLS root", "-t", "C,,", "-i", root])
        _run([pk12util, "-i", str(self._card.chosen_p12), "-d", place, "-W", P12_PASSWORD, "-K", ""])


def find_programs() -> dict[str, str]:
    """Where chromium, certutil and pk12util are. Raises BrowserMissing, naming the Debian packages."""
    found = {name: shutil.which(name) for name in _PACKAGES}
    missing = tuple(name for name, path in found.items() if path is None)
    if missing:
        raise BrowserMissing(missing, tuple(dict.fromkeys(_PACKAGES[name] for name in missing)))
    return {name: path for name, path in found.items() if path is not None}


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed programs found by find_programs, no shell
            command, capture_output=True, text=True, timeout=_TIME_LIMIT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as problem:
        raise ProfileNotPrepared(f"{Path(command[0]).name} didn't end within {_TIME_LIMIT_SECONDS} s") from problem
    if done.returncode:
        raise ProfileNotPrepared(f"{Path(command[0]).name}: {done.stderr.strip() or done.stdout.strip()}")
