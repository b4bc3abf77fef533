"""One HTTP request to one resolved host: the answer's head, or the one DownloadFailed that says why there is none."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProtocolError, ReadTimeoutError, SSLError
from urllib3.response import BaseHTTPResponse

from webvartti.domain.crl_fetching import Validators
from webvartti.pki.crl_download_address import HttpAddress
from webvartti.pki.crl_download_errors import (
    DownloadCutOff,
    DownloadNotHttp,
    DownloadTlsFailed,
    DownloadTooSlow,
    DownloadUnreachable,
)
from webvartti.pki.crl_download_watch import Watch


@contextmanager
def answer(
    address: HttpAddress,
    ips: tuple[str, ...],
    validators: Validators,
    watch: Watch,
    connect_seconds: float,
    silence_seconds: float,
) -> Iterator[tuple[BaseHTTPResponse, str]]:
    """The answer with its body still unread, and the IP address that it comes from. Raises a DownloadFailed."""
    connection, ip = _connect(address, ips, watch, connect_seconds)
    try:
        assert connection.sock is not None  # noqa: S101 - tells the type checker what connect() did
        watch.over(connection.sock)
        connection.timeout = silence_seconds
        with naming_failures():
            connection.request("GET", address.target, headers=_headers(address, validators), preload_content=False)
            response = connection.getresponse()
        try:
            yield response, ip
        finally:
            response.close()
    finally:
        connection.close()


def _headers(address: HttpAddress, validators: Validators) -> dict[str, str]:
    headers = {"Host": address.authority, "User-Agent": "webvartti", "Connection": "close", "Accept-Encoding": "identity"}
    if validators.etag:
        headers["If-None-Match"] = validators.etag
    if validators.last_modified:
        headers["If-Modified-Since"] = validators.last_modified
    return headers


def _connect(address: HttpAddress, ips: tuple[str, ...], watch: Watch, seconds: float) -> tuple[HTTPConnection, str]:
    """To the first of the addresses that answers; to these only, for the host name may by now resolve to something else."""
    failed: DownloadUnreachable | DownloadTooSlow = DownloadUnreachable("the host name has no address")
    for ip in ips:
        connection = _connection(address, ip, watch.seconds(seconds))
        try:
            with naming_failures():
                connection.connect()
        except (DownloadUnreachable, DownloadTooSlow) as error:
            connection.close()
            failed = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection, ip
    raise failed


def _connection(address: HttpAddress, ip: str, timeout: float) -> HTTPConnection:
    if address.scheme == "http":
        return HTTPConnection(ip, address.port, timeout=timeout)
    context = ssl.create_default_context()
    return HTTPSConnection(
        ip, address.port, timeout=timeout, ssl_context=context, cert_reqs=ssl.CERT_REQUIRED, server_hostname=address.host
    )


@contextmanager
def naming_failures() -> Iterator[None]:
    """Turn what the libraries raise into a DownloadFailed; nothing that a server wrote gets into its text."""
    try:
        yield
    except NewConnectionError as error:  # before the time-outs: urllib3 counts it among them
        raise DownloadUnreachable("nobody answers there") from error
    except (ReadTimeoutError, ConnectTimeoutError, TimeoutError) as error:
        raise DownloadTooSlow("no answer in time") from error
    except (ssl.SSLError, ssl.CertificateError, SSLError) as error:
        raise DownloadTlsFailed(_tls_reason(error)) from error
    except ConnectionError as error:
        raise DownloadUnreachable("the connection was closed without an answer") from error
    except (ProtocolError, http.client.IncompleteRead) as error:
        raise DownloadCutOff("the connection ended before the whole list was there") from error
    except (HTTPError, http.client.HTTPException, ValueError) as error:
        raise DownloadNotHttp("what answers doesn't speak HTTP") from error
    except OSError as error:
        raise DownloadUnreachable(f"no connection ({error.strerror})") from error


def _tls_reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate isn't accepted: {error.verify_message}"
    return "no TLS connection"
