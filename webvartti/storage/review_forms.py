"""Colleagues as columns, and back."""

from __future__ import annotations

from sqlalchemy import RowMapping

from webvartti.domain.holders import Person
from webvartti.domain.staff import Colleague
from webvartti.storage.forms import Json


def colleague_values(prefix: str, colleague: Colleague | None) -> Json:
    parts = (None,) * 3 if colleague is None else (colleague.person.namespace, colleague.person.serial_number, colleague.name)
    return {f"{prefix}_{name}": part for name, part in zip(("namespace", "serial_number", "name"), parts, strict=True)}


def colleague_of(prefix: str, row: RowMapping) -> Colleague | None:
    if row[f"{prefix}_namespace"] is None:
        return None
    return Colleague(Person(row[f"{prefix}_namespace"], row[f"{prefix}_serial_number"]), row[f"{prefix}_name"])
