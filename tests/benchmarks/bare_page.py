"""What Flask alone costs on the same server: whatever is asked, one page is rendered from a template, as long as ours are."""

from __future__ import annotations

from flask import Flask, render_template
from jinja2 import DictLoader

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ title }}</title><link rel="stylesheet" href="/static/webvartti.css"></head>
<body>
<h1>{{ title }}</h1>
<ul>
{% for line in lines %}
<li{% if loop.first %} class="first"{% endif %}>{{ line }}</li>
{% endfor %}
</ul>
</body>
</html>
"""
_LINES = [f"Line {number} of a page that says nothing to anybody" for number in range(50)]
"""With these the page has about 4 kB, as the receipt has."""


def application() -> Flask:
    """For gunicorn."""
    app = Flask("bare", static_folder=None)
    app.jinja_loader = DictLoader({"page.html": _PAGE})

    def page(path: str = "") -> str:
        return render_template("page.html", title=path, lines=_LINES)

    for rule in ("/", "/<path:path>"):
        app.add_url_rule(rule, rule, page, methods=["GET", "POST"])
    return app
