"""The console entry. With ``wsgi.py`` the only reader of the environment; wires the tools and hands them to the commands."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import click
from flask import Flask

from webvartti import __version__
from webvartti.app import create_app
from webvartti.bootstrap import build_installation, build_services, build_trust, require_current_schema, verify_audit
from webvartti.cli import (
    audit,
    certificate,
    database,
    demo,
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
)
from webvartti.cli.context import PlainErrors, Serving, Tools
from webvartti.config import Settings, SettingsRefused, load_settings
from webvartti.config_fields import FIELDS, JSON, PREFIX
from webvartti.demo.tools import CountryTools
from webvartti.doctor.attack import attack
from webvartti.doctor.examination import examine
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.limits import client_network
from webvartti.domain.measures import Measurement, Meter, Unmetered
from webvartti.pki.containers import read_certificate
from webvartti.pki.trust import load_trust
from webvartti.server.errors import ServerError
from webvartti.server.listener import ClientCertificates, Listener
from webvartti.server.plain import serving_plainly
from webvartti.server.server import Server
from webvartti.services import Services
from webvartti.storage.backup import back_up
from webvartti.storage.copying import copy_database
from webvartti.storage.hand_over import write_orders, write_tables
from webvartti.storage.migrate import check, current, downgrade, upgrade
from webvartti.telemetry.counting import build_meter, build_metrics, forget_counters, prepare_folder
from webvartti.telemetry.log_lines import JsonLines, PlainLines, write_log_lines
from webvartti.web.request_ids import current_request_id

_EMBEDDED = "serve"
"""The folder of the embedded listeners' counters; gunicorn's processes have one by the name of their listener."""

EPILOG = "Settings come from the environment; `webvartti settings` lists them. Begin with `webvartti demo run`."


@click.group(cls=PlainErrors, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="webvartti")
@click.pass_context
def main(context: click.Context) -> None:
    """WebVartti: health and social care professionals renew their smart cards on-line."""
    _log(os.environ)
    context.obj = build_tools(dict(os.environ))


for command in (
    operations.settings, operations.serve, operations.worker, database.database,
    registers.registry, revocation.revocation, certificate.certificate, certificate.card,
    orders.orders, audit.audit, audit.feedback, demo.demo, doctor.doctor, proxy_config.proxy_config,
    staff.staff, rules.rules, figures.figures, retention.retention,
):  # fmt: skip
    main.add_command(command)


def create_wsgi_application(environ: Mapping[str, str]) -> Flask:
    """The application for a WSGI server, of the listener that WEBVARTTI_LISTENER names."""
    _log(environ)
    settings = load_settings(environ)
    require_current_schema(settings)
    return create_app(settings, meter=_meter(settings, settings.listener, told_here=False))


def wsgi_application() -> Flask:
    """What gunicorn calls in an installation from the wheel, where there is no ``wsgi.py``."""
    return create_wsgi_application(os.environ)


def build_tools(environ: Mapping[str, str]) -> Tools:
    """Everything that commands use. Nothing is read or opened before a command needs it."""
    settings = cache(partial(load_settings, environ))
    services = cache(lambda: build_services(settings()))
    return Tools(
        services=services,
        settings=partial(_settings_table, environ),
        serve=lambda with_worker: _serving(settings(), services(), with_worker),
        measured=lambda: _measured(settings(), services()),
        demand_schema=lambda: require_current_schema(settings()),
        migrate=lambda action, revision: _migrate(settings().database_url, action, revision),
        copy_database=lambda source, target, watch: copy_database(
            source or settings().database_url, target or settings().database_url, watch
        ),
        verify_audit=lambda url: verify_audit(settings(), url or settings().database_url),
        backup_database=lambda file, replace, watch: back_up(settings().database_url, file, replace=replace, progress=watch),
        read_certificate=read_certificate,
        read_card=_read_card,
        proxy_defaults=partial(_proxy_defaults, environ),
        card_authorities=_card_authorities,
        deploy_file=_deploy_file,
        examine=lambda: examine(build_installation(environ, services)),
        attack=lambda deployment: attack(deployment, lambda: datetime.now(UTC)),
        export_sqlite=write_orders,
        export_tables=write_tables,
        demo=CountryTools(dict(environ)),
        with_environment=lambda other: build_tools({**environ, **other}),
    )


def _settings_table(environ: Mapping[str, str]) -> tuple[tuple[str, str, str, str], ...]:
    """(variable, meaning, default, now); of what is set only that it is, for a value may be secret."""
    rows = []
    for field in FIELDS:
        default = "must be set" if field.default is None else field.default or "nothing"
        rows.append((field.variable, field.meaning, default, "set" if field.variable in environ else "not set"))
    return tuple(rows)


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


def _read_card(reader: str) -> tuple[str, str, tuple[tuple[str, bytes], ...]]:
    from webvartti.cards.pkcs15 import read_card  # only here: most commands need no card support
    from webvartti.cards.readers import connect

    with connect(reader) as transmit:
        contents = read_card(transmit)
    return contents.label, contents.serial, tuple((each.label, each.der) for each in contents.certificates)


def _serving(settings: Settings, services: Services, with_worker: bool) -> AbstractContextManager[Serving]:
    certificate, key = settings.tls_certificate_file, settings.tls_key_file
    if certificate is None or key is None:
        raise SettingsRefused("WEBVARTTI_TLS_CERTIFICATE_FILE", "and WEBVARTTI_TLS_KEY_FILE must be set to serve")
    require_current_schema(settings)
    trust = build_trust(settings)
    if settings.metrics_directory is not None:
        forget_counters(settings.metrics_directory / _EMBEDDED)
    meter = _meter(settings, _EMBEDDED, told_here=with_worker and settings.metrics_listen is not None)
    listener = partial(Listener, certificate_file=certificate, key_file=key, client_of=client_network)
    public = listener(
        name="public",
        host=settings.public_listen[0],
        port=settings.public_listen[1],
        server_name=settings.public_host,
        application=create_app(settings, services, "public", meter),
    )
    card = listener(
        name="card",
        host=settings.card_listen[0],
        port=settings.card_listen[1],
        server_name=settings.card_host,
        application=create_app(settings, services, "card", meter),
        client_certificates=ClientCertificates(trust.issuer_certificates(), trust.anchor_and_issuer_certificates()),
        tls12_only=settings.card_tls12_only,
    )
    if not with_worker:
        return _with_worker([public, card], None, nullcontext())
    return _with_worker([public, card], services, _measured(settings, services, meter))


class ServingFailed(WebVarttiError):
    """The embedded listeners can't be started, or one ended by itself."""

    code = "serving-failed"


@contextmanager
def _with_worker(
    listeners: Sequence[Listener], services: Services | None, measured: AbstractContextManager[None]
) -> Iterator[Serving]:
    stop = threading.Event()
    repeat: Callable[..., None] = operations.repeat
    thread = threading.Thread(target=repeat, args=(services, 1.0, stop), name="worker") if services else None
    try:
        with Server(listeners) as server, _signals(server), measured, operations.fetching(services):
            if thread is not None:
                thread.start()
            try:
                yield server
            finally:
                stop.set()
                if thread is not None:
                    thread.join()
    except ServerError as problem:
        raise ServingFailed(str(problem)) from problem


def _meter(settings: Settings, processes: str, *, told_here: bool) -> Meter:
    """In files, a folder for each group of processes, where the worker is to read them; in memory where this process tells its
    numbers itself. Raises MetricsNotInstalled, CountersNotKept.
    """
    if settings.metrics_directory is not None:
        folder = settings.metrics_directory / processes
        prepare_folder(folder)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)  # for the library, which looks when it is first imported
        return build_meter()
    return build_meter() if told_here else Unmetered()


@contextmanager
def _measured(settings: Settings, services: Services, meter: Meter | None = None) -> Iterator[None]:
    """/metrics, where it is asked for."""
    if settings.metrics_listen is None:
        yield
        return
    measure = partial(_measurement, services)
    metrics = build_metrics(measure, __version__, settings.metrics_directory, meter)
    try:
        with serving_plainly("metrics", settings.metrics_listen, metrics):
            yield
    except ServerError as problem:
        raise ServingFailed(str(problem)) from problem


def _measurement(services: Services) -> Measurement:
    return services.measures.take(services.clock())


@contextmanager
def _signals(server: Server) -> Iterator[None]:
    """HUP reads the server certificate anew; TERM ends in order, as Ctrl-C does. Only a main thread may listen to signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def reload(*_: object) -> None:
        with suppress(ServerError):  # it has logged why, and serves on with the old files
            server.reload()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGHUP, reload), signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before[0])
        signal.signal(signal.SIGTERM, before[1])


def _log(environ: Mapping[str, str]) -> None:
    """Before the settings are read: what is wrong with them is logged too, and a format that isn't one is refused with them."""
    as_json = environ.get(f"{PREFIX}LOG_FORMAT", "").strip() == JSON
    write_log_lines((JsonLines if as_json else PlainLines)(current_request_id))


if __name__ == "__main__":
    main()
