"""Bringing CRLs from the addresses of the trust file, and from nowhere else.

Whoever answers at such an address may be hostile: http has no proof of who it is, and the signature is only checked afterwards.
So size, time and redirects are limited, the list goes to a file as it comes, and nothing is unpacked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from webvartti.domain.crl_fetching import CrlAddress, DownloadedCrl, Validators
from webvartti.domain.ports import Progress, Stopping
from webvartti.pki.crl_download_address import HttpAddress, parse_address, redirected, refuse_other_networks, resolve
from webvartti.pki.crl_download_errors import (
    AddressNotConfigured,
    DownloadEncoded,
    DownloadFailed,
    DownloadNotStored,
    DownloadStatusUnsuitable,
    DownloadTooLarge,
    RedirectRefused,
    TooManyRedirects,
)
from webvartti.pki.crl_download_folder import FetchFolder
from webvartti.pki.crl_download_watch import Watch
from webvartti.pki.trusted import Trust

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

_OK, _NOT_MODIFIED = 200, 304
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 65536
_ETAG = re.compile(r'(W/)?"[\x21\x23-\x7e]{0,256}"')  # RFC 9110 8.8.3
_HTTP_DATE = re.compile(r"[A-Za-z0-9,: +-]{1,64}")


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """``silence_seconds`` between two bytes, ``total_seconds`` for one address from the first connection to the last byte."""

    max_bytes: int
    connect_seconds: float = 10
    silence_seconds: float = 20
    total_seconds: float = 300
    redirects: int = 3


class CrlDownloader:
    """Implements ``ports.CrlSource``."""

    def __init__(self, trust: Trust, folder: FetchFolder, limits: DownloadLimits) -> None:
        self._addresses = tuple(CrlAddress(trust.name(key), url) for key, urls in trust.crl_addresses.items() for url in urls)
        self._folder = folder
        self._limits = limits

    def addresses(self) -> tuple[CrlAddress, ...]:
        """In the order of the trust file."""
        return self._addresses

    @contextmanager
    def fetch(
        self, address: CrlAddress, validators: Validators, progress: Progress, stopping: Stopping
    ) -> Iterator[DownloadedCrl | None]:
        """Raises an AddressUnusable, a DownloadFailed or FetchStopped."""
        if address not in self._addresses:
            raise AddressNotConfigured("only the addresses of the trust file are asked")
        with self._folder.aside() as file:
            with Watch(self._limits.total_seconds, stopping) as watch:
                try:
                    found = self._follow(parse_address(address.url), validators, file, progress, watch)
                except DownloadFailed:
                    watch.check()  # a download that was cut short looks like a broken one
                    raise
            yield None if found is None else DownloadedCrl(file, found)

    def _follow(
        self, target: HttpAddress, validators: Validators, file: Path, progress: Progress, watch: Watch
    ) -> Validators | None:
        from webvartti.pki.crl_download_answer import answer  # with urllib3, which only who fetches needs

        configured_ip = ""
        for _ in range(self._limits.redirects + 1):
            ips = resolve(target)
            if configured_ip:
                refuse_other_networks(configured_ip, ips)
            limits = self._limits
            with answer(target, ips, validators, watch, limits.connect_seconds, limits.silence_seconds) as (response, ip):
                if response.status not in _REDIRECTS:
                    return self._take(response, validators, file, progress, watch)
                if "location" not in response.headers:
                    raise RedirectRefused("a redirect without an address")
                target = redirected(target, response.headers["location"])
                configured_ip = configured_ip or ip
        raise TooManyRedirects(f"more than {self._limits.redirects} redirects")

    def _take(
        self, response: BaseHTTPResponse, validators: Validators, file: Path, progress: Progress, watch: Watch
    ) -> Validators | None:
        """None where nothing has changed."""
        if response.status == _NOT_MODIFIED and validators != Validators():
            return None
        if response.status != _OK:
            raise DownloadStatusUnsuitable(f"status {response.status}")
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise DownloadEncoded("the list came in an encoding that wasn't asked for")
        with _writing(file) as write:
            for done, total, chunk in self._chunks(response):
                watch.check()
                write(chunk)
                progress(done, total)
        watch.check()
        return _validators(response)

    def _chunks(self, response: BaseHTTPResponse) -> Iterator[tuple[int, int, bytes]]:
        """(bytes so far, bytes announced or 0, what has just come), at most as many bytes as allowed."""
        announced = _announced(response)
        self._refuse_more(announced)
        done = 0
        while chunk := _next(response):
            done += len(chunk)
            self._refuse_more(done)
            yield done, announced, chunk

    def _refuse_more(self, octets: int) -> None:
        if octets > self._limits.max_bytes:
            raise DownloadTooLarge(f"more than {self._limits.max_bytes} bytes")


def _next(response: BaseHTTPResponse) -> bytes:
    """Whatever is there: waiting for a full chunk would let a slow sender escape the deadline's check."""
    from webvartti.pki.crl_download_answer import naming_failures

    with naming_failures():
        return response.read1(_CHUNK, decode_content=False) or b""


def _announced(response: BaseHTTPResponse) -> int:
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


@contextmanager
def _writing(file: Path) -> Iterator[Callable[[bytes], None]]:
    try:
        handle = file.open("wb", buffering=0)
    except OSError as error:
        raise DownloadNotStored(f"{file.parent}: can't be written ({error.strerror})") from error

    def write(chunk: bytes) -> None:
        try:
            rest = memoryview(chunk)
            while rest:
                rest = rest[handle.write(rest) :]
        except OSError as error:
            raise DownloadNotStored(f"{file.parent}: can't be written ({error.strerror})") from error

    with handle:
        yield write


def _validators(response: BaseHTTPResponse) -> Validators:
    """Only what looks as it should: these go back to the server in a header of ours."""
    etag, date = response.headers.get("etag", ""), response.headers.get("last-modified", "")
    return Validators(etag if _ETAG.fullmatch(etag) else "", date if _HTTP_DATE.fullmatch(date) else "")
