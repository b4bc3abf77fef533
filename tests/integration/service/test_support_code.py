"""`webvartti support-code`, as the help desk uses it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from tests.conftest import Installation
from webvartti.domain.certificates import NoCertificate
from webvartti.domain.limits import Client
from webvartti.services import Services
from webvartti.services.card_checks import BrowserReport

ANSWER = '{"version": "1.2", "httpMethods": [], "hashAlgorithms": ["SHA384"]}'


def told(installation: Installation, *words: str) -> Result:
    from webvartti.main import main

    return CliRunner().invoke(main, ["support-code", *words], env=installation.environ)


def test_it_says_what_each_step_found(installation: Installation, services: Services) -> None:
    now = services.clock()
    report = BrowserReport("answered", ANSWER, str(int((now - timedelta(hours=1)).timestamp() * 1000)), "TLSv1.3")
    check = services.card_checks.begin(report, "c" * 64, now)
    before = told(installation, check.code)
    assert (before.exit_code, "not tried" in before.stdout) == (0, True)
    with pytest.raises(NoCertificate):
        services.card_checks.try_certificate(None, check.code, "c" * 64, now, Client("192.0.2.1", "browser"))
    after = told(installation, *check.code.lower().replace("-", " ").split())
    assert after.exit_code == 0
    for part in (check.code, "card-in-reader (interface 1.2)", "no-certificate, as signing in would say", "clock-slow, -3600 s",
                 "tls-1.3"):  # fmt: skip
        assert part in after.stdout


def test_an_unknown_code_is_one_line_and_exit_code_1(installation: Installation) -> None:
    for words in (("TK-2222-2222",), ("x",), ("TK-0000-0000",)):
        answer = told(installation, *words)
        assert answer.exit_code == 1
        assert answer.stderr.startswith("no-such-check: ")
