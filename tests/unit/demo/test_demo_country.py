"""The country as a folder: whole or not at all, private, and never over somebody else's files."""

from __future__ import annotations

import json
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from webvartti.config import load_settings
from webvartti.demo import country as country_module
from webvartti.demo.country import Country, create_country, load_country
from webvartti.demo.environment import environment
from webvartti.demo.errors import CountryDamaged, CountryMissing, CountryNotWritable, DirectoryNotACountry, UnknownCard


def silent(done: int, total: int) -> None:
    """No progress."""


def test_folders_are_0700_and_files_0600(country: Country) -> None:
    for path in (country.directory, *country.directory.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_layout_is_the_promised_one_and_nothing_is_left_beside_it(country: Country) -> None:
    names = {path.name for path in country.directory.iterdir()} - {"virtual-cards"}  # of tests that came before
    assert names == {
        "country.json", "trust.toml", "ca", "crl", "server", "cards", "registers", "secret_key", "audit_key"
    }  # fmt: skip
    assert list(country.directory.parent.iterdir()) == [country.directory]
    keys = [path for path in country.directory.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
    assert {path.parent.name for path in keys} == {"cards", "server"}  # no CA key is kept


def test_a_country_is_read_back_as_it_was_made(country: Country, moment: datetime) -> None:
    assert load_country(country.directory) == country
    assert (country.created_at, country.seed, country.cards[0].slug) == (moment, 2021, "aino")


def test_a_country_is_fresh_for_a_day(country: Country, moment: datetime) -> None:
    assert country.is_fresh(moment)
    assert country.is_fresh(moment + timedelta(hours=23, minutes=59))
    assert not country.is_fresh(moment + timedelta(days=1))
    assert not country.is_fresh(moment - timedelta(seconds=1))


def test_an_unknown_card_names_those_that_look_like_it(country: Country) -> None:
    with pytest.raises(UnknownCard, match="did you mean aino") as caught:
        country.card("Ainoo")
    assert "aino" in caught.value.close_matches
    with pytest.raises(UnknownCard) as caught:
        country.card("zzzzzzzz")
    assert caught.value.close_matches == ()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_country_with_fresh_keys(country: Country, tmp_path: Path, moment: datetime) -> None:
    steps: list[tuple[int, int]] = []
    (tmp_path / "again").mkdir()
    again = create_country(tmp_path / "again", now=moment, progress=lambda done, total: steps.append((done, total)))
    assert [step[0] for step in steps] == list(range(steps[0][1] + 1))
    assert len({total for _, total in steps}) == 1
    for name in (
        "country.json", "trust.toml", "registers/rights.csv", "registers/cards.csv", "registers/persons.csv",
        "registers/organisations.csv", "registers/registration-points.csv",
    ):  # fmt: skip
        assert (again.directory / name).read_bytes() == (country.directory / name).read_bytes(), name
    for path in (*(country.directory / "cards").glob("*.pem"), *(country.directory / "ca").glob("*.pem")):
        one = x509.load_pem_x509_certificate(path.read_bytes())
        other = x509.load_pem_x509_certificate((again.directory / path.relative_to(country.directory)).read_bytes())
        assert (one.subject, one.serial_number) == (other.subject, other.serial_number)
        assert one.public_key() != other.public_key()
    for name in ("secret_key", "audit_key"):
        assert (again.directory / name).read_bytes() != (country.directory / name).read_bytes()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the files that make a folder a country: for tests of what happens around the making."""

    def build(directory: Path, seed: int, now: datetime, progress: object) -> None:
        table = {"format": 1, "created_at": now.isoformat(), "seed": seed, "cards": []}
        for name in country_module._REQUIRED:
            (directory / name).parent.mkdir(exist_ok=True)
            (directory / name).write_text("x")
        (directory / "country.json").write_text(json.dumps(table))

    monkeypatch.setattr(country_module, "_build", build)


@pytest.mark.usefixtures("quick")
def test_an_old_country_is_replaced_as_a_whole(tmp_path: Path, moment: datetime) -> None:
    place = tmp_path / "deep" / "country"
    create_country(place, seed=1, now=moment, progress=silent)
    (place / "webvartti.db").write_text("of the old country")
    assert create_country(place, seed=2, now=moment, progress=silent).seed == 2
    assert not (place / "webvartti.db").exists()
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.usefixtures("quick")
def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path, moment: datetime) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DirectoryNotACountry):
        create_country(tmp_path, now=moment, progress=silent)
    with pytest.raises(DirectoryNotACountry):
        create_country(tmp_path / "thesis.txt", now=moment, progress=silent)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.usefixtures("quick")
def test_a_symbolic_link_is_not_followed(tmp_path: Path, moment: datetime) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(DirectoryNotACountry):
        create_country(tmp_path / "link", now=moment, progress=silent)


def test_a_failed_making_leaves_the_old_country_and_no_pieces(
    tmp_path: Path, moment: datetime, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "country"
    create_country(place, seed=1, now=moment, progress=silent)

    def full(directory: Path, seed: int, now: datetime, progress: object) -> None:
        (directory / "half").write_text("a half-made country")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(country_module, "_build", full)
    with pytest.raises(CountryNotWritable, match="No space left"):
        create_country(place, seed=2, now=moment, progress=silent)
    assert load_country(place).seed == 1
    assert list(tmp_path.iterdir()) == [place]


def test_a_place_under_a_file_is_a_named_error(tmp_path: Path, moment: datetime) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CountryNotWritable):
        create_country(tmp_path / "file" / "country", now=moment, progress=silent)


def test_no_country_and_a_damaged_one_are_named_errors(tmp_path: Path, quick: None, moment: datetime) -> None:
    with pytest.raises(CountryMissing):
        load_country(tmp_path / "nowhere")
    place = create_country(tmp_path / "country", now=moment, progress=silent).directory
    table = json.loads((place / "country.json").read_text())
    for damaged in ("{", "[]", "{}", json.dumps({**table, "format": 99}), json.dumps({**table, "cards": [{"slug": "x"}]})):
        (place / "country.json").write_text(damaged)
        with pytest.raises(CountryDamaged):
            load_country(place)
    (place / "country.json").write_text(json.dumps(table))
    (place / "audit_key").unlink()
    with pytest.raises(CountryDamaged, match="audit_key"):
        load_country(place)


def test_the_environment_makes_settings_that_are_accepted(country: Country) -> None:
    variables = environment(country, public_port=9443, card_port=9444)
    settings = load_settings(variables)
    assert (settings.public_origin, settings.card_origin) == (
        "https://webvartti.localhost:9443",
        "https://card.webvartti.localhost:9444",
    )
    assert settings.public_listen == ("127.0.0.1", 9443)
    assert settings.trust_file.is_file()
    assert settings.database_url == f"sqlite:///{country.directory}/webvartti.db"
    assert settings.database_url.startswith("sqlite:////")
    assert "WEBVARTTI_PUBLIC_LISTEN" in environment(country)
    assert environment(country)["WEBVARTTI_CARD_LISTEN"] == "127.0.0.1:8444"
