"""A number for each request: a proxy's where a proxy of ours made one, else a fresh one, and never a client's own words."""

from __future__ import annotations

import logging
import os
import pwd
import re
import socket
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from tests.conftest import Installation
from tests.web.visitor import CARD, PUBLIC, Site, build_site
from webvartti.config import load_settings
from webvartti.telemetry.log_lines import PlainLines
from webvartti.web.request_ids import current_request_id

OURS = re.compile("[0-9a-f]{32}")
OF_NGINX, OF_HAPROXY = "0123456789abcdef0123456789abcdef", "3e1a301e-a605-4525-b08f-9ad8b8aea954"
HOSTILE = (
    "canary", "<script>canary</script>", "canary\x00", "a" * 32 + "canary", "A" * 32, OF_NGINX * 100, OF_NGINX + "\tcanary",
    f"{OF_NGINX}, {OF_NGINX}", f" {OF_NGINX}x", "", OF_HAPROXY.replace("-", ""), "٣" * 32, "%0aFAKE", "../../etc/passwd",
)  # fmt: skip

Peer = dict[str, socket.socket]


@pytest.fixture
def proxied(installation: Installation) -> Site:
    """Both applications behind the proxy of this very account."""
    account = pwd.getpwuid(os.getuid()).pw_name
    environ = {"WEBVARTTI_CLIENT_CERT_FORMAT": "rfc9440", "WEBVARTTI_PROXY_USER": account}
    return build_site(load_settings(installation.environ | environ), installation.build(), installation.country)


@pytest.fixture
def peer() -> Iterator[Peer]:
    """The environ of a request that this process sent over a unix socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        yield {"gunicorn.socket": ours}


def asked(site: Site, given: str | None = None, peer: Peer | None = None, path: str = "/en/nowhere") -> TestResponse:
    environ: dict[str, object] = {} if given is None else {"HTTP_X_REQUEST_ID": given}
    return site.public.test_client().get(path, base_url=PUBLIC, environ_overrides={**environ, **(peer or {})})


def number(response: TestResponse) -> str:
    return response.headers["X-Request-ID"]


def test_every_request_has_a_number_of_its_own_and_the_error_page_shows_it(site: Site) -> None:
    answers = [asked(site) for _ in range(20)]
    numbers = {number(answer) for answer in answers}
    assert len(numbers) == 20
    assert all(OURS.fullmatch(each) for each in numbers)
    for answer in answers:
        assert f'class="code">Code for the help desk: <strong>404</strong> {number(answer)}</p>' in answer.text


def test_answers_without_a_page_have_one_too(site: Site) -> None:
    for path in ("/health/live", "/static/webvartti.css", "/", "/en/"):
        assert OURS.fullmatch(number(asked(site, path=path)))
    refused = site.card.test_client().get("/", base_url="https://elsewhere.example")
    assert refused.status_code == 421
    assert OURS.fullmatch(number(refused))


def test_the_page_of_a_refused_card_shows_it(site: Site) -> None:
    visitor = site.visitor()
    judged = visitor.at_card_host(visitor.start())
    assert judged.status_code == 403
    assert f"</strong> {number(judged)}</p>" in judged.text


@pytest.mark.parametrize("given", [OF_NGINX, OF_HAPROXY])
def test_the_proxys_number_is_taken_from_the_proxy_only(proxied: Site, site: Site, peer: Peer, given: str) -> None:
    answer = asked(proxied, given, peer)
    assert number(answer) == given
    assert given in answer.text
    assert number(asked(proxied, given)) != given  # not by the proxy's socket
    assert number(asked(site, given, peer)) != given  # no proxy is configured


@pytest.mark.parametrize("given", HOSTILE)
def test_a_hostile_number_reaches_neither_page_nor_header_nor_log(
    proxied: Site, peer: Peer, given: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(PlainLines(current_request_id))
    with caplog.at_level(logging.DEBUG):
        answer = asked(proxied, given, peer)
    assert OURS.fullmatch(number(answer))
    assert number(answer) in caplog.text
    for told in (answer.text, str(answer.headers), caplog.text):
        assert "canary" not in told
        assert not given or given not in told.replace(number(answer), "")


def test_the_lines_of_one_request_share_its_number(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.setFormatter(PlainLines(current_request_id))
    visitor = site.visitor()
    fields = visitor.start()
    with caplog.at_level(logging.INFO):
        caplog.clear()
        judged = visitor.at_card_host(fields)
    lines = [line for line in caplog.text.splitlines() if f"(request {number(judged)})" in line]
    assert [re.search("INFO ([a-z_.]+):", line)[1] for line in lines] == ["webvartti.web.card_listener", "webvartti.requests"]  # type: ignore[index]  # each has one


def test_outside_of_a_request_there_is_none(site: Site) -> None:
    assert current_request_id() == ""
    assert number(site.card.test_client().get("/", base_url=CARD)) != ""
    assert current_request_id() == ""
