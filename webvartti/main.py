"""The console entry. With ``wsgi`` the only reader of the settings' variables; wires the tools that the commands use.

The services and their adapters are ``bootstrap``'s, the listeners ``serving``'s.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import click

from webvartti import __version__
from webvartti.bootstrap import build_services, require_current_schema, tell_audit, verify_audit
from webvartti.bootstrap_doctor import build_installation
from webvartti.cards.pcsc_cards import PcscCards
from webvartti.cli import (
    audit,
    card,
    card_pins,
    card_proof,
    certificate,
    database,
    demo,
    demo_card,
    demo_scs,
    doctor,
    figures,
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
from webvartti.cli.card_prompts import ask_secret
from webvartti.cli.context import PlainErrors, Tools, operator
from webvartti.config import load_settings, settings_table
from webvartti.config_fields import PREFIX
from webvartti.demo.tools import CountryTools
from webvartti.demo.virtual_card.tools import VirtualCardTools
from webvartti.doctor.attack import attack
from webvartti.doctor.examination import examine
from webvartti.pki.containers import read_certificate
from webvartti.pki.trust import load_trust
from webvartti.process import write_log
from webvartti.serving import measured, serving
from webvartti.storage.backup import back_up
from webvartti.storage.copying import copy_database
from webvartti.storage.hand_over import write_orders, write_tables
from webvartti.storage.migrate import check, current, downgrade, upgrade

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
    registers.registry, revocation.revocation, certificate.certificate, card.card,
    orders.orders, audit.audit, audit.feedback, demo.demo, doctor.doctor, proxy_config.proxy_config,
    staff.staff, rules.rules, figures.figures, retention.retention, support_code.support_code,
):  # fmt: skip
    main.add_command(command)

for command in (
    card.readers, card.show, card.watch, card_pins.activate, card_pins.change_pin, card_pins.unlock,
    card_proof.test, card_proof.sign_in,
):  # fmt: skip
    card.card.add_command(command)

demo.demo.add_command(demo_card.card)
demo.demo.add_command(demo_scs.scs)


def build_tools(environ: Mapping[str, str]) -> Tools:
    """Everything that commands use. Nothing is read or opened before a command needs it."""
    settings = cache(partial(load_settings, environ))
    services = cache(lambda: build_services(settings()))
    return Tools(
        services=services,
        settings=partial(settings_table, environ),
        serve=lambda with_worker: serving(settings(), services(), with_worker=with_worker),
        measured=lambda: measured(settings(), services()),
        demand_schema=lambda: require_current_schema(settings()),
        migrate=lambda action, revision: _migrate(settings().database_url, action, revision),
        copy_database=lambda source, target, watch: copy_database(
            source or settings().database_url, target or settings().database_url, watch
        ),
        verify_audit=lambda url: verify_audit(settings(), url or settings().database_url),
        tell_audit=lambda url, action: tell_audit(settings(), url or settings().database_url, action, operator()),
        backup_database=lambda file, replace, watch: back_up(settings().database_url, file, replace=replace, progress=watch),
        read_certificate=read_certificate,
        cards=PcscCards(),
        ask_secret=ask_secret,
        proxy_defaults=partial(_proxy_defaults, environ),
        card_authorities=_card_authorities,
        deploy_file=_deploy_file,
        examine=lambda: examine(build_installation(environ, services)),
        attack=lambda deployment: attack(deployment, lambda: datetime.now(UTC)),
        export_sqlite=write_orders,
        export_tables=write_tables,
        demo=CountryTools(dict(environ)),
        demo_cards=VirtualCardTools(),
        with_environment=lambda other: build_tools({**_without_settings(environ), **other}),
    )


def _without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """What another system's settings are laid over: none of this one's, such as its mail server, shines through."""
    return {name: value for name, value in environ.items() if not name.startswith(PREFIX)}


def _migrate(url: str, action: str, revision: str) -> str:
    if action == "check":
        return "\n".join(check(url))
    if action != "current":
        {"upgrade": upgrade, "downgrade": downgrade}[action](url, revision)
    return current(url) or "base: no migration has run"


def _proxy_defaults(environ: Mapping[str, str]) -> dict[str, str]:
    """Settings that a proxy shares, as they are written; a configuration can be made where none is set."""
    names = ("PUBLIC_ORIGIN", "CARD_ORIGIN", "TRUST_FILE", "PROXY_USER", "CARD_TLS12_ONLY")
    return {name: environ.get(f"{PREFIX}{name}", "").strip() for name in names}


def _card_authorities(trust_file: Path) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """(issuing CAs, those and the anchors) of a trust file, in DER. Raises TrustNotUsable."""
    trust = load_trust(trust_file, datetime.now(UTC))
    return trust.issuer_certificates(), trust.anchor_and_issuer_certificates()


def _deploy_file(name: str) -> str:
    """A file of ``deploy/``: inside the package where it was installed from a wheel, beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "_deploy"
    return ((inside if inside.is_dir() else package.parent / "deploy") / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
