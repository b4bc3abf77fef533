"""The server's own certificate file: until when?"""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from webvartti.doctor.errors import ServerCertificateUnreadable
from webvartti.domain.health import CertificateLife


def server_certificate_lives(file: Path | None) -> tuple[CertificateLife, ...]:
    """The leaf and its chain; nothing where no file is configured. Raises ServerCertificateUnreadable."""
    if file is None:
        return ()
    try:
        certificates = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as problem:
        raise ServerCertificateUnreadable(f"{file}: {type(problem).__name__}") from problem
    return tuple(CertificateLife(each.subject.rfc4514_string(), each.not_valid_after_utc) for each in certificates)
