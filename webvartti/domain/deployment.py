"""A deployment seen from outside: where it is, and what attacking it showed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from webvartti.domain.health import Verdict


@dataclass(frozen=True, slots=True)
class Deployment:
    """What an attack begins with.

    ``card_origin`` is learnt from the sign-in page where it is empty. ``certificate`` is the DER of a valid card's certificate
    (its key isn't needed), empty where there is none to forge with. ``connect`` is the address to connect to in place of what
    the host names resolve to. ``ca_file`` holds the CA of the server certificates where the system doesn't know it.
    """

    public_origin: str
    card_origin: str = ""
    certificate: bytes = b""
    connect: str = ""
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class ProbeFinding:
    """What one probe showed. ``haproxy`` and ``nginx`` are the lines of configuration to look at where it isn't OK."""

    name: str
    verdict: Verdict
    detail: str
    haproxy: str = ""
    nginx: str = ""
