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
