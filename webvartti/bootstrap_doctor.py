"""What the doctor examines, put together from settings that may be wrong: the composition root of that one command."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from pwd import getpwnam

from webvartti.config import SettingsRefused, examine_settings
from webvartti.config_fields import PREFIX
from webvartti.doctor.installation import Installation, Record, TrustedCertificates
from webvartti.domain.errors import StorageUnavailable, WebVarttiError
from webvartti.pki.path_checks import weak_authorities
from webvartti.pki.path_policy import CARD_PATH_POLICY
from webvartti.pki.trust import load_trust
from webvartti.services import Services
from webvartti.storage.engine import database_file


def build_installation(environ: Mapping[str, str], services: Callable[[], Services]) -> Installation:
    """What the doctor examines: as far as the settings can be used, for each that can't is a finding of its own."""
    problems, values = examine_settings(environ)
    keys = ("SECRET_KEY_FILE", "AUDIT_KEY_FILE", "SMTP_PASSWORD_FILE", "TLS_KEY_FILE")
    named = ((f"{PREFIX}{name}", environ.get(f"{PREFIX}{name}", "").strip()) for name in keys)
    url, user = values.get("DATABASE_URL", ""), values.get("PROXY_USER", "")
    try:
        database = database_file(url) if url else None
    except WebVarttiError as problem:  # its text never repeats the address
        database, problems = None, (*problems, SettingsRefused(f"{PREFIX}DATABASE_URL", str(problem)))

    def built() -> Services:
        if database is not None and not database.exists():
            raise StorageUnavailable("the database file isn't there")  # to examine must not be to create
        return services()

    return Installation(
        problems=tuple((problem.setting, problem.problem) for problem in problems),
        keys=tuple((name, Path(file)) for name, file in named if file),
        database=database,
        revocation_directory=values.get("REVOCATION_DIRECTORY"),
        register_directory=values.get("REGISTER_DIRECTORY"),
        checkpoints=values.get("AUDIT_CHECKPOINT_FILE"),
        trust_file=values.get("TRUST_FILE"),
        proxy_uid=getpwnam(user).pw_uid if user else None,
        mail_server=values.get("SMTP_SERVER"),
        uid=os.getuid(),
        trusted=partial(_trusted_certificates, values.get("TRUST_FILE")),
        health=lambda: built().health.examine(built().clock()),
        missing_extracts=lambda: built().registers.missing_extracts(),
        records=lambda: _newest_records(built()),
        clock=lambda: built().clock(),
    )


def _trusted_certificates(trust_file: Path | None) -> TrustedCertificates:
    if trust_file is None:
        raise SettingsRefused(f"{PREFIX}TRUST_FILE", "names no trust file")
    trust = load_trust(trust_file, datetime.now(UTC))
    return TrustedCertificates(len(trust.anchors), len(trust.issuers), weak_authorities(trust, CARD_PATH_POLICY))


def _newest_records(services: Services) -> tuple[Record, ...]:
    entries = services.audit.show(limit=1)
    lists = services.health.revocation.lists()
    newest = [Record("the newest CRL", max(each.this_update for each in lists))] if lists else []
    return (*(Record("the newest audit entry", entry.at) for entry in entries), *newest)
