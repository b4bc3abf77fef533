"""Bringing a CRL over real sockets: every limit, and every way in which a server can fail or deceive. (A16)"""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.unit.pki.crl_client import LIMITS, SHORT, Client, NamedTrust
from tests.unit.pki.crl_publisher import Publisher, body, cached, nobody_listens, publishing, raw, redirect
from tests.unit.pki.office import no_progress
from webvartti.domain.crl_fetching import CrlAddress, FetchStopped, Validators
from webvartti.domain.ports import never
from webvartti.pki import crl_download_errors as errors
from webvartti.pki.crl_download import CrlDownloader, DownloadLimits
from webvartti.pki.crl_download_folder import FetchFolder

HEAD = b"HTTP/1.0 200 OK\r\n"


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


def test_a_list_comes_whole_with_its_validators(publisher: Publisher, client: Client) -> None:
    changed = "Mon, 23 Nov 2026 08:00:00 GMT"
    publisher.answers["/ca.crl"] = body(
        b"x" * 70_000, ("ETag", 'W/"1"'), ("Last-Modified", changed), ("Content-Type", "text/html")
    )
    seen: list[tuple[int, int]] = []
    found = client.fetch(publisher.url("/ca.crl"), progress=lambda done, total: seen.append((done, total)))
    assert found == (b"x" * 70_000, Validators('W/"1"', changed))
    assert seen[-1] == (70_000, 70_000)
    ((_, headers),) = publisher.requests
    assert headers["accept-encoding"] == "identity"
    assert headers["host"] == publisher.origin.removeprefix("http://")
    assert "if-none-match" not in headers


def test_a_list_without_a_length_or_in_chunks_comes_too(publisher: Publisher, client: Client) -> None:
    publisher.answers["/ca.crl"] = body(b"abc", length=-1)
    publisher.answers["/chunks"] = lambda handler: body(b"3\r\nabc\r\n0\r\n\r\n", ("Transfer-Encoding", "chunked"), length=-1)(
        handler
    )
    assert client.fetch(publisher.url("/ca.crl")) == (b"abc", Validators())


def test_validators_are_sent_and_304_is_no_list(publisher: Publisher, client: Client) -> None:
    publisher.answers["/ca.crl"] = cached(b"list", '"2"')
    assert client.fetch(publisher.url("/ca.crl"), Validators('"1"', "Mon, 23 Nov 2026 08:00:00 GMT")) == (
        b"list",
        Validators('"2"'),
    )
    assert client.fetch(publisher.url("/ca.crl"), Validators('"2"')) is None
    assert publisher.requests[0][1]["if-modified-since"] == "Mon, 23 Nov 2026 08:00:00 GMT"


def test_validators_that_look_wrong_are_not_kept(publisher: Publisher, client: Client) -> None:
    publisher.answers["/ca.crl"] = body(b"list", ("ETag", '"' + "x" * 1000 + '"'), ("Last-Modified", "yesterday; a=<b>"))
    assert client.fetch(publisher.url("/ca.crl")) == (b"list", Validators())


@pytest.mark.parametrize("length", [None, -1], ids=["announced", "not announced"])
def test_a16_a_list_that_is_too_large(publisher: Publisher, client: Client, length: int | None) -> None:
    publisher.answers["/ca.crl"] = body(b"x" * 100_001, length=length)
    with pytest.raises(errors.DownloadTooLarge):
        client.fetch(publisher.url("/ca.crl"))
    publisher.answers["/ca.crl"] = body(b"x" * 100_000, length=length)
    assert client.fetch(publisher.url("/ca.crl")) is not None


def test_a16_an_endless_body_ends_at_the_limit(publisher: Publisher, client: Client) -> None:
    sent: list[int] = []

    def endless(handler: BaseHTTPRequestHandler) -> None:
        body(b"", length=-1)(handler)
        for _ in range(10_000):
            handler.wfile.write(b"x" * 65536)
            sent.append(65536)

    publisher.answers["/ca.crl"] = endless
    with pytest.raises(errors.DownloadTooLarge):
        client.fetch(publisher.url("/ca.crl"), limits=DownloadLimits(max_bytes=100_000))
    assert sum(sent) < 50_000_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "identity, gzip", "br"])
def test_a16_a_body_that_would_unpack_is_refused(publisher: Publisher, client: Client, encoding: str) -> None:
    publisher.answers["/ca.crl"] = body(gzip.compress(bytes(50_000_000)), ("Content-Encoding", encoding))
    with pytest.raises(errors.DownloadEncoded):
        client.fetch(publisher.url("/ca.crl"))


def test_a16_gzip_that_nobody_announced_is_not_unpacked(publisher: Publisher, client: Client) -> None:
    packed = gzip.compress(bytes(1_000_000))
    publisher.answers["/ca.crl"] = body(packed)
    assert client.fetch(publisher.url("/ca.crl")) == (packed, Validators())


def test_a_body_that_is_cut_off(publisher: Publisher, client: Client) -> None:
    publisher.answers["/ca.crl"] = body(b"half", length=8)
    with pytest.raises(errors.DownloadCutOff):
        client.fetch(publisher.url("/ca.crl"))
    publisher.answers["/chunks"] = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhalf")
    with pytest.raises(errors.DownloadCutOff):
        client.fetch(publisher.url("/chunks"))


@pytest.mark.parametrize(
    ("first", "drips"),
    [
        (b"", False),
        (HEAD + b"Content-Length: 9\r\n\r\nhalf", False),
        (b"", True),
        (HEAD + b"X-Long: ", True),
        (HEAD + b"\r\n", True),
        (HEAD + b"Content-Length: 90000\r\n\r\n", True),
    ],
    ids=["no answer", "body hangs", "status drips", "header drips", "body drips", "announced body drips"],
)
@pytest.mark.slow
def test_a16_a_server_that_takes_its_time(publisher: Publisher, client: Client, first: bytes, drips: bool) -> None:
    publisher.answers["/ca.crl"] = publisher.drip(first) if drips else publisher.hang(first)
    started = time.monotonic()
    with pytest.raises(errors.DownloadTooSlow):
        client.fetch(publisher.url("/ca.crl"), limits=SHORT)
    assert time.monotonic() - started < 2


def test_a16_the_deadline_counts_redirects_too(publisher: Publisher, client: Client) -> None:
    def slow_redirect(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.35)
        redirect("/a")(handler)

    publisher.answers["/a"] = slow_redirect
    limits = DownloadLimits(max_bytes=1000, silence_seconds=5, total_seconds=0.6, redirects=20)
    with pytest.raises(errors.DownloadTooSlow):
        client.fetch(publisher.url("/a"), limits=limits)


def test_a_download_ends_when_the_program_does(publisher: Publisher, client: Client) -> None:
    publisher.answers["/ca.crl"] = publisher.hang()
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    started = time.monotonic()
    with pytest.raises(FetchStopped):
        client.fetch(publisher.url("/ca.crl"), stopping=stop.is_set, limits=DownloadLimits(max_bytes=1000))
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("status", [201, 204, 206, 300, 304, 305, 400, 401, 403, 404, 500, 503])
def test_only_status_200_is_a_list(publisher: Publisher, client: Client, status: int) -> None:
    content = b"" if status in (204, 304) else b"list"
    publisher.answers["/ca.crl"] = body(content, status=status)
    with pytest.raises(errors.DownloadStatusUnsuitable, match=str(status)):
        client.fetch(publisher.url("/ca.crl"))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", errors.DownloadUnreachable),
        (b"SSH-2.0-OpenSSH_9.2\r\n", errors.DownloadNotHttp),
        (b"\x16\x03\x01\x00\x00", errors.DownloadNotHttp),
        (HEAD + b"".join(b"X-%d: y\r\n" % number for number in range(200)) + b"\r\n", errors.DownloadNotHttp),
        (HEAD + b"X: " + b"y" * 100_000 + b"\r\n\r\n", errors.DownloadNotHttp),
        (HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nlist", errors.DownloadNotHttp),
    ],
    ids=["closes at once", "ssh", "tls", "200 headers", "a long header", "two lengths"],
)
def test_what_is_no_http(publisher: Publisher, client: Client, answer: bytes, reason: type[Exception]) -> None:
    publisher.answers["/ca.crl"] = raw(answer)
    with pytest.raises(errors.DownloadFailed) as failed:
        client.fetch(publisher.url("/ca.crl"))
    assert type(failed.value) is reason


def test_nobody_listens_and_nobody_is_known(client: Client) -> None:
    with pytest.raises(errors.DownloadUnreachable):
        client.fetch(f"{nobody_listens()}/ca.crl")
    with pytest.raises(errors.DownloadUnreachable):
        client.fetch("http://nowhere.invalid/ca.crl")


def test_a_folder_that_cannot_be_written(publisher: Publisher, tmp_path: Path) -> None:
    publisher.answers["/ca.crl"] = body(b"list")
    trust = NamedTrust({}, {}, {"CA": (publisher.url("/ca.crl"),)})
    downloader = CrlDownloader(trust, FetchFolder(tmp_path / "missing"), LIMITS)
    with (
        pytest.raises(errors.DownloadNotStored),
        downloader.fetch(downloader.addresses()[0], Validators(), no_progress, never),
    ):
        pytest.fail("there is no folder to write to")
    assert publisher.requests == []


def test_a16_an_address_that_is_not_configured_is_not_asked(publisher: Publisher, tmp_path: Path) -> None:
    downloader = CrlDownloader(NamedTrust({}, {}, {}), FetchFolder(tmp_path), LIMITS)
    with (
        pytest.raises(errors.AddressNotConfigured),
        downloader.fetch(CrlAddress("CA", publisher.url("/ca.crl")), Validators(), no_progress, never),
    ):
        pytest.fail("it isn't configured")
    assert publisher.requests == []
