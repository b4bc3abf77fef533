"""What the pages of the staff share: their address, their menu, and what the reader may."""

from __future__ import annotations

from flask import Blueprint, Flask

from webvartti.domain.permissions import Permission, allowed
from webvartti.domain.wording import N_
from webvartti.web.languages import RULE
from webvartti.web.sessions import roles

PREFIX = f"{RULE}/staff"
"""Every page of the staff stands below it, so that a proxy can keep it to the office's network."""

_PAGES = (
    ("staff_queue.page", Permission.QUEUE_READ, N_("Queue")),
    ("staff_figures.page", Permission.FIGURES_READ, N_("Figures")),
    ("staff_rules.page", Permission.RULES_READ, N_("Rules")),
    ("staff_people.page", Permission.STAFF_READ, N_("Roles")),
)


def staff_blueprint(name: str, import_name: str, path: str = "") -> Blueprint:
    """A blueprint whose pages stand below /fi/staff, /sv/staff and /en/staff."""
    return Blueprint(name, import_name, url_prefix=f"{PREFIX}{path}")


def may(permission: Permission) -> bool:
    """True where the visitor has this permission."""
    return allowed(roles(), permission)


def first_staff_page() -> str:
    """The endpoint of the first page that this visitor may read; empty where there is none."""
    return next((endpoint for endpoint, permission, _ in _PAGES if may(permission)), "")


def know_staff(app: Flask) -> None:
    """Give the templates what they need for the menu."""
    app.jinja_env.globals.update(staff_pages=lambda: _PAGES, may=may, first_staff_page=first_staff_page)
