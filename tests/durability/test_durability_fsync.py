"""A39: whoever is told that the order is there is told so after the disk has it; and what happens where the disk refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.browser import Browser, code_of
from tests.durability.faults import chance
from tests.durability.installation import Running, durable_cluster, running
from tests.durability.processes import children
from tests.durability.system_calls import Call, need_strace, read_calls, traced
from tests.integration.proxies.client import Answer
from tests.web.visitor import Page
from webvartti.demo.country import Country

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CALLS = "-e", "trace=pwrite64,write,fsync,fdatasync,sendto,recvfrom"


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(
    request: pytest.FixtureRequest, furnished: Country, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    need_strace()
    directory = tmp_path_factory.mktemp("fsync")
    if request.param == "sqlite":
        with running(furnished, directory) as found:
            yield found
        return
    with durable_cluster() as cluster, running(furnished, directory, cluster=cluster) as found:
        yield found


def before_sending(installation: Running, who: str) -> tuple[Browser, dict[str, str]]:
    """Signed in, on the page "check and send": the browser, and the form."""
    browser = Browser(installation, installation.front.country.card(who).chosen_pem, chance(who))
    browser.sign_in()
    fields = Page(browser.page("/en/renewal").body).form("/renewal")[1]
    assert browser.ask("POST", "/en/renewal", {**fields, "email": f"{who}@example.fi"}).status == 303
    return browser, Page(browser.page("/en/renewal/check").body).form("/check")[1]


def send(browser: Browser, form: dict[str, str]) -> Answer:
    return browser.ask("POST", "/en/renewal/check", form)


def last(calls: list[Call], what: str) -> Call:
    assert calls, f"nobody {what}"
    return calls[-1]


def test_a39_the_log_is_on_the_disk_before_the_answer_leaves(installation: Running, tmp_path: Path) -> None:
    browser, form = before_sending(installation, "aino")
    application = installation.nodes[0].public.processes
    server = [] if installation.cluster is None else [installation.cluster.pid, *children(installation.cluster.pid)]
    with traced([*application, *server], tmp_path / "calls", *CALLS):
        answer = send(browser, form)
    assert answer.status == 303
    number = answer.headers["Location"].split("/")[-2]
    calls = read_calls((tmp_path / "calls").read_text())
    told = last([call for call in calls if call.name == "sendto" and "HTTP/1.1 303" in call.arguments], "sent the 303")
    before = [call for call in calls if call.ended < told.began]
    assert_durable_in_sqlite(before, told, number) if not server else assert_durable_in_postgresql(before, told, number)


def assert_durable_in_sqlite(before: list[Call], told: Call, number: str) -> None:
    """The thread that sends the answer has written the order into the log, and then waited for the disk."""
    mine = [call for call in before if call.pid == told.pid and "webvartti.db-wal>" in call.arguments]
    last([call for call in mine if call.name == "pwrite64" and number in call.arguments], "wrote the order")
    wrote = last([call for call in mine if call.name == "pwrite64"], "wrote")
    last([call for call in mine if is_sync(call) and call.began > wrote.ended], "waited for the disk")


def assert_durable_in_postgresql(before: list[Call], told: Call, number: str) -> None:
    """The server's process that was given the order was asked to commit, wrote the log, waited for the disk, and then said that
    it had; all of it before the answer.
    """
    given = last(
        [call for call in before if call.name == "recvfrom" and number in call.arguments and call.pid != told.pid], "got it"
    )
    its = [call for call in before if call.pid == given.pid and call.began > given.ended]
    asked = last([call for call in its if call.name == "recvfrom" and "COMMIT" in call.arguments], "was asked to commit")
    confirmed = last([call for call in its if call.name == "sendto" and "COMMIT" in call.arguments], "confirmed the commit")
    meanwhile = [
        call for call in its if asked.ended < call.began and call.ended < confirmed.began and "/pg_wal/" in call.arguments
    ]
    wrote = last([call for call in meanwhile if call.name == "pwrite64"], "wrote the log")
    last([call for call in meanwhile if is_sync(call) and call.began > wrote.ended], "waited for the disk")


def is_sync(call: Call) -> bool:
    return call.name in ("fsync", "fdatasync") and call.result == "0"


def test_a39_an_order_that_the_disk_refused_to_keep_is_neither_confirmed_nor_denied(
    installation: Running, tmp_path: Path
) -> None:
    """SQLite: the log is written and can't be made durable. The page says so, and the form again makes one order."""
    if installation.cluster is not None:
        pytest.skip("PostgreSQL stops itself where its log can't be made durable: that is the case of a server that dies")
    browser, form = before_sending(installation, "kaisa")
    file = installation.front.environ["WEBVARTTI_DATABASE_URL"].removeprefix("sqlite:///")
    refuse = "-P", f"{file}-wal", "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO:when=2+"
    with traced(installation.nodes[0].public.processes, tmp_path / "calls", *refuse):
        uncertain = send(browser, form)  # the first commit of a thread, which counts the form, is let pass
    assert (uncertain.status, code_of(uncertain), uncertain.headers["Retry-After"]) == (503, "commit-unknown", "60")
    assert "INJECTED" in (tmp_path / "calls").read_text()
    again = send(browser, form)
    assert again.status == 303
    number = again.headers["Location"].split("/")[-2]
    assert [order.number for order in installation.services().orders.every(None)] == [number]
