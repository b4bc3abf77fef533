"""For a WSGI server such as gunicorn: `gunicorn wsgi:application`, once a listener (WEBVARTTI_LISTENER)."""

import os

from webvartti.wsgi import create_application

application = create_application(os.environ)
