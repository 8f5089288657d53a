"""Connections to the public internet only: for addresses that somebody else has written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from dataflows.errors import SourceLoadError
from dataflows.processors.storage.http_addresses import is_public

if TYPE_CHECKING:
    import socket

__all__ = ["PublicAdapter"]


def _checked(found: socket.socket, host: str) -> socket.socket:
    """Return a new connection, unless it leads to this machine or its network.

    It is the connection that is looked at and not the name, which may mean something else a moment
    later; nothing has been sent yet.
    """
    if is_public(found.getpeername()[0]):
        return found
    found.close()
    what = f"a descriptor from the web names {host!r}, an address of this machine or its network"
    raise SourceLoadError(what, fix="pass allow_private=True if you trust the descriptor.")


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
    """Refuses to connect to this machine, to its network, and to what else is not public."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*arguments, **options)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": _PublicPool, "https": _PublicTlsPool}
