"""Starting, stopping, reloading, and what stops the start."""

from __future__ import annotations

import shutil
import socket
import threading
from pathlib import Path

import pytest

from tests.integration.server.conftest import ListenerMaker
from tests.integration.server.tls_material import Address, Material, ask, client_context, connect, get
from webvartti.server import ClientCertificates, Server, ServerError
from webvartti.server.errors import (
    AddressTaken,
    AddressUnavailable,
    AlreadyStarted,
    ListenerNamesClash,
    ServerCertificateUnusable,
    TrustedCertificatesUnusable,
)


def served(address: Address) -> bytes:
    """The certificate that the server shows."""
    with connect(address, client_context()) as sock:
        return sock.getpeercert(binary_form=True) or b""


def test_reload_swaps_the_certificate_and_keeps_open_connections(
    make_listener: ListenerMaker, material: Material, tmp_path: Path
) -> None:
    file = Path(shutil.copy(material.server.file, tmp_path / "server.pem"))
    with Server([make_listener("public", client_certificates=None, certificate_file=file, key_file=file, threads=2)]) as server:
        address = server.addresses["public"]
        with connect(address, client_context()) as before:
            assert get(before).status == 200
            shutil.copy(material.server_renewed.file, file)
            assert served(address) == material.server.der  # not before it is told to
            server.reload()
            assert served(address) == material.server_renewed.der
            assert get(before).status == 200


def test_a_broken_new_certificate_keeps_the_old_one(
    make_listener: ListenerMaker, material: Material, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = Path(shutil.copy(material.server.file, tmp_path / "good.pem"))
    file = Path(shutil.copy(material.server.file, tmp_path / "server.pem"))
    listeners = [
        make_listener("a", certificate_file=good, key_file=good, threads=2),
        make_listener("b", certificate_file=file, key_file=file, threads=2),
    ]
    with Server(listeners) as server:
        shutil.copy(material.server_renewed.file, good)
        file.write_text("not a certificate")
        with pytest.raises(ServerCertificateUnusable, match="listener b"):
            server.reload()
        assert "the old ones stay" in caplog.text
        assert served(server.addresses["a"]) == material.server.der  # all or none
        assert served(server.addresses["b"]) == material.server.der


def test_a_taken_port_is_named_and_nothing_stays_bound(make_listener: ListenerMaker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with socket.create_server(("127.0.0.1", 0)) as other:
            free = other.getsockname()[1]
        server = Server([make_listener("a", port=free, threads=2), make_listener("b", port=port, threads=2)])
        with pytest.raises(AddressTaken, match=f"listener b: 127.0.0.1 port {port} is in use"):
            server.start()
    with socket.create_server(("127.0.0.1", free)):
        pass


def test_a_strange_address_is_named(make_listener: ListenerMaker) -> None:
    with pytest.raises(AddressUnavailable, match=r"192\.0\.2\.1 port 8444"):
        Server([make_listener(host="192.0.2.1", port=8444, threads=1)]).start()


def test_unusable_files_are_named(
    make_listener: ListenerMaker, material: Material, tmp_path: Path, encrypted_key: Path
) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    for changes, words in (
        ({"certificate_file": tmp_path / "missing.pem"}, "missing.pem: No such file"),
        ({"certificate_file": empty}, "empty.pem"),
        ({"key_file": empty}, "empty.pem"),
        ({"key_file": tmp_path}, "Is a directory"),
        ({"key_file": material.card.file}, "mismatch"),
        ({"key_file": encrypted_key}, "encrypted.pem"),
    ):
        with pytest.raises(ServerCertificateUnusable, match=words):
            Server([make_listener(**changes)])


def test_unusable_trust_is_named(make_listener: ListenerMaker, material: Material) -> None:
    for bad in (
        ClientCertificates(names=(), trusted=(b"no certificate",)),
        ClientCertificates(names=(b"\x30\x00",), trusted=(material.root.der,)),
    ):
        with pytest.raises(TrustedCertificatesUnusable, match="listener card"):
            Server([make_listener(client_certificates=bad)])


def test_names_must_differ_and_a_server_starts_once(make_listener: ListenerMaker) -> None:
    with pytest.raises(ListenerNamesClash):
        Server([make_listener("card"), make_listener("card")])
    with Server([make_listener(threads=1)]) as server, pytest.raises(AlreadyStarted):
        server.start()
    with pytest.raises(AlreadyStarted):
        server.start()
    assert issubclass(AlreadyStarted, ServerError)


def test_stop_ends_waiting_and_frees_the_port(make_listener: ListenerMaker) -> None:
    server = Server([make_listener(threads=2)])
    server.start()
    address = server.addresses["card"]
    waiting = threading.Thread(target=server.wait)
    waiting.start()
    assert ask(address).status == 200
    assert waiting.is_alive()
    server.stop()
    server.stop()
    waiting.join(5)
    assert not waiting.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=2)
    with socket.create_server(address):
        pass
