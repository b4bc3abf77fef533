"""Where nobody can tell whether a commit has happened, the use case is done once more: then it is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from webvartti.domain.errors import AdapterUnavailable, CommitUnknown

T = TypeVar("T")

PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds before each further try: a database that was killed is back in one or two."""

_LONGEST = 10.0
"""Seconds in all, for tries that wait themselves: somebody sits before the page, and the proxy gives up after 30."""


def until_known(use_case: Callable[[], T], pauses: Sequence[float] = PAUSES) -> T:
    """``use_case`` must be harmless to repeat: guarded by a key or a version, it finds what it has done before.

    Raises CommitUnknown where the database doesn't come back in time, and whatever ``use_case`` raises otherwise.
    """
    try:
        return use_case()
    except CommitUnknown:
        until = time.monotonic() + _LONGEST
        for pause in pauses:
            time.sleep(pause)
            with suppress(AdapterUnavailable):
                return use_case()
            if time.monotonic() > until:
                break
        raise
