"""What the doctor examines on this machine, as far as the settings say where it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from webvartti.domain.health import HealthCheck


@dataclass(frozen=True, slots=True)
class TrustedCertificates:
    """How many anchors and issuing CAs are configured, and which of them are too weak, each with why."""

    anchors: int
    issuers: int
    weak: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """Something that was written with a time: the newest audit entry, the newest CRL."""

    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Installation:
    """None, or empty, where a setting is missing or refused: the rest is examined all the same.

    ``problems`` are the settings that were refused, as (name, problem). ``keys`` are (setting, file). ``trusted``, ``health``
    and ``records`` may raise any WebVarttiError, which is then the finding. ``uid`` is the account of this process.
    """

    problems: tuple[tuple[str, str], ...]
    keys: tuple[tuple[str, Path], ...]
    database: Path | None
    revocation_directory: Path | None
    register_directory: Path | None
    checkpoints: Path | None
    trust_file: Path | None
    proxy_uid: int | None
    mail_server: tuple[str, int] | None
    uid: int
    trusted: Callable[[], TrustedCertificates]
    health: Callable[[], tuple[HealthCheck, ...]]
    missing_extracts: Callable[[], tuple[str, ...]]
    records: Callable[[], tuple[Record, ...]]
    clock: Callable[[], datetime]
