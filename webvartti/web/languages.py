"""The language is in the address, is remembered, and fills every page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date, format_time
from flask import Blueprint, Flask, Response, g, request, url_for

from webvartti.domain.calendar import FINNISH_TIME, finnish_day
from webvartti.web.site import services, site

LANGUAGES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
DEFAULT = "fi"
COOKIE = "__Host-language"
RULE = "/<any(fi, sv, en):language>"
"""Put before the rule of every page."""

_KEPT = ("postal_code", "state", "finding", "profession", "ends_before", "waited", "mine", "unassigned", "second")
"""The parameters that go along to another language; anything else that a visitor wrote into the address doesn't."""
_DATE_PATTERN = {"fi": "d.M.y", "sv": "d.M.y", "en": "d MMMM y"}
_TIME_PATTERN = {"fi": "H.mm", "sv": "H.mm", "en": "H:mm"}
_SECOND_PATTERN = {"fi": "H.mm.ss", "sv": "H.mm.ss", "en": "H:mm:ss"}


def language() -> str:
    """The language of this request: of the address, else remembered, else what the browser prefers."""
    if "language" in g:
        return str(g.language)
    asked = request.path.split("/")[1]  # also of an address that is no page
    if asked in LANGUAGES:
        return asked
    remembered = request.cookies.get(COOKIE)
    return remembered if remembered in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or DEFAULT


def gettext(message: str, **values: object) -> str:
    """The words of this message id (English words) in the language of the request."""
    words = services().catalogues.gettext(language(), message)
    return words % values if values else words


def ngettext(singular: str, plural: str, count: int, **values: object) -> str:
    """As gettext, for ``count`` of something; the count is filled in as ``num``."""
    words = services().catalogues.ngettext(language(), singular, plural, count)
    return words % {"num": count, **values}


def day(value: date | datetime | str) -> str:
    """A day in Finnish time, as the language writes it: 14.1.2027, or 14 January 2027."""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if isinstance(value, datetime):
        value = finnish_day(value)
    return str(format_date(value, _DATE_PATTERN[language()], locale=language()))


def clock_time(value: datetime) -> str:
    """The time of day in Finnish time: 14.05, or 14:05."""
    return str(format_time(value.astimezone(FINNISH_TIME), _TIME_PATTERN[language()], locale=language()))


def second_time(value: datetime) -> str:
    """The time of day in Finnish time to the second, rounded up: 14.05.17, or 14:05:17."""
    whole = (value + timedelta(seconds=1, microseconds=-1)).astimezone(FINNISH_TIME)
    return str(format_time(whole, _SECOND_PATTERN[language()], locale=language()))


def same_page(other: str) -> str:
    """The address of this page in another language; the landing page where this page is none."""
    if request.endpoint is None or "language" not in g or request.method != "GET":
        return url_for("home.landing", language=other)
    kept = {name: value for name, value in request.args.items() if name in _KEPT}
    arguments: dict[str, Any] = {**kept, **(request.view_args or {}), "language": other}
    return url_for(request.endpoint, **arguments)


def public_page(path: str) -> str:
    """The whole address of a page of the public host in this language: also from the card host, which has none of its own."""
    return f"{site().public_origin}/{language()}/{path}"


def _take(endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values is not None and "language" in values:
        g.language = values.pop("language")


def _give(endpoint: str, values: dict[str, Any]) -> None:
    if "language" not in values and endpoint.partition(".")[0] not in ("static", "card_listener"):
        values["language"] = language()


def _remember(response: Response) -> Response:
    if "language" in g and request.cookies.get(COOKIE) != g.language and request.method == "GET":
        response.set_cookie(COOKIE, g.language, secure=True, httponly=True, samesite="Lax", max_age=365 * 24 * 3600)
    return response


def speak_languages(app: Flask) -> None:
    """Give the application its languages."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=False)  # type: ignore[attr-defined]  # from the extension
    app.jinja_env.globals.update(
        _=gettext, languages=LANGUAGES, language=language, same_page=same_page, public_page=public_page
    )
    app.jinja_env.filters.update(day=day, clock_time=clock_time, second_time=second_time)
    app.url_value_preprocessor(_take)
    app.url_defaults(_give)
    app.after_request(_remember)


def page_blueprint(name: str, import_name: str) -> Blueprint:
    """A blueprint whose pages stand below /fi, /sv and /en."""
    return Blueprint(name, import_name, url_prefix=RULE)


def filled(message: str, values: Mapping[str, str]) -> str:
    """The words of ``message`` with the values of a finding; values that are days are written as days."""
    return gettext(message, **{name: _written(value) for name, value in values.items()})


def _written(value: str) -> str:
    try:
        return day(value)
    except ValueError:
        return value
