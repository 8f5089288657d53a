"""The options of `load` that are for http(s), checked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, shorten
from dataflows.processors.storage.http_addresses import origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HttpOptions", "descriptor_options", "http_options"]

_NAMES = {
    "allow_private",
    "auth",
    "cache",
    "http_headers",
    "http_session",
    "http_stream",
    "http_timeout",
    "origin",
    "params",
    "retries",
    "sha256",
    "timeout_seconds",
    "total_seconds",
}
_PERSONAL = {"auth", "http_headers", "http_session", "params"}
_OF_ONE_FILE = {"origin", "sha256"}
_READ_SECONDS = 60.0
_RETRIES = 3


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How an address is asked.

    Args:
        headers: Sent with the request, to the host of the address only.
        params: Put behind the address as its query.
        auth: A pair of user and password.
        session: A ``requests.Session`` of the user.
        timeout_seconds: How long nothing may arrive.
        total_seconds: How long all may take; None for as long as something arrives.
        retries: How often to try again, before anything has arrived or since it last did.
        cache: The folder in which files are kept; None to fetch them anew.
        sha256: What the SHA-256 of the file must be; None where it is not known.
        origin: The address of the descriptor that names this address: then it is not trusted.
    """

    headers: Mapping[str, str]
    params: Any
    auth: Any
    session: Any
    timeout_seconds: float
    total_seconds: float | None
    retries: int
    cache: Path | None
    sha256: str | None
    origin: str | None


def http_options(given: Mapping[str, Any]) -> tuple[HttpOptions, dict[str, Any]]:
    """Return the options for http(s), and those that are left for the format.

    Args:
        given: All options. ``headers`` are those of the request when they are a dict.

    Raises:
        ArgumentError: One of them is of the wrong kind.

    Examples:
        >>> options, rest = http_options({"headers": 1, "timeout_seconds": 5})
        >>> options.timeout_seconds, options.retries, rest
        (5.0, 3, {'headers': 1})
    """
    left = {name: value for name, value in given.items() if name not in _NAMES}
    headers = given.get("http_headers")
    if hasattr(left.get("headers"), "items"):
        headers = left.pop("headers")
    if not hasattr(headers or {}, "items"):
        what = f"http_headers must be a dict, got {type(headers).__name__}"
        raise ArgumentError(what, fix="write http_headers={'Accept': 'text/csv'}.")
    seconds = _seconds("timeout_seconds", given.get("timeout_seconds", given.get("http_timeout")))
    allowed = given.get("allow_private", False)
    options = HttpOptions(
        headers={str(name): str(value) for name, value in (headers or {}).items()},
        params=given.get("params"),
        auth=_auth(given.get("auth")),
        session=given.get("http_session"),
        timeout_seconds=_READ_SECONDS if seconds is None else seconds,
        total_seconds=_seconds("total_seconds", given.get("total_seconds")),
        retries=_retries(given.get("retries", _RETRIES)),
        cache=_folder(given.get("cache")),
        sha256=given.get("sha256"),
        origin=None if allowed else given.get("origin"),
    )
    return options, left


def descriptor_options(given: Mapping[str, Any], place: str, address: str) -> dict[str, Any]:
    """Return the options for an address that a descriptor from elsewhere names.

    Args:
        given: The options with which the descriptor was loaded.
        place: Where the descriptor lies.
        address: The address.

    Examples:
        >>> given = {"auth": ("me", "pa55"), "retries": 1, "format": "datapackage"}
        >>> descriptor_options(given, "https://h/data", "https://other/a.csv")
        {'retries': 1, 'origin': 'https://h/data'}
    """
    given = dict(given)
    if hasattr(given.get("headers"), "items"):
        given["http_headers"] = given["headers"]
    at_home = origin_of(place) == origin_of(address)
    names = sorted(_NAMES - _OF_ONE_FILE - (set() if at_home else _PERSONAL))
    return {**{name: given[name] for name in names if name in given}, "origin": place}


def _seconds(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        what = f"{name} must be a number of seconds, got {shorten(value)}"
        raise ArgumentError(what, fix=f"write for instance {name}=30.")
    return float(value)


def _retries(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        what = f"retries must be a whole number, got {shorten(value)}"
        raise ArgumentError(what, fix="write retries=0 to try once only.")
    return value


def _auth(value: Any) -> Any:
    if value is None or callable(value):
        return value
    if not isinstance(value, (tuple, list)) or [*map(type, value)] != [str, str]:
        what = f"auth must be a pair of texts, got {type(value).__name__}"
        raise ArgumentError(what, fix="write auth=(user, password).")
    return tuple(value)


def _folder(value: Any) -> Path | None:
    if value is None or value is False:
        return None
    if value is True:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(base, "dataflows", "http")
    if not isinstance(value, (str, os.PathLike)):
        what = f"cache must be True or a folder, got {shorten(value)}"
        raise ArgumentError(what, fix="write cache=True to keep files in the user's cache folder.")
    return Path(value)
