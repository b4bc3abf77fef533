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
    checks = services().health.examine(now())
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
