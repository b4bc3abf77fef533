"""Why words or messages can't be had. No text of these holds an address or a value of a message."""

from __future__ import annotations

from pathlib import Path

from webvartti.domain.errors import MessageNotSent, WebVarttiError


class MessagesError(WebVarttiError):
    """The base of this room's errors."""

    code = "messages-error"


class CatalogueUnusable(MessagesError):
    """A .po file is missing or malformed: the start is refused, for people would read another language than they chose."""

    code = "catalogue-unusable"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")


class AddressUnusable(MessageNotSent, MessagesError):
    """The recipient isn't one e-mail address. It stays in the queue, where the operator sees it."""

    code = "address-unusable"


class WordsUnusable(MessageNotSent, MessagesError):
    """A message's words and its values don't fit each other, in the catalogue or in the queue."""

    code = "words-unusable"
