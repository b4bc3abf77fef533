"""How PostgreSQL is reached: durable whatever its configuration says, the address's options first, no password anywhere."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from traceback import format_exception

import pytest
from sqlalchemy import Engine, event, make_url, text

from tests.databases import ask, execute
from webvartti.domain.errors import StorageUnavailable
from webvartti.domain.orders import Order
from webvartti.storage import migrate
from webvartti.storage.engine import create_engine
from webvartti.storage.errors import ConstraintViolated, DatabaseBusy, DatabaseUrlRefused, StorageError
from webvartti.storage.unit_of_work import Storage

pytestmark = pytest.mark.only_postgresql("its driver and its server")

Show = Callable[..., str]


@pytest.fixture
def show(url: str) -> Iterator[Show]:
    """``show("timezone", options="-c timezone=UTC")``: a setting, on a new connection with these options in the address."""
    engines: list[Engine] = []

    def ask_for(setting: str, **options: str) -> str:
        engines.append(create_engine(make_url(url).update_query_dict(options).render_as_string(hide_password=False)))
        with engines[-1].connect() as connection:
            return str(connection.execute(text(f"SHOW {setting}")).scalar_one())

    yield ask_for
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize(
    ("configured", "in_force"), [("off", "on"), ("local", "on"), ("on", "on"), ("remote_apply", "remote_apply")]
)
def test_a39_a_commit_is_durable_whatever_the_server_is_set_to(url: str, show: Show, configured: str, in_force: str) -> None:
    execute(url, f'ALTER DATABASE "{make_url(url).database}" SET synchronous_commit = {configured}')
    assert ask(url, "SHOW synchronous_commit") == [(configured,)]
    assert show("synchronous_commit") == in_force


def test_a39_nor_can_the_address_switch_that_off(show: Show) -> None:
    assert show("synchronous_commit", options="-c synchronous_commit=off") == "on"


def test_a39_it_stays_so_after_a_transaction_was_given_up(url: str, engine: Engine, order: Order) -> None:
    execute(url, f'ALTER DATABASE "{make_url(url).database}" SET synchronous_commit = off')
    storage = Storage(engine)
    for _ in range(2):
        with storage.writing() as unit:
            unit.orders.add(order)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"


def test_our_settings_are_in_force(show: Show) -> None:
    assert (show("lock_timeout"), show("statement_timeout"), show("timezone")) == ("5s", "1min", "UTC")
    assert show("application_name") == "webvartti"
    assert show("idle_in_transaction_session_timeout") == "10min"


def test_options_of_the_address_go_first_and_leave_the_others(show: Show) -> None:
    given = "-c lock_timeout=1s -c search_path=elsewhere"
    assert show("lock_timeout", options=given) == "1s"
    assert show("search_path", options=given) == "elsewhere"
    assert show("statement_timeout", options=given) == "1min"
    assert show("application_name", application_name="node two") == "node two"


@pytest.mark.parametrize("default", ["serializable", "repeatable read"])
def test_units_of_work_are_isolated_as_they_say_whatever_the_server_is_set_to(url: str, default: str) -> None:
    name = make_url(url).database
    execute(url, f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = '{default}'")
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"
    migrate.downgrade(url, "0005")
    migrate.upgrade(url)
    engine.dispose()


def test_a40_a_server_that_isn_t_there_is_unavailable_and_its_password_stays_secret(
    caplog: pytest.LogCaptureFixture, order: Order
) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    told = []
    for query in ("", "?nonsense=1", "?sslmode=nonsense", "?options=nonsense"):
        engine = create_engine(f"postgresql+psycopg://webvartti:top-secret@127.0.0.1:{port}/webvartti{query}")
        with pytest.raises(StorageUnavailable) as unavailable, Storage(engine).reading():
            pass
        told += [repr(engine), *format_exception(unavailable.value)]
        engine.dispose()
    assert "OperationalError" in "".join(told)
    assert "top-secret" not in "".join(told) + caplog.text


@pytest.mark.parametrize("address", ["postgresql://webvartti:top-secret@localhost/webvartti",
                                     "postgresql+asyncpg://webvartti:top-secret@localhost/webvartti"])  # fmt: skip
def test_an_address_of_another_driver_is_refused_with_the_right_form(address: str) -> None:
    with pytest.raises(DatabaseUrlRefused, match=r"postgresql\+psycopg://") as refused:
        create_engine(address)
    assert "top-secret" not in "".join(format_exception(refused.value))


def test_a33_a_refused_row_is_not_repeated(engine: Engine, order: Order, caplog: pytest.LogCaptureFixture) -> None:
    """PostgreSQL's own text would: "Failing row contains (...)"."""
    caplog.set_level(logging.DEBUG)
    with Storage(engine).writing() as unit:
        unit.orders.add(order)
        with pytest.raises(StorageError) as refused:
            unit.orders.add(order)
    with Storage(engine).writing() as unit, pytest.raises(ConstraintViolated) as broken:
        unit.contacts.put(order.person, replace(order.contact, email=None), order.placed_at)  # type: ignore[arg-type]  # a mistake
    told = "".join((*format_exception(refused.value), *format_exception(broken.value))) + caplog.text
    assert "Mannerheim" not in told
    assert order.person.serial_number not in told


def test_a_row_that_somebody_holds_is_waited_for_no_longer_than_is_said(url: str, engine: Engine, order: Order) -> None:
    with Storage(engine).writing() as unit:
        unit.orders.add(order)
        unit.commit()
    impatient = create_engine(make_url(url).update_query_dict({"options": "-c lock_timeout=100ms"}).render_as_string())
    with Storage(engine).writing() as holding, Storage(impatient).writing() as waiting:
        holding.orders.get(order.number)
        with pytest.raises(DatabaseBusy):
            waiting.orders.get(order.number)
    impatient.dispose()


@pytest.mark.parametrize(
    ("place", "mode"),
    [
        ("db.example.fi/webvartti", "verify-full"),
        ("db.example.fi/webvartti?sslmode=require", "require"),
        ("/webvartti?host=db.example.fi", "verify-full"),
        ("/webvartti?host=/run/postgresql", None),
        ("localhost/webvartti", None),
    ],
)
def test_a_server_on_another_machine_must_prove_who_it_is_unless_the_address_says_otherwise(
    place: str, mode: str | None
) -> None:
    engine = create_engine(f"postgresql+psycopg://webvartti@{place}")
    told: dict[str, object] = {}

    def go_no_further(dialect: object, entry: object, positional: object, named: dict[str, object]) -> None:
        told.update(named)
        raise ConnectionRefusedError

    event.listen(engine, "do_connect", go_no_further)
    with pytest.raises(ConnectionRefusedError):
        engine.connect()
    assert told.get("sslmode") == mode
