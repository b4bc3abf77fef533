"""The staff's pages of the queue and of a case: what is seen, what is done, and what keeps somebody from doing it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.web.colleagues import appoint, ordered
from tests.web.visitor import Page, Site
from webvartti.domain.approval import ApprovalRefused, CardRevokedSince, RevocationNotKnown
from webvartti.domain.errors import StorageUnavailable
from webvartti.domain.permissions import Role
from webvartti.services.review import Review


def refused(page: str) -> list[str]:
    return Page(page).values("data-refused")


def settle(site: Site, seconds: float = 61) -> None:
    site.services.review.settle(site.services.clock() + timedelta(seconds=seconds))


def state(site: Site, number: str) -> str:
    with site.services.review.units.reading() as unit:
        return str(unit.orders.get(number).state)


def test_a_clean_case_is_approved_and_takes_effect_a_minute_later(site_with: Callable[..., Site]) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    reviewer = appoint(site, "sari", Role.REVIEWER)
    queue = reviewer.get("/en/staff/")
    assert Page(queue.text).values("data-case") == [number]
    case = reviewer.follow(reviewer.submit(queue, "/next"))
    assert "Take onto my desk" not in case.text
    told = reviewer.follow(reviewer.submit(case, "/approve-and-next"))
    assert Page(told.text).values("data-decided") == [number]
    settle(site, 30)
    assert state(site, number) == "submitted"
    settle(site)
    assert state(site, number) == "approved"


def test_a_decision_can_be_undone_until_it_takes_effect(site_with: Callable[..., Site]) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    reviewer = appoint(site, "sari", Role.REVIEWER)
    case = reviewer.get(f"/en/staff/cases/{number}")
    decided = reviewer.follow(reviewer.submit(case, "/approve"))
    assert Page(decided.text).values("data-pending") == ["taken"]
    undone = reviewer.follow(reviewer.submit(decided, "/undo"))
    assert Page(undone.text).values("data-pending") == []
    settle(site)
    assert state(site, number) == "submitted"


def test_a28_nobody_decides_on_their_own_order(site_with: Callable[..., Site]) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    jorma = appoint(site, "jorma", Role.REVIEWER, Role.SUPERVISOR)
    case = jorma.get(f"/en/staff/cases/{number}")
    assert "Your own order" in case.text
    actions = [form.get("action", "") for form, _ in Page(case.text).forms]
    assert not [action for action in actions if "approve" in action]
    fields = {"csrf_token": Page(case.text).form("/sign-out")[1]["csrf_token"], "version": "1"}
    forced = jorma.post(f"/en/staff/cases/{number}/approve", fields)
    assert (forced.status_code, refused(forced.text)) == (403, ["own-order"])
    assert state(site, number) == "submitted"


def test_a28_a_rejection_takes_two_people_and_nobody_is_both(site_with: Callable[..., Site]) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    first, other = appoint(site, "sari", Role.REVIEWER), appoint(site, "markus", Role.REVIEWER)
    why = first.get(f"/en/staff/cases/{number}/reject")
    missing = first.submit(why, "/reject")
    assert (missing.status_code, "Choose a reason." in missing.text) == (422, True)
    preview = first.submit(why, "/reject", reason="visit-needed", words="Tule käymään")
    assert preview.status_code == 303
    case = first.follow(preview)
    assert Page(case.text).values("data-pending") == ["awaits-second"]
    fields = {"csrf_token": Page(case.text).form("/sign-out")[1]["csrf_token"]}
    both = first.post(f"/en/staff/cases/{number}/agree", fields)
    assert (both.status_code, refused(both.text)) == (403, ["same-eyes"])
    appoint(site, "sari", Role.SUPERVISOR)  # another role makes nobody a second person
    settle(site)
    assert state(site, number) == "submitted"
    agreed = other.follow(other.submit(other.get(f"/en/staff/cases/{number}"), "/agree"))
    assert Page(agreed.text).values("data-pending") == ["taken"]
    settle(site)
    assert state(site, number) == "rejected"
    assert "Tule käymään" in site.signed_in("jorma").get(f"/en/orders/{number}").text


def test_the_holder_s_words_are_previewed_in_their_language(site_with: Callable[..., Site]) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    reviewer = appoint(site, "sari", Role.REVIEWER)
    action, fields = Page(reviewer.get(f"/en/staff/cases/{number}/reject").text).form("/reject")
    shown = reviewer.post(f"{action}/preview", {**fields, "reason": "visit-needed", "words": "Tule käymään"})
    assert "Tule käymään" in shown.text
    assert Page(shown.text).values("data-preview")
    with site.services.review.units.reading() as unit:
        assert unit.review_decisions.open_for(number) is None


def test_a29_of_two_who_decide_one_is_told_what_changed(site_with: Callable[..., Site]) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    first, other = appoint(site, "sari", Role.REVIEWER), appoint(site, "markus", Role.REVIEWER)
    pages = [reviewer.get(f"/en/staff/cases/{number}") for reviewer in (first, other)]
    assert first.submit(pages[0], "/approve").status_code == 303
    late = other.submit(pages[1], "/approve")
    assert (late.status_code, refused(late.text)) == (409, ["stale-order"])
    assert "Decision taken" in late.text
    assert first.submit(pages[0], "/approve").status_code == 303  # a double click
    with site.services.review.units.reading() as unit:
        assert len(unit.review_decisions.of_order(number)) == 1


def test_a_colleague_s_open_case_is_seen_and_can_t_be_decided_on(site_with: Callable[..., Site]) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    first, other = appoint(site, "sari", Role.REVIEWER), appoint(site, "markus", Role.REVIEWER)
    stale = other.get(f"/en/staff/cases/{number}")
    first.submit(first.get("/en/staff/"), "/next")
    assert "Open: " in other.get("/en/staff/").text
    assert Page(other.get(f"/en/staff/cases/{number}").text).values("data-open-elsewhere")
    late = other.submit(stale, "/approve")
    assert (late.status_code, refused(late.text)) == (409, ["case-open-elsewhere"])
    assert "No case is free" in other.follow(other.submit(other.get("/en/staff/"), "/next")).text
    first.submit(first.get(f"/en/staff/cases/{number}"), "/release")
    assert other.submit(stale, "/approve").status_code == 303


def test_a_question_goes_to_the_holder_and_comes_back_to_whoever_asked(site_with: Callable[..., Site]) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    reviewer = appoint(site, "sari", Role.REVIEWER)
    form = reviewer.get(f"/en/staff/cases/{number}/ask")
    assert reviewer.submit(form, "/ask").status_code == 422
    assert reviewer.submit(form, "/ask", question="Which address is right?").status_code == 303
    assert state(site, number) == "more-information-needed"
    holder = site.signed_in("jorma")
    page = holder.get(f"/en/orders/{number}")
    assert "Which address is right?" in page.text
    assert holder.submit(page, "/answer", text="The one in the order.").status_code == 303
    assert state(site, number) == "submitted"
    assert Page(reviewer.get("/en/staff/?mine=y").text).values("data-case") == [number]
    assert "The one in the order." in reviewer.get(f"/en/staff/cases/{number}").text


def test_a36_a_protected_address_is_on_no_page_of_the_staff(
    site_with: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    with site.services.review.units.reading() as unit:
        street = unit.orders.get(number).delivery.card_address.street
    reviewer = appoint(site, "sari", Role.REVIEWER)
    assert street in reviewer.get(f"/en/staff/cases/{number}").text
    monkeypatch.setattr(type(site.services.orders), "address_may_be_shown", lambda *_: False)
    page = reviewer.get(f"/en/staff/cases/{number}").text
    assert street not in page
    assert "non-disclosure" in page


def test_an_auditor_reads_everything_and_decides_nothing(site_with: Callable[..., Site]) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    auditor = appoint(site, "sari", Role.AUDITOR)
    page = auditor.get(f"/en/staff/cases/{number}")
    assert page.status_code == 200
    assert "Approve" not in page.text
    fields = {"csrf_token": Page(page.text).form("/sign-out")[1]["csrf_token"], "version": "1"}
    assert auditor.post(f"/en/staff/cases/{number}/approve", fields).status_code == 403
    assert site.signed_in("jorma").get("/en/staff/").status_code == 403


@pytest.mark.parametrize("reason", [RevocationNotKnown, CardRevokedSince])
def test_a17_an_approval_that_revocation_forbids_says_why_and_decides_nothing(
    site_with: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, reason: type[ApprovalRefused]
) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    reviewer = appoint(site, "sari", Role.REVIEWER)
    case = reviewer.get(f"/en/staff/cases/{number}")

    def forbid(*_: object) -> None:
        raise reason

    monkeypatch.setattr("webvartti.services.review.vouching_for", forbid)
    answer = reviewer.submit(case, "/approve")
    assert (answer.status_code, refused(answer.text)) == (409, [reason.code])
    with site.services.review.units.reading() as unit:
        assert unit.review_decisions.open_for(number) is None


def test_a30_a_decision_stands_though_the_next_case_can_t_be_taken(
    site_with: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    reviewer = appoint(site, "sari", Role.REVIEWER)
    case = reviewer.get(f"/en/staff/cases/{number}")

    def down(*_: object) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(Review, "open_next", down)
    answer = reviewer.submit(case, "/approve-and-next")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/en/staff/cases/{number}")
    assert Page(reviewer.follow(answer).text).values("data-pending") == ["taken"]


def test_a30_a_refused_decision_leaves_no_trace_of_success(site_with: Callable[..., Site]) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    reviewer = appoint(site, "sari", Role.REVIEWER)
    case = reviewer.get(f"/en/staff/cases/{number}")
    stale = reviewer.submit(case, "/approve-and-next", version="99")
    assert (stale.status_code, refused(stale.text)) == (409, ["stale-order"])
    assert Page(stale.text).values("data-decided") == []
    assert Page(reviewer.get(f"/en/staff/cases/{number}").text).values("data-pending") == []


def test_a_case_can_be_handed_over_to_a_colleague_only(site_with: Callable[..., Site]) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    first = appoint(site, "sari", Role.REVIEWER)
    appoint(site, "markus", Role.REVIEWER)
    appoint(site, "jorma", Role.REVIEWER)  # whose order it is
    case = first.get(f"/en/staff/cases/{number}")
    menu = Page(case.text)
    offered = [values["value"] for tag, values in menu.tags if tag == "option" and values["value"]]
    assert len(offered) == 1
    assert first.submit(case, "/hand-over", to="registration-number:1").status_code == 422
    assert first.submit(case, "/hand-over", to=offered[0]).status_code == 303
    assert "Assigned to" in first.get("/en/staff/").text
    assert "No case is free" in first.follow(first.submit(first.get("/en/staff/"), "/next")).text


def test_what_differs_comes_first_with_the_difference_marked(site_with: Callable[..., Site]) -> None:
    site = site_with()
    number = ordered(site, "robin")
    page = appoint(site, "sari", Role.AUDITOR).get(f"/en/staff/cases/{number}").text
    assert page.index('id="differences"') < page.index('id="findings"') < page.index("<dl")
    assert re.findall("<mark>(.*?)</mark>", page) == ["Robin Ärjänselkä", "Kuisma Aleksi Tuulensuu", "Kuisma Aleksi Tuulensuu"]
