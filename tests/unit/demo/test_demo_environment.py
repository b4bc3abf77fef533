"""Beside which settings a demo runs, and that it takes none of them over."""

from __future__ import annotations

import pytest

from webvartti.demo.errors import DemoRefused
from webvartti.demo.tools import CountryTools
from webvartti.wiring import build_tools

OTHER = {"WEBVARTTI_DATABASE_URL": "postgresql:///webvartti"}


@pytest.mark.parametrize(
    "outer",
    [
        {"WEBVARTTI_ENVIRONMENT": "production"},
        {"WEBVARTTI_ENVIRONMENT": " production\n"},
        {"WEBVARTTI_ENVIRONMENT": "Production"},
        OTHER,
        {"WEBVARTTI_ENVIRONMENT": " ", **OTHER},
    ],
)
def test_a_demo_is_refused_where_the_settings_are_those_of_production(outer: dict[str, str]) -> None:
    with pytest.raises(DemoRefused, match="a demo never runs there"):
        CountryTools(outer).refuse_in_production()


@pytest.mark.parametrize(
    "outer",
    [
        {},
        {"PATH": "/usr/bin", "WEBVARTTI_TEST_KILLS": "3"},
        {"WEBVARTTI_ENVIRONMENT": "demo", **OTHER},
        {"WEBVARTTI_ENVIRONMENT": " test", **OTHER},
    ],
)
def test_a_demo_runs_elsewhere(outer: dict[str, str]) -> None:
    CountryTools(outer).refuse_in_production()


def test_no_other_system_s_settings_shine_through_a_demo_s() -> None:
    outer = build_tools({"WEBVARTTI_ENVIRONMENT": "test", "WEBVARTTI_SMTP_SERVER": "mail.example.fi:25", "PATH": "/usr/bin"})
    inner = outer.with_environment({"WEBVARTTI_ENVIRONMENT": "demo"})
    set_outside, set_inside = ([row[0] for row in tools.settings() if row[3] == "set"] for tools in (outer, inner))
    assert set_outside == ["WEBVARTTI_ENVIRONMENT", "WEBVARTTI_SMTP_SERVER"]
    assert set_inside == ["WEBVARTTI_ENVIRONMENT"]
