"""The generator's client: only this machine, and what it takes for an answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.load.person import Person, Refused, Site
from tests.load.record import SHED, Record
from tests.load.wire import Answer, Card, NotThisMachine, Place, request
from tests.ports import free_port

PUBLIC, CARD = Place("webvartti.localhost", 8443), Place("card.webvartti.localhost", 8443)


@pytest.fixture
def person() -> Person:
    card = Card(Path("none.pem"), Path("none.pem"))
    return Person(Site(PUBLIC, CARD), card, "127.0.0.2", Record(), Random(1), 1.0)  # noqa: S311 - nobody's secret


def answer(head: str, body: str = "") -> Answer:
    return Answer(int(head.split()[1]), head.replace("\n", "\r\n").encode(), body.encode())


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "0.0.0.0", "2001:db8::1"])  # noqa: S104 - refused is what it is
def test_no_load_is_put_on_another_machine(address: str) -> None:
    with pytest.raises(NotThisMachine, match=r"choose an address of 127\.0\.0\.0/8"):
        Place("webvartti.example.fi", 443, address)


def test_503_with_a_page_and_retry_after_is_shed_and_anything_else_an_error(person: Person) -> None:
    page = "<h1>Palvelu on hetken poissa</h1>"
    for told, outcome in (
        (answer("HTTP/1.1 503 X\nRetry-After: 60", page), SHED),
        (answer("HTTP/1.1 503 X", page), "status 503"),
        (answer("HTTP/1.1 503 X\nRetry-After: 60"), "status 503"),
        (answer("HTTP/1.1 429 X\nRetry-After: 6", page), "status 429"),
        (answer("HTTP/1.1 200 OK", page), "status 200"),
    ):
        with pytest.raises(Refused) as refused:
            person._took(told, 303)
        assert str(refused.value) == outcome


def test_cookies_and_fields_are_kept_as_a_browser_does(person: Person) -> None:
    head = (
        "HTTP/1.1 200 OK\nContent-Type: text/html\nSet-Cookie: __Host-start=abc; Secure\nset-cookie: __Host-language=fi; Path=/"
    )
    person._took(answer(head, '<input type="hidden" name="attempt" value="x.y">'), 200)
    assert person.cookies == {"__Host-start": "abc", "__Host-language": "fi"}
    assert person.fields == {"attempt": "x.y"}
    person._took(answer("HTTP/1.1 200 OK\nContent-Type: text/css\nSet-Cookie: __Host-start=; Max-Age=0"), 200)
    assert person.cookies == {"__Host-language": "fi"}
    assert person.fields == {"attempt": "x.y"}


def test_a_form_is_sent_as_browsers_send_it() -> None:
    sent = request("POST", "/sign-in", CARD, {"Origin": PUBLIC.origin}, {"attempt": "a b"})
    assert sent.startswith(
        b"POST /sign-in HTTP/1.1\r\nHost: card.webvartti.localhost:8443\r\nOrigin: https://webvartti.localhost:8443\r\n"
    )
    assert sent.endswith(b"Content-Length: 11\r\n\r\nattempt=a+b")


def test_a_server_that_is_not_there_is_an_error_and_not_the_end(person: Person) -> None:
    async def visit() -> None:
        nowhere = replace(person, site=Site(Place("webvartti.localhost", free_port()), CARD))
        await nowhere.visit(asyncio.get_running_loop().time())

    asyncio.run(visit())
    (seen,) = person.record.seen
    assert seen.outcome == "ConnectionRefusedError"
    assert person.record.inside == 0
