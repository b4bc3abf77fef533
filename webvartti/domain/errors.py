"""The base of every error that WebVartti raises on purpose.

One class per reason, one base per room. ``code`` is a stable slug: pages and commands choose their words by it, never by
the text of the exception, which is for the log.
"""

from __future__ import annotations

from typing import ClassVar


class WebVarttiError(Exception):
    """Anything that this system refuses or can't do, for a named reason."""

    code: ClassVar[str] = "error"


class NotFound(WebVarttiError):
    """What was asked for doesn't exist, or isn't the asker's: the two can't be told apart from outside."""

    code = "not-found"


class AdapterUnavailable(WebVarttiError):
    """Something outside (database, register, mail) doesn't answer; trying again later may help."""

    code = "unavailable"


class StorageUnavailable(AdapterUnavailable):
    """The main database can't be read or written."""

    code = "storage-unavailable"


class CommitUnknown(StorageUnavailable):
    """The database went away while it was making something durable: nobody can tell yet whether it did."""

    code = "commit-unknown"


class AuditUnavailable(AdapterUnavailable):
    """The audit can't be written, so nothing may be changed: the service is read-only until it can."""

    code = "audit-unavailable"


class RegisterUnavailable(AdapterUnavailable):
    """The register of professional rights, cards, persons or organisations has no usable extract."""

    code = "register-unavailable"


class MessageNotSent(AdapterUnavailable):
    """The mail server didn't take a message; it will be tried again."""

    code = "message-not-sent"
