"""The real listeners, and real Chromium with a demo card in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright, sync_playwright

from tests.conftest import Installation
from tests.integration.service.test_listeners import free_origins
from tests.journeys.card_in_chromium import put_reader_in_place_of_key
from webvartti.cli.context import Tools
from webvartti.demo.browser import Browser
from webvartti.wiring import build_tools

PATIENCE_MS = 20_000


class Running:
    """A running service. ``open`` gives a browser with one holder's card."""

    def __init__(
        self, installation: Installation, tools: Tools, origins: tuple[str, str], playwright: Playwright, stack: ExitStack
    ):
        self.installation = installation
        self.tools = tools
        self.public, self.card = origins
        self._playwright = playwright
        self._stack = stack

    def open(self, slug: str, directory: Path, port_of: Mapping[int, int] | None = None, **options: object) -> BrowserContext:
        """Chromium's own TLS with this holder's card; nobody is asked which certificate to use.

        ``port_of`` leads it from a port of localhost to another.
        """
        rules = ", ".join(f"MAP localhost:{port} 127.0.0.1:{other}" for port, other in (port_of or {}).items())
        arguments = [f"--host-resolver-rules={rules}"] if rules else []
        return self._launch(self._window(slug, directory), {}, arguments, options)

    def open_with_reader(self, slug: str, directory: Path, reader: Mapping[str, str]) -> BrowserContext:
        """The same without the card's key in the browser: there is only the way to the card in the ``reader``.

        It is as ``reader_software`` gives it.
        """
        window = self._window(slug, directory)
        put_reader_in_place_of_key(window, self.installation.country.directory / "server" / "ca.pem")
        return self._launch(window, reader, [], {})

    def _window(self, slug: str, directory: Path) -> Browser:
        country = self.installation.country
        return Browser(country, country.card(slug), directory / f"profile-{slug}", card_origin=self.card)

    def _launch(
        self, window: Browser, environ: Mapping[str, str], arguments: Sequence[str], options: Mapping[str, object]
    ) -> BrowserContext:
        context = self._playwright.chromium.launch_persistent_context(
            window.user_data,
            executable_path=window.executable,
            headless=True,
            env={**window.environment(), **environ},
            args=["--disable-quic", "--disable-gpu", *arguments],
            timeout=30_000,
            **options,  # type: ignore[arg-type]  # handed through as they are
        )
        context.set_default_timeout(PATIENCE_MS)
        self._stack.callback(context.close)
        return context


@pytest.fixture
def running(installation: Installation) -> Iterator[Running]:
    """The service as `webvartti serve` runs it, on free ports."""
    public, card = free_origins()
    environ = {**installation.environ, **public.environ, **card.environ}
    tools = build_tools(environ)
    origins = (public.origin, card.origin)
    with tools.serve(True), sync_playwright() as playwright, ExitStack() as stack:
        yield Running(installation, tools, origins, playwright, stack)
