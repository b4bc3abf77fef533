"""For a WSGI server such as gunicorn: `gunicorn wsgi:application`, once a listener (WEBVARTTI_LISTENER)."""

import os

from webvartti.wsgi import make_application

application = make_application(os.environ)
