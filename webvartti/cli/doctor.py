"""`webvartti doctor`: examines this machine, and with --through attacks a deployment from outside."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from webvartti.cli.context import console, printable, tools
from webvartti.domain.deployment import Deployment, ProbeFinding
from webvartti.domain.health import HealthCheck, Verdict

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_WORDS = {Verdict.OK: "[green]pass[/]", Verdict.WARN: "[yellow]warn[/]", Verdict.FAIL: "[bold red]FAIL[/]"}
_INDENT = " " * 6


@click.command()
@click.option("--through", metavar="ORIGIN", help="Attack the deployment at https://PUBLIC-HOST[:PORT] instead.")
@click.option("--card", metavar="ORIGIN", default="", help="Its card host. Default: as its sign-in page says.")
@click.option("--certificate", type=_FILE, help="A valid card's certificate (PEM or DER, without its key) to forge with.")
@click.option("--connect", metavar="ADDRESS", default="", help="Connect to this address, whatever the host names resolve to.")
@click.option("--ca", type=_FILE, help="PEM of the CA of the server certificates, where this system doesn't know it.")
@click.pass_context
def doctor(
    context: click.Context, through: str | None, card: str, certificate: Path | None, connect: str, ca: Path | None
) -> None:
    """Say what is wrong, and the one next step for each; exit code 1 where something failed.

    Without options: settings, keys, trust anchors, CRLs, clock, database and permissions of this machine. Run it as the
    service's account. It repairs nothing by itself, and works where the settings are refused: that is the finding then.

    With --through: from any machine, what somebody would try who wants another person's card: forged certificate headers in
    every spelling, mixed host names, resumed sessions, old TLS, forged certificates. For each failure it prints the line of
    HAProxy and of nginx to look at. Attack your own deployment only. It signs nobody in, unless the deployment is broken.

    \b
        webvartti doctor
        webvartti doctor --through https://webvartti.example.fi --certificate card.pem
        webvartti doctor --through https://webvartti.localhost:8443 --connect 127.0.0.1 --ca demo-country/server/ca.pem
    """
    if through is None:
        if card or certificate or connect or ca:
            raise click.UsageError("--card, --certificate, --connect and --ca belong to --through.")
        failed = _print_checks(tools(context).examine())
    else:
        der = tools(context).read_certificate(certificate.read_bytes(), None) if certificate else b""
        failed = _print_findings(tools(context).attack(Deployment(through, card, der, connect, ca)))
    if failed:
        context.exit(1)


def _print_checks(checks: Iterable[HealthCheck]) -> bool:
    seen = []
    for check in checks:
        seen.append(check.verdict)
        _print_line(check.verdict, check.name, check.detail)
        for subject in check.about:
            _print_more(subject)
        if check.next_step:
            _print_more(f"next step: {check.next_step}")
    return _print_sum(seen)


def _print_findings(findings: Iterable[ProbeFinding]) -> bool:
    seen = []
    for finding in findings:
        seen.append(finding.verdict)
        _print_line(finding.verdict, finding.name, finding.detail)
        if finding.haproxy:
            _print_more(f"HAProxy: {finding.haproxy}")
            _print_more(f"nginx:   {finding.nginx}")
    return _print_sum(seen)


def _print_line(verdict: Verdict, name: str, detail: str) -> None:
    console.print(f"{_WORDS[verdict]}  ", end="")
    console.print(f"{name:36} {printable(detail)}", markup=False, highlight=False, soft_wrap=True)


def _print_more(text: str) -> None:
    console.print(f"{_INDENT}{printable(text)}", markup=False, highlight=False, soft_wrap=True)


def _print_sum(seen: list[Verdict]) -> bool:
    failed = seen.count(Verdict.FAIL)
    console.print(f"{seen.count(Verdict.OK)} passed, {seen.count(Verdict.WARN)} warnings, {failed} failed", highlight=False)
    return failed > 0
