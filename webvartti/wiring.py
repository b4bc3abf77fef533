"""The tools that the commands use, wired: the services and their adapters are ``bootstrap``'s, the listeners ``serving``'s.

What a tool needs is imported when a command first uses it: nobody waits for Flask, Alembic and the card reader's library to
learn what `webvartti audit --help` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from webvartti.cli.card_prompts import ask_secret
from webvartti.cli.card_tools import CardTools, DemoCardTools
from webvartti.cli.context import DemoTools, Serving, Tools, operator
from webvartti.config import Settings, load_settings, settings_table
from webvartti.config_fields import PREFIX
from webvartti.domain.database_copy import CopiedTable
from webvartti.domain.deployment import Deployment, ProbeFinding
from webvartti.domain.health import HealthCheck
from webvartti.domain.ports import Progress
from webvartti.services import Services
from webvartti.services.audit import Verification


def build_tools(environ: Mapping[str, str]) -> Tools:
    """Everything that commands use. Nothing is imported, read or opened before a command needs it."""
    wired = _Wired(environ)
    return Tools(
        services=wired.services,
        settings=partial(settings_table, environ),
        serve=wired.serve,
        measured=wired.measured,
        demand_schema=wired.demand_schema,
        migrate=wired.migrate,
        copy_database=wired.copy_database,
        verify_audit=wired.verify_audit,
        tell_audit=wired.tell_audit,
        backup_database=wired.back_up,
        read_certificate=_read_certificate,
        cards=_cards,
        ask_secret=ask_secret,
        proxy_defaults=partial(_proxy_defaults, environ),
        card_authorities=_card_authorities,
        deploy_file=_deploy_file,
        examine=wired.examine,
        attack=_attack,
        export_sqlite=_write_orders,
        export_tables=_write_tables,
        demo=partial(_demo, environ),
        demo_cards=_demo_cards,
        with_environment=lambda other: build_tools({**_without_settings(environ), **other}),
    )


class _Wired:
    """What rests on the settings, which are read once and when first needed."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._settings = cache(partial(load_settings, environ))
        self.services = cache(partial(_services, self._settings))

    def serve(self, with_worker: bool) -> AbstractContextManager[Serving]:
        from webvartti.serving import serving

        return serving(self._settings(), self.services(), with_worker=with_worker)

    def measured(self) -> AbstractContextManager[None]:
        from webvartti.metrics_listener import measured

        return measured(self._settings(), self.services())

    def demand_schema(self) -> None:
        from webvartti.bootstrap import require_current_schema

        require_current_schema(self._settings())

    def migrate(self, action: str, revision: str) -> str:
        from webvartti.storage.migrate import check, current, downgrade, upgrade

        url = self._settings().database_url
        if action == "check":
            return "\n".join(check(url))
        if action != "current":
            {"upgrade": upgrade, "downgrade": downgrade}[action](url, revision)
        return current(url) or "base: no migration has run"

    def copy_database(self, source: str | None, target: str | None, watch: Progress) -> tuple[CopiedTable, ...]:
        from webvartti.storage.copying import copy_database

        return copy_database(source or self._settings().database_url, target or self._settings().database_url, watch)

    def verify_audit(self, url: str | None) -> Verification:
        from webvartti.bootstrap import verify_audit

        return verify_audit(self._settings(), url or self._settings().database_url)

    def tell_audit(self, url: str | None, action: str) -> None:
        from webvartti.bootstrap import tell_audit

        tell_audit(self._settings(), url or self._settings().database_url, action, operator())

    def back_up(self, file: Path, replace: bool, watch: Progress) -> int:
        from webvartti.storage.backup import back_up

        return back_up(self._settings().database_url, file, replace=replace, progress=watch)

    def examine(self) -> Iterable[HealthCheck]:
        from webvartti.bootstrap_doctor import build_installation
        from webvartti.doctor.examination import examine

        return examine(build_installation(self._environ, self.services))


def _services(settings: Callable[[], Settings]) -> Services:
    from webvartti.bootstrap import build_services

    return build_services(settings())


def _cards() -> CardTools:
    from webvartti.cards.pcsc_cards import PcscCards

    return PcscCards()


def _demo(environ: Mapping[str, str]) -> DemoTools:
    from webvartti.demo.tools import CountryTools

    return CountryTools(dict(environ))


def _demo_cards() -> DemoCardTools:
    from webvartti.demo.virtual_card.tools import VirtualCardTools

    return VirtualCardTools()


def _read_certificate(content: bytes, password: str | None) -> bytes:
    from webvartti.pki.containers import read_certificate

    return read_certificate(content, password)


def _attack(deployment: Deployment) -> Iterable[ProbeFinding]:
    from webvartti.doctor.attack import attack

    return attack(deployment, lambda: datetime.now(UTC))


def _write_orders(file: Path, orders: Iterable[dict[str, Any]]) -> int:
    from webvartti.storage.hand_over import write_orders

    return write_orders(file, orders)


def _write_tables(file: Path, tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    from webvartti.storage.hand_over import write_tables

    write_tables(file, tables)


def _card_authorities(trust_file: Path) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """(issuing CAs, those and the anchors) of a trust file, in DER. Raises TrustNotUsable."""
    from webvartti.pki.trust import load_trust

    trust = load_trust(trust_file, datetime.now(UTC))
    return trust.issuer_certificates(), trust.anchor_and_issuer_certificates()


def _without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """What another system's settings are laid over: none of this one's, such as its mail server, shines through."""
    return {name: value for name, value in environ.items() if not name.startswith(PREFIX)}


def _proxy_defaults(environ: Mapping[str, str]) -> dict[str, str]:
    """Settings that a proxy shares, as they are written; a configuration can be made where none is set."""
    names = ("PUBLIC_ORIGIN", "CARD_ORIGIN", "TRUST_FILE", "PROXY_USER", "CARD_TLS12_ONLY")
    return {name: environ.get(f"{PREFIX}{name}", "").strip() for name in names}


def _deploy_file(name: str) -> str:
    """A file of ``deploy/``: inside the package where it was installed from a wheel, beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "_deploy"
    return ((inside if inside.is_dir() else package.parent / "deploy") / name).read_text(encoding="utf-8")
