"""One line a record, whatever somebody puts into it, and nothing of an exception but its kind and place."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from webvartti.telemetry.log_lines import REQUEST_FIELDS, JsonLines, LogLines, PlainLines

BOTH = pytest.mark.parametrize("lines", [PlainLines(), JsonLines()], ids=["plain", "json"])


def record(message: str, *values: object, error: BaseException | None = None, **attached: Any) -> logging.LogRecord:
    """As a logger makes it."""
    caught = None if error is None else (type(error), error, error.__traceback__)
    logger = logging.getLogger("webvartti.somewhere")
    return logger.makeRecord(logger.name, logging.WARNING, __file__, 7, message, values, caught, extra=attached)


def raised() -> BaseException:
    """An exception with a cause, as they come, with what must not be told."""
    secret = "131052-308T"
    try:
        try:
            raise ValueError(secret)
        except ValueError as problem:
            raise KeyError(f"aino {secret}") from problem
    except KeyError as problem:
        return problem


def fields(line: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_json_line_has_these_fields_and_no_others() -> None:
    found = fields(JsonLines().format(record("%s of %s", 1, 2)))
    assert found == {"time": found["time"], "level": "warning", "logger": "webvartti.somewhere", "message": "1 of 2"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found["time"])


def test_the_time_is_utc() -> None:
    made = record("x")
    made.created = 1_800_000_000.25
    assert fields(JsonLines().format(made))["time"] == "2027-01-15T08:00:00.250Z"
    assert PlainLines().format(made).startswith("2027-01-15T08:00:00.250Z WARNING ")


def test_the_line_of_a_request_has_five_fields_more_and_what_others_attach_is_never_written() -> None:
    about: dict[str, Any] = {"endpoint": "card.page", "method": "GET", "status": 200, "milliseconds": 12, "listener": "public"}
    assert set(about) == set(REQUEST_FIELDS)
    line = JsonLines().format(record("x", **about, path="/en/orders/WV-7K3M-9Q4P", headers={"Cookie": "canary"}))
    assert about.items() <= fields(line).items()
    assert "WV-" not in line
    assert "canary" not in line


@BOTH
@pytest.mark.parametrize("text", ["a\nb", "a\r\nFAKE INFO b", '"}\n{"level": "info"', "\x00", "\u2028", "ä😀\ud800"])
def test_whatever_a_message_holds_it_is_one_line(lines: LogLines, text: str) -> None:
    line = lines.format(record("said %s", text))
    assert "\n" not in line
    assert "\r" not in line
    if isinstance(lines, JsonLines):
        assert fields(line)["message"] == f"said {text}"


@BOTH
def test_a33_of_an_exception_only_kind_and_place_are_told(lines: LogLines) -> None:
    line = lines.format(record("failed", error=raised()))
    assert "KeyError in raised (" in line
    assert f"{__file__}:" in line
    assert "131052" not in line
    assert "aino" not in line
    assert "ValueError" not in line


@BOTH
def test_a33_arguments_that_do_not_fit_are_not_told_either(lines: LogLines) -> None:
    line = lines.format(record("no place for", "131052-308T"))
    assert "no place for" in line
    assert "131052" not in line


def test_the_number_of_the_request_stands_in_both() -> None:
    number = "0123456789abcdef" * 2
    assert PlainLines(lambda: number).format(record("x")).endswith(f": x (request {number})")
    assert fields(JsonLines(lambda: number).format(record("x")))["request_id"] == number
    assert "request" not in PlainLines().format(record("x"))
    assert "request_id" not in fields(JsonLines().format(record("x")))


def test_every_field_is_explained() -> None:
    text = (Path(__file__).parents[3] / "docs" / "observing.md").read_text(encoding="utf-8")
    line = JsonLines(lambda: "0" * 32).format(record("x", error=raised(), **dict.fromkeys(REQUEST_FIELDS, "")))
    table = text.partition("| field | in |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)))) == set(fields(line))


def test_an_exception_without_a_traceback_is_told_too() -> None:
    assert fields(JsonLines().format(record("x", error=OSError("secret"))))["exception"] == "OSError"
