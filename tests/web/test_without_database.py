"""What is for everybody and the same for everybody doesn't ask the database who reads it."""

from __future__ import annotations

from tests.conftest import Installation
from tests.databases import away
from tests.web.visitor import Site


def test_the_style_of_a_page_comes_while_the_database_is_away(site: Site, installation: Installation) -> None:
    visitor = site.signed_in("aino")
    with away(installation.url):
        assert visitor.get("/en/card").status_code == 503
        for asset in ("webvartti.css", "mark.svg", "continue.js"):
            assert visitor.get(f"/static/{asset}").status_code == 200
    assert visitor.get("/en/card").status_code == 200
