"""Where to tell of a weakness: security.txt (RFC 9116)."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

from flask import Blueprint, Response

from webvartti.domain.permissions import Permission
from webvartti.web.access import needs
from webvartti.web.languages import LANGUAGES
from webvartti.web.site import now, site

PATH = "/.well-known/security.txt"
_VALID_FOR = timedelta(days=180)
"""RFC 9116 2.5.5 recommends less than a year. The server writes the file anew each day, so what matters is that the copy that
somebody keeps grows old."""

pages = Blueprint("security_txt", __name__)


def contact(configured: str, help_desk_email: str) -> str:
    """The configured address, or the help desk's as RFC 6068 writes it."""
    return configured or f"mailto:{quote(help_desk_email, safe='@')}"


def expires(moment: datetime) -> str:
    """The same all day long (UTC), as RFC 3339 writes it."""
    return (moment + _VALID_FOR).strftime("%Y-%m-%dT00:00:00Z")


@pages.get(PATH)
@needs(Permission.PUBLIC)
def page() -> Response:
    """One file for the installation, on the public host."""
    lines = (
        f"Contact: {contact(site().security_contact, site().help_desk_email)}",
        f"Expires: {expires(now())}",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
        f"Canonical: {site().public_origin}{PATH}",
    )
    return Response("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")
