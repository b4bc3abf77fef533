"""Health, for load balancers and monitoring: public, without language, cookies or anything that helps an attacker."""

from __future__ import annotations

from flask import Blueprint, Response, json, request

from webvartti.domain.health import HealthCheck, Verdict, overall
from webvartti.domain.permissions import Permission
from webvartti.web.access import needs
from webvartti.web.site import now, services

pages = Blueprint("health", __name__)

JSON, TEXT = "application/health+json", "text/plain"


@pages.get("/health")
@needs(Permission.PUBLIC)
def health() -> Response:
    """200 where this node is fit to serve, 503 where it isn't; JSON, or text for who asks for text alone."""
    return _told(services().health.examine(now()))


@pages.get("/health/live")
@needs(Permission.PUBLIC)
def live() -> Response:
    """The process answers. It asks nothing of anybody: what is wrong elsewhere isn't mended by a restart."""
    return _told(())


@pages.get("/health/ready")
@needs(Permission.PUBLIC)
def ready() -> Response:
    """Whether people may be sent to this node: cheap enough to be asked every second or two."""
    return _told(services().health.ready())


def _told(checks: tuple[HealthCheck, ...]) -> Response:
    verdict = overall(checks)
    wants_text = request.accept_mimetypes.best_match([JSON, "application/json", TEXT], JSON) == TEXT
    body = _text(verdict, checks) if wants_text else _json(verdict, checks)
    status = 503 if verdict is Verdict.FAIL else 200
    return Response(body, status, mimetype=TEXT if wants_text else JSON)


def _json(verdict: Verdict, checks: tuple[HealthCheck, ...]) -> str:
    """As draft-inadarei-api-health-check-06 has it: ``checks`` maps a name to a list of observations."""
    found = {check.name: [{"status": str(check.verdict), "output": check.detail}] for check in checks}
    return json.dumps({"status": str(verdict), "checks": found}, sort_keys=False) + "\n"


def _text(verdict: Verdict, checks: tuple[HealthCheck, ...]) -> str:
    lines = [f"status: {verdict}", *(f"{check.name}: {check.verdict}, {check.detail}" for check in checks)]
    return "\n".join(lines) + "\n"
