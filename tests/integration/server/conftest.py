"""Two listeners, as WebVartti has them, around an application that tells what it was told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from cryptography.hazmat.primitives import serialization

from tests.integration.server.tls_material import Address, Material, make_material
from webvartti.server import ClientCertificates, Listener, Server

ListenerMaker = Callable[..., Listener]


def probe(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answers with what it sees; /broken raises with what must not be logged."""
    if environ["PATH_INFO"] == "/broken":
        raise RuntimeError("the identity code is 131052-308T")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH", "0")))
    seen: dict[str, Any] = {key: value for key, value in environ.items() if isinstance(value, str)}
    seen["body"] = [len(body), hashlib.sha256(body).hexdigest()]
    if "webvartti.client_certificate" in environ:
        seen["webvartti.client_certificate"] = environ["webvartti.client_certificate"].hex()
    text = json.dumps(seen).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
    return [text]


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return make_material(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def make_listener(material: Material) -> ListenerMaker:
    """A card listener on a free port, unless told otherwise."""

    def make(name: str = "card", application: WSGIApplication = probe, **changes: Any) -> Listener:
        issuing = (material.issuing.der, material.issuing_expired.der)
        fields: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": 0,
            "server_name": "card.test",
            "certificate_file": material.server.file,
            "key_file": material.server.file,
            "client_certificates": ClientCertificates(names=issuing, trusted=(material.root.der, *issuing)),
            "threads": 12,
            "timeout_seconds": 1.0,
        }
        return Listener(name=name, application=application, **(fields | changes))

    return make


@pytest.fixture(scope="session")
def server(make_listener: ListenerMaker) -> Iterator[Server]:
    listeners = [
        make_listener("card"),
        make_listener("public", client_certificates=None, server_name="public.test"),
        make_listener("old-cards", tls12_only=True),
    ]
    with Server(listeners) as server:
        yield server


@pytest.fixture
def card(server: Server) -> Address:
    return server.addresses["card"]


@pytest.fixture
def public(server: Server) -> Address:
    return server.addresses["public"]


@pytest.fixture
def encrypted_key(material: Material, tmp_path: Path) -> Path:
    file = tmp_path / "encrypted.pem"
    file.write_bytes(
        material.server.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    return file
