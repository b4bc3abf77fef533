"""What can go wrong with a demo country, one class per reason."""

from __future__ import annotations

from webvartti.domain.errors import WebVarttiError


class DemoError(WebVarttiError):
    """The base of the room."""

    code = "demo-error"


class CountryMissing(DemoError):
    """There is no demo country in this folder; it has to be created first."""

    code = "demo-country-missing"


class CountryDamaged(DemoError):
    """The folder holds a demo country that can't be read: a file is missing, or country.json isn't what this version writes."""

    code = "demo-country-damaged"


class DirectoryNotACountry(DemoError):
    """The folder exists and holds something else: it is left as it is."""

    code = "demo-directory-not-a-country"


class CountryNotWritable(DemoError):
    """The folder can't be written: permissions, or a full disk. An old country there is left as it was."""

    code = "demo-country-not-writable"


class UnknownCard(DemoError):
    """No card holder has this slug. ``close_matches`` are those that look like it."""

    code = "demo-unknown-card"

    def __init__(self, slug: str, close_matches: tuple[str, ...]) -> None:
        hint = f"; did you mean {', '.join(close_matches)}?" if close_matches else ""
        super().__init__(f"no demo card holder is called {slug!r}{hint}")
        self.slug = slug
        self.close_matches = close_matches


class BrowserMissing(DemoError):
    """A program that the demo browser needs isn't installed. ``packages`` are the Debian packages that bring it."""

    code = "demo-browser-missing"

    def __init__(self, programs: tuple[str, ...], packages: tuple[str, ...]) -> None:
        super().__init__(f"not found: {', '.join(programs)}; on Debian: apt-get install {' '.join(packages)}")
        self.programs = programs
        self.packages = packages


class ProfileNotPrepared(DemoError):
    """The folder holds other files, or certutil or pk12util refused to fill the database (the message is the program's own)."""

    code = "demo-profile-not-prepared"


class DemoRefused(DemoError):
    """This is a production system: it has no demo."""

    code = "demo-refused"


class NoDisplay(DemoError):
    """A window can't be opened here."""

    code = "no-display"


class DemoNotRunning(DemoError):
    """The demo's address doesn't answer."""

    code = "demo-not-running"


class CardStateDamaged(DemoError):
    """The file in which a virtual card keeps its PINs and counters can't be read."""

    code = "demo-card-state-damaged"


class VirtualReaderMissing(DemoError):
    """Nothing answers where pcscd's virtual reader should be."""

    code = "demo-virtual-reader-missing"

    def __init__(self, port: int) -> None:
        super().__init__(
            f"no virtual card reader answers on port {port}: on Debian, apt-get install pcscd vsmartcard-vpcd, "
            "then start it with systemctl start pcscd (or pcscd --foreground)"
        )


class CardAlreadyInserted(DemoError):
    """A virtual card is in this reader already."""

    code = "demo-card-already-inserted"

    def __init__(self) -> None:
        super().__init__("there is a virtual card in this reader already: take it out with `webvartti demo card remove`")


class NoCardInserted(DemoError):
    """No virtual card of this country is in the reader."""

    code = "demo-no-card-inserted"

    def __init__(self) -> None:
        super().__init__("no virtual card of this country is in the reader: put one in with `webvartti demo card insert`")


class SocketPathTooLong(DemoError):
    """The country's folder is too deep down for a Unix socket."""

    code = "demo-socket-path-too-long"


class PortTaken(DemoError):
    """Another program listens there already; it may be real reader software."""

    code = "demo-port-taken"
