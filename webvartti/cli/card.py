"""`webvartti card`: what the card in the reader is, and whether it works."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from webvartti.cli.card_exit_codes import CARD_REFUSED, EPILOG, CardCommands
from webvartti.cli.card_verdict import ACCEPTED, NOT_JUDGED, REFUSED, CardVerdict, judge, sign_in_verdict
from webvartti.cli.context import Tools, console, printable, tools
from webvartti.domain.card_in_reader import CardCertificate, CardContents, KeyUse, PinState, PinStatus, ReaderEvent
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.ports import never

READER = click.option("--reader", default="", help="The reader's name, where there are several (webvartti card readers).")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
_COLOURS = {ACCEPTED: "[bold green]", REFUSED: "[bold red]", NOT_JUDGED: "[yellow]"}


@click.group(cls=CardCommands, epilog=EPILOG)
def card() -> None:
    """Talk to the card in the reader.

    PINs and codes are typed on the terminal when they are asked for, unseen: no command takes one in any other way.
    """


@click.command(epilog=EPILOG)
@AS_JSON
@click.pass_context
def readers(context: click.Context, as_json: bool) -> None:
    """List the card readers, and say which of them hold a card."""
    found = tools(context).cards().readers()
    if as_json:
        print_json([{"name": each.name, "card": each.has_card, "answer_to_reset": each.answer_to_reset.hex().upper()}
                    for each in found])  # fmt: skip
        return
    for each in found:
        click.echo(f"{printable(each.name)}: {'a card is in it' if each.has_card else 'no card'}")
    if not found:
        click.echo("No card reader is connected.")


@click.command(epilog=EPILOG)
@READER
@AS_JSON
@click.pass_context
def show(context: click.Context, reader: str, as_json: bool) -> None:
    """Show the card: holder, product, certificates with the verdict of sign-in, and the tries that are left. Asks for no PIN.

    The verdict takes a WebVartti's settings (webvartti settings); without them the card is shown and not judged.
    """
    found = tools(context)
    with found.cards().open(reader) as in_reader:
        pins, verdict = in_reader.pins(), sign_in_verdict(found, in_reader)
        contents = in_reader.contents
    verdicts = [(each, judge(found, each)) for each in contents.certificates if each.use is not KeyUse.OTHER]
    if as_json:
        print_json({**_summary(contents, verdict), "pins": [_pin_row(pin) for pin in pins],
                    "certificates": [_certificate_row(*row) for row in verdicts]})  # fmt: skip
    else:
        _print_summary(contents, verdict)
        console.print(_certificate_table(verdicts))
        console.print(_pin_table(pins))
        _print_verdict(verdict)
    if verdict.state == REFUSED:
        context.exit(CARD_REFUSED)


@click.command(epilog=EPILOG)
@AS_JSON
@click.option("--count", type=click.IntRange(1), help="End after so many events.")
@click.pass_context
def watch(context: click.Context, as_json: bool, count: int | None) -> None:
    """Say when a reader or a card comes and goes, and whose card it is, until Ctrl-C. Asks for no PIN."""
    found = tools(context)
    for number, change in enumerate(found.cards().watch(never), start=1):
        row: dict[str, Any] = {"event": change.event, "reader": change.reader}
        if change.event is ReaderEvent.CARD_INSERTED:
            row |= _who(found, change.reader)
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            told = ", ".join(str(value) for name, value in row.items() if name not in ("event", "reader") and value)
            click.echo(f"{change.event}: {printable(change.reader)}{': ' if told else ''}{printable(told)}")
        if number == count:
            break


def _who(found: Tools, reader: str) -> dict[str, str]:
    """A card that can't be read doesn't end the watch."""
    try:
        with found.cards().open(reader) as in_reader:
            summary = _summary(in_reader.contents, sign_in_verdict(found, in_reader))
    except WebVarttiError as problem:
        return {"problem": problem.code}
    return {"holder": summary["holder"], "product": summary["product"], "verdict": summary["verdict"]["state"]}


def print_json(value: object) -> None:
    """As every command prints it."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def say_or_json(as_json: bool, row: dict[str, Any], *lines: str) -> None:
    """What was done, for people or for scripts."""
    if as_json:
        print_json(row)
    else:
        for line in lines:
            click.echo(line)


def _summary(contents: CardContents, verdict: CardVerdict) -> dict[str, Any]:
    names = (each.holder for each in contents.certificates if each.holder and each.use is not KeyUse.OTHER)
    return {
        "label": contents.label,
        "serial": contents.serial,
        "profile": contents.profile,
        "holder": verdict.holder or next(names, ""),
        "product": f"{verdict.kind} card" if verdict.kind else "",
        "verdict": {"state": verdict.state, "code": verdict.code},
    }


def _print_summary(contents: CardContents, verdict: CardVerdict) -> None:
    row = _summary(contents, verdict)
    facts = {
        "holder": row["holder"] or "unknown",
        "product": row["product"] or "unknown",
        "card": f"{contents.label or 'without a label'}, {contents.profile}, serial number {contents.serial or 'unknown'}",
    }
    for name, value in facts.items():
        console.print(f"{name:8} {printable(value)}", markup=False, highlight=False, soft_wrap=True)


def _print_verdict(verdict: CardVerdict) -> None:
    console.print(f"{_COLOURS[verdict.state]}{verdict.state}[/]", end="")
    told = {
        ACCEPTED: ": sign-in takes this card",
        NOT_JUDGED: ": there are no settings here to judge by (webvartti settings)",
        REFUSED: f": {verdict.code}. {verdict.told}",
    }[verdict.state]
    console.print(told, markup=False, highlight=False, soft_wrap=True)


def _certificate_table(verdicts: list[tuple[CardCertificate, CardVerdict]]) -> Table:
    table = Table("certificate", "for", "valid", "verdict of sign-in", title="Certificates", title_justify="left")
    for certificate, verdict in verdicts:
        told = verdict.code or verdict.state if verdict.state == REFUSED else verdict.state
        table.add_row(*map(_plain, (certificate.label, certificate.use, _validity(certificate), told)))
    return table


def _pin_table(pins: tuple[PinStatus, ...]) -> Table:
    table = Table("PIN", "state", "tries left", "digits", title="PINs", title_justify="left")
    words: dict[PinState, str] = {
        PinState.USABLE: "works",
        PinState.LOCKED: "locked: webvartti card unlock",
        PinState.NOT_SET: "not set yet: webvartti card activate",
    }
    for pin in pins:
        left = "the card doesn't tell" if pin.tries_left is None else str(pin.tries_left)
        digits = f"{pin.digits[0]}" if pin.digits[0] == pin.digits[1] else f"{pin.digits[0]} to {pin.digits[1]}"
        table.add_row(*map(_plain, (pin.name, words[pin.state], left, digits)))
    return table


def _plain(value: str) -> Text:
    """What stands on the card can do nothing to a terminal, and is no markup."""
    return Text(printable(str(value)))


def _validity(certificate: CardCertificate) -> str:
    if certificate.not_before is None or certificate.not_after is None:
        return "can't be read"
    return f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"


def _pin_row(pin: PinStatus) -> dict[str, Any]:
    return {"name": pin.name, "state": pin.state, "tries_left": pin.tries_left, "digits": list(pin.digits)}


def _certificate_row(certificate: CardCertificate, verdict: CardVerdict) -> dict[str, Any]:
    when: Callable[[datetime | None], str | None] = lambda moment: None if moment is None else moment.isoformat()  # noqa: E731 - two uses, one line
    return {
        "label": certificate.label,
        "identifier": certificate.identifier,
        "use": certificate.use,
        "holder": certificate.holder,
        "not_before": when(certificate.not_before),
        "not_after": when(certificate.not_after),
        "verdict": {"state": verdict.state, "code": verdict.code},
    }
