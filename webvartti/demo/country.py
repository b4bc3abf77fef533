"""A demo country on disk: made whole or not at all, and found again."""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random

from webvartti.demo.authorities import authority_keys, build_hierarchy
from webvartti.demo.cards import card_keys, issue_cards, issuer_of
from webvartti.demo.country_table import TABLE, Country, DemoCard, country_table, read_country_table
from webvartti.demo.errors import CountryDamaged, CountryMissing, CountryNotWritable, DirectoryNotACountry
from webvartti.demo.files import (
    LOCAL_SERVER,
    write_card,
    write_hierarchies,
    write_private,
    write_registers,
    write_revocation_lists,
    write_server,
)
from webvartti.demo.keys import KeyShape, generate_keys
from webvartti.demo.people import plan_cards
from webvartti.demo.registers import extracts
from webvartti.demo.revocation_lists import revocation_list
from webvartti.demo.server_certificate import server_certificates
from webvartti.demo.story import KeyAlgorithm

__all__ = ["DEFAULT_SEED", "Country", "DemoCard", "create_country", "load_country"]

DEFAULT_SEED = 2021
_TLS_ROOT, _TLS_SERVER, _TLS_LOCAL = "tls-root", "tls-server", "tls-local"
_KEY_OCTETS = 48
_REQUIRED = (
    "trust.toml",
    "server/certificate.pem",
    "server/key.pem",
    "server/ca.pem",
    str(LOCAL_SERVER),
    "secret_key",
    "audit_key",
)


def create_country(
    directory: Path, *, seed: int = DEFAULT_SEED, now: datetime, progress: Callable[[int, int], None]
) -> Country:
    """Make a country and put it at ``directory``, in place of an old one there.

    The same seed gives the same people, numbers and stories; keys are always fresh. ``progress`` counts keys, which take nearly
    all of the time. Raises DirectoryNotACountry where something else lies there, CountryNotWritable; an old country is left as
    it was until the new one is whole.
    """
    directory = directory.absolute()
    _refuse_foreign(directory)
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))  # made with mode 0700
    except OSError as problem:
        raise CountryNotWritable(f"{directory.parent} can't be written: {problem.strerror}") from problem
    try:
        _build(building, seed, now, progress)
        _refuse_foreign(directory)
        _put_in_place(building, directory)
    except OSError as problem:
        raise CountryNotWritable(f"{directory} can't be written: {problem.strerror}") from problem
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return load_country(directory)


def load_country(directory: Path) -> Country:
    """Raises CountryMissing or CountryDamaged; says in both cases which file it looked for."""
    directory = directory.absolute()
    table = directory / TABLE
    try:
        document = json.loads(table.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise CountryMissing(
            f"there is no demo country in {directory}: create one with `webvartti demo create` or `make demo`"
        ) from None
    except (OSError, ValueError) as problem:
        raise CountryDamaged(f"{table} can't be read: create the country anew") from problem
    try:
        country = read_country_table(directory, document)
    except (KeyError, TypeError, ValueError) as problem:
        raise CountryDamaged(f"{table} wasn't written by this version: create the country anew") from problem
    card_files = [file for card in country.cards for file in (card.p12, card.pem, card.signature_p12, card.signature_pem)]
    for file in (*(directory / name for name in _REQUIRED), *card_files):
        if not file.is_file():
            raise CountryDamaged(f"{file} is missing: create the country anew")
    return country


def _refuse_foreign(directory: Path) -> None:
    """A folder with anything but a country in it is somebody's work."""
    if not directory.exists() and not directory.is_symlink():
        return
    if not directory.is_dir() or directory.is_symlink():
        raise DirectoryNotACountry(f"{directory} isn't a folder: choose another place")
    if not (directory / TABLE).is_file() and any(directory.iterdir()):
        raise DirectoryNotACountry(f"{directory} holds other files and no {TABLE}: choose another place or empty it")


def _put_in_place(building: Path, directory: Path) -> None:
    """Two renames; were the second to fail, the old country comes back."""
    old = building.with_name(f"{building.name}.old")
    if directory.exists():
        directory.rename(old)
    try:
        building.rename(directory)
    except OSError:
        if old.exists():
            old.rename(directory)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _build(directory: Path, seed: int, now: datetime, progress: Callable[[int, int], None]) -> None:
    plans = plan_cards(seed)
    wanted = {_TLS_ROOT: KeyShape.P_256, _TLS_SERVER: KeyShape.P_256, _TLS_LOCAL: KeyShape.P_256, **card_keys(plans)}
    for algorithm in KeyAlgorithm:
        wanted |= authority_keys(algorithm)
    keys = generate_keys(wanted, progress)
    random = Random(f"authorities {seed}")  # noqa: S311 - serial numbers of demo CAs, the same for the same seed; nothing secret
    hierarchies = {algorithm: build_hierarchy(algorithm, keys, random, now) for algorithm in KeyAlgorithm}
    cards = issue_cards(plans, hierarchies, keys, now)
    lists = {
        authority.label: revocation_list(authority, [p for p in plans if issuer_of(p, hierarchies) is authority], now)
        for hierarchy in hierarchies.values()
        for authority in hierarchy.trusted
    }
    write_hierarchies(directory, hierarchies.values())
    write_revocation_lists(directory, lists)
    of_servers = keys[_TLS_SERVER], keys[_TLS_LOCAL]
    write_server(directory, server_certificates(keys[_TLS_ROOT], *of_servers, now), *of_servers)
    for card in cards:
        write_card(directory, card)
    write_registers(directory, extracts(plans, seed, now))
    for name in ("secret_key", "audit_key"):
        write_private(directory / name, secrets.token_urlsafe(_KEY_OCTETS).encode())
    write_private(directory / TABLE, country_table(now, seed, cards))
