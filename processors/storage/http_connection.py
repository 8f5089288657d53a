"""Connections to the public internet only: for addresses that somebody else has written."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from dataflows.errors import SourceLoadError
from dataflows.processors.storage.http_addresses import is_public

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

__all__ = ["PublicAdapter"]


def _refused(host: str) -> SourceLoadError:
    what = f"a descriptor from the web names {host!r}, an address of this machine or its network"
    return SourceLoadError(what, fix="pass allow_private=True if you trust the descriptor.")


def _checked(found: socket.socket, host: str) -> socket.socket:
    """Return a new connection, unless it leads to this machine or its network.

    It is the connection that is looked at and not the name, which may mean something else a moment
    later; nothing has been sent yet.
    """
    if is_public(found.getpeername()[0]):
        return found
    found.close()
    raise _refused(host)


class _PublicConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), self.host)


class _PublicTlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), self.host)


class _PublicPool(HTTPConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicTlsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicTlsConnection


class PublicAdapter(HTTPAdapter):
    """Refuses to connect to this machine, to its network, and to what else is not public.

    A proxy makes the connection by itself: then it is the name that is looked at.
    """

    def send(self, request: PreparedRequest, *arguments: Any, **options: Any) -> Response:
        """Send a request.

        Raises:
            SourceLoadError: Its host is not public.
        """
        if select_proxy(request.url or "", options.get("proxies")) is not None:
            host = urlsplit(request.url or "").hostname or ""
            with suppress(socket.gaierror):  # a name that only the proxy knows
                places = [place[4][0] for place in socket.getaddrinfo(host, None)]
                if not all(is_public(str(place)) for place in places):
                    raise _refused(str(host))
        return super().send(request, *arguments, **options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*arguments, **options)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": _PublicPool, "https": _PublicTlsPool}
