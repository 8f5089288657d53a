"""One GET, asked as often as it takes: redirects followed, failures waited out."""

from __future__ import annotations

import email.utils
import random
import socket
from collections import OrderedDict
from contextlib import suppress
from copy import copy
from time import monotonic, sleep, time
from typing import TYPE_CHECKING, Any

import requests
import urllib3

from dataflows.errors import SourceLoadError
from dataflows.logs import logger_of
from dataflows.processors.loaders.masking import masked_source, masked_text
from dataflows.processors.storage.http_addresses import origin_of, redirect_target
from dataflows.processors.storage.http_log import masked_log

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.processors.storage.http_options import HttpOptions

__all__ = ["BROKEN", "HttpRequest"]

BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
"""What breaks off on the way, and may work the next time."""

_LOGGER = logger_of(__name__)
_CONNECT_SECONDS = 10.0
_MOST_REDIRECTS = 10
_TRY_AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
_LONGEST_RETRY_AFTER = 120.0
_LATER = "try again later: the server is there, but cannot answer now."
_REACH = "check the address, and that it can be reached from this machine."
_FIXES = {
    401: "pass auth=(user, password), or http_headers={'Authorization': …}.",
    403: "pass auth=(user, password), or http_headers={'Authorization': …}.",
    404: "check the address: the server knows no such file.",
    410: "check the address: the server has this file no longer.",
}
_SENT = {"Accept-Encoding": "gzip, deflate", "Connection": "close"}
_FOR_ANYBODY = ("accept", "accept-encoding", "connection", "user-agent", "range", "if-range")


class HttpRequest:
    """A GET of one address.

    Args:
        address: What is asked for.
        options: How.
    """

    def __init__(self, address: str, options: HttpOptions) -> None:
        self.shown = str(masked_source(address))
        self.failures = 0
        self._address = address
        self._options = options
        self._session = options.session or requests.Session()
        if options.origin is not None:
            self._guard(options.origin)
        total = options.total_seconds
        self._end = None if total is None else monotonic() + total

    def _guard(self, origin: str) -> None:
        """Let an address that a descriptor names lead to no private place but its own server."""
        from dataflows.processors.storage.http_connection import PublicAdapter

        if self._options.session is not None:
            self._session = copy(self._session)
            self._session.adapters = OrderedDict(self._session.adapters)
        for scheme in ("http", "https"):
            self._session.mount(f"{scheme}://", PublicAdapter())
        scheme, host, port = origin_of(origin)
        if scheme not in ("http", "https"):
            return
        shown = f"[{host}]" if ":" in host else host
        places = [f"{scheme}://{shown}:{port}/"]
        if port in (80, 443):
            places.append(f"{scheme}://{shown}/")
        for place in places:
            self._session.mount(place, requests.adapters.HTTPAdapter())

    def send(self, headers: Mapping[str, str] | None = None) -> Any:
        """Return the response, whose body has still to be read.

        Args:
            headers: Further headers of the request.

        Raises:
            SourceLoadError: The server refuses, or does not answer, whenever it is asked.
        """
        while True:
            try:
                response = self._follow(dict(headers or {}))
            except requests.exceptions.SSLError as error:
                raise self._failed(error, "let the server have a valid certificate.") from None
            except (requests.ConnectionError, requests.Timeout) as error:
                self.wait(error)
                continue
            except requests.RequestException as error:
                raise self._failed(error, _REACH) from None
            status = response.status_code
            if status in _TRY_AGAIN:
                after = response.headers.get("Retry-After")
                response.close()
                self.wait(f"the server answers {status} {response.reason}", after)
            elif status in (200, 203, 206, 304):
                return response
            else:
                response.close()
                what = f"{self.shown}: the server answers {status} {response.reason}"
                fix = _FIXES.get(status, "ask who runs the server what it needs.")
                raise SourceLoadError(what, fix=fix)

    def _follow(self, headers: dict[str, str]) -> Any:
        options, address = self._options, self._address
        sent = {**_SENT, **options.headers, **headers}
        seconds = options.timeout_seconds
        if options.total_seconds is not None:
            seconds = min(seconds, options.total_seconds)
        asked: dict[str, Any] = {"params": options.params, "auth": options.auth}
        for _ in range(_MOST_REDIRECTS + 1):
            with masked_log():
                response = self._session.get(
                    address,
                    headers=sent,
                    timeout=(min(_CONNECT_SECONDS, seconds), seconds),
                    stream=True,
                    allow_redirects=False,
                    **asked,
                )
            location = self._session.get_redirect_target(response)
            if location is None:
                return response
            response.close()
            self.close()  # every request has a connection of its own: servers close used ones
            target = redirect_target(response.url, location)
            if origin_of(target) != origin_of(address):
                # What tells who we are is for nobody else.
                asked = {}
                sent = {key: text for key, text in sent.items() if key.lower() in _FOR_ANYBODY}
            asked.pop("params", None)
            address = target
        what = f"{self.shown}: the server redirects more than {_MOST_REDIRECTS} times"
        raise SourceLoadError(what, fix="give the address of the file itself.")

    def wait(self, reason: Exception | str, retry_after: str | None = None) -> None:
        """Wait before the next attempt, longer each time; as long as the server says if it does.

        Raises:
            SourceLoadError: There have been enough attempts, or there is no time left.
        """
        self.failures += 1
        if self.failures > self._options.retries:
            raise self._failed(reason, _LATER if isinstance(reason, str) else _REACH) from None
        seconds = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2 ** (self.failures - 1))
        seconds *= random.uniform(0.5, 1)  # noqa: S311 - it only spreads the attempts of many
        seconds = max(seconds, min(_LONGEST_RETRY_AFTER, _seconds_of(retry_after)))
        if self._end is not None and monotonic() + seconds > self._end:
            raise self._failed(reason, "pass a larger total_seconds.") from None
        self.close()
        told = self._told(reason)
        _LOGGER.info("%s: %s; trying again in %.1f s", self.shown, told, seconds)
        sleep(seconds)

    def check_time(self) -> None:
        """See that the whole does not take too long.

        Raises:
            SourceLoadError: It does.
        """
        if self._end is not None and monotonic() > self._end:
            what = f"{self.shown} takes longer than {self._options.total_seconds:g} seconds"
            raise SourceLoadError(what, fix="pass a larger total_seconds.")

    def _failed(self, reason: Exception | str, fix: str) -> SourceLoadError:
        reason = self._told(reason)
        tries = f" ({self.failures} attempts)" if self.failures > 1 else ""
        return SourceLoadError(f"{self.shown}: {reason}{tries}", fix=fix)

    def _told(self, reason: Exception | str) -> str:
        """Return what made an attempt fail, without secrets."""
        if isinstance(reason, str):
            return reason
        return masked_text(_root(reason, self._options.timeout_seconds), self._address)

    def close(self) -> None:
        """Close the connections, unless they are the user's."""
        if self._options.session is None:
            self._session.close()


def _root(error: BaseException, seconds: float) -> str:
    """Return what the innermost error says: those around it show the address, secrets and all."""
    if isinstance(error, (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)):
        return f"nothing arrives for {seconds:g} seconds"
    if isinstance(error, (requests.ConnectTimeout, socket.gaierror)):
        is_of_name = isinstance(error, socket.gaierror)  # each system has other words for it
        return "the name of the host cannot be looked up" if is_of_name else "nobody answers"
    inner = [one for one in error.args if isinstance(one, BaseException)]
    inner += [one for one in (getattr(error, "reason", None),) if isinstance(one, BaseException)]
    inner += [one for one in (error.__cause__,) if one is not None and one is not error]
    for one in inner:
        return _root(one, seconds)
    if isinstance(error, OSError) and error.strerror:
        return f"[Errno {error.errno}] {error.strerror}"
    if isinstance(error, urllib3.exceptions.IncompleteRead):
        return "the body breaks off"
    return str(error) or type(error).__name__


def _seconds_of(retry_after: str | None) -> float:
    """Return how many seconds a server wants to be left alone: it says a number or a date."""
    if retry_after is None:
        return 0.0
    with suppress(ValueError):
        return float(int(retry_after))
    with suppress(ValueError, TypeError):
        return email.utils.parsedate_to_datetime(retry_after).timestamp() - time()
    return 0.0
