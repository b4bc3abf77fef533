"""The application behind a proxy that each test starts with a configuration of its own, and the doctor that attacks it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.integration.proxies.fronts import Front, prepare, running_proxy, system_log, write_configuration
from tests.integration.proxies.units import running_service
from webvartti.demo.country import Country
from webvartti.doctor.attack import attack
from webvartti.domain.deployment import Deployment, ProbeFinding


@dataclass(frozen=True)
class Broken:
    """A configuration with mistakes: each replacement must match, or the test fails. ``fails`` are the findings expected."""

    name: str
    proxy: str
    replacements: tuple[tuple[str, str, str], ...]
    fails: frozenset[str]


def findings(front: Front, *, forging: bool = True) -> dict[str, ProbeFinding]:
    """What the doctor finds, by name; ``forging`` with a valid card's certificate, without its key."""
    country = front.country
    card = x509.load_pem_x509_certificate(country.card("aino").chosen_pem.read_bytes()).public_bytes(Encoding.DER)
    ca_file = country.directory / "server" / "ca.pem"
    deployment = Deployment(front.public_origin, "", card if forging else b"", "127.0.0.1", ca_file)
    return {finding.name: finding for finding in attack(deployment, lambda: datetime.now(UTC))}


@contextmanager
def application(name: str, country: Country, directory: Path) -> Iterator[Front]:
    """gunicorn twice; the proxy comes later."""
    front = prepare(name, country, directory)
    environ = {"PATH": os.environ["PATH"], "WEB_CONCURRENCY": "1", **front.environ}
    with ExitStack() as stack:
        stack.enter_context(system_log(directory))
        for service in ("webvartti-public", "webvartti-card"):
            stack.enter_context(running_service(service, environ, directory, directory / "log" / service))
        yield front


@pytest.fixture(scope="package")
def behind_haproxy(furnished: Country, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with application("haproxy", furnished, tmp_path_factory.mktemp("doctor-haproxy")) as front:
        yield front


@pytest.fixture(scope="package")
def behind_nginx(furnished: Country, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with application("nginx", furnished, tmp_path_factory.mktemp("doctor-nginx")) as front:
        yield front


class Configured(Protocol):
    """Start the proxy with the shipped configuration, its mistakes made, and attack it."""

    def __call__(self, broken: Broken, *, forging: bool = True, settle: float = 0) -> dict[str, ProbeFinding]: ...


@pytest.fixture
def attacked(request: pytest.FixtureRequest) -> Configured:
    """See Configured."""

    def run(broken: Broken, *, forging: bool = True, settle: float = 0) -> dict[str, ProbeFinding]:
        front: Front = request.getfixturevalue(f"behind_{broken.proxy}")
        directory = front.directory / broken.name
        directory.mkdir()
        (directory / "log").mkdir()
        into = write_configuration(broken.proxy, front.country, directory, front.public_port)
        for written in (*into.glob("*.cfg"), *into.glob("*.conf")):  # the sockets are those of the shared application
            text = written.read_text()
            for name in ("public.sock", "card.sock", "syslog"):
                text = text.replace(f"{directory}/{name}", f"{front.directory}/{name}")
            written.write_text(text)
        for file, good, bad in broken.replacements:
            text = (into / file).read_text()
            assert good in text, f"{file} has no line {good!r}: the doctor's broken configurations must follow the shipped one"
            (into / file).write_text(
                text.replace(good, bad.replace("{into}", str(into)).replace("{port}", str(front.public_port)))
            )
        with running_proxy(broken.proxy, into, front.public_port):
            time.sleep(settle)
            return findings(front, forging=forging)

    return run
