"""A PostgreSQL as docs/databases.md has it set up: two accounts with passwords and their rights, and TLS by a CA of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result
from cryptography import x509

from tests.databases import Cluster
from tests.documents import blocks, replaced, section
from tests.integration.server.tls_material import SERVER_AUTH, Identity, issue
from tests.ports import free_port
from webvartti.main import main

HOST = "db.example.fi"
OWNER, SERVICE = "webvartti_owner", "webvartti"
PASSWORDS = {OWNER: "of-the-owner", SERVICE: "of-the-service"}


@dataclass(frozen=True)
class Guarded:
    """``environ`` are the settings of the installation that uses it; the server's account is needed for nothing."""

    cluster: Cluster
    folder: Path
    authority: Identity
    environ: Mapping[str, str]

    def address(self, host: str = HOST, **query: str | Path) -> str:
        """Without user, as in the document; by number too, because no name server knows the name."""
        words = {"hostaddr": "127.0.0.1", **query}
        options = "&".join(f"{name}={value}" for name, value in words.items())
        return f"postgresql+psycopg://{host}:{self.cluster.port}/webvartti?{options}"

    @property
    def documented(self) -> str:
        return self.address(sslmode="verify-full", sslrootcert=self.authority.file)

    def account(self, name: str) -> dict[str, str]:
        """What stands in its environment file; its folder has no CA of its own."""
        return {"PGUSER": name, "PGPASSWORD": PASSWORDS[name], "HOME": str(self.folder)}

    def run(self, who: str, *words: str | Path, **settings: str) -> Result:
        """A command as one of the two accounts, with the documented address where no other is given."""
        changed = {"DATABASE_URL": self.documented, **settings}
        environ = {**self.environ, **{f"WEBVARTTI_{name}": value for name, value in changed.items()}, **self.account(who)}
        return CliRunner().invoke(main, [str(word) for word in words], env=environ)

    def grant(self, block: int) -> None:
        """The first block makes the accounts, the second takes rights away."""
        lines = blocks("databases.md", "Accounts", "sql")[block]
        self.cluster.run(f"psql -X -v ON_ERROR_STOP=1 postgres <<'END'\n{lines}\nEND\n")


@contextmanager
def guarded_cluster(folder: Path, environ: Mapping[str, str]) -> Iterator[Guarded]:
    """With accounts, and nothing in the database yet. ``folder`` is for the certificates."""
    authority = issue(folder, "Database CA", ca=True, file="ca")
    name = x509.SubjectAlternativeName([x509.DNSName(HOST)])
    server = issue(folder, HOST, authority, usages=SERVER_AUTH, extra=[name])
    settings = {"fsync": "off", "listen_addresses": "127.0.0.1"}
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="webvartti-pg-")), settings, port=free_port())
    try:
        cluster.create()
        _configure(cluster, server)
        cluster.start()
        guarded = Guarded(cluster, folder, authority, environ)
        guarded.grant(0)
        for account, password in PASSWORDS.items():
            cluster.run(f"""psql -X -c "ALTER ROLE {account} PASSWORD '{password}'" postgres""")
        yield guarded
    finally:
        cluster.stop()
        shutil.rmtree(cluster.directory, ignore_errors=True)


def _configure(cluster: Cluster, server: Identity) -> None:
    key = cluster.data / "server.pem"  # both in one file
    shutil.copy(server.file, key)
    key.chmod(0o600)
    found = cluster.data.stat()
    os.chown(key, found.st_uid, found.st_gid)
    (settings,) = blocks("databases.md", "The way there", "ini")
    own = {"192.0.2.20": "127.0.0.1", "/etc/postgresql/tls/server.pem": str(key), "/etc/postgresql/tls/server.key": str(key)}
    with (cluster.data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"\n{replaced(settings, own)}")
    (line,) = (line for line in section("databases.md", "The way there").splitlines() if line.startswith("    hostssl"))
    rules = ["local all postgres trust", replaced(line.strip(), {"192.0.2.0/28": "127.0.0.0/8"})]
    (cluster.data / "pg_hba.conf").write_text("\n".join(rules) + "\n")
