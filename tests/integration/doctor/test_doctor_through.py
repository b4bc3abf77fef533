"""`webvartti doctor --through`, as an operator runs it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.integration.proxies.fronts import Front, embedded
from webvartti.demo.country import Country
from webvartti.main import main


def through(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["doctor", "--through", *(str(part) for part in arguments)])


@pytest.fixture(scope="module")
def front(furnished: Country, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with embedded(furnished, tmp_path_factory.mktemp("through")) as started:
        yield started


@pytest.mark.slow
def test_a_deployment_that_holds(front: Front) -> None:
    country = front.country
    result = through(
        front.public_origin, "--connect", "127.0.0.1", "--ca", country.directory / "server" / "ca.pem",
        "--certificate", country.card("aino").chosen_pem,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "0 failed" in result.output
    assert "would be stronger" not in result.output
    assert "card-host-resumption" in result.output


@pytest.mark.slow
def test_a_failure_names_the_lines_for_both_proxies(front: Front) -> None:
    """Without --ca nobody knows the demo's TLS root: that is a failure of the server certificates alone."""
    result = through(front.public_origin, "--connect", "127.0.0.1")
    assert result.exit_code == 1
    assert "2 failed" in result.output
    assert "FAIL  public-host-server-certificate" in result.output
    assert "HAProxy: the certificate in the crt-list" in result.output
    assert "nginx:   ssl_certificate" in result.output
    assert "would be stronger" in result.output


@pytest.mark.slow
def test_a_ca_file_that_is_none(front: Front, tmp_path: Path) -> None:
    (tmp_path / "rubbish").write_bytes(b"rubbish")
    result = through(front.public_origin, "--connect", "127.0.0.1", "--ca", tmp_path / "rubbish")
    assert (result.exit_code, "can't be verified" in result.output) == (1, True)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    result = through(f"https://webvartti.localhost:{port}", "--connect", "127.0.0.1")
    assert (result.exit_code, "deployment-unreachable" in result.output) == (1, True)


@pytest.mark.parametrize(
    "origin", ["http://webvartti.example.fi", "webvartti.example.fi", "https://x:99999", "https://x/path", "https://kortti.ää"]
)
def test_what_is_no_origin(origin: str) -> None:
    result = through(origin)
    assert (result.exit_code, "origin-unsuitable" in result.output) == (1, True)


def test_a_certificate_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "rubbish").write_bytes(b"rubbish")
    result = through("https://webvartti.localhost:1", "--certificate", tmp_path / "rubbish")
    assert result.exit_code == 1
    assert "Traceback" not in result.output


@contextmanager
def listener_that_says(content: bytes) -> Iterator[int]:
    """Plain TCP: it isn't even TLS."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(content)

        thread = threading.Thread(target=answer)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join(5)


@pytest.mark.parametrize("content", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x28", b"\x00" * 100])
def test_something_else_there(content: bytes) -> None:
    with listener_that_says(content) as port:
        result = through(f"https://webvartti.localhost:{port}", "--connect", "127.0.0.1")
    assert (result.exit_code, "refused" in result.output) == (1, True), result.output
    assert "Traceback" not in result.output


@pytest.mark.slow
def test_the_wrong_host_of_the_right_service(front: Front) -> None:
    result = through(f"https://card.webvartti.localhost:{front.card_port}", "--connect", "127.0.0.1")
    assert (result.exit_code, "not-this-service" in result.output) == (1, True)
