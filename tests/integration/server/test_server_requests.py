"""Headers, bodies, limits, slow and vanishing clients."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.server.tls_material import (
    Address,
    Material,
    ask,
    client_context,
    connect,
    get,
    read_answer,
)
from webvartti.server import Server
from webvartti.server.limits import BODY_BYTES


def exchange(address: Address, request: bytes) -> tuple[int, str]:
    with connect(address, client_context()) as sock:
        sock.sendall(request)
        answer = read_answer(sock)
        return answer.status, answer.body.decode()


@pytest.mark.parametrize(
    "header",
    [
        "Webvartti-Client-Certificate: MII",
    ],
)
def test_a02_no_header_becomes_the_certificate(card: Address, header: str) -> None:
    with connect(card, client_context()) as sock:
        seen = get(sock, "/", header).seen
    assert "webvartti.client_certificate" not in seen
    assert "HTTP_CLIENT_CERT" not in seen
    assert "HTTP_SSL_CLIENT_CERT" not in seen
    assert all(key.startswith("HTTP_") for key, value in seen.items() if value == "MII")


def test_a03_a_header_sent_twice_is_seen_to_be_two(card: Address) -> None:
    with connect(card, client_context()) as sock:
        assert get(sock, "/", "Client-Cert: :a:", "client-cert: :b:").seen["HTTP_CLIENT_CERT"] == ":a:, :b:"


@pytest.mark.parametrize(
    "lines",
    [
        "Client-Cert\t: x",
        "Client-Cert : x",
        "X: y\r\n Client-Cert: folded",
        ": x",
        "no colon",
        "Content-Length: -1",
        "Content-Length: 1_0",
        "Content-Length: 3\r\nContent-Length: 3",
        "Host: other.test",
        "X: a\rb",
        "X: a\x00b",
        "X: a\n",
        "Client_Cert: MII",
        "SSL_CLIENT_CERT: MII",
        "webvartti_client_certificate: MII",
    ],
)
def test_a02_malformed_headers_are_refused(card: Address, lines: str) -> None:
    status, words = exchange(card, f"GET / HTTP/1.1\r\nHost: card.test\r\n{lines}\r\n\r\n".encode("latin-1"))
    assert status == 400
    assert "Client-Cert" not in words


def test_a_request_without_host_is_refused(card: Address) -> None:
    assert exchange(card, b"GET / HTTP/1.1\r\n\r\n")[0] == 400


def test_a02_chunks_and_so_trailers_are_refused(card: Address) -> None:
    request = b"POST / HTTP/1.1\r\nHost: card.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nClient-Cert: x\r\n\r\n"
    assert exchange(card, request)[0] == 411


def test_the_scheme_is_https_whatever_the_request_says(card: Address) -> None:
    with connect(card, client_context()) as sock:
        sock.sendall(b"OPTIONS http://card.test/ HTTP/1.1\r\nHost: card.test\r\n\r\n")
        answer = read_answer(sock)
    assert answer.status == 400 or answer.seen["wsgi.url_scheme"] == "https"


def test_a_header_split_over_records_with_pauses_arrives_whole(card: Address) -> None:
    pieces = [b"GE", b"T /sp", b"lit HTTP/1.1\r", b"\nHost: car", b"d.test\r\nX-Long: one", b" two\r\n\r", b"\n"]
    with connect(card, client_context()) as sock:
        for piece in pieces:
            sock.sendall(piece)
            time.sleep(0.05)
        seen = read_answer(sock).seen
    assert (seen["PATH_INFO"], seen["HTTP_HOST"], seen["HTTP_X_LONG"]) == ("/split", "card.test", "one two")


def test_a_body_of_many_records_arrives_whole(card: Address) -> None:
    body = os.urandom(BODY_BYTES)
    with connect(card, client_context()) as sock:
        sock.sendall(f"POST / HTTP/1.1\r\nHost: card.test\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        sock.sendall(body)
        assert read_answer(sock).seen["body"] == [len(body), hashlib.sha256(body).hexdigest()]


def test_a_body_over_the_limit_is_413(card: Address) -> None:
    body = b"x" * (BODY_BYTES + 1)
    head = f"POST / HTTP/1.1\r\nHost: card.test\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    assert exchange(card, head + body)[0] == 413


def test_headers_over_the_limit_are_413(card: Address) -> None:
    lines = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(80))
    assert exchange(card, b"GET / HTTP/1.1\r\nHost: card.test\r\n" + lines + b"\r\n")[0] == 413
    assert exchange(card, b"GET /" + b"y" * 70_000 + b" HTTP/1.1\r\nHost: card.test\r\n\r\n")[0] == 414


def test_a24_the_card_listener_closes_after_each_response(card: Address, material: Material) -> None:
    with connect(card, client_context(material.card)) as sock:
        answer = get(sock, "/", "Connection: keep-alive")
        assert answer.headers["connection"] == "close"
        assert sock.recv(1) == b""


def test_the_public_listener_keeps_the_connection(public: Address) -> None:
    with connect(public, client_context()) as sock:
        assert [get(sock, f"/{number}").seen["PATH_INFO"] for number in range(3)] == ["/0", "/1", "/2"]
        sock.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
        assert read_answer(sock).seen["PATH_INFO"] == "/a"


def test_pipelined_requests_are_both_answered(public: Address) -> None:
    first = b"GET /a HTTP/1.1\r\nHost: x\r\nX-Filler: %s\r\n\r\n"
    first %= b"f" * (io.DEFAULT_BUFFER_SIZE - len(first) + 2)  # fills the reader's buffer: the second stays inside OpenSSL
    assert len(first) == io.DEFAULT_BUFFER_SIZE
    second = b"GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    received = b""
    with connect(public, client_context()) as sock:
        sock.sendall(first + second)  # one TLS record
        while piece := sock.recv(65536):
            received += piece
    assert b'"PATH_INFO": "/a"' in received
    assert b'"PATH_INFO": "/b"' in received


def test_no_versions_are_told(public: Address) -> None:
    answer = ask(public)
    assert answer.headers["server"] == "WebVartti"
    assert answer.seen["SERVER_SOFTWARE"] == "WebVartti"


def test_a22_slow_handshakes_and_headers_are_cut_while_others_are_served(card: Address) -> None:
    started = time.monotonic()
    silent = [socket.create_connection(card, timeout=10) for _ in range(20)]
    dripping = [socket.create_connection(card, timeout=10) for _ in range(4)]
    for sock in dripping:
        sock.sendall(b"\x16")
    slow = connect(card, client_context())
    slow.sendall(b"GET / HTTP/1.1\r\n")
    assert ask(card).status == 200
    assert time.monotonic() - started < 0.9  # served before the others are cut
    ended_after = None
    for _ in range(30):  # a byte each tenth of a second never meets the time-out of a single read
        try:
            slow.sendall(b"x")
        except OSError:
            ended_after = time.monotonic() - started
            break
        time.sleep(0.1)
    assert ended_after is not None
    assert 0.9 < ended_after < 2.5
    for sock in (*silent, *dripping):
        with sock:
            try:
                while sock.recv(1024):
                    pass
            except ConnectionError:
                pass
    slow.close()
    assert time.monotonic() - started < 4


def test_a22_a_body_that_never_ends_is_cut(card: Address) -> None:
    started = time.monotonic()
    with connect(card, client_context()) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: card.test\r\nContent-Length: 100\r\n\r\n")
        assert read_answer(sock).status in {400, 408, 500}
    assert time.monotonic() - started < 3


def test_a22_more_connections_than_allowed_are_closed_and_room_comes_back(server: Server, card: Address) -> None:
    many = [socket.create_connection(card, timeout=10) for _ in range(128)]
    with socket.create_connection(card, timeout=10) as one_more:
        assert one_more.recv(1) == b""
    for sock in many:
        sock.close()
    time.sleep(0.5)
    assert ask(card).status == 200


def test_a33_a_client_that_resets_leaves_no_trace(
    card: Address, public: Address, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    reset = struct.pack("ii", 1, 0)
    for pause in (0.0, 0.1):
        for address in (card, public):
            for request in (
                b"",
                b"GET / HT",
                b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                b"POST / HTTP/1.1\r\nContent-Length: 9\r\n",
            ):
                sock = connect(address, client_context())
                sock.sendall(request)
                time.sleep(pause)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                sock.close()
    time.sleep(0.3)
    assert ask(card).status == 200
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_a33_an_application_error_is_logged_without_its_words(
    public: Address, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with connect(public, client_context()) as sock:
        assert get(sock, "/broken").status == 500
    deadline = time.monotonic() + 2
    while not caplog.records and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "RuntimeError in probe" in caplog.text
    assert "131052" not in caplog.text
    assert capfd.readouterr() == ("", "")


def test_forty_parallel_requests_see_their_own_card(card: Address, material: Material) -> None:
    cards = [material.card, material.other_card] * 20
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda identity: ask(card, identity), cards))
    seen = [bytes.fromhex(answer.seen["webvartti.client_certificate"]) for answer in answers]
    assert seen == [identity.der for identity in cards]
