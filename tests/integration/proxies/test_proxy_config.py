"""`webvartti proxy-config`: right for given names and paths, without settings too, and never over somebody's file."""

from __future__ import annotations

import re
import socket
import subprocess
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509

from tests.integration.proxies.fronts import ACCOUNT, running_proxy, wait_until, write_configuration
from tests.integration.proxies.units import DEPLOY
from tests.ports import free_port
from webvartti.cli.proxy_config import UNITS
from webvartti.demo.country import Country
from webvartti.demo.environment import environment
from webvartti.main import main

CHECKS = {"haproxy": ["/usr/sbin/haproxy", "-c", "-f"], "nginx": ["/usr/sbin/nginx", "-t", "-c"]}
MAIN_FILES = {"haproxy": "haproxy.cfg", "nginx": "nginx.conf"}


def run(country: Country, into: Path, *words: str, name: str = "haproxy", settings: bool = False) -> Result:
    environ = environment(country) if settings else {}
    everything = ["proxy-config", name, "--certificate", "/etc/ssl/private/webvartti.pem", "--into", str(into), *words]
    return CliRunner().invoke(main, everything, env=environ)


def given(country: Country) -> list[str]:
    trust = str(country.directory / "trust.toml")
    return ["--public-host", "kortti.example.fi", "--card-host", "tunniste.kortti.example.fi", "--trust", trust]


@pytest.mark.parametrize("name", ["haproxy", "nginx"])
@pytest.mark.parametrize("more", [[], ["--card-tls12-only"]], ids=["any-tls", "tls12"])
def test_the_proxy_takes_what_was_written(furnished: Country, tmp_path: Path, name: str, more: list[str]) -> None:
    (tmp_path / "log").mkdir()
    into = write_configuration(name, furnished, tmp_path, 8443, *more)
    text = "".join(path.read_text() for path in into.iterdir())
    assert not re.search(r"@[a-z0-9_]+@", text)
    command = [*CHECKS[name], str(into / MAIN_FILES[name])]
    if name == "nginx":
        command += ["-g", f"pid {tmp_path}/nginx.pid;"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr.lower() or ACCOUNT != "root"


@pytest.mark.parametrize("name", ["haproxy", "nginx"])
def test_without_settings_and_with_them(furnished: Country, tmp_path: Path, name: str) -> None:
    without = run(furnished, tmp_path / "without", *given(furnished), name=name)
    assert without.exit_code == 0, without.output
    text = (tmp_path / "without" / MAIN_FILES[name]).read_text()
    assert "kortti.example.fi" in text
    assert "0.0.0.0:443 ssl" in text
    assert "Check:" in without.output
    with_settings = run(furnished, tmp_path / "with", name=name, settings=True)
    assert with_settings.exit_code == 0, with_settings.output
    text = (tmp_path / "with" / MAIN_FILES[name]).read_text()
    assert "card.webvartti.localhost:8444" in text
    assert re.search(r"\[::\]:8443 (v6only )?ssl", text)


@pytest.mark.parametrize("name", ["haproxy", "nginx"])
def test_it_listens_on_both_kinds_of_address(furnished: Country, tmp_path: Path, name: str) -> None:
    (tmp_path / "log").mkdir()
    port, second = free_port(), free_port()
    try:
        socket.create_server(("::1", port), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    into = write_configuration(name, furnished, tmp_path, port, "--listen", f"[::1]:{port}", "--listen", f"0.0.0.0:{second}",
                               "--listen", f"[::]:{second}")  # fmt: skip
    with running_proxy(name, into, port):
        for address in (("127.0.0.1", port), ("::1", port), ("127.0.0.1", second), ("::1", second)):
            wait_until(partial(listens, address), (into / "output").read_text, 5)


def listens(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_only_issuing_cas_are_named_to_browsers(furnished: Country, tmp_path: Path) -> None:
    assert run(furnished, tmp_path / "made", *given(furnished)).exit_code == 0
    named, trusted = (
        x509.load_pem_x509_certificates((tmp_path / "made" / f"card-{which}.pem").read_bytes())
        for which in ("issuers", "trust")
    )
    assert named
    assert all(certificate.subject != certificate.issuer for certificate in named)
    assert set(named) < set(trusted)


def test_it_never_replaces_a_file_unasked(furnished: Country, tmp_path: Path) -> None:
    into = tmp_path / "made"
    assert run(furnished, into, *given(furnished)).exit_code == 0
    (into / "haproxy.cfg").write_text("mine")
    again = run(furnished, into, *given(furnished))
    assert (again.exit_code, "--force" in again.output) == (2, True)
    assert (into / "haproxy.cfg").read_text() == "mine"
    assert run(furnished, into, *given(furnished), "--force").exit_code == 0
    assert (into / "haproxy.cfg").read_text() != "mine"
    assert not list(into.glob(".*"))


@pytest.mark.parametrize(
    "bad",
    [
        ["--public-host", "a b.example.fi"], ["--public-host", "x.fi;}"], ["--public-host", "webvartti"],
        ["--public-host", "https://x.fi"], ["--public-host", "x.fi:0"], ["--public-host", "tunniste.kortti.example.fi"],
        ["--card-host", "x.fi:99999"], ["--listen", "443"], ["--listen", "localhost:443"], ["--certificate", "server.pem"],
        ["--certificate", "/a b.pem"], ["--sockets", "/run;"], ["--proxy-user", "root; x"], ["--trust", "/nowhere"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_would_be_configuration_is_refused(furnished: Country, tmp_path: Path, bad: list[str]) -> None:
    done = run(furnished, tmp_path / "made", *given(furnished), *bad)
    assert done.exit_code == 2, done.output
    assert not (tmp_path / "made").exists()


def test_what_is_missing_is_named(furnished: Country, tmp_path: Path) -> None:
    done = run(furnished, tmp_path / "made")
    assert done.exit_code == 2
    assert "--public-host" in done.output
    assert "WEBVARTTI_PUBLIC_ORIGIN" in done.output


def test_the_units_are_handed_out_as_they_are(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["proxy-config", "units", "--into", str(tmp_path / "units")])
    assert done.exit_code == 0, done.output
    for name in UNITS:
        assert (tmp_path / "units" / name).read_bytes() == (DEPLOY / name).read_bytes()
    assert set(UNITS) == {path.name for path in DEPLOY.iterdir() if path.suffix in (".service", ".socket", ".py")}


def test_every_header_that_the_pages_read_goes_through() -> None:
    """The proxies let through what the application reads and nothing else: a new one has to be added to both."""
    pages = "".join(path.read_text() for path in (DEPLOY.parent / "webvartti" / "web").glob("*.py"))
    haproxy, nginx = ((DEPLOY / name).read_text().lower() for name in MAIN_FILES.values())
    through = re.search(r"\^\(\?!\(([a-z|-]+)\)", haproxy)
    assert through
    asked = {name.lower() for name in re.findall(r"request\.headers\.get\(\"([A-Za-z-]+)\"", pages)} | {
        "accept-language",
        "cookie",
    }
    ours = {"x-forwarded-for", "x-request-id", "x-tls-version", "client-cert"}
    assert asked - ours <= set(through[1].split("|"))
    assert asked <= set(re.findall(r"proxy_set_header ([a-z-]+) ", nginx))
    assert set(through[1].split("|")) - {"content-length"} <= set(re.findall(r"proxy_set_header ([a-z-]+) ", nginx))
