"""Asking for PINs and codes: hidden, on the terminal, and nowhere else."""

from __future__ import annotations

import getpass
import os
import resource
from collections.abc import Callable

import click

from webvartti.cli.context import complaints
from webvartti.domain.card_in_reader import PinName, PinStatus
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.pin_rules import PinRefused, check_digits, check_new_pin

_MOST_CHOICES = 3


class NoTerminal(WebVarttiError):
    """A PIN is typed on a terminal only: it is taken from no pipe, file, argument or environment variable."""

    code = "no-terminal"


class PinsDiffer(PinRefused):
    """The two times that it was typed differ."""

    code = "pins-differ"


class GivenUp(WebVarttiError):
    """Nothing was sent to the card."""

    code = "given-up"


def ask_secret(prompt: str) -> str:
    """What somebody types without seeing it, and no core dump will hold. Raises NoTerminal."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError as problem:
        raise NoTerminal from problem
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return getpass.getpass(prompt)


class Dialogue:
    """``ask`` is ``ask_secret``, or stands for it in a test."""

    def __init__(self, ask: Callable[[str], str]) -> None:
        self._ask = ask

    def current(self, name: PinName, digits: tuple[int, int]) -> str:
        """What is on the card or in the letter. What can't be it costs no try: raises PinRefused."""
        typed = self._ask(f"{_spoken(name)}: ")
        check_digits(typed, digits)
        return typed

    def new(self, name: PinName, digits: tuple[int, int], *, code: str = "", old: str = "", other: str = "") -> str:
        """A new PIN, typed twice. Says what is wrong with one, and asks again; raises PinRefused in the end."""
        refused: PinRefused = PinsDiffer()
        for _ in range(_MOST_CHOICES):
            try:
                return self._new_once(name, digits, code, old, other)
            except PinRefused as problem:
                refused = problem
                told = str(problem) or (type(problem).__doc__ or "").strip().splitlines()[0]
                complaints.print(f"Choose another one: {told}", markup=False, highlight=False, soft_wrap=True)
        raise refused

    def _new_once(self, name: PinName, digits: tuple[int, int], code: str, old: str, other: str) -> str:
        wanted = f"{digits[0]}" if digits[0] == digits[1] else f"{digits[0]} to {digits[1]}"
        typed = self._ask(f"New {name}, {wanted} digits: ")
        check_new_pin(typed, digits, code=code, old=old, other=other)
        if self._ask(f"New {name} again: ") != typed:
            raise PinsDiffer
        return typed


def confirm_last_try(status: PinStatus) -> None:
    """One try more, and it is locked: that is asked. Raises GivenUp."""
    if status.tries_left != 1:
        return
    after = "the card is lost for good" if status.name is PinName.CODE else "only the activation code opens it again"
    question = f"This is the last try for {status.name}. If it is wrong, {after}. Go on?"
    if not click.confirm(question, err=True):
        raise GivenUp


def _spoken(name: PinName) -> str:
    return "Activation code from the letter" if name is PinName.CODE else f"{name}"
