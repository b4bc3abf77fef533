"""The application factory."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from webvartti.bootstrap import build_services
from webvartti.config import Settings
from webvartti.config_fields import DEMO
from webvartti.domain.measures import Meter, Unmetered
from webvartti.services import Services
from webvartti.web import (
    access,
    card,
    card_check,
    card_listener,
    csrf,
    draft_lane,
    errors,
    guides,
    headers,
    health,
    home,
    hosts,
    languages,
    limits,
    order_letters,
    orders,
    proxy,
    renewals,
    request_ids,
    request_log,
    security_log,
    security_txt,
    sessions,
    sign_in,
    staff,
    staff_cases,
    staff_decisions,
    staff_figures,
    staff_people,
    staff_queue,
    staff_rules,
)
from webvartti.web.site import CARD, PUBLIC, Site, asset

_LARGEST_FORM = 64 * 1024
"""Bytes: the longest feedback in the widest encoding, with room."""


def create_app(
    settings: Settings, services: Services | None = None, listener: str | None = None, meter: Meter | None = None
) -> Flask:
    """The application of one listener. ``services`` and ``meter`` may be shared by both listeners of one process.

    Raises what ``build_services`` raises.
    """
    package = Path(__file__).parent
    templates, static = _beside(package, "templates"), _beside(package, "static")
    app = Flask("webvartti", template_folder=str(templates), static_folder=str(static), static_url_path="/static")
    app.config.update(MAX_CONTENT_LENGTH=_LARGEST_FORM, MAX_FORM_MEMORY_SIZE=_LARGEST_FORM, TRAP_HTTP_EXCEPTIONS=False)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["webvartti.services"] = services or build_services(settings)
    app.extensions["webvartti.site"] = site = build_site(settings, listener or settings.listener)
    app.jinja_env.globals.update(site=site, asset=asset)
    request_log.keep_request_log(app, meter or Unmetered())
    request_ids.number_requests(app)
    security_log.keep_security_log(app)
    headers.send_headers(app)
    sessions.keep_sessions(app)
    languages.speak_languages(app)
    proxy.guard_certificate_headers(app)
    hosts.guard_hosts(app)
    csrf.protect_forms(app)
    access.deny_by_default(app)
    limits.limit_attempts(app)
    errors.show_errors(app)
    app.register_blueprint(health.pages)
    if site.listener == CARD:
        app.register_blueprint(card_listener.pages)
    else:
        for blueprint in (
            home.front,
            security_txt.pages,
            home.pages,
            sign_in.pages,
            card.pages,
            card_check.pages,
            guides.pages,
        ):
            app.register_blueprint(blueprint)
        staff.know_staff(app)
        for module in (staff_queue, staff_cases, staff_decisions, staff_figures, staff_rules, staff_people):
            app.register_blueprint(module.pages)
        for blueprint in (renewals.pages, draft_lane.pages, orders.pages, order_letters.pages):
            app.register_blueprint(blueprint)
    return app


def build_site(settings: Settings, listener: str) -> Site:
    """What the pages know of the installation."""
    return Site(
        listener=PUBLIC if listener == PUBLIC else CARD,
        public_origin=settings.public_origin,
        card_origin=settings.card_origin,
        key=settings.secret_key,
        client_cert_format=settings.client_cert_format,
        proxy_uid=settings.proxy_uid,
        demo=settings.environment == DEMO,
        help_desk_email=settings.help_desk_email,
        help_desk_telephone=settings.help_desk_telephone,
        security_contact=settings.security_contact,
        register_authority=settings.register_authority,
        reader_software=settings.reader_software,
        idle_minutes=int(settings.session_idle.total_seconds() // 60),
    )


def _beside(package: Path, name: str) -> Path:
    """Inside the package where it was installed from a wheel, beside it in a checkout."""
    inside = package / f"_{name}"
    return inside if inside.is_dir() else package.parent / name
