"""People who go on ordering, withdrawing and deciding while everything around them dies."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import Event
from urllib.parse import urljoin

from tests.durability.browser import Browser, Interrupted, ServiceStaysAway, SignedOut, code_of
from tests.durability.faults import chance
from tests.durability.installation import Running
from tests.durability.record import ORDER, Act, Form, Line, Record, Told, reading
from tests.integration.proxies.client import Answer
from tests.web.visitor import Page

MOST_TRIES = 30
"""How often one form is sent while nobody answers."""


@dataclass
class Person:
    """Somebody with a card. ``undecided`` are the forms that were left without an answer."""

    who: str
    browser: Browser
    record: Record
    random: Random
    undecided: list[Form] = field(default_factory=list)

    def act_until(self, over: Event) -> None:
        """One thing after another. What must never happen is written down as a surprise, and ends it."""
        try:
            self.browser.sign_in()
            while not over.is_set():
                self.do_one_thing()
                over.wait(self.random.uniform(0.02, 0.25))
        except (ServiceStaysAway, SignedOut) as problem:
            self.record.surprise(self.who, f"{type(problem).__name__} {problem}")
        except Exception as problem:
            self.record.surprise(self.who, f"the test itself: {problem!r}")
            raise

    def do_one_thing(self) -> None:
        raise NotImplementedError

    def send(self, form: Form) -> Line:
        """Once; what is answered is written down."""
        try:
            answer = self.browser.ask("POST", form.path, form.fields)
        except Interrupted as broken:
            return self.record.add(form, Told.UNKNOWN, "", str(broken))
        told, number, short = reading(form.act, answer)
        if answer.status == 500 or code_of(answer) == "session-ended":
            self.record.surprise(self.who, f"{form.act}: {short}")
        return self.record.add(form, told, number, short)

    def send_until_told(self, form: Form, *, give_up: float) -> Line:
        """Like somebody who loads the page again; with the probability ``give_up`` they go on to something else instead."""
        for _ in range(MOST_TRIES):
            line = self.send(form)
            if line.told in (Told.ACCEPTED, Told.REFUSED):
                return line
            if self.random.random() < give_up:
                break
            time.sleep(self.random.uniform(0.1, 0.6))
        if line.told is Told.UNKNOWN:
            self.undecided.append(form)
        return line

    def settle(self) -> None:
        """Send what was left without an answer once more, now that nothing dies any more."""
        while self.undecided:
            self.send_until_told(self.undecided.pop(), give_up=0.0)

    def form_on(self, page: Answer, ending: str, act: Act, path: str, key: Callable[[dict[str, str]], str]) -> Form | None:
        """The form to ``ending`` on a page that came from ``path``; None where there is none."""
        for attributes, fields in reversed(Page(page.body).forms):
            action = attributes.get("action", "")
            if action.endswith(ending) and (ending or not action):
                found = re.search(ORDER, path)
                return Form(act, key(fields), self.who, urljoin(path, action), dict(fields), found[0] if found else "")
        return None


class Holder(Person):
    """Orders, withdraws, orders anew; now and then signs in again."""

    def do_one_thing(self) -> None:
        if self.random.random() < 0.05:
            self.browser.sign_in()
        delivery = self.browser.page("/en/renewal")
        if delivery.status == 200:
            self._order(delivery)
        else:
            self._withdraw()

    def _order(self, delivery: Answer) -> None:
        fields = {**Page(delivery.body).form("/renewal")[1], "email": f"{self.who}@example.fi", "contact_language": "fi"}
        if self.random.random() < 0.4:  # another address than the register's is a person's to decide on
            fields |= {"home": "other", "street": "Toinen katu 1", "postal_code": "00200", "post_office": "Helsinki"}
        else:
            fields |= {"home": "registered"}
        try:
            if self.browser.ask("POST", "/en/renewal", fields).status != 303:
                return
        except Interrupted:
            return
        check = self.browser.page("/en/renewal/check")
        form = self.form_on(check, "/check", Act.PLACE, "/en/renewal/check", lambda fields: fields["key"])
        if form is None:
            return
        line = self.send_until_told(form, give_up=0.3)
        if line.told is Told.ACCEPTED:
            self._read(line.number)

    def _read(self, number: str) -> None:
        """The page of an accepted order comes, and shows it."""
        receipt = self.browser.page(f"/en/orders/{number}/receipt")
        if receipt.status == 404 or (receipt.status == 200 and f'data-order="{number}"' not in receipt.body):
            self.record.surprise(self.who, f"the receipt of {number} isn't there")

    def _withdraw(self) -> None:
        found = re.search(ORDER, self.browser.page("/en/card").body)
        if found is None or self.random.random() < 0.3:
            return
        path = f"/en/orders/{found[0]}/withdraw"
        form = self.form_on(self.browser.page(path), "", Act.WITHDRAW, path, lambda fields: f"{found[0]}/{fields['version']}")
        if form is not None:
            self.send_until_told(form, give_up=0.3)


@dataclass
class Reviewer(Person):
    """Approves most cases, undoes some, rejects others, and is the second pair of eyes for a colleague."""

    pages: int = 0

    def do_one_thing(self) -> None:
        cases = Page(self.browser.page("/en/staff/").body).values("data-case")
        if not cases:
            time.sleep(0.3)
            return
        path = f"/en/staff/cases/{self.random.choice(cases)}"
        self._decide(self.browser.page(path), path)

    def _decide(self, case: Answer, path: str) -> None:
        agree, undo = (self._form(case, path, act) for act in (Act.AGREE, Act.UNDO))
        if agree is not None:
            self.send_until_told(agree, give_up=0.3)
        elif undo is not None:
            if self.random.random() < 0.3:
                self.send_until_told(undo, give_up=0.3)
        elif self.random.random() < 0.25:
            self._reject(path)
        elif (approve := self._form(case, path, Act.APPROVE)) is not None:
            self.send_until_told(approve, give_up=0.3)

    def _reject(self, path: str) -> None:
        form = self._form(self.browser.page(f"{path}/reject"), path, Act.REJECT)
        if form is not None:
            form.fields.update(reason="visit-needed", words="Tule käymään.")
            self.send_until_told(form, give_up=0.3)

    def _form(self, page: Answer, path: str, act: Act) -> Form | None:
        """One decision on one state of the case is one form. Undoing names no state, so each page has a form of its own."""
        number, self.pages = path.rpartition("/")[2], self.pages + 1
        once = f"page {self.pages}"
        return self.form_on(
            page, f"/{act}", act, path, lambda fields: f"{number} {act} {self.who} {fields.get('version', once)}"
        )


HOLDERS = ("aino", "eero", "helmi", "kaisa", "bjorn", "anna-kaarina", "a-o", "noora", "antti", "elin", "jorma", "robin")
REVIEWERS = ("o-neill", "leena-dentist")


def people(running: Running, record: Record, seed: str) -> list[Person]:
    """Everybody, with a card of the demo country each."""
    kinds: dict[type[Person], tuple[str, ...]] = {Holder: HOLDERS, Reviewer: REVIEWERS}
    everybody = []
    for kind, slugs in kinds.items():
        for slug in slugs:
            browser = Browser(running, running.front.country.card(slug).chosen_pem, chance(f"{seed} {slug} browser"))
            everybody.append(kind(slug, browser, record, chance(f"{seed} {slug}")))
    return everybody
