"""What the pages know of the installation, and how a view reaches the use cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from webvartti.services import Services

PUBLIC, CARD = "public", "card"


@dataclass(frozen=True, slots=True)
class Site:
    """The two origins ("https://host:port") and what operators chose to say. ``listener`` is the one that this application is.

    ``key`` signs forms and sign-in attempts; ``demo`` marks the pages and keeps HSTS away. ``client_cert_format`` is that of
    the header Client-Cert, empty where no proxy sends one; ``proxy_uid`` is the account whose connections are the proxy's.
    """

    listener: str
    public_origin: str
    card_origin: str
    key: bytes
    client_cert_format: str
    proxy_uid: int | None
    demo: bool
    help_desk_email: str
    help_desk_telephone: str
    security_contact: str
    register_authority: str
    reader_software: str
    idle_minutes: int

    @property
    def own_origin(self) -> str:
        """The origin of the listener that this application is."""
        return self.public_origin if self.listener == PUBLIC else self.card_origin


def asset(name: str) -> str:
    """The address of a file of ours. The card host has none: each of them would cost it a handshake with the card."""
    return f"{site().public_origin if site().listener == CARD else ''}/static/{name}"


def site() -> Site:
    """The installation."""
    found = current_app.extensions["webvartti.site"]
    assert isinstance(found, Site)  # noqa: S101 - tells the type checker what the factory put there
    return found


def services() -> Services:
    """The use cases."""
    found = current_app.extensions["webvartti.services"]
    assert isinstance(found, Services)  # noqa: S101 - tells the type checker what the factory put there
    return found


def now() -> datetime:
    """The rules' clock."""
    return services().clock()
