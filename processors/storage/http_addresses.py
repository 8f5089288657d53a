"""Addresses on the web: what they are called, where they may lead, which of them are sheets."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from dataflows.errors import SourceLoadError
from dataflows.processors.loaders.masking import masked_source

__all__ = ["export_address", "file_name", "is_public", "origin_of", "redirect_target"]

_SHEET = re.compile(r"(https://docs\.google\.com/spreadsheets/d/(e/)?[^/?#]+)(?:/[^?#]*)?")
_SAFE_FIX = "load the address that it leads to, if you trust it."


def export_address(address: str) -> str | None:
    """Return where a public Google sheet can be had as CSV; None for any other address.

    Examples:
        >>> export_address("https://docs.google.com/spreadsheets/d/1a2b/edit#gid=7")
        'https://docs.google.com/spreadsheets/d/1a2b/export?format=csv&gid=7'
        >>> export_address("https://docs.google.com/spreadsheets/d/e/2PACX/pubhtml?gid=7&single=true")
        'https://docs.google.com/spreadsheets/d/e/2PACX/pub?output=csv&gid=7'
        >>> export_address("https://example.org/a.csv") is None
        True
    """
    found = _SHEET.match(address)
    if found is None:
        return None
    parts = urlsplit(address)
    if re.search(r"(?:format|output)=", parts.query):
        return address
    given = {**parse_qs(parts.query), **parse_qs(parts.fragment)}
    sheet = f"&gid={given['gid'][0]}" if "gid" in given else ""
    return (
        f"{found[1]}/pub?output=csv{sheet}" if found[2] else f"{found[1]}/export?format=csv{sheet}"
    )


def file_name(address: str) -> str:
    """Return the last part of the path of an address, without its query.

    Examples:
        >>> file_name("https://example.org/my%20data/a.csv?key=pa55"), file_name("https://h")
        ('a.csv', '')
    """
    return PurePosixPath(unquote(urlsplit(address).path)).name


def origin_of(address: str) -> tuple[str, str, int]:
    """Return the scheme, host and port of an address.

    Raises:
        SourceLoadError: It has none, or a port that cannot be.

    Examples:
        >>> origin_of("HTTPS://me@Example.org/a.csv")
        ('https', 'example.org', 443)
    """
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        what = f"{masked_source(address)!r} is no address: {error}"
        raise SourceLoadError(what, fix="write it as https://host/path.") from None
    return parts.scheme, parts.hostname or "", port


def redirect_target(address: str, location: str) -> str:
    """Return where a server sends on to.

    Raises:
        SourceLoadError: That is no address on the web, or one that is less safe.

    Examples:
        >>> redirect_target("https://example.org/a/b.csv", "../c.csv")
        'https://example.org/c.csv'
    """
    target = urljoin(address, location)
    scheme, host, _ = origin_of(target)
    shown = masked_source(target)
    if scheme not in ("http", "https") or not host:
        what = f"the server redirects to {shown!r}, which is not on the web"
        raise SourceLoadError(what, fix="give the address of the file itself.")
    if scheme == "http" and urlsplit(address).scheme == "https":
        what = f"the server redirects from https to {shown!r}, where anybody on the way can read it"
        raise SourceLoadError(what, fix=_SAFE_FIX)
    return target


def is_public(host: str) -> bool:
    """Tell whether an IP address is one of the public internet.

    Examples:
        >>> [is_public(one) for one in ("93.184.215.14", "10.0.0.1", "::ffff:127.0.0.1", "::1")]
        [True, False, False, False]
    """
    found = ip_address(host.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    return found.is_global and not found.is_multicast
