"""Every setting: its name, how its text becomes a value, what it means, and its default. ``webvartti settings`` prints this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webvartti.config_values import (
    account,
    address,
    choice,
    key_file,
    moment,
    optional_path,
    optional_text,
    origin,
    required_path,
    secret_file,
    server,
    some_of,
    text,
    version,
    whole_number,
    yes_or_no,
)

PREFIX = "WEBVARTTI_"
PRODUCTION, TEST, DEMO = "production", "test", "demo"
RFC9440, NGINX_ESCAPED_PEM = "rfc9440", "nginx-escaped-pem"
PLAIN, JSON = "plain", "json"
INVENTED_EMAIL, INVENTED_TELEPHONE = "help@webvartti.example", "0295 000 000"


@dataclass(frozen=True, slots=True)
class Field:
    """One setting: how its text becomes a value, what it means, and its default (None where it must be given)."""

    name: str
    parse: Any
    meaning: str
    default: str | None = None

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name


FIELDS: tuple[Field, ...] = (
    Field("ENVIRONMENT", choice(PRODUCTION, TEST, DEMO), "production takes real cards only; test and demo take test cards only",
          PRODUCTION),
    Field("PUBLIC_ORIGIN", origin, "where the public site is, e.g. https://webvartti.example.fi"),
    Field("CARD_ORIGIN", origin, "where the card listener is: another host of the same domain"),
    Field("DATABASE_URL", text, "the main database: sqlite:////var/lib/webvartti/webvartti.db, or postgresql+psycopg://..."),
    Field("DATABASE_CONNECTIONS", whole_number(2, 100), "connections to it that one process opens at the most", "8"),
    Field("TRUST_FILE", required_path, "trust anchors and issuing CAs (TOML)"),
    Field("REVOCATION_DIRECTORY", required_path, "where the indexed CRLs are kept"),
    Field("REGISTER_DIRECTORY", required_path, "where the register extracts are kept"),
    Field("SECRET_KEY_FILE", key_file, "a file with at least 32 random bytes: signs forms and sign-in attempts"),
    Field("AUDIT_KEY_FILE", key_file, "a file with at least 32 random bytes: seals the audit"),
    Field("AUDIT_CHECKPOINT_FILE", required_path, "where signed audit checkpoints are appended; keep it on another disk"),
    Field("LISTENER", choice("public", "card"), "which host a WSGI server serves (webvartti serve runs both)", "public"),
    Field("CLIENT_CERT_FORMAT", choice("", RFC9440, NGINX_ESCAPED_PEM),
          "how the proxy writes the Client-Cert header; empty: the embedded listener sees the certificate", ""),
    Field("PROXY_USER", account, "the account that the proxy runs as: the unix sockets believe its connections only", ""),
    Field("PUBLIC_LISTEN", address, "address and port of the embedded public listener", "127.0.0.1:8443"),
    Field("CARD_LISTEN", address, "address and port of the embedded card listener", "127.0.0.1:8444"),
    Field("LISTEN_BEYOND_LOOPBACK", yes_or_no, "let the embedded listeners be reached from other machines", "no"),
    Field("TLS_CERTIFICATE_FILE", optional_path, "certificate (PEM, with its chain) of the embedded listeners", ""),
    Field("TLS_KEY_FILE", optional_path, "its private key (PEM)", ""),
    Field("CARD_TLS12_ONLY", yes_or_no, "for cards that can't sign with RSA-PSS, which TLS 1.3 demands", "no"),
    Field("REVOCATION_FETCH_MINUTES", whole_number(1, 1440), "how often the trust file's CRL addresses are asked", "60"),
    Field("REVOCATION_MAX_MEGABYTES", whole_number(1, 1000), "a CRL that is larger isn't fetched", "200"),
    Field("DRAFT_LANE_HOURS", whole_number(0, 168),
          "how long after a CRL's nextUpdate orders are still taken, to be held for a fresh CRL; 0: not at all", "24"),
    Field("ADDRESS_LIMIT", whole_number(10, 100_000),
          "sign-ins and forms a minute from one address: a hospital may stand behind one", "600"),
    Field("SMTP_SERVER", server, "mail server as host:port", ""),
    Field("SMTP_USER", optional_text, "account at the mail server, where it wants one", ""),
    Field("SMTP_PASSWORD_FILE", secret_file, "a file with that account's password", ""),
    Field("SMTP_STARTTLS", yes_or_no, "encrypt the way to the mail server", "yes"),
    Field("MAIL_FROM", optional_text, "sender of the service's mail", ""),
    Field("MAIL_DIRECTORY", optional_path, "write mail to files instead of sending it (not in production)", ""),
    Field("RENEWAL_WINDOW_DAYS", whole_number(0, 1826, empty=True),
          "days before expiry when renewal opens; empty: at any time", ""),
    Field("AUTOMATIC_DECISIONS", yes_or_no, "approve by itself what needs no person; no sends every order to people", "yes"),
    Field("FOUR_EYES", some_of("reject", "override", "rules", "roles"), "what takes two people; none: nothing does",
          "reject override rules roles"),
    Field("HANDOFF_DELAY_HOURS", whole_number(24, 720), "how long an order can be withdrawn at the least", "24"),
    Field("CARD_WORKING_DAYS", whole_number(1, 90), "Finnish working days from order to card", "10"),
    Field("LETTER_WORKING_DAYS", whole_number(1, 30), "Finnish working days from card to activation letter", "4"),
    Field("SESSION_IDLE_MINUTES", whole_number(1, 60), "a session ends after this long without a request", "15"),
    Field("SESSION_ABSOLUTE_MINUTES", whole_number(5, 480), "a session ends at the latest after this", "60"),
    Field("RETENTION_ORDERS_MONTHS", whole_number(3, 600, empty=True),
          "how long a closed order is kept after its last event; empty: for good (no law was found that names a term)", ""),
    Field("RETENTION_CONTACTS_MONTHS", whole_number(3, 600, empty=True),
          "how long the e-mail address of somebody is kept who has no order here any more; empty: for good", ""),
    Field("RETENTION_AUDIT_MONTHS", whole_number(12, 600, empty=True),
          "how long the audit is kept, and at least as long as the oldest order; empty: for good", ""),
    Field("RETENTION_FEEDBACK_MONTHS", whole_number(1, 600, empty=True),
          "how long feedback is kept that nobody has deleted; empty: for good", ""),
    Field("RETENTION_MESSAGES_MONTHS", whole_number(1, 600, empty=True),
          "how long sending a message is tried that can't be sent; empty: for good", ""),
    Field("HELP_DESK_EMAIL", text, "where people write for help; in production your own", INVENTED_EMAIL),
    Field("HELP_DESK_TELEPHONE", text, "where people call for help; in production your own", INVENTED_TELEPHONE),
    Field("SECURITY_CONTACT", optional_text, "mailto: or https: address for security.txt; empty: the help desk's e-mail", ""),
    Field("REGISTER_AUTHORITY", text, "who keeps the register of professional rights", "Lupa- ja valvontavirasto"),
    Field("READER_SOFTWARE", text, "the card reader software that is known to work, as pages name it",
          "mPollux DigiSign 4.1.4e, Atostek ID"),
    Field("READER_SOFTWARE_INTERFACE", version, "the oldest version of its SCS interface that will do", "1.0.1"),
    Field("LOG_FORMAT", choice(PLAIN, JSON), "how log lines are written: for people, or one JSON object a line", PLAIN),
    Field("METRICS_LISTEN", server, "address and port at which the worker tells Prometheus its metrics; empty: nowhere", ""),
    Field("METRICS_DIRECTORY", optional_path,
          "where the processes of this machine keep their counters, e.g. /run/webvartti-metrics; needed with gunicorn", ""),
    Field("DEMO_NOW", moment, "the moment at which the rules' clock starts, e.g. 2027-01-31T12:00+02:00 (demo only)", ""),
)  # fmt: skip
