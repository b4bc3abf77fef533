"""The one page of every error: what happened, the one next step, a code for the help desk."""

from __future__ import annotations

from flask import g, render_template

from webvartti.web.words import ERRORS


def error_page(code: str, status: int, *, sign_in: bool = False, my_orders: bool = False) -> tuple[str, int]:
    """The page for this code (see ``words.ERRORS``); with ``sign_in`` or ``my_orders`` its link leads there."""
    fallback = "unavailable" if status == 503 else ("500" if status >= 500 else "400")
    words = ERRORS.get(code) or ERRORS[fallback]
    g.no_session = True  # the page must not ask what may just have failed
    return render_template("errors/page.html", words=words, code=code, sign_in=sign_in, my_orders=my_orders), status
