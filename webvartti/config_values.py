"""How the text of a setting becomes a value. Each parser raises Unsuitable with what is expected, never with the text given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from pwd import getpwnam
from urllib.parse import urlsplit

from webvartti.domain.reader_software import version_number

SHORTEST_KEY = 32
"""Bytes: a key as long as the hash that it keys (RFC 2104 section 3)."""


class Unsuitable(ValueError):
    """The text can't be used; the message says what would do."""


def text(given: str) -> str:
    """Any text but none."""
    if not given:
        raise Unsuitable("must not be empty")
    return given


def optional_text(given: str) -> str:
    """Any text, or none."""
    return given


def account(given: str) -> str:
    """The name of an account of this machine, or none."""
    if given:
        try:
            getpwnam(given)
        except KeyError:
            raise Unsuitable("must be an account of this machine") from None
    return given


def choice(*allowed: str) -> Callable[[str], str]:
    """One of these words."""

    def parse(given: str) -> str:
        if given not in allowed:
            raise Unsuitable(f"must be one of {', '.join(allowed)}")
        return given

    return parse


def some_of(*allowed: str) -> Callable[[str], tuple[str, ...]]:
    """Some of these words with blanks between, or the word none."""

    def parse(given: str) -> tuple[str, ...]:
        words = () if given == "none" else tuple(dict.fromkeys(given.split()))
        if not set(words) <= set(allowed) or (not words and given != "none"):
            raise Unsuitable(f"must be some of {', '.join(allowed)}, or none")
        return words

    return parse


def yes_or_no(given: str) -> bool:
    """yes or no."""
    if given not in ("yes", "no"):
        raise Unsuitable("must be yes or no")
    return given == "yes"


def whole_number(least: int, most: int, *, empty: bool = False) -> Callable[[str], int | None]:
    """A whole number in this range; with ``empty`` also nothing at all, which is None."""

    def parse(given: str) -> int | None:
        if empty and not given:
            return None
        if not given.isascii() or not given.isdigit() or not least <= int(given) <= most:
            raise Unsuitable(f"must be a whole number from {least} to {most}")
        return int(given)

    return parse


def required_path(given: str) -> Path:
    """An absolute path: where a service is started from must not matter."""
    path = optional_path(given)
    if path is None:
        raise Unsuitable("must be a path")
    return path


def optional_path(given: str) -> Path | None:
    """An absolute path, or none."""
    if not given:
        return None
    path = Path(given)
    if not path.is_absolute():
        raise Unsuitable("must be an absolute path")
    return path


def key_file(given: str) -> bytes:
    """The bytes of a key file that only its owner can read."""
    key = _private_bytes(required_path(given))
    if len(key) < SHORTEST_KEY or len(set(key)) < SHORTEST_KEY // 4:
        raise Unsuitable(f"holds less than {SHORTEST_KEY} random bytes: fill it with `openssl rand -base64 48`")
    return key


def origin(given: str) -> str:
    """https://host or https://host:port, as a browser writes it in an Origin header."""
    parts = urlsplit(given)
    try:
        port = parts.port
    except ValueError:
        raise Unsuitable("has no usable port") from None
    host = parts.hostname or ""
    written = f"https://{host}" if port in (None, 443) else f"https://{host}:{port}"
    if parts.scheme != "https" or "." not in host or given != written:
        raise Unsuitable("must be an origin such as https://webvartti.example.fi, in lower case and without a path")
    return written


def server(given: str) -> tuple[str, int] | None:
    """host:port of another machine's service, or none."""
    return address(given) if given else None


def secret_file(given: str) -> str:
    """The text in a file that only its owner can read; empty where no file is named."""
    path = optional_path(given)
    return "" if path is None else _private_bytes(path).decode("utf-8", "replace")


def _private_bytes(path: Path) -> bytes:
    try:
        mode, content = path.stat().st_mode, path.read_bytes().strip()
    except OSError as problem:
        raise Unsuitable(f"can't be read ({problem.strerror})") from None
    if mode & 0o077:
        raise Unsuitable("can be read by others: chmod 600 the file")
    return content


def address(given: str) -> tuple[str, int]:
    """host:port; [::1]:8443 for IPv6."""
    host, _, port = given.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise Unsuitable("must be address:port, e.g. 127.0.0.1:8443")
    return host.strip("[]"), int(port)


def moment(given: str) -> datetime | None:
    """A moment with its offset from UTC, or none."""
    if not given:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise Unsuitable("must be a moment such as 2027-01-31T12:00+02:00") from None
    if at.tzinfo is None:
        raise Unsuitable("must name its offset, e.g. 2027-01-31T12:00+02:00")
    return at


def version(given: str) -> tuple[int, ...]:
    """Numbers with dots between: 1.0.1."""
    try:
        return version_number(given)
    except ValueError:
        raise Unsuitable("must be a version such as 1.0.1") from None
