"""Server name and Host: a request meant for one host must never be answered as if for the other (RFC 9110 7.4, 15.5.20)."""

from __future__ import annotations

from collections.abc import Iterator

from webvartti.doctor.answers import Answer
from webvartti.doctor.errors import AnswerUnreadable, Refused
from webvartti.doctor.front import SIGN_IN, Front, get
from webvartti.doctor.places import Place
from webvartti.domain.deployment import ProbeFinding
from webvartti.domain.health import Verdict

MISDIRECTED = (400, 421)


def mixed_names(front: Front) -> Iterator[ProbeFinding]:
    """Every mixture of the two names, in several spellings, at both addresses."""
    for name, place, other, path in (
        ("public", front.public, front.card, "/sign-in"),
        ("card", front.card, front.public, SIGN_IN),
    ):
        wrong = [f"{what}: {told}" for what, told in _answers(place, other, path) if told]
        count = sum(1 for _ in _mixtures(place, other))
        told = f"answered as if it were right: {'; '.join(wrong)}" if wrong else f"{count} mixtures of names are refused"
        yield ProbeFinding(f"{name}-host-mixed-names", Verdict.FAIL if wrong else Verdict.OK, told)


def _answers(place: Place, other: Place, path: str) -> Iterator[tuple[str, str]]:
    """(which mixture, what was answered: nothing where it was refused)"""
    for server_name, host in _mixtures(place, other):
        what = f"server name {server_name or 'none'}, Host {host}"
        try:
            answer: Answer = get(place, path, host=host, name=server_name)
        except Refused:
            yield what, ""
        except AnswerUnreadable as problem:
            yield what, str(problem)
        else:
            yield what, "" if answer.status in MISDIRECTED else answer.summary


def _mixtures(place: Place, other: Place) -> Iterator[tuple[str | None, str]]:
    """(server name, Host): the Host is always one that this server name isn't for."""
    wildcard = f"*.{other.host.partition('.')[2]}"
    for host in (other.netloc, other.netloc.upper(), f"{other.host}.", f"{other.host}:443", wildcard, f"{place.host}.", ""):
        yield place.host, host
    yield place.host.upper(), other.netloc
    for server_name in (None, wildcard):
        yield server_name, other.netloc
    if (place.address, place.port) != (other.address, other.port):
        # at an address of its own, even the right pair of names belongs elsewhere
        yield other.host, place.netloc
        yield f"{other.host}.", place.netloc
