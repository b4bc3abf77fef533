"""A40: the database, the registers or the revocation lists are away for a while: clear pages, nothing lost, no restart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from tests.durability.browser import Browser, Interrupted, code_of
from tests.durability.faults import away, chance
from tests.durability.installation import Running, durable_cluster, running
from tests.durability.trial import SETTINGS, Trial
from tests.integration.proxies.client import Answer
from tests.integration.proxies.fronts import wait_until
from tests.web.visitor import Page
from webvartti.demo.country import Country

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@dataclass(frozen=True)
class Place:
    """An installation, of which parts can be taken away."""

    running: Running

    @property
    def folders(self) -> dict[str, Path]:
        environ = self.running.front.environ
        return {name: Path(environ[f"WEBVARTTI_{name.upper()}_DIRECTORY"]) for name in ("register", "revocation")}

    @contextmanager
    def without(self, *parts: str) -> Iterator[None]:
        """``parts`` are "database", "register" and "revocation"."""
        with ExitStack() as stack:
            for part in parts:
                stack.enter_context(self._without_database() if part == "database" else away(self.folders[part]))
            yield

    @contextmanager
    def _without_database(self) -> Iterator[None]:
        cluster = self.running.cluster
        if cluster is None:
            with away(Path(self.running.front.environ["WEBVARTTI_DATABASE_URL"].removeprefix("sqlite:///"))):
                yield
            return
        cluster.stop()
        try:
            yield
        finally:
            cluster.start()

    def pids(self) -> list[int]:
        """Of all programs and what they have started: as long as they are the same, nothing was started anew."""
        programs = [kept for node in self.running.nodes for kept in node.programs]
        return [pid for kept in programs for pid in (kept.pid, *kept.processes)]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, furnished: Country, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    directory = tmp_path_factory.mktemp("gone")
    with ExitStack() as stack:
        cluster = stack.enter_context(durable_cluster()) if request.param == "postgresql" else None
        yield Place(stack.enter_context(running(furnished, directory, cluster=cluster, changes=SETTINGS)))


def signed_in(place: Place, who: str) -> Browser:
    browser = Browser(place.running, place.running.front.country.card(who).chosen_pem, chance(who))
    browser.sign_in()
    return browser


def nobody(place: Place) -> Browser:
    """Somebody without a card, who has just come."""
    return Browser(place.running, Path("no card"), chance("nobody"))


def ready_to_send(browser: Browser, who: str) -> dict[str, str]:
    """The form on "check and send"."""
    fields = Page(browser.page("/en/renewal").body).form("/renewal")[1]
    assert browser.ask("POST", "/en/renewal", {**fields, "email": f"{who}@example.fi"}).status == 303
    return Page(browser.page("/en/renewal/check").body).form("/check")[1]


def assert_says(answer: Answer, code: str, words: str) -> None:
    assert (answer.status, code_of(answer), answer.headers["Retry-After"]) == (503, code, "60")
    assert words in unescape(answer.body)


def orders_of(place: Place) -> list[str]:
    return [order.number for order in place.running.services().orders.every(None)]


PARTS = (("database",), ("register",), ("database", "register"), ("revocation",), ("database", "register", "revocation"))
AWAY = {
    "database": ("storage-unavailable", "The service can't be used right now"),
    "register": ("register-unavailable", "The registers don't answer"),
}


@pytest.mark.parametrize(("part", "who"), [("database", "aino"), ("register", "bjorn")])
def test_a40_one_part_is_away_and_comes_back(place: Place, part: str, who: str) -> None:
    browser = signed_in(place, who)
    form, before, pids = ready_to_send(browser, who), orders_of(place), place.pids()
    code, words = AWAY[part]
    with place.without(part):
        assert_says(browser.ask("POST", "/en/renewal/check", form), code, words)
        assert_says(browser.ask("GET", "/en/card"), code, words)
        assert nobody(place).ask("GET", "/en/sign-in").status == 200
    place.running.wait_until_well()
    assert orders_of(place) == before
    sent = browser.ask("POST", "/en/renewal/check", form)
    assert sent.status == 303
    assert len(orders_of(place)) == len(before) + 1
    assert place.pids() == pids


def test_a40_without_revocation_lists_nobody_signs_in_and_an_order_waits(place: Place) -> None:
    browser = signed_in(place, "kaisa")
    form, before, pids = ready_to_send(browser, "kaisa"), orders_of(place), place.pids()
    with place.without("revocation"):
        blocked = browser.ask("POST", "/en/renewal/check", form)
        assert (blocked.status, blocked.headers["Location"]) == (303, "/en/card")
        assert "revocation-unknown" in browser.page("/en/card").body
    assert orders_of(place) == before
    assert browser.ask("POST", "/en/renewal/check", form).status == 303
    assert place.pids() == pids


def test_a40_all_of_them_are_away_at_once(place: Place) -> None:
    browser = signed_in(place, "antti")
    form, before, pids = ready_to_send(browser, "antti"), orders_of(place), place.pids()
    with place.without("database", "register", "revocation"):
        assert_says(browser.ask("POST", "/en/renewal/check", form), *AWAY["database"])
        assert nobody(place).ask("GET", "/en/").status == 200
    place.running.wait_until_well()
    assert browser.ask("POST", "/en/renewal/check", form).status == 303
    assert len(orders_of(place)) == len(before) + 1
    assert place.pids() == pids


def test_a40_programs_that_start_while_the_database_is_away_come_up_with_it_and_lose_nothing(place: Place) -> None:
    """What was committed last stands in SQLite's log, beside a file that isn't there; no program may make another one."""
    browser = signed_in(place, "helmi")
    sent = browser.ask("POST", "/en/renewal/check", ready_to_send(browser, "helmi"))
    number, before = sent.headers["Location"].split("/")[-2], orders_of(place)
    (node,) = place.running.nodes
    with place.without("database"):
        for kept in node.programs:
            place.running.keeper.kill(kept, with_children=True)
        # without the server they wait, without the file they end and are started again, until it's there
        wait_until(lambda: "waiting for the database" in place.running.logs() or bool(node.mail.deaths), place.running.logs)
        with suppress(Interrupted):  # nobody answers yet, or the proxy does
            assert browser.ask("GET", "/en/card").status == 503
    place.running.wait_until_well()
    assert orders_of(place) == before
    assert f'data-order="{number}"' in browser.page("/en/orders").body


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a40_they_come_and_go_while_people_act_and_nothing_is_lost(
    name: str, furnished: Country, tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    directory, random = tmp_path_factory.mktemp("gone"), chance(f"{seed} gone")
    with ExitStack() as stack:
        cluster = stack.enter_context(durable_cluster()) if name == "postgresql" else None
        with running(furnished, directory, cluster=cluster, changes=SETTINGS) as installation:
            trial, place = Trial(installation, f"{seed} gone {name}"), Place(installation)

            def work() -> None:
                for parts in PARTS:
                    time.sleep(random.uniform(0.5, 1.5))
                    with place.without(*parts):
                        time.sleep(random.uniform(0.5, 2.0))
                    installation.wait_until_well()

            trial.while_people_act(work)
            trial.settle()
        wrong = trial.examine(sent_twice=len(PARTS))
    assert not wrong, f"{directory}, WEBVARTTI_TEST_SEED={seed}:\n" + "\n".join(wrong)
