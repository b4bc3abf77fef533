"""What a WSGI server such as gunicorn calls, and nothing of what only the commands need: every worker holds what is here."""

from __future__ import annotations

import os
from collections.abc import Mapping

from flask import Flask

from webvartti.app import create_app
from webvartti.bootstrap import require_current_schema
from webvartti.config import load_settings
from webvartti.process import meter_of, write_log


def make_application(environ: Mapping[str, str] = os.environ) -> Flask:
    """The application of the listener that WEBVARTTI_LISTENER names: `gunicorn "webvartti.wsgi:make_application()"`.

    Raises SettingsRefused and what ``create_app`` raises.
    """
    write_log(environ)
    settings = load_settings(environ)
    require_current_schema(settings)
    return create_app(settings, meter=meter_of(settings, settings.listener, told_here=False))
