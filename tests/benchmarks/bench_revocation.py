"""A CRL of a million entries: import against one bare pass with the library, memory, and look-ups against a small list's.

Run with `make bench`. A **bare pass** is what anybody does who reads a CRL with `cryptography`: read the file, load it, check
the signature, and for each entry ask `serial_number` and `revocation_date_utc`. Both run in a process of their own, in turn;
peak memory is what the process's high-water mark grows by from after its imports to the end (VmHWM of /proc: `ru_maxrss` is
inherited from the process that started it).
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from tests.unit.pki.authority import NOW, Authority, KeyRing, new_root
from tests.unit.pki.office import no_progress, write_trust
from webvartti.domain.certificates import RevocationState
from webvartti.domain.holders import CardId
from webvartti.pki.crl_file import put_in_place
from webvartti.pki.crl_index import CrlIndex
from webvartti.pki.trust import load_trust

MANY, FEW = 1_000_000, 1_000
SETTLED = 0.3
"""Seconds after which the copying of the file, which isn't what is measured, has left the processor's caches alone."""
ROUNDS, LOOK_UPS, REPLACEMENTS = 3, 20_000, 15
REASONS = (
    x509.ReasonFlags.key_compromise,
    x509.ReasonFlags.superseded,
    x509.ReasonFlags.cessation_of_operation,
    x509.ReasonFlags.certificate_hold,
)

MEASURED = """
import json, sys, time
def peak():
    status = open("/proc/self/status").read()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
{imports}
before, started = peak(), time.perf_counter()
{work}
print(json.dumps([time.perf_counter() - started, peak() - before]))
"""

BARE_PASS = MEASURED.format(
    imports="""
from cryptography import x509
from pathlib import Path
issuer = x509.load_der_x509_certificate(Path(sys.argv[2]).read_bytes()).public_key()
""",
    work="""
crl = x509.load_der_x509_crl(Path(sys.argv[1]).read_bytes())
assert crl.is_signature_valid(issuer)
for entry in crl:
    entry.serial_number, entry.revocation_date_utc
""",
)

IMPORT = MEASURED.format(
    imports="""
from datetime import datetime
from pathlib import Path
from webvartti.pki.crl_index import CrlIndex
from webvartti.pki.trust import load_trust
now = datetime.fromisoformat(sys.argv[4])
index = CrlIndex(Path(sys.argv[3]), load_trust(Path(sys.argv[2]), now))
""",
    work="""
assert index.load(Path(sys.argv[1]), now, lambda done, total: None).rows > 900_000
""",
)


def run(program: str, *arguments: object) -> tuple[float, int]:
    """Seconds and octets."""
    done = subprocess.run([sys.executable, "-c", program, *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True)
    seconds, octets = json.loads(done.stdout)
    return float(seconds), int(octets)


def crl_of(issuing: Authority, count: int, seed: int, number: int = 1) -> bytes:
    """Serials of 16 octets in no order, dates over three years, nine in ten with a reason: as national lists look."""
    chance = random.Random(seed)  # noqa: S311 - the same list in every run
    entries = [_entry(chance.getrandbits(127) | 1, chance) for _ in range(count)]
    return issuing.crl(entries, number=number)


def _entry(serial: int, chance: random.Random) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial)
    builder = builder.revocation_date(NOW - timedelta(seconds=chance.randrange(94_000_000)))
    if chance.random() < 0.9:
        builder = builder.add_extension(x509.CRLReason(chance.choice(REASONS)), critical=False)
    return builder.build()


def serials_of(crl: bytes, count: int) -> list[int]:
    """Some that are listed, and as many that aren't."""
    read = x509.load_der_x509_crl(crl)
    step = max(len(read) // count, 1)
    listed = [read[place].serial_number for place in range(0, len(read), step)][:count]
    return [*listed, *(serial ^ 2 for serial in listed)]


class LookUps:
    """An index in a folder of its own, with one list in use."""

    def __init__(self, folder: Path, root: Authority, issuing: Authority, count: int) -> None:
        folder.mkdir()
        self.file = folder / "new.crl"
        trust = load_trust(write_trust(folder, [root], [issuing]), NOW)
        self.index = CrlIndex(folder / "crl", trust)
        self.key = next(iter(trust.issuers))
        self.load(root.crl())
        crl = crl_of(issuing, count, count)
        self.load(crl)
        chance = random.Random(1)  # noqa: S311 - the same order in every run
        self.cards = [CardId(self.key, f"{serial:x}") for serial in serials_of(crl, min(count, LOOK_UPS) // 2)]
        chance.shuffle(self.cards)

    def load(self, crl: bytes) -> None:
        self.file.write_bytes(crl)
        self.index.load(self.file, NOW, no_progress)

    def warm(self) -> float:
        """Seconds a look-up, the serials in no order."""
        rounds = LOOK_UPS // len(self.cards) or 1
        started = time.perf_counter()
        states = [self.index.status(card, NOW).state for _ in range(rounds) for card in self.cards]
        took = time.perf_counter() - started
        assert {RevocationState.GOOD, RevocationState.REVOKED} <= set(states)
        return took / len(states)

    def right_after_replacing(self) -> float:
        """Seconds of the first look-up, after another file with the same list was put in place, as the loading does it."""
        (file,) = (self.index._folder).glob(f"{self.key}*.sqlite")
        aside = file.with_name("aside")
        aside.write_bytes(file.read_bytes())
        put_in_place(aside, file)
        time.sleep(SETTLED)
        started = time.perf_counter()
        assert self.index.status(self.cards[0], NOW).crl_number == 1
        return time.perf_counter() - started


@pytest.fixture(scope="module")
def hierarchy() -> tuple[Authority, Authority]:
    keys = KeyRing()
    root = new_root("Root", keys.key("rsa", "root"))
    return root, root.issue_ca("Professionals", keys.key("rsa", "issuing"))


@pytest.mark.timeout(600)
def test_import_of_a_million_entries_against_a_bare_pass(hierarchy: tuple[Authority, Authority], tmp_path: Path) -> None:
    root, issuing = hierarchy
    crl, certificate = tmp_path / "many.crl", tmp_path / "issuing.der"
    crl.write_bytes(crl_of(issuing, MANY, seed=5))
    certificate.write_bytes(issuing.der)
    trust, size = write_trust(tmp_path, [root], [issuing]), crl.stat().st_size
    now: datetime = NOW
    ratios, peaks = [], []
    for turn in range(ROUNDS):
        bare, bare_peak = run(BARE_PASS, crl, certificate)
        took, peak = run(IMPORT, crl, trust, tmp_path / f"index{turn}", now.isoformat())
        again, _ = run(IMPORT, crl, trust, tmp_path / f"index{turn}", now.isoformat())
        ratios.append(took / bare)
        peaks.append(peak / size)
        print(
            f"\nrevocation: {MANY:,} entries, {size / 1e6:.1f} MB: import {took:.1f} s (+{peak / 1e6:.0f} MB), "
            f"bare pass {bare:.1f} s (+{bare_peak / 1e6:.0f} MB), the same list again {again:.1f} s"
        )
    print(f"revocation: import ratio {statistics.median(ratios):.2f}, peak memory / file {max(peaks):.2f}")
    assert statistics.median(ratios) < 4
    assert max(peaks) < 3


@pytest.mark.timeout(600)
def test_look_ups_in_a_million_entries_against_a_thousand(hierarchy: tuple[Authority, Authority], tmp_path: Path) -> None:
    many, few = (LookUps(tmp_path / str(count), *hierarchy, count) for count in (MANY, FEW))
    warm = _ratio(lambda: many.warm(), lambda: few.warm(), 7)
    first = _ratio(lambda: many.right_after_replacing(), lambda: few.right_after_replacing(), REPLACEMENTS)
    for words, (large, small) in (("look-up", warm), ("first look-up after a new list", first)):
        print(f"\nrevocation: {words}: {large * 1e6:.1f} µs of {MANY:,}, {small * 1e6:.1f} µs of {FEW:,}: {large / small:.2f}")
    assert warm[0] / warm[1] < 1.5
    assert first[0] / first[1] < 1.5


def _ratio(large: Callable[[], float], small: Callable[[], float], times: int) -> tuple[float, float]:
    """Medians of both, measured in turn."""
    pairs = [(large(), small()) for _ in range(times)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)
