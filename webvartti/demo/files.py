"""How the demo country lies on disk: folders 0700, files 0600, and no CA key among them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from webvartti.demo.authorities import Hierarchy
from webvartti.demo.cards import IssuedCard
from webvartti.demo.leaves import IssuedCertificate
from webvartti.demo.profile import NAMESPACES, POLICIES, PrivateKey
from webvartti.demo.server_certificate import ServerCertificates
from webvartti.demo.story import CertificateUse
from webvartti.domain.registers import RegisterKind

LOCAL_SERVER = Path("server") / "localhost.pem"
"""Key and certificate of the reader software's stand-in."""

P12_PASSWORD = "webvartti"  # noqa: S105 - the published password of demo cards, which open nothing real


def write_private(path: Path, content: bytes) -> None:
    """A file that only its owner reads, in a folder that only its owner enters."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def write_hierarchies(directory: Path, hierarchies: Iterable[Hierarchy]) -> None:
    """The CA certificates, the impostors' too, and the trust file, which knows no impostor."""
    tables = []
    for hierarchy in hierarchies:
        for authority in (*hierarchy.trusted, hierarchy.impostor):
            write_private(directory / "ca" / f"{authority.label}.pem", authority.certificate.public_bytes(Encoding.PEM))
        tables.append(f'[[anchor]]\nfile = "ca/{hierarchy.root.label}.pem"\n')
        for kind, issuer in hierarchy.issuers.items():
            policy = POLICIES[kind, CertificateUse.AUTHENTICATION]
            tables.append(
                f'[[issuer]]\nfile = "ca/{issuer.label}.pem"\nkind = "{kind}"\n'
                f'namespace = "{NAMESPACES[kind]}"\npolicies = ["{policy}"]\n'
            )
    write_private(directory / "trust.toml", "\n".join(tables).encode())


def write_revocation_lists(directory: Path, lists: Mapping[str, x509.CertificateRevocationList]) -> None:
    """DER, one file for each CA's label."""
    for label, crl in lists.items():
        write_private(directory / "crl" / f"{label}.crl", crl.public_bytes(Encoding.DER))


def write_card(directory: Path, card: IssuedCard) -> None:
    """SLUG.p12 and SLUG.pem for authentication, SLUG-signature.p12 and .pem for signing."""
    slug = card.plan.story.slug
    for name, issued in ((slug, card.authentication), (f"{slug}-signature", card.signature)):
        write_private(directory / "cards" / f"{name}.pem", private_pem(issued.key) + _pem(issued.certificate))
        write_private(directory / "cards" / f"{name}.p12", _pkcs12(name, issued))


def write_server(directory: Path, certificates: ServerCertificates, key: PrivateKey, local_key: PrivateKey) -> None:
    """What the embedded listeners and the reader software's stand-in serve with, and the root that browsers must trust."""
    write_private(directory / "server" / "certificate.pem", _pem(certificates.leaf))
    write_private(directory / "server" / "key.pem", private_pem(key))
    write_private(directory / "server" / "ca.pem", _pem(certificates.root))
    write_private(directory / LOCAL_SERVER, private_pem(local_key) + _pem(certificates.local))


def write_registers(directory: Path, extracts: Mapping[RegisterKind, str]) -> None:
    """One CSV file for each extract."""
    for kind, text in extracts.items():
        write_private(directory / "registers" / f"{kind}.csv", text.encode())


def private_pem(key: PrivateKey) -> bytes:
    """PKCS #8, not encrypted: the file's mode protects it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _pkcs12(name: str, issued: IssuedCertificate) -> bytes:
    """With the issuing CA, so that a browser can tell which of the server's CA names the card belongs to."""
    return pkcs12.serialize_key_and_certificates(
        name.encode(),
        issued.key,
        issued.certificate,
        [issued.issuer.certificate],
        BestAvailableEncryption(P12_PASSWORD.encode()),
    )
