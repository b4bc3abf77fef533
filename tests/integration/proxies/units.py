"""The command lines and sockets of the systemd units, started as systemd would, in another place."""

from __future__ import annotations

import configparser
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

DEPLOY = Path(__file__).parents[3] / "deploy"
BINARIES = "/opt/webvartti/bin"
CONFIGURATION = "/etc/webvartti"
SOCKETS = "/run/webvartti"

# The socket becomes descriptor 3 of the very process that LISTEN_PID names (sd_listen_fds(3)). Of the unit's hardening, what a
# process can do to itself: PR_SET_NO_NEW_PRIVS (38), and PR_SET_MDWE (65) for MemoryDenyWriteExecute, where the kernel has it.
LAUNCH = """
import ctypes, os, sys
prctl = ctypes.CDLL(None).prctl
prctl(38, 1, 0, 0, 0)
prctl(65, 1, 0, 0, 0)
if sys.argv[1] != "0":
    os.dup2(int(sys.argv[1]), 3)
    os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.umask(0o077)
os.execv(sys.argv[2], sys.argv[2:])
"""


def read_unit(name: str) -> configparser.ConfigParser:
    """A unit file; of a key that stands twice the last."""
    unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser's manual says: keys keep their case
    unit.read_string((DEPLOY / name).read_text(encoding="utf-8"))
    return unit


def command_line(name: str, application: str = "") -> list[str]:
    """ExecStart of a service, with this environment's programs and this checkout's gunicorn.conf.py; with another application
    (``module:call()``) where one is named.
    """
    words = read_unit(name)["Service"]["ExecStart"].split()
    words[-1] = application or words[-1]
    programs = str(Path(sys.executable).parent)
    return [word.replace(BINARIES, programs).replace(CONFIGURATION, str(DEPLOY)) for word in words]


def _environment(name: str) -> dict[str, str]:
    """What the unit itself sets."""
    setting = read_unit(f"{name}.service")["Service"].get("Environment", "")
    return dict(word.split("=", 1) for word in setting.split())


@contextmanager
def running_service(
    name: str, environ: Mapping[str, str], sockets: Path | None = None, output: Path | None = None, application: str = ""
) -> Iterator[subprocess.Popen[bytes]]:
    """The service NAME, with its socket in ``sockets`` where it has one; ended at the end."""
    listening = None if sockets is None else listen(name, sockets)
    process = start_service(name, environ, listening, output, application)
    if listening is not None:
        listening.close()
    try:
        yield process
    finally:
        end(process)


def start_service(
    name: str,
    environ: Mapping[str, str],
    listening: socket.socket | None = None,
    output: Path | None = None,
    application: str = "",
) -> subprocess.Popen[bytes]:
    """The service NAME on a socket that is there already, as after each restart."""
    descriptor = 0 if listening is None else listening.fileno()
    command = [sys.executable, "-c", LAUNCH, str(descriptor), *command_line(f"{name}.service", application)]
    with (output or Path("/dev/null")).open("ab") as log:
        return subprocess.Popen(
            command,
            env={**_environment(name), **environ},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[descriptor] if listening else [],
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """TERM, and KILL for what doesn't go."""
    process.terminate()
    try:
        process.wait(8)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(8)


def listen(name: str, sockets: Path) -> socket.socket:
    """The socket of the service NAME in the folder ``sockets``, which systemd holds while the service comes and goes."""
    unit = read_unit(f"{name}.socket")["Socket"]
    path = Path(unit["ListenStream"].replace(SOCKETS, str(sockets)))
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    path.chmod(int(unit["SocketMode"], 8))
    listening.listen(int(unit["Backlog"]))
    return listening
