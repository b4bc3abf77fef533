"""The real listeners, and real Chromium with a demo card in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright, sync_playwright

from tests.conftest import Installation
from tests.integration.service.test_listeners import free_origins
from webvartti.cli.context import Tools
from webvartti.demo.browser import Browser
from webvartti.main import build_tools

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
        country = self.installation.country
        window = Browser(country, country.card(slug), directory / f"profile-{slug}", card_origin=self.card)
        context = self._playwright.chromium.launch_persistent_context(
            window.user_data,
            executable_path=window.executable,
            headless=True,
            env={**window.environment()},
            args=["--disable-quic", "--disable-gpu", *([f"--host-resolver-rules={rules}"] if rules else [])],
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
