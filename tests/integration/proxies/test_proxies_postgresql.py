"""The production set-up on PostgreSQL: gunicorn twice behind HAProxy, a card over TLS, and an order."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.databases import Server, ask
from tests.integration.proxies.client import Person
from tests.integration.proxies.fronts import Front, behind_proxy
from webvartti.bootstrap import build_services
from webvartti.config import load_settings
from webvartti.demo.country import Country
from webvartti.demo.renewal import renew


@pytest.fixture(scope="module")
def front(
    furnished: Country, furnished_url: str, postgresql_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    url = postgresql_server.create(furnished_url)
    changes = {"WEBVARTTI_DATABASE_URL": url, "WEBVARTTI_DATABASE_CONNECTIONS": "4"}
    with behind_proxy("haproxy", furnished, tmp_path_factory.mktemp("postgresql"), changes) as front:
        yield front
    postgresql_server.drop(url)


def test_a_holder_renews_a_card(front: Front) -> None:
    told: list[str] = []
    number = renew(front.country, "aino", front.public_origin, told.append)
    assert told[-1].endswith(f"{number}, approved")
    assert ask(front.environ["WEBVARTTI_DATABASE_URL"], "SELECT number, state FROM orders") == [(number, "approved")]
    services = build_services(load_settings(front.environ))
    services.worker.run(services.clock())
    assert services.audit.verify(None).unsealed == 0
    services.close()


def test_a35_people_who_sign_in_at_once_are_who_they_are(front: Front) -> None:
    cards = [front.country.card(slug) for slug in ("aino", "bjorn") for _ in range(4)]
    with ThreadPoolExecutor(len(cards)) as pool:
        pages = list(pool.map(lambda card: Person(front, card.chosen_pem).signed_in(), cards))
    assert [page.status for page in pages] == [200] * len(cards)
    assert all(card.name in page.body for card, page in zip(cards, pages, strict=True))
    assert "postgresql+psycopg:" not in front.logs()
    sessions = "SELECT count(*), count(DISTINCT id_hash) FROM sessions"
    ((rows, ids),) = ask(front.environ["WEBVARTTI_DATABASE_URL"], sessions)
    assert rows == ids >= len(cards)
