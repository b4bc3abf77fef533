"""One trial: people act, things die, all is let settle, and the record is compared with what is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.durability.browser import ServiceStaysAway, SignedOut
from tests.durability.checker import damages
from tests.durability.clients import HOLDERS, REVIEWERS, Person, people
from tests.durability.contents import Contents, read_contents
from tests.durability.faults import Chaos, chance
from tests.durability.installation import Running
from tests.durability.record import Record
from webvartti.bootstrap import build_services
from webvartti.config import load_settings
from webvartti.main import main
from webvartti.services.worker import Round

SETTINGS = {"WEBVARTTI_FOUR_EYES": "reject override rules"}
"""Without the one for roles, so that the command makes two reviewers at once."""

_LATER = timedelta(minutes=30)
"""When all that waits is due: a decision (a minute), a message that a worker died with (ten), by a clock five minutes ahead."""

_MOST_ROUNDS = 200


@dataclass
class Trial:
    """``seed`` chooses what everybody does and what dies. ``persons`` are their serial numbers, by name."""

    running: Running
    seed: str
    record: Record = field(default_factory=Record)
    persons: dict[str, str] = field(default_factory=dict)
    everybody: list[Person] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.persons = {slug: self._serial_number(slug) for slug in (*HOLDERS, *REVIEWERS)}
        for slug in REVIEWERS:
            self.command("staff", "grant", self.persons[slug], "reviewer")
        self.everybody = people(self.running, self.record, self.seed)

    @property
    def environ(self) -> dict[str, str]:
        return self.running.front.environ

    @property
    def directory(self) -> Path:
        """Where the logs are, and at the end the record."""
        return self.running.front.directory

    def _serial_number(self, slug: str) -> str:
        services = self.running.services()
        der = x509.load_pem_x509_certificate(self.running.front.country.card(slug).chosen_pem.read_bytes()).public_bytes(
            Encoding.DER
        )
        return services.judge.judge(der, services.clock()).holder.person.serial_number

    def command(self, *words: str | Path) -> str:
        """What a command of the program says, which must succeed."""
        done = CliRunner().invoke(main, [str(word) for word in words], env=self.environ)
        assert done.exit_code == 0, done.output
        return done.output

    def while_people_act(self, work: Callable[[], None]) -> None:
        """Do ``work`` while everybody goes on ordering and deciding."""
        over = Event()
        threads = [Thread(target=person.act_until, args=(over,), name=person.who) for person in self.everybody]
        for thread in threads:
            thread.start()
        try:
            work()
        finally:
            over.set()
            for thread in threads:
                thread.join(120)
        assert not any(thread.is_alive() for thread in threads), "somebody waits for a page for ever"

    def chaos(self) -> Chaos:
        return Chaos(self.running, chance(f"{self.seed} chaos"))

    def contents(self) -> Contents:
        return read_contents(self.environ["WEBVARTTI_DATABASE_URL"], Path(self.environ["WEBVARTTI_MAIL_DIRECTORY"]))

    def settle(self) -> None:
        """Nothing dies any more: who was left without an answer sends the form again, and nobody has to sign in for it."""
        self.running.wait_until_well()
        for person in self.everybody:
            try:
                person.settle()
                person.browser.page("/en/card")
            except (ServiceStaysAway, SignedOut) as problem:
                self.record.surprise(person.who, f"{type(problem).__name__} {problem}, after all was over")

    def finish_what_waits(self) -> None:
        """Rounds of the worker at a later moment, until none does anything. Every program has ended before."""
        services = build_services(load_settings(self.environ))
        later = services.clock() + _LATER
        for _ in range(_MOST_ROUNDS):
            if services.worker.run(later) == Round() and not services.worker.waiting():
                return
        raise AssertionError(f"after {_MOST_ROUNDS} rounds the worker still has work: {services.worker.waiting()}")

    def examine(self, sent_twice: int) -> list[str]:
        """Every damage, a line each; what was told and what is there is left in the directory."""
        self.finish_what_waits()
        contents = self.contents()
        self.record.write(self.directory / "record.jsonl")
        contents.write(self.directory / "contents.json")
        found = damages(contents, self.record, self.persons, sent_twice)
        verified = CliRunner().invoke(
            main, ["audit", "verify", "--checkpoints", self.environ["WEBVARTTI_AUDIT_CHECKPOINT_FILE"]], env=self.environ
        )
        if verified.exit_code or " 0 not sealed yet" not in verified.output:
            found.append(f"the audit: {verified.output.strip()}")
        return found
