"""The settings: frozen values read once from ``WEBVARTTI_...``. What is unsafe stops the start and names the setting.

The list of them is ``config_fields.FIELDS``. Their variables are read in ``main`` and ``wsgi`` only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from pwd import getpwnam
from typing import Any
from urllib.parse import urlsplit

from webvartti.config_fields import DEMO, FIELDS, INVENTED_EMAIL, INVENTED_TELEPHONE, PREFIX, PRODUCTION, Field
from webvartti.config_values import Unsuitable
from webvartti.domain.errors import WebVarttiError


class SettingsRefused(WebVarttiError):
    """The start is refused. ``setting`` is the name to look at."""

    code = "settings-refused"

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator decides. Units stand in the names; see ``FIELDS`` for meanings and defaults."""

    environment: str
    public_origin: str
    card_origin: str
    database_url: str
    database_connections: int
    trust_file: Path
    revocation_directory: Path
    register_directory: Path
    secret_key: bytes
    audit_key: bytes
    audit_checkpoint_file: Path
    listener: str
    client_cert_format: str
    proxy_user: str
    public_listen: tuple[str, int]
    card_listen: tuple[str, int]
    listen_beyond_loopback: bool
    tls_certificate_file: Path | None
    tls_key_file: Path | None
    card_tls12_only: bool
    revocation_fetch_every: timedelta
    revocation_max_bytes: int
    draft_lane: timedelta
    address_limit: int
    smtp_server: tuple[str, int] | None
    smtp_user: str
    smtp_password: str
    smtp_starttls: bool
    mail_from: str
    mail_directory: Path | None
    renewal_window_days: int | None
    automatic_decisions: bool
    four_eyes: tuple[str, ...]
    handoff_delay: timedelta
    card_working_days: int
    letter_working_days: int
    session_idle: timedelta
    session_absolute: timedelta
    retention_orders_months: int | None
    retention_contacts_months: int | None
    retention_audit_months: int | None
    retention_feedback_months: int | None
    retention_messages_months: int | None
    help_desk_email: str
    help_desk_telephone: str
    security_contact: str
    register_authority: str
    reader_software: str
    reader_software_interface: tuple[int, ...]
    log_format: str
    metrics_listen: tuple[str, int] | None
    metrics_directory: Path | None
    demo_now: datetime | None

    @property
    def production(self) -> bool:
        """True where real cards are used and every stand-in is refused."""
        return self.environment == PRODUCTION

    @property
    def proxy_uid(self) -> int | None:
        """The number of the proxy's account; None where there is no proxy."""
        return getpwnam(self.proxy_user).pw_uid if self.proxy_user else None

    @property
    def public_host(self) -> str:
        """The public host name, without port."""
        return urlsplit(self.public_origin).hostname or ""

    @property
    def card_host(self) -> str:
        """The card host name, without port."""
        return urlsplit(self.card_origin).hostname or ""


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read and check the settings. Raises SettingsRefused for the first that is missing, unknown or unsafe."""
    _raise_first(_unknown(environ))
    _refuse_missing(environ)
    settings = _settings({field.name: _value(field, environ) for field in FIELDS})
    _raise_first(_unsafe(settings, environ))
    return settings


def settings_table(environ: Mapping[str, str]) -> tuple[tuple[str, str, str, str], ...]:
    """(variable, meaning, default, now); of what is set only that it is, for a value may be secret."""
    rows = []
    for field in FIELDS:
        default = "must be set" if field.default is None else field.default or "nothing"
        rows.append((field.variable, field.meaning, default, "set" if field.variable in environ else "not set"))
    return tuple(rows)


def examine_settings(environ: Mapping[str, str]) -> tuple[tuple[SettingsRefused, ...], dict[str, Any]]:
    """Every problem at once, and by field name the values that can be used all the same: for the doctor."""
    problems, values = list(_unknown(environ)), {}
    for field in FIELDS:
        try:
            if field.default is None and field.variable not in environ:
                raise SettingsRefused(field.variable, f"is not set: {field.meaning}")
            values[field.name] = _value(field, environ)
        except SettingsRefused as problem:
            problems.append(problem)
    if len(values) == len(FIELDS):
        problems.extend(_unsafe(_settings(dict(values)), environ))
    return tuple(problems), values


def _settings(values: dict[str, Any]) -> Settings:
    for name, parsed in (("HANDOFF_DELAY", timedelta(hours=values.pop("HANDOFF_DELAY_HOURS"))),
                         ("SESSION_IDLE", timedelta(minutes=values.pop("SESSION_IDLE_MINUTES"))),
                         ("SESSION_ABSOLUTE", timedelta(minutes=values.pop("SESSION_ABSOLUTE_MINUTES"))),
                         ("REVOCATION_FETCH_EVERY", timedelta(minutes=values.pop("REVOCATION_FETCH_MINUTES"))),
                         ("REVOCATION_MAX_BYTES", values.pop("REVOCATION_MAX_MEGABYTES") * 1_000_000),
                         ("DRAFT_LANE", timedelta(hours=values.pop("DRAFT_LANE_HOURS"))),
                         ("SMTP_PASSWORD", values.pop("SMTP_PASSWORD_FILE")),
                         ("SECRET_KEY", values.pop("SECRET_KEY_FILE")),
                         ("AUDIT_KEY", values.pop("AUDIT_KEY_FILE"))):  # fmt: skip
        values[name] = parsed
    return Settings(**{name.lower(): value for name, value in values.items()})


def _raise_first(problems: Iterator[SettingsRefused]) -> None:
    for problem in problems:
        raise problem


def _value(field: Field, environ: Mapping[str, str]) -> Any:
    try:
        return field.parse(environ.get(field.variable, field.default or "").strip())
    except Unsuitable as problem:
        raise SettingsRefused(field.variable, str(problem)) from None


def _refuse_missing(environ: Mapping[str, str]) -> None:
    """All at once: nobody likes to learn them one by one."""
    missing = [field for field in FIELDS if field.default is None and field.variable not in environ]
    if missing:
        others = ", ".join(field.variable for field in missing[1:])
        problem = f"is not set: {missing[0].meaning}" + (f". Also not set: {others}" if others else "")
        raise SettingsRefused(missing[0].variable, f"{problem}. `webvartti settings` lists every setting")


def _unknown(environ: Mapping[str, str]) -> Iterator[SettingsRefused]:
    """A misspelt setting must not silently leave a default in force."""
    known = [field.variable for field in FIELDS]
    for name in environ:
        if name.startswith(PREFIX) and name not in known and not name.startswith(f"{PREFIX}TEST_"):
            close = get_close_matches(name, known, 1)
            yield SettingsRefused(name, f"no such setting; did you mean {close[0]}?" if close else "no such setting")


def _unsafe(settings: Settings, environ: Mapping[str, str]) -> Iterator[SettingsRefused]:
    checks = (
        (environ.get("FLASK_DEBUG", "0").lower() in ("", "0", "false", "no"), "FLASK_DEBUG", "debug must be off"),
        (settings.secret_key != settings.audit_key, "AUDIT_KEY_FILE", "must not hold the same key as SECRET_KEY_FILE"),
        # on one host name cookies would go to both ports, and a wrong hand-over would go unseen
        (settings.public_host != settings.card_host, "CARD_ORIGIN", "must be another host than PUBLIC_ORIGIN"),
        (_same_domain(settings.public_host, settings.card_host), "CARD_ORIGIN", "must share a domain with PUBLIC_ORIGIN"),
        (not settings.production or settings.mail_directory is None, "MAIL_DIRECTORY", "is a stand-in, not for production"),
        (settings.smtp_server or settings.mail_directory, "SMTP_SERVER", "is needed: holders are told by mail"),
        (settings.smtp_server is None or settings.mail_from, "MAIL_FROM", "is needed with SMTP_SERVER"),
        (settings.environment == DEMO or settings.demo_now is None, "DEMO_NOW", "moves the clock: only with ENVIRONMENT=demo"),
        (not settings.production or not settings.database_url.endswith(":memory:"), "DATABASE_URL", "must be stored"),
        (settings.listen_beyond_loopback or _loopback(settings.public_listen), "PUBLIC_LISTEN", _BEYOND),
        (settings.listen_beyond_loopback or _loopback(settings.card_listen), "CARD_LISTEN", _BEYOND),
        (settings.listen_beyond_loopback or settings.metrics_listen is None or _loopback(settings.metrics_listen),
         "METRICS_LISTEN", _BEYOND),
        (bool(settings.client_cert_format) == bool(settings.proxy_user), "PROXY_USER", _BOTH_OR_NONE),
        (not settings.production or settings.help_desk_email != INVENTED_EMAIL, "HELP_DESK_EMAIL", _INVENTED),
        (not settings.production or settings.help_desk_telephone != INVENTED_TELEPHONE, "HELP_DESK_TELEPHONE", _INVENTED),
        (_contact(settings.security_contact), "SECURITY_CONTACT", "must begin with mailto: or https://"),
        (settings.session_idle <= settings.session_absolute, "SESSION_IDLE_MINUTES", "is longer than SESSION_ABSOLUTE_MINUTES"),
    )  # fmt: skip
    for fine, name, problem in checks:
        if not fine:
            yield SettingsRefused(name if name == "FLASK_DEBUG" else PREFIX + name, problem)


_BOTH_OR_NONE = "goes with CLIENT_CERT_FORMAT: both or none"
_INVENTED = "is still the invented one, which pages and mail would name: set your own"
_BEYOND = "can be reached from other machines: put a proxy in front, or set WEBVARTTI_LISTEN_BEYOND_LOOPBACK=yes"


def _contact(address: str) -> bool:
    return not address or address.startswith(("mailto:", "https://"))


def _loopback(listen: tuple[str, int]) -> bool:
    return listen[0] in ("localhost", "::1") or listen[0].startswith("127.")


def _same_domain(one: str, other: str) -> bool:
    """True where one host lies below the other, or both below one name of at least two labels."""
    parent = one.partition(".")[2]
    return other.endswith(f".{one}") or one.endswith(f".{other}") or ("." in parent and other.endswith(f".{parent}"))
