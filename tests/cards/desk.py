"""The card commands over a virtual card in this process: somebody types, and the card that is in the reader answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tests.cards.loopback import Loopback
from webvartti.cards.holders_card import HoldersCard
from webvartti.cli.groups import card as commands
from webvartti.domain.card_in_reader import ReaderChange, ReaderStatus, SeenCard, SignInOutcome
from webvartti.wiring import build_tools


@dataclass
class LoopbackReader:
    """A reader with one card: what `wiring` wires to pcscd otherwise."""

    connection: Loopback
    events: tuple[ReaderChange, ...] = ()

    def readers(self) -> tuple[ReaderStatus, ...]:
        return (ReaderStatus("Loopback 00 00", self.connection.answer_to_reset), ReaderStatus("Loopback 00 01"))

    @contextmanager
    def open(self, reader: str) -> Iterator[HoldersCard]:
        yield HoldersCard(self.connection)

    def watch(self, stopping: Callable[[], bool]) -> Iterator[ReaderChange]:
        yield from self.events

    def sign_in(self, seen: SeenCard, pin: str, origin: str, ca_file: Path | None, module: Path | None) -> SignInOutcome:
        raise AssertionError("an in-process card has no PKCS#11: tests/integration/cards signs in")


@dataclass
class Desk:
    """``run`` a command while somebody types these secrets, in this order; ``answers`` go to questions that aren't secret."""

    connection: Loopback
    environ: dict[str, str] = field(default_factory=dict)
    events: tuple[ReaderChange, ...] = ()
    asked: list[str] = field(default_factory=list)

    def run(self, *words: str, types: tuple[str, ...] = (), answers: str = "") -> Result:
        self.asked.clear()
        typed = iter(types)

        def ask(prompt: str) -> str:
            self.asked.append(prompt)
            return next(typed)

        reader = LoopbackReader(self.connection, self.events)
        tools = replace(build_tools(self.environ), cards=lambda: reader, ask_secret=ask)
        told = CliRunner().invoke(commands, words, obj=tools, input=answers, env={"COLUMNS": "200"})
        assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
        assert list(typed) == [], "not everything that was typed was asked for"
        return told

    def json(self, *words: str, types: tuple[str, ...] = ()) -> Any:
        told = self.run(*words, "--json", types=types)
        return json.loads(told.stdout)
