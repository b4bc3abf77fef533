"""A whole installation behind each front: HAProxy and nginx with gunicorn twice, and the embedded server."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from click.testing import CliRunner

from tests.databases import is_sqlite
from tests.integration.proxies.units import end, running_service
from tests.ports import free_port
from webvartti.demo.country import Country
from webvartti.demo.environment import environment
from webvartti.demo.server_certificate import CARD_HOST, PUBLIC_HOST
from webvartti.main import main
from webvartti.wiring import build_tools

ACCOUNT, GROUP = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
FORMS = {"haproxy": "rfc9440", "nginx": "nginx-escaped-pem", "embedded": ""}
PROGRAMS = {
    "haproxy": ["/usr/sbin/haproxy", "-db", "-f", "haproxy.cfg"],
    "nginx": ["/usr/sbin/nginx", "-p", ".", "-c", "nginx.conf"],
}


@dataclass(frozen=True)
class Front:
    """One front as clients see it. Through a proxy both hosts are one port; ``directory`` holds sockets, logs and database."""

    name: str
    country: Country
    directory: Path
    public_port: int
    card_port: int
    environ: dict[str, str]

    @property
    def public_host(self) -> str:
        """As it stands in a Host header."""
        return f"{PUBLIC_HOST}:{self.public_port}"

    @property
    def card_host(self) -> str:
        return f"{CARD_HOST}:{self.card_port}"

    @property
    def public_origin(self) -> str:
        return f"https://{self.public_host}"

    @property
    def proxied(self) -> bool:
        return self.name != "embedded"

    def logs(self) -> str:
        """What the proxy and gunicorn have written."""
        return "".join(path.read_text(errors="replace") for path in sorted((self.directory / "log").iterdir()))


def write_configuration(name: str, country: Country, directory: Path, port: int, *more: str, listen: int | None = None) -> Path:
    """`webvartti proxy-config`; the folder that it wrote. Browsers come to ``port``, and it listens there or at ``listen``."""
    into, server = directory / name, directory / "server.pem"
    files = country.directory / "server"
    server.write_bytes((files / "certificate.pem").read_bytes() + (files / "key.pem").read_bytes())
    log = directory / ("log" if name == "nginx" else "syslog")
    hosts = ["--public-host", f"{PUBLIC_HOST}:{port}", "--card-host", f"{CARD_HOST}:{port}"]
    paths = ["--trust", country.directory / "trust.toml", "--certificate", server, "--sockets", directory, "--into", into]
    account = ["--proxy-user", ACCOUNT, "--proxy-group", GROUP, "--log", log]
    words = ["proxy-config", name, *hosts, *paths, *account, "--listen", f"127.0.0.1:{listen or port}", *more]
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    if name == "nginx" and os.getuid():  # only root may write where Debian's nginx has its temporary files
        written = into / "nginx.conf"
        written.write_text(written.read_text().replace("/var/lib/nginx", str(directory)))
    return into


@contextmanager
def running_proxy(name: str, into: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """HAProxy or nginx in the foreground, ended at the end."""
    command = list(PROGRAMS[name])
    if name == "nginx":
        command += ["-g", f"daemon off; pid {into}/nginx.pid;"]
    command = [str(into / word) if word.endswith((".cfg", ".conf")) else word for word in command]
    with (into / "output").open("wb") as log:
        process = subprocess.Popen(command, cwd=into, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_until(lambda: reachable(port), (into / "output").read_text)
        yield process
    finally:
        end(process)


def reachable(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(done: Callable[[], bool], explain: Callable[[], str], seconds: float = 30.0) -> None:
    """Until ``done`` says so."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, explain()
        time.sleep(0.05)


@contextmanager
def behind_proxy(
    name: str, country: Country, directory: Path, changes: Mapping[str, str] | None = None, application: str = ""
) -> Iterator[Front]:
    """gunicorn twice and the proxy, on one port for both hosts, as in production. ``changes`` are settings; ``application`` is
    served in place of ours.
    """
    front = prepare(name, country, directory, changes)
    environ = {"PATH": os.environ["PATH"], "WEB_CONCURRENCY": "1", **front.environ}
    trust = Path(front.environ["WEBVARTTI_TRUST_FILE"])
    into = write_configuration(name, country, directory, front.public_port, "--trust", str(trust))
    with ExitStack() as stack:
        stack.enter_context(system_log(directory))
        for service in ("webvartti-public", "webvartti-card"):
            output = directory / "log" / service
            stack.enter_context(running_service(service, environ, directory, output, application))
        stack.enter_context(running_proxy(name, into, front.public_port))
        yield front


@contextmanager
def embedded(country: Country, directory: Path, changes: Mapping[str, str] | None = None) -> Iterator[Front]:
    """`webvartti serve`, in this process."""
    front = prepare("embedded", country, directory, changes)
    with build_tools(front.environ).serve(False):
        yield front


def prepare(name: str, country: Country, directory: Path, changes: Mapping[str, str] | None = None) -> Front:
    """Files and settings of one installation, with a database file of its own where ``changes`` don't name a database."""
    database = (changes or {}).get("WEBVARTTI_DATABASE_URL", f"sqlite:///{directory / 'webvartti.db'}")
    if is_sqlite(database):
        shutil.copy(country.directory / "webvartti.db", directory / "webvartti.db")
    for folder in ("register", "revocation"):
        shutil.copytree(country.directory / folder, directory / folder)
    (directory / "log").mkdir()
    public = free_port()
    card = free_port() if name == "embedded" else public
    environ = environment(country, public_port=public, card_port=card) | {
        "WEBVARTTI_DATABASE_URL": database,
        "WEBVARTTI_REGISTER_DIRECTORY": str(directory / "register"),
        "WEBVARTTI_REVOCATION_DIRECTORY": str(directory / "revocation"),
        "WEBVARTTI_AUDIT_CHECKPOINT_FILE": str(directory / "audit-checkpoints.jsonl"),
        "WEBVARTTI_MAIL_DIRECTORY": str(directory / "mail"),
        "WEBVARTTI_ADDRESS_LIMIT": "100000",  # every test comes from one address
    }
    environ |= changes or {}
    if FORMS[name]:
        environ |= {"WEBVARTTI_CLIENT_CERT_FORMAT": FORMS[name], "WEBVARTTI_PROXY_USER": ACCOUNT}
    return Front(name, country, directory, public, card, environ)


@contextmanager
def system_log(directory: Path) -> Iterator[None]:
    """A stand-in for /dev/log that keeps what HAProxy says."""
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(str(directory / "syslog"))

    def receive() -> None:
        with (directory / "log" / "haproxy").open("ab", buffering=0) as file:
            while line := receiver.recv(65536):
                file.write(line + b"\n")

    thread = Thread(target=receive)
    thread.start()
    try:
        yield
    finally:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", str(directory / "syslog"))
        thread.join(5)
        receiver.close()
