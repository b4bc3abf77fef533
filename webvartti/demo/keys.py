"""Fresh key pairs: never from a seed, so that no two countries share one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from webvartti.demo.profile import PrivateKey

_PUBLIC_EXPONENT = 65537
_THREADS = 4


class KeyShape(StrEnum):
    """The keys of a demo country: RSA-2048 and P-384 on cards, RSA-3072 and P-384 in CAs, P-256 for the TLS server."""

    RSA_2048 = "RSA-2048"
    RSA_3072 = "RSA-3072"
    P_384 = "P-384"
    P_256 = "P-256"


def generate_key(shape: KeyShape) -> PrivateKey:
    """A new key pair."""
    match shape:
        case KeyShape.RSA_2048:
            return rsa.generate_private_key(_PUBLIC_EXPONENT, 2048)
        case KeyShape.RSA_3072:
            return rsa.generate_private_key(_PUBLIC_EXPONENT, 3072)
        case KeyShape.P_384:
            return ec.generate_private_key(ec.SECP384R1())
        case KeyShape.P_256:
            return ec.generate_private_key(ec.SECP256R1())


def generate_keys(wanted: Mapping[str, KeyShape], progress: Callable[[int, int], None]) -> dict[str, PrivateKey]:
    """One new key for each name. Threads help: cryptography releases the GIL meanwhile."""
    keys: dict[str, PrivateKey] = {}
    progress(0, len(wanted))
    with ThreadPoolExecutor(_THREADS) as threads:
        names = {threads.submit(generate_key, shape): name for name, shape in wanted.items()}
        for future in as_completed(names):
            keys[names[future]] = future.result()
            progress(len(keys), len(wanted))
    return keys
