"""One demo country for the whole session: making it takes seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from webvartti.demo.country import Country, create_country

MOMENT = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)


@pytest.fixture(scope="session")
def moment() -> datetime:
    """When the country was made: a little before the tests run."""
    return MOMENT


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    """A country that no test changes."""
    return create_country(tmp_path_factory.mktemp("demo") / "country", now=MOMENT, progress=lambda done, total: None)
