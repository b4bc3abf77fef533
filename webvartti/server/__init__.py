"""The embedded listeners: TLS by OpenSSL, HTTP by cheroot, for the demo and for one office behind its own firewall.

It runs the WSGI applications that it is given and knows nothing else of WebVartti. In production a proxy stands in its place.
"""

from webvartti.server.errors import ServerError
from webvartti.server.listener import ClientCertificates, Listener
from webvartti.server.server import Server

__all__ = ["ClientCertificates", "Listener", "Server", "ServerError"]
