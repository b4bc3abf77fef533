"""What every client was told, written down in the process that isn't killed."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock

from tests.durability.browser import code_of
from tests.integration.proxies.client import Answer

ORDER = r"WV-[0-9A-Z]{4}-[0-9A-Z]{4}"


class Act(StrEnum):
    """What a form asks for."""

    PLACE = "place"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    REJECT = "reject"
    AGREE = "agree"
    UNDO = "undo"


class Told(StrEnum):
    """ACCEPTED: it is so, and stays so. REFUSED, NOT_STORED: nothing has happened. UNKNOWN: nobody has said anything."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_STORED = "not stored"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Form:
    """One form on one page. ``key`` is the same however often it is sent; ``number`` is empty for an order yet to be made."""

    act: Act
    key: str
    who: str
    path: str
    fields: dict[str, str]
    number: str = ""


@dataclass(frozen=True)
class Line:
    """One answer to a form, or that none came (``answer`` says how). ``number`` is the order's where it is known."""

    act: Act
    key: str
    who: str
    told: Told
    number: str
    answer: str


@dataclass
class Record:
    """``surprises`` is what must never be seen, whatever is killed: somebody signed out, a page "something went wrong"."""

    lines: list[Line] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, form: Form, told: Told, number: str, answer: str) -> Line:
        line = Line(form.act, form.key, form.who, told, number or form.number, answer)
        with self._lock:
            self.lines.append(line)
        return line

    def surprise(self, who: str, what: str) -> None:
        with self._lock:
            self.surprises.append(f"{who}: {what}")

    def of(self, *acts: Act) -> dict[str, list[Line]]:
        """The lines of these acts by form, in the order in which they were told."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            if line.act in acts:
                found.setdefault(line.key, []).append(line)
        return found

    def write(self, file: Path) -> None:
        """For whoever looks at what went wrong."""
        with file.open("w") as out:
            for line in self.lines:
                out.write(json.dumps(asdict(line)) + "\n")
            for surprise in self.surprises:
                out.write(json.dumps({"surprise": surprise}) + "\n")


def verdict(lines: list[Line]) -> Told:
    """What is known of a form that was sent several times: one acceptance decides, one silence leaves it open."""
    told = {line.told for line in lines}
    return next((each for each in (Told.ACCEPTED, Told.UNKNOWN, Told.REFUSED) if each in told), Told.NOT_STORED)


def reading(act: Act, answer: Answer) -> tuple[Told, str, str]:
    """(what this answer says, the order's number where it names one, the answer in short)."""
    where, code = answer.headers.get("Location", ""), code_of(answer)
    found = re.search(ORDER, where)
    number, short = found[0] if found else "", f"{answer.status} {code or where}".strip()
    if answer.status == 303:
        return (Told.ACCEPTED if _confirms(act, where) else Told.REFUSED), number, short
    if answer.status < 500:
        return Told.REFUSED, "", short
    if answer.status == 503 and code and code != "commit-unknown":
        return Told.NOT_STORED, "", short
    return Told.UNKNOWN, "", short


def _confirms(act: Act, where: str) -> bool:
    """Does the page that comes next say that it is done?"""
    pages = {Act.PLACE: rf"/orders/{ORDER}/receipt$", Act.WITHDRAW: rf"/orders/{ORDER}$"}
    return re.search(pages.get(act, rf"/staff/cases/{ORDER}$"), where) is not None
