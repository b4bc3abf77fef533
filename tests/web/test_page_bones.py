"""Every page's bones, headers and words: A26, A27, A32, A42 as far as they can be told without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from itertools import chain, pairwise

import pytest

from tests.web.colleagues import appoint
from tests.web.every_page import every_page, every_page_of_the_draft_lane, every_page_of_the_staff
from tests.web.visitor import CARD, PUBLIC, Page, Site, Visitor
from webvartti.domain.decisions import RejectionReason
from webvartti.domain.events import EventKind, OrderState
from webvartti.domain.permissions import PERMISSIONS, Permission, Role
from webvartti.domain.wording import REJECTIONS
from webvartti.web import words
from webvartti.web.access import permission_of
from webvartti.web.csrf import hand_over_origin

V, H, D = Role.VISITOR, Role.HOLDER, Role.DRAFT_HOLDER
STAFF = {Role.REVIEWER, Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR}


def staff_only(method: str, status: int, *roles: Role) -> tuple[str, dict[Role, int]]:
    """A route of the staff: ``status`` for these roles, refused for all others."""
    refused = {V: 303 if method == "GET" else 403, H: 403, D: 403, **dict.fromkeys(STAFF, 403)}
    return method, refused | dict.fromkeys(roles, status)


R, S, P, A = Role.REVIEWER, Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR
ROUTES: dict[str, tuple[str, dict[Role, int]]] = {
    # endpoint: (method, role -> status of a request that is right in every other way)
    "health.health": ("GET", {V: 200, H: 200, D: 200}),
    "health.live": ("GET", {V: 200, H: 200, D: 200}),
    "health.ready": ("GET", {V: 200, H: 200, D: 200}),
    "front.choose_language": ("GET", {V: 303, H: 303, D: 303}),
    "security_txt.page": ("GET", {V: 200, H: 200, D: 200}),
    "home.landing": ("GET", {V: 200, H: 200, D: 200}),
    "home.registration_points": ("GET", {V: 200, H: 200, D: 200}),
    "home.accessibility": ("GET", {V: 200, H: 200, D: 200}),
    "home.privacy": ("GET", {V: 200, H: 200, D: 200}),
    "home.feedback": ("GET", {V: 200, H: 200, D: 200}),
    "home.leave_feedback": ("POST", {V: 422, H: 422, D: 422}),
    "home.feedback_thanks": ("GET", {V: 200, H: 200, D: 200}),
    "card_check.page": ("GET", {V: 200, H: 200, D: 200}),
    "card_check.begin": ("POST", {V: 303, H: 303, D: 303}),
    "card_check.answers": ("GET", {V: 404, H: 404, D: 404}),
    "guides.take_into_use": ("GET", {V: 200, H: 200, D: 200}),
    "sign_in.page": ("GET", {V: 200, H: 200, D: 200}),
    "sign_in.finish": ("POST", {V: 403, H: 403, D: 403}),
    "sign_in.sign_out": ("POST", {V: 403, H: 303, D: 303}),
    "sign_in.signed_out": ("GET", {V: 200, H: 200, D: 200}),
    "card.page": ("GET", {V: 303, H: 200, D: 403}),
    "renewals.delivery": ("GET", {V: 303, H: 200, D: 403}),
    "renewals.keep_delivery": ("POST", {V: 403, H: 422, D: 403}),
    "renewals.check": ("GET", {V: 303, H: 303, D: 403}),
    "renewals.send": ("POST", {V: 403, H: 303, D: 403}),
    "draft_lane.delivery": ("GET", {V: 303, H: 403, D: 200}),
    "draft_lane.change": ("POST", {V: 403, H: 403, D: 200}),
    "draft_lane.check": ("POST", {V: 403, H: 403, D: 422}),
    "draft_lane.send": ("POST", {V: 403, H: 403, D: 422}),
    "draft_lane.sent": ("GET", {V: 303, H: 403, D: 303}),
    "draft_lane.not_taken": ("GET", {V: 303, H: 403, D: 200}),
    "orders.mine": ("GET", {V: 303, H: 200, D: 403}),
    "orders.page": ("GET", {V: 303, H: 404, D: 403}),
    "orders.receipt": ("GET", {V: 303, H: 404, D: 403}),
    "orders.ask_to_withdraw": ("GET", {V: 303, H: 404, D: 403}),
    "orders.withdraw": ("POST", {V: 403, H: 404, D: 403}),
    "staff_queue.page": staff_only("GET", 200, R, S, A),
    "staff_queue.search": staff_only("GET", 200, R, S, A),
    "staff_queue.take_next": staff_only("POST", 303, R, S),
    "staff_cases.page": staff_only("GET", 404, R, S, A),
    "staff_decisions.ask_why": staff_only("GET", 404, R, S),
    "staff_decisions.ask_what": staff_only("GET", 404, R, S),
    **{
        f"staff_{endpoint}": staff_only("POST", 404, R, S)
        for endpoint in (
            "cases.open_case",
            "cases.release",
            "cases.hand_over",
            "decisions.approve",
            "decisions.approve_and_next",
            "decisions.preview",
            "decisions.reject",
            "decisions.ask",
            "decisions.agree",
            "decisions.decline",
            "decisions.undo",
        )
    },
    "staff_figures.page": staff_only("GET", 200, R, S, P, A),
    "staff_figures.as_csv": staff_only("GET", 200, R, S, P, A),
    "staff_rules.page": staff_only("GET", 200, S, P, A),
    "staff_rules.preview": staff_only("GET", 303, S, P, A),
    "staff_rules.propose": staff_only("POST", 422, S),
    "staff_rules.confirm": staff_only("POST", 409, S),
    "staff_rules.decline": staff_only("POST", 409, S),
    "staff_people.page": staff_only("GET", 200, S, P, A),
    "staff_people.check": staff_only("POST", 422, S),
    "staff_people.change": staff_only("POST", 422, S),
    "staff_people.confirm": staff_only("POST", 409, S),
    "staff_people.decline": staff_only("POST", 409, S),
    "orders.looks": ("GET", {V: 303, H: 200, D: 403}),
    "order_letters.answer": ("POST", {V: 403, H: 404, D: 403}),
    "order_letters.ask_for_new_look": ("GET", {V: 303, H: 404, D: 403}),
    "order_letters.new_look": ("POST", {V: 403, H: 404, D: 403}),
}
HAND_OVER = {"sign_in.finish": "card_origin", "card_listener.judge": "public_origin"}


def _endpoints(site: Site) -> dict[str, str]:
    rules = [rule for rule in site.public.url_map.iter_rules() if rule.endpoint != "static"]
    return {
        rule.endpoint: rule.rule.replace("<any(fi, sv, en):language>", "en")
        .replace("<number>", "WV-2222-2222")
        .replace("<code>", "TK-2222-2222")
        .replace("<any(arrivals, ages, forecast):table>", "ages")
        for rule in rules
    }


def test_a27_every_route_has_a_row_and_every_row_a_route(site: Site) -> None:
    assert set(_endpoints(site)) == set(ROUTES)
    assert all(permission_of(site.public, endpoint) is not None for endpoint in ROUTES)
    assert {rule.endpoint for rule in site.card.url_map.iter_rules()} == {
        "static",
        "card_listener.start_again",
        "card_listener.judge",
        "card_listener.start_check_again",
        "card_listener.try_certificate",
        "health.health",
        "health.live",
        "health.ready",
    }


@pytest.mark.slow
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("endpoint", ROUTES)
def test_a27_every_route_for_every_role(site: Site, request: pytest.FixtureRequest, endpoint: str, role: Role) -> None:
    def in_the_draft_lane() -> Visitor:
        stale_site: Site = request.getfixturevalue("stale_site")
        return stale_site.signed_in("aino")

    of_role: dict[Role, Callable[[], Visitor]] = {
        V: site.visitor,
        H: partial(site.signed_in, "aino"),
        D: in_the_draft_lane,
        **{each: partial(appoint, site, "aino", each) for each in STAFF},
    }
    visitor = of_role[role]()
    method, row = ROUTES[endpoint]
    expected = dict.fromkeys(Role, row[H]) | row  # a member of the staff is a holder on all other pages
    path = _endpoints(site)[endpoint]
    if method == "GET":
        assert visitor.get(path).status_code == expected[role]
        return
    token = Page(visitor.get("/en/feedback").text).form("")[1]["csrf_token"]
    origin = CARD if endpoint in HAND_OVER else PUBLIC
    assert visitor.post(path, {"csrf_token": token}, origin).status_code == expected[role]


def test_a27_an_unmarked_view_is_refused(site: Site) -> None:
    site.public.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    for visitor in (site.visitor(), site.signed_in("aino")):
        assert visitor.get("/forgotten").status_code == 403


def test_roles_have_what_they_need_and_no_more() -> None:
    assert PERMISSIONS[Role.VISITOR] == {Permission.PUBLIC}
    assert set(PERMISSIONS) == set(Role)


def test_a25_every_post_but_the_hand_over_needs_token_and_origin(site: Site) -> None:
    posts = [endpoint for endpoint, (method, _) in ROUTES.items() if method == "POST"]
    visitor = site.signed_in("aino")
    token = Page(visitor.get("/en/card").text).form("/sign-out")[1]["csrf_token"]
    foreign = Page(site.signed_in("bjorn").get("/en/card").text).form("/sign-out")[1]["csrf_token"]
    for endpoint in posts:
        path = _endpoints(site)[endpoint]
        assert hand_over_origin(site.public, endpoint) == HAND_OVER.get(endpoint)
        if endpoint in HAND_OVER:
            continue
        for fields, origin in (
            ({}, PUBLIC),
            ({"csrf_token": foreign}, PUBLIC),
            ({"csrf_token": token}, CARD),
            ({"csrf_token": token}, "null"),
        ):
            assert visitor.post(path, fields, origin).status_code == 403
        assert visitor.public.post(path, base_url=PUBLIC, data={"csrf_token": token}).status_code == 403
    assert visitor.get("/en/card").status_code == 200  # still signed in


def test_a25_no_get_changes_anything(site: Site) -> None:
    visitor = site.signed_in("aino")
    visitor.order()
    before = list(site.services.orders.every(None)), len(site.services.audit.show(limit=1000))
    for endpoint, path in _endpoints(site).items():
        if ROUTES[endpoint][0] == "GET":
            visitor.get(path)
    assert (list(site.services.orders.every(None)), len(site.services.audit.show(limit=1000))) == before


@pytest.mark.slow
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a42_the_bones_ofevery_page(site: Site, stale_site: Site, language: str) -> None:
    titles: dict[str, str] = {}
    of_all = every_page(site, language), every_page_of_the_staff(site, language)
    for name, _, html in (*chain(*of_all), *every_page_of_the_draft_lane(stale_site, language)):
        page = Page(html)
        where = f"{language}: {name}"
        assert [values["lang"] for tag, values in page.tags if tag == "html"] == [language], where
        assert sum(tag == "h1" for tag, _ in page.tags) == 1, where
        assert sum(tag == "main" for tag, _ in page.tags) == 1, where
        ids = page.values("id")
        assert len(ids) == len(set(ids)), where
        for attribute in ("aria-describedby", "aria-labelledby", "for"):
            for value in page.values(attribute):
                assert set(value.split()) <= set(ids), f"{where}: {attribute}={value}"
        for href in page.values("href"):
            assert not href.startswith("#") or href[1:] in ids, f"{where}: {href}"
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels)), f"{where}: {levels}"
        labelled = set(page.values("for"))
        inputs = [v for t, v in page.tags if t in ("input", "select", "textarea") and v.get("type") != "hidden"]
        assert all(values["id"] in labelled for values in inputs), where
        wrong = [values for values in inputs if values.get("aria-invalid")]
        assert all(f"{values['id']}-error" in values["aria-describedby"] for values in wrong), where
        for tag, values in page.tags:
            assert tag != "style", where
            assert "style" not in values, where
            assert not any(key.startswith("on") for key in values), where
            assert tag != "img" or "alt" in values, where
            assert tag != "th" or "scope" in values, where
            assert tag != "script" or values.get("src"), where
        assert sum(tag == "table" for tag, _ in page.tags) == sum(tag == "caption" for tag, _ in page.tags), where
        title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
        assert title, where
        assert title[1].strip(), where
        titles[name] = title[1]
    plain = {
        name: title
        for name, title in titles.items()
        if not re.search(r"refused|blocked|card|no certificate|\?|orders|no-such|draft hand-over|draft privacy", name)
    }
    assert len(set(plain.values())) == len(plain), plain


@pytest.mark.slow
def test_a26_headers_of_every_response(site: Site, stale_site: Site) -> None:
    for _, visitor, _ in (
        *every_page(site, "en"),
        *every_page_of_the_staff(site, "en"),
        *every_page_of_the_draft_lane(stale_site, "en"),
    ):
        for response in visitor.seen:
            policy = response.headers["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "strict-origin"
            assert "Strict-Transport-Security" not in response.headers  # a demo server
            for url in re.findall(r'(?:src|href|action)="(https?://[^"/]+)', response.text):
                assert url in (PUBLIC, CARD, "https://booking.example"), url


def test_a26_only_the_hand_over_may_post_to_the_other_origin(site: Site) -> None:
    visitor = site.signed_in("aino")

    def form_action(html_of: str) -> str:
        return re.search("form-action ([^;]*)", visitor.get(html_of).headers["Content-Security-Policy"])[1]  # type: ignore[index]  # always there

    assert form_action("/en/") == f"'self' {CARD}"
    assert form_action("/en/sign-in") == f"'self' {CARD}"
    assert form_action("/en/card") == "'self'"
    assert form_action("/en/renewal") == "'self'"


def test_a32_every_state_event_and_reason_has_its_own_words() -> None:
    for table, keys in ((words.STATES, OrderState), (words.STATE_MEANINGS, OrderState), (words.EVENTS, EventKind),
                        (REJECTIONS, RejectionReason)):  # fmt: skip
        assert set(table) == set(keys)
        assert len(set(table.values())) == len(keys)
