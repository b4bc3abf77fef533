"""The downloader as the tests use it: any address may be asked, with the product's limits or with some to wait for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.unit.pki.office import no_progress
from webvartti.domain.crl_fetching import CrlAddress, Validators
from webvartti.domain.ports import Stopping, never
from webvartti.pki.crl_download import CrlDownloader, DownloadLimits
from webvartti.pki.crl_download_folder import FetchFolder
from webvartti.pki.parsed import ParsedCertificate
from webvartti.pki.trusted import Trust

LIMITS = DownloadLimits(max_bytes=100_000)
SHORT = DownloadLimits(max_bytes=100_000, connect_seconds=0.3, silence_seconds=0.3, total_seconds=0.6)
"""For servers that take their time: a busy machine mustn't be mistaken for one elsewhere."""


class NamedTrust(Trust):
    """No certificates: the downloader only asks for addresses and names."""

    def name(self, key: str) -> str:
        return key


class Client:
    """Fetches any address into a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fetch(
        self,
        url: str,
        validators: Validators | None = None,
        stopping: Stopping = never,
        limits: DownloadLimits = LIMITS,
        progress: Callable[[int, int], None] = no_progress,
    ) -> tuple[bytes, Validators] | None:
        """What came; None for "not modified". Whatever happens, no file stays."""
        certificates: dict[str, ParsedCertificate] = {}
        downloader = CrlDownloader(NamedTrust(certificates, {}, {"CA": (url,)}), FetchFolder(self.folder), limits)
        try:
            with downloader.fetch(CrlAddress("CA", url), validators or Validators(), progress, stopping) as downloaded:
                if downloaded is None:
                    return None
                assert downloaded.file.stat().st_mode & 0o777 == 0o600
                return downloaded.file.read_bytes(), downloaded.validators
        finally:
            assert list(self.folder.iterdir()) == []
