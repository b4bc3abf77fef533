"""gunicorn behind the proxy, twice: the public socket and the card socket. The listener is chosen by the unit (``--env``)."""

import gc
import logging
import os
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from webvartti.telemetry.counting import forget_counters
from webvartti.telemetry.log_lines import JsonLines

# Where systemd hands the socket over, as the units have it, this is not used.
bind = f"unix:/run/webvartti/{os.environ.get('WEBVARTTI_LISTENER', 'public')}.sock"
umask = 0o117

# A worker is a process, of which one computes at a time; threads wait for the disk and the registers meanwhile. A worker for
# each processor and 16 threads each; on one processor two, so that one that restarts isn't missed. HAProxy's
# "maxconn 24" a socket is twelve for each of two workers: raise both together. WEB_CONCURRENCY sets another number of workers.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or max(2, os.cpu_count() or 1))
threads = 16
worker_tmp_dir = "/dev/shm"  # noqa: S108 - a file without a name; on a disk that is busy the heartbeat would stop

# Proxies make a connection for each request: no two people's requests share one.
keepalive = 0
timeout = 60
graceful_timeout = 30

# The proxy lets 64 KiB of body and 16 KiB of head through. A card's certificate takes about 4 KiB as a header; the application
# reads 16 KiB of it at the most.
limit_request_line = 4094
limit_request_fields = 40
limit_request_field_size = 17 * 1024

# A name with an underscore would become another header's in WSGI: refused, not dropped. Nothing but the scheme is taken from
# headers: a unix socket's peer may say SCRIPT_NAME and PATH_INFO otherwise.
header_map = "refuse"
forwarder_headers = ""
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}

control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "info"


class NothingOfRequests(logging.Filter):
    """gunicorn's words on a request that fails repeat what was sent: cookies, certificates, queries. Only the kind remains."""

    openings = ("Invalid request", "Error handling request")

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record through."""
        if str(record.msg).startswith(self.openings):
            kind = record.exc_info[0] if record.exc_info else None
            record.msg, record.args = f"refused or failed before the application ({getattr(kind, '__name__', 'request')})", ()
            record.exc_info = record.exc_text = None
        return True


class OneObjectALine(Logger):
    """gunicorn's own lines as the application's."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())


if os.environ.get("WEBVARTTI_LOG_FORMAT") == "json":
    logger_class = OneObjectALine


def counters() -> Path | None:
    """Where the workers of this listener keep their counters."""
    directory = os.environ.get("WEBVARTTI_METRICS_DIRECTORY")
    return Path(directory) / os.environ.get("WEBVARTTI_LISTENER", "public") if directory else None


def on_starting(server: Any) -> None:
    """Before the workers are forked: they inherit the filter, and where to count."""
    server.log.error_log.addFilter(NothingOfRequests())
    import_once(server.app.app_uri)
    if folder := counters():
        # here too, for child_exit: prometheus_client, once imported without it, would have all later workers count in vain
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        forget_counters(folder)


def import_once(application: str) -> None:
    """What every worker needs is imported before they are forked, so that they share it and begin at once. The application
    itself, its connections and keys are each worker's own. New code therefore takes a restart, as an upgrade does anyway.
    """
    gc.disable()  # a fifth of the time went into looking for garbage among modules
    import_module(application.partition(":")[0])


def when_ready(server: Any) -> None:
    """What has been loaded stays: looking it through for garbage would cost time, and make copies of pages that are shared."""
    gc.freeze()
    gc.enable()


def post_fork(server: Any, worker: Any) -> None:
    """The application is made without a search for garbage, too."""
    gc.disable()


def post_worker_init(worker: Any) -> None:
    """The application is made."""
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)  # objects; by default it looks for garbage every 700, some forty times in each request
    gc.enable()


def child_exit(server: Any, worker: Any) -> None:
    """What a worker had under way when it was killed, it has no more. What it has counted stays."""
    if folder := counters():
        with suppress(ImportError, OSError):  # without the library no worker has counted
            from prometheus_client.multiprocess import mark_process_dead

            mark_process_dead(worker.pid, str(folder))
