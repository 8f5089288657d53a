"""Sources as they may be shown: without the passwords and tokens that they hold."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

__all__ = ["masked_options", "masked_source", "masked_text"]

_MASK = "***"
_FEWEST_CHARACTERS = 4
_PATH = re.compile(r"[^?#]*")
_AFTER_PATH = re.compile(r"\A[^?#]*\??")
_HARMLESS = re.compile(r"(?:#(?:gid=[0-9]+)?)?")
# An address that lacks a slash or a colon: it is taken for a path, but may hold a password.
_SLIP = re.compile(r"((?://|[a-z][a-z0-9+.\-]+:/?)[^/:@\s]*:)([^@\s]+)(@)", re.IGNORECASE)
_SECRET_OPTION = re.compile(r"password|passwd|secret|token|credential|auth|api_?key", re.IGNORECASE)


def masked_source(source: Any) -> Any:
    """Return a source without the secrets that an address may hold: password, query, fragment.

    Examples:
        >>> masked_source("postgresql://me:pa55@db/sales"), masked_source("http://h/a.csv?key=1")
        ('postgresql://me:***@db/sales', 'http://h/a.csv?***')
        >>> masked_source("what.csv?"), masked_source("postgresql:/me:pa55@db/sales")
        ('what.csv?', 'postgresql:/me:***@db/sales')
    """
    if not isinstance(source, str):
        return source
    if "://" not in source:
        return _SLIP.sub(rf"\1{_MASK}\3", source)
    scheme, authority, rest = _parts(source)
    user, at, host = authority.rpartition("@")
    if at:
        authority = f"{user.partition(':')[0]}:{_MASK}@{host}"
    path = _PATH.match(rest)[0]  # type: ignore[index] # it may be empty, so it always matches
    mark = rest[len(path) : len(path) + 1]
    harmless = _HARMLESS.fullmatch(rest, len(path))
    return f"{scheme}://{authority}{path}{harmless[0] if harmless else mark + _MASK}"


def masked_options(options: dict[str, Any]) -> dict[str, Any]:
    """Return options without the values of those that are secret, or may be.

    Their names say so; the headers and the parameters of a request may hold a key.

    Examples:
        >>> masked_options({"format": "csv", "api_key": "pa55"})
        {'format': 'csv', 'api_key': '***'}
    """
    return {
        name: _MASK if _is_secret(name, value) else masked_source(value)
        for name, value in options.items()
    }


def _is_secret(name: str, value: Any) -> bool:
    if name in ("http_headers", "params"):
        return value is not None
    if name == "headers":
        return isinstance(value, dict)
    return _SECRET_OPTION.search(name) is not None


def masked_text(text: str, source: Any) -> str:
    """Return a message about a source without the secrets of the source.

    Libraries put an address, or parts of it, into their messages in ways of their own.

    Examples:
        >>> masked_text("no route to /a.csv?key=pa55", "http://h/a.csv?key=pa55")
        'no route to /a.csv?***'
    """
    for secret in _secrets(source):
        text = text.replace(secret, _MASK)
    return text


def _parts(source: str) -> tuple[str, str, str]:
    """Return the scheme, the user with the host, and what follows; a password may hold a slash."""
    scheme, _, rest = source.partition("://")
    found = re.match(r"[^/?#]*", rest)
    authority = found[0] if found else ""
    if "@" not in authority and re.match(r"[^/?#@]*:[^?@]*@", rest):
        authority = re.match(r"[^@]*@[^/?#]*", rest)[0]  # type: ignore[index] # the last match holds it
    return scheme, authority, rest[len(authority) :]


def _secrets(source: Any) -> list[str]:
    if not isinstance(source, str):
        return []
    if "://" not in source:
        slip = _SLIP.match(source)
        return [] if slip is None else [slip[2]]
    _, authority, rest = _parts(source)
    password = authority.rpartition("@")[0].partition(":")[2]
    query, _, fragment = _AFTER_PATH.sub("", rest).partition("#")
    values = [value for one in (query, fragment) for _, value in parse_qsl(one)]
    # Where a password holds what ends one, a library takes a part of it for the host.
    values += re.split(r"[@/?#:]", password)
    values = [value for value in values if len(value) >= _FEWEST_CHARACTERS]
    found = [query, fragment, password, *values]
    found += [form for one in (password, *values) for form in (unquote(one), quote(one, safe=""))]
    return sorted({one for one in found if one}, key=len, reverse=True)
