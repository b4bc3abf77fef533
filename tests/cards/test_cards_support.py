"""Without pyscard, and with whatever is installed here. Real readers: tests/integration/cards."""

from __future__ import annotations

import contextlib
import sys

import pytest

from webvartti.cards.errors import CardServiceUnavailable, CardSupportMissing
from webvartti.cards.readers import connect, list_readers


def test_without_pyscard_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name == "smartcard" or name.startswith("smartcard.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "smartcard", None)  # what Python itself does for a package that can't be found
    for use in (list_readers, lambda: connect().__enter__()):
        with pytest.raises(CardSupportMissing, match=r"pip install '\.\[cards\]'.*pcscd libpcsclite1.*python3-dev"):
            use()


def test_what_is_installed_here_leaves_only_card_errors() -> None:
    """With or without pyscard, with or without a card service."""
    with contextlib.suppress(CardSupportMissing, CardServiceUnavailable):
        assert all(reader.name for reader in list_readers())
