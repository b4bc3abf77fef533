"""The stand-in for reader software, asked over real TLS; and that it is refused in production."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from webvartti.cli.demo_scs import ANSWERS, scs
from webvartti.demo.country import Country
from webvartti.demo.errors import PortTaken
from webvartti.demo.reader_software import SCS_PORT, Answer, answering
from webvartti.domain.reader_software import SCS_ORIGIN, Asked, judge_software
from webvartti.main import main

PAGE = "https://webvartti.localhost:8443"


@contextmanager
def connection(country: Country, port: int) -> Iterator[http.client.HTTPSConnection]:
    """As a browser that trusts the demo's TLS root and nothing else; the name in the certificate is compared."""
    context = ssl.create_default_context(cafile=str(country.directory / "server" / "ca.pem"))
    made = http.client.HTTPSConnection("localhost", port, context=context, timeout=10)
    yield made
    made.close()


def asked(country: Country, answer: Answer, method: str = "GET", path: str = "/version") -> http.client.HTTPResponse:
    with answering(country, answer, 0, lambda line: None) as stand_in, connection(country, stand_in.port) as made:
        made.request(method, path, headers={"Origin": PAGE})
        response = made.getresponse()
        response.body = response.read()  # type: ignore[attr-defined]  # kept for the test after the connection's end
        return response


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer.V1_0_1, "card-in-reader"),
        (Answer.V1_1, "card-in-reader"),
        (Answer.V1_2, "card-in-reader"),
        (Answer.NO_CARD, "no-card-in-reader"),
        (Answer.OLD, "reader-software-too-old"),
        (Answer.GARBAGE, "not-reader-software"),
    ],
)
def test_every_answer_can_be_read_by_a_page_and_is_judged_as_it_is_called(
    country: Country, answer: Answer, outcome: str
) -> None:
    response = asked(country, answer)
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert "Content-Type" not in response.headers
    text = response.body.decode()  # type: ignore[attr-defined]  # see above
    assert judge_software(Asked.ANSWERED, text, (1, 0, 1)).outcome == outcome


def test_another_vendors_program_lets_no_page_read_it(country: Country) -> None:
    for method in ("GET", "OPTIONS"):
        assert "Access-Control-Allow-Origin" not in asked(country, Answer.OTHER_VENDOR, method).headers


def test_it_signs_nothing_and_has_nothing_else(country: Country) -> None:
    assert json.loads(asked(country, Answer.V1_1, "POST", "/sign").body)["status"] == "failed"  # type: ignore[attr-defined]  # see above
    assert asked(country, Answer.V1_1, path="/").status == 404


def test_a_port_that_is_taken_is_named(country: Country) -> None:
    with answering(country, Answer.V1_1, 0, lambda line: None) as stand_in:
        second = answering(country, Answer.V1_1, stand_in.port, lambda line: None)
        with pytest.raises(PortTaken, match=f"port {stand_in.port}"):
            second.__enter__()


def test_the_command_knows_every_answer_and_the_port_that_pages_ask_at() -> None:
    assert set(ANSWERS) == {str(answer) for answer in Answer}
    assert {option.name: option.default for option in scs.params}["port"] == SCS_PORT
    assert f"https://localhost:{SCS_PORT}" == SCS_ORIGIN


def test_the_command_is_refused_in_production(country: Country) -> None:
    words = ["demo", "scs", "--country", str(country.directory)]
    told = CliRunner().invoke(main, words, env={"WEBVARTTI_ENVIRONMENT": "production"})
    assert told.exit_code == 1
    assert "a demo never runs there" in told.stderr
