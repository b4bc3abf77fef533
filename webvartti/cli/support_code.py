"""`webvartti support-code`: what a visitor's check of computer and card found, for the help desk."""

from __future__ import annotations

import click

from webvartti.cli.context import tools
from webvartti.domain.card_checks import CardCheck
from webvartti.domain.measures import ACCEPTED, DRAFT_LANE


@click.command("support-code")
@click.argument("code", nargs=-1, required=True)
@click.pass_context
def support_code(context: click.Context, code: tuple[str, ...]) -> None:
    """Say what the check with this support CODE found (the page "Does my card work?" gives them; they live for 14 days).

    Lower case and blanks will do. The same answers, in the visitor's words, are on that page: /fi/card-check/CODE.
    """
    services = tools(context).services()
    check = services.card_checks.find("".join(code), services.clock())
    for name, value in _rows(check):
        click.echo(f"{name:22} {value}")


def _rows(check: CardCheck) -> tuple[tuple[str, str], ...]:
    version = f" (interface {check.software_version})" if check.software_version else ""
    kind = f" ({check.kind} card)" if check.kind else ""
    certificate = f"{check.certificate}{kind}" if check.certificate else "not tried"
    refused = "" if check.certificate in ("", ACCEPTED, DRAFT_LANE) else ", as signing in would say"
    return (
        ("support code", check.code),
        ("checked at", f"{check.at.isoformat(timespec='seconds')}, forgotten at {check.gone_at.isoformat(timespec='seconds')}"),
        ("reader software", f"{check.software}{version}"),
        ("certificate", f"{certificate}{refused}"),
        ("clock", f"{check.clock}, {check.clock_seconds:+d} s"),
        ("TLS", str(check.tls)),
    )
