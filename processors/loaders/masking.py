"""Sources as they may be shown: without the passwords and tokens that they hold."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

__all__ = ["masked_options", "masked_source", "masked_text"]

_MASK = "***"
_FEWEST_CHARACTERS = 4
_SECRET_OPTION = re.compile(r"password|passwd|secret|token|credential|auth|api_?key", re.IGNORECASE)


def masked_source(source: Any) -> Any:
    """Return a source without the secrets that an address may hold: its password and its query.

    Examples:
        >>> masked_source("postgresql://me:pa55@db/sales"), masked_source("http://h/a.csv?key=1")
        ('postgresql://me:***@db/sales', 'http://h/a.csv?***')
        >>> masked_source("what.csv?")
        'what.csv?'
    """
    if not isinstance(source, str) or "://" not in source:
        return source
    scheme, authority, rest = _parts(source)
    user, at, host = authority.rpartition("@")
    if at:
        authority = f"{user.partition(':')[0]}:{_MASK}@{host}"
    path, question, _ = rest.partition("?")
    return f"{scheme}://{authority}{path}{question}{_MASK if question else ''}"


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
    if not isinstance(source, str) or "://" not in source:
        return []
    _, authority, rest = _parts(source)
    password = authority.rpartition("@")[0].partition(":")[2]
    query = rest.partition("?")[2]
    values = [value for _, value in parse_qsl(query) if len(value) >= _FEWEST_CHARACTERS]
    found = [query, password, *values]
    found += [form for one in (password, *values) for form in (unquote(one), quote(one, safe=""))]
    return sorted({one for one in found if one}, key=len, reverse=True)
