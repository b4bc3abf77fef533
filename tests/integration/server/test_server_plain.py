"""The listener without TLS: what it serves, how it starts and ends, and how much it takes."""

from __future__ import annotations

import http.client
import logging
import socket
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from webvartti.server.errors import AddressTaken, AddressUnavailable
from webvartti.server.plain import serving_plainly

LOCAL = ("127.0.0.1", 0)


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Raises with what must not be logged where it is asked to."""
    if environ["PATH_INFO"] == "/broken":
        raise RuntimeError("the identity code is 131052-308T")
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


def ask(address: tuple[str, int], path: str = "/", headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(*address, timeout=10)
    connection.request("GET", path, headers=headers or {})
    response = connection.getresponse()
    answered = response.status, dict(response.headers), response.read()
    connection.close()
    return answered


def test_it_serves_while_its_context_lasts_and_frees_its_port() -> None:
    with serving_plainly("metrics", LOCAL, application) as address:
        assert address[1] != 0
        for _ in range(5):
            status, headers, body = ask(address)
            assert (status, body) == (200, b"ok")
            assert headers["Server"] == "WebVartti"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=2)
    with socket.create_server(address):
        pass


def test_a_taken_port_and_a_strange_address_are_named() -> None:
    with socket.create_server(LOCAL) as taken:
        port = taken.getsockname()[1]
        expected = f"listener metrics: 127.0.0.1 port {port} is in use"
        with pytest.raises(AddressTaken, match=expected), serving_plainly("metrics", ("127.0.0.1", port), application):
            pass
    with (
        pytest.raises(AddressUnavailable, match=r"192\.0\.2\.1 port 9464"),
        serving_plainly("metrics", ("192.0.2.1", 9464), application),
    ):
        pass


def test_a33_a_mistake_in_the_application_is_logged_by_its_kind_and_place(caplog: pytest.LogCaptureFixture) -> None:
    with serving_plainly("metrics", LOCAL, application) as address:
        assert ask(address, "/broken")[0] == 500
        assert ask(address)[0] == 200
    assert "listener metrics: RuntimeError in application (" in caplog.text
    assert "131052" not in caplog.text


def test_it_takes_small_requests_only() -> None:
    with serving_plainly("metrics", LOCAL, application) as address:
        assert ask(address, headers={"X-Long": "a" * 9000})[0] == 413
        assert ask(address)[0] == 200


def test_who_says_nothing_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), serving_plainly("metrics", LOCAL, application) as address:
        silent = [socket.create_connection(address, timeout=10) for _ in range(10)]
        assert ask(address)[0] == 200
        for each in silent:
            each.close()
