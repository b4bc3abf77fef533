"""For a WSGI server such as gunicorn: `gunicorn wsgi:application`, once a listener (WEBVARTTI_LISTENER)."""

import os

from webvartti.main import create_wsgi_application

application = create_wsgi_application(os.environ)
