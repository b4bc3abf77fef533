"""Instructions for everybody: taking a new card into use."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from webvartti.domain.permissions import Permission
from webvartti.web.access import needs
from webvartti.web.languages import page_blueprint

pages = page_blueprint("guides", __name__)


@pages.get("/take-into-use")
@needs(Permission.PUBLIC)
def take_into_use() -> ResponseReturnValue:
    """What comes when, how the card is activated, and what to do when something doesn't come. It asks for nothing."""
    return render_template("guides/take_into_use.html")
