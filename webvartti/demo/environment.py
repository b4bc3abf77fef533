"""The settings with which the program runs for one demo country."""

from __future__ import annotations

from webvartti.demo.country_table import Country
from webvartti.demo.server_certificate import CARD_HOST, PUBLIC_HOST

PUBLIC_PORT = 8443
CARD_PORT = 8444


def environment(country: Country, *, public_port: int = PUBLIC_PORT, card_port: int = CARD_PORT) -> dict[str, str]:
    """Every WEBVARTTI_ variable that the demo sets; all files lie in the country's folder."""
    place = country.directory
    return {
        "WEBVARTTI_ENVIRONMENT": "demo",
        "WEBVARTTI_PUBLIC_ORIGIN": f"https://{PUBLIC_HOST}:{public_port}",
        "WEBVARTTI_CARD_ORIGIN": f"https://{CARD_HOST}:{card_port}",
        "WEBVARTTI_DATABASE_URL": f"sqlite:///{place / 'webvartti.db'}",
        "WEBVARTTI_TRUST_FILE": str(place / "trust.toml"),
        "WEBVARTTI_REVOCATION_DIRECTORY": str(place / "revocation"),
        "WEBVARTTI_REGISTER_DIRECTORY": str(place / "register"),
        "WEBVARTTI_SECRET_KEY_FILE": str(place / "secret_key"),
        "WEBVARTTI_AUDIT_KEY_FILE": str(place / "audit_key"),
        "WEBVARTTI_AUDIT_CHECKPOINT_FILE": str(place / "audit-checkpoints.jsonl"),
        "WEBVARTTI_TLS_CERTIFICATE_FILE": str(place / "server" / "certificate.pem"),
        "WEBVARTTI_TLS_KEY_FILE": str(place / "server" / "key.pem"),
        "WEBVARTTI_PUBLIC_LISTEN": f"127.0.0.1:{public_port}",
        "WEBVARTTI_CARD_LISTEN": f"127.0.0.1:{card_port}",
        "WEBVARTTI_MAIL_DIRECTORY": str(place / "mail"),
    }
