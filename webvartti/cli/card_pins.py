"""`webvartti card activate`, `change-pin`, `unlock`: the PINs of the card in the reader."""

from __future__ import annotations

import click

from webvartti.cli.card import AS_JSON, READER, say_or_json
from webvartti.cli.card_exit_codes import EPILOG
from webvartti.cli.card_prompts import Dialogue, confirm_last_try
from webvartti.cli.card_tools import CardInReader
from webvartti.cli.card_verdict import pin_digits
from webvartti.cli.context import Tools, tools
from webvartti.domain.card_in_reader import PinName, PinState

_CHOICES = {"pin1": PinName.PIN1, "pin2": PinName.PIN2}
WHICH = click.argument("which", type=click.Choice(list(_CHOICES)), default="pin1")


@click.command(epilog=EPILOG)
@READER
@AS_JSON
@click.pass_context
def activate(context: click.Context, reader: str, as_json: bool) -> None:
    """Activate a new card: the activation code from the letter, then PIN1 and PIN2 of your choosing, each twice.

    An activation that was interrupted is taken up again where it stopped. Nothing is sent to the card before everything has
    been typed.
    """
    found = tools(context)
    with found.cards().open(reader) as in_reader:
        states = {pin.name: pin.state for pin in in_reader.pins()}
        waiting = [name for name in _CHOICES.values() if states.get(name, PinState.USABLE) is not PinState.USABLE]
        if waiting:
            _set_with_code(found, in_reader, waiting, as_json)
            return
        in_reader.ready(PinName.PIN1)  # says so where the card has none
    say_or_json(as_json, {"set": []}, "The card is activated already. webvartti card test tries whether it works.")


@click.command(epilog=EPILOG)
@WHICH
@READER
@AS_JSON
@click.pass_context
def unlock(context: click.Context, which: str, reader: str, as_json: bool) -> None:
    """Set PIN1 (or PIN2: unlock pin2) anew with the activation code, where it is locked or forgotten."""
    found = tools(context)
    with found.cards().open(reader) as in_reader:
        _set_with_code(found, in_reader, [_CHOICES[which]], as_json)


@click.command("change-pin", epilog=EPILOG)
@WHICH
@READER
@AS_JSON
@click.pass_context
def change_pin(context: click.Context, which: str, reader: str, as_json: bool) -> None:
    """Change PIN1 (or PIN2: change-pin pin2): the present one, then the new one twice."""
    found, name = tools(context), _CHOICES[which]
    dialogue = Dialogue(found.ask_secret)
    with found.cards().open(reader) as in_reader:
        status = in_reader.ready(name)
        confirm_last_try(status)
        old = dialogue.current(name, status.digits)
        new = dialogue.new(name, pin_digits(found, in_reader, name), old=old)
        in_reader.change_pin(name, old, new)
    say_or_json(as_json, {"changed": name}, f"{name} has been changed.")


def _set_with_code(found: Tools, in_reader: CardInReader, names: list[PinName], as_json: bool) -> None:
    dialogue = Dialogue(found.ask_secret)
    status = in_reader.ready(PinName.CODE)
    confirm_last_try(status)
    code = dialogue.current(PinName.CODE, status.digits)
    new: dict[PinName, str] = {}
    for name in names:
        other = next(iter(new.values()), "")
        new[name] = dialogue.new(name, pin_digits(found, in_reader, name), code=code, other=other)
    done: list[PinName] = []
    try:
        in_reader.set_pins(code, new, done.append)
    finally:
        missing = [name for name in names if name not in done]
        lines = [f"{name} has been set." for name in done]
        if done and missing:
            lines.append(f"{' and '.join(missing)} could not be set: run webvartti card activate again.")
        if done:
            say_or_json(as_json, {"set": done, "missing": missing}, *lines)
    if not as_json:
        click.echo("Keep the letter in a safe place: its code opens a locked PIN again. webvartti card test tries the card.")
