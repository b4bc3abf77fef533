"""The console entry. With ``wsgi`` the only reader of the settings' variables; what the commands use is wired in ``wiring``."""

from __future__ import annotations

import os

import click

from webvartti import __version__
from webvartti.cli import (
    audit,
    certificate,
    database,
    doctor,
    figures,
    groups,
    operations,
    orders,
    proxy_config,
    registers,
    retention,
    revocation,
    rules,
    staff,
    support_code,
)
from webvartti.cli.context import PlainErrors
from webvartti.process import write_log
from webvartti.wiring import build_tools

EPILOG = "Settings come from the environment; `webvartti settings` lists them. Begin with `webvartti demo run`."


@click.group(cls=PlainErrors, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="webvartti")
@click.pass_context
def main(context: click.Context) -> None:
    """WebVartti: health and social care professionals renew their smart cards on-line."""
    write_log(os.environ)
    context.obj = build_tools(dict(os.environ))


for command in (
    operations.settings, operations.serve, operations.worker, database.database,
    registers.registry, revocation.revocation, certificate.certificate, groups.card,
    orders.orders, audit.audit, audit.feedback, groups.demo, doctor.doctor, proxy_config.proxy_config,
    staff.staff, rules.rules, figures.figures, retention.retention, support_code.support_code,
):  # fmt: skip
    main.add_command(command)


if __name__ == "__main__":
    main()
