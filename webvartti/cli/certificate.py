"""`webvartti certificate`: the verdict of sign-in for a file."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from webvartti.cli.context import console, tools
from webvartti.domain.certificates import CertificateRefused
from webvartti.services import Services


@click.group()
def certificate() -> None:
    """Ask what sign-in would say of a certificate."""


@certificate.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--ask-password", is_flag=True, help="Ask for the password of a .p12 file.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Read it from a file.")
@click.pass_context
def check(context: click.Context, file: Path, ask_password: bool, password_file: Path | None) -> None:
    """Judge the certificate in FILE (PEM, DER or .p12) as sign-in would; exit code 1 where it would be refused."""
    try:
        password = password_file.read_text(encoding="utf-8").strip() if password_file else None
    except UnicodeDecodeError:
        raise click.UsageError(f"{password_file} isn't a text file with a password.") from None
    if ask_password:
        password = getpass.getpass("Password of the file: ")
    der = tools(context).read_certificate(file.read_bytes(), password)
    if not print_verdict(tools(context).services(), der):
        context.exit(1)


def print_verdict(services: Services, der: bytes) -> bool:
    """Print who holds the card, or why it is refused; True where it is accepted."""
    try:
        accepted = services.judge.judge(der, services.clock())
    except CertificateRefused as refused:
        console.print(f"[bold red]refused[/]: {refused.code} (help desk code {refused.help_desk_code})")
        console.print(f"  {(type(refused).__doc__ or '').strip().splitlines()[0]}", soft_wrap=True)
        if refused.detail:
            console.print(f"  {refused.detail}", markup=False, soft_wrap=True)
        return False
    holder, revocation = accepted.holder, accepted.revocation
    console.print(f"[bold green]accepted[/]: {holder.kind} card of {holder.name}")
    facts = {
        "person": f"{holder.person.namespace} {holder.person.serial_number}",
        "title": holder.title,
        "Doctor ID": holder.doctor_id,
        "organisation": holder.organisation,
        "valid": f"{holder.not_before:%Y-%m-%d %H:%M} to {holder.not_after:%Y-%m-%d %H:%M} UTC",
        "serial number": holder.card.serial,
        "revocation": f"{revocation.state}, CRL {revocation.crl_number}, next update {revocation.next_update}",
        "path": " < ".join(accepted.path),
        "fingerprint": holder.fingerprint,
    }
    for name, value in facts.items():
        if value:
            console.print(f"  {name:14} {value}", markup=False, highlight=False, soft_wrap=True)
    return True
