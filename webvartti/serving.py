"""The embedded listeners, the worker beside them and their numbers: what `webvartti serve` runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial

from webvartti.app import create_app
from webvartti.bootstrap import build_trust, require_current_schema
from webvartti.cli import operations
from webvartti.cli.context import Serving
from webvartti.cli.signals import Stop, heeding, interrupt
from webvartti.config import Settings, SettingsRefused
from webvartti.domain.limits import client_network
from webvartti.metrics_listener import ServingFailed, measured
from webvartti.process import meter_of
from webvartti.server.errors import ServerError
from webvartti.server.listener import ClientCertificates, Listener
from webvartti.server.server import Server
from webvartti.services import Services
from webvartti.telemetry.counting import forget_counters

_EMBEDDED = "serve"
"""The folder of the embedded listeners' counters; gunicorn's processes have one by the name of their listener."""


def serving(settings: Settings, services: Services, *, with_worker: bool) -> AbstractContextManager[Serving]:
    """Both listeners until the block ends; with the worker in a thread beside them, where one is asked for.

    Raises SettingsRefused, SchemaNotCurrent, StorageUnavailable, ServingFailed.
    """
    certificate, key = settings.tls_certificate_file, settings.tls_key_file
    if certificate is None or key is None:
        raise SettingsRefused("WEBVARTTI_TLS_CERTIFICATE_FILE", "and WEBVARTTI_TLS_KEY_FILE must be set to serve")
    require_current_schema(settings)
    trust = build_trust(settings)
    if settings.metrics_directory is not None:
        forget_counters(settings.metrics_directory / _EMBEDDED)
    meter = meter_of(settings, _EMBEDDED, told_here=with_worker and settings.metrics_listen is not None)
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
        return _running([public, card], None, nullcontext())
    return _running([public, card], services, measured(settings, services, meter))


@contextmanager
def _running(
    listeners: Sequence[Listener], services: Services | None, telling: AbstractContextManager[None]
) -> Iterator[Serving]:
    stop = Stop()
    repeat: Callable[..., None] = operations.repeat
    thread = threading.Thread(target=repeat, args=(services, 1.0, stop), name="worker") if services else None
    try:
        with Server(listeners) as server, _signals(server), telling, operations.fetching(services):
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


@contextmanager
def _signals(server: Server) -> Iterator[None]:
    """HUP reads the server certificate anew; TERM ends in order, as Ctrl-C does."""

    def reload() -> None:
        with suppress(ServerError):  # it has logged why, and serves on with the old files
            server.reload()

    with heeding({signal.SIGHUP: reload, signal.SIGTERM: interrupt}):
        yield
