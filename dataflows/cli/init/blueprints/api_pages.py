"""The blueprint `api-pages`: all pages of an API that answers in JSON."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from dataflows.cli.init.plan import Plan
from dataflows.cli.init.script import Name, Script, Step, comment, literal, write_script
from dataflows.cli.init.sources import resolved
from dataflows.cli.report import CallError
from dataflows.errors import shorten
from dataflows.wording import counted

if TYPE_CHECKING:
    from dataflows.cli.init.plan import Request

__all__ = ["Paging", "paging_of", "plan"]

_TIMEOUT_SECONDS = 60
_FIELDS_WIDTH = 90
_NEXT_LINKS = ("next", "next_url", "nextLink", "@odata.nextLink", "next_page_url")
_HOLDERS = ("links", "_links", "paging", "pagination", "meta", "info")
_NUMBERS = re.compile(r"page|page_?number|p|pg", re.IGNORECASE)
_OFFSETS = re.compile(r"offset|start|skip|from", re.IGNORECASE)
_IMPORTS = (
    "import os",
    "from collections.abc import Iterator",
    "from typing import Any",
    "from urllib.parse import {parsing}",
    "",
    "import requests",
    "from requests.adapters import HTTPAdapter",
    "from urllib3.util import Retry",
)
_PRELUDE = '''
ADDRESS = {address}
TIMEOUT_SECONDS = 60
{seen}

def pages(address: str) -> Iterator[Any]:
    """Yield the pages, each as it was parsed; busy servers are asked again."""
    tries = Retry(5, backoff_factor=1, status_forcelist=[429, 500, 502, 503, 504])
    with requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=tries))
        session.mount("http://", HTTPAdapter(max_retries=tries))
        last = None
        while address:
            answer = session.get(address, headers=login(address), timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
            page = answer.json()
            if page == last:
                return  # a server that gives the same page again has no more
            yield page
            last = page
            address = following(address, page, answer)


def login(address: str) -> dict[str, str]:
    """Return what tells who asks; only the server that was named gets it."""
    # A key for the API stays out of the script: export API_TOKEN=…
    if "API_TOKEN" not in os.environ or urlsplit(address)[:2] != urlsplit(ADDRESS)[:2]:
        return {{}}
    return {{"Authorization": f"Bearer {{os.environ['API_TOKEN']}}"}}


def records(page: Any) -> list[dict[str, Any]]:
    """Return the records of a page."""
    return {records}


def following(address: str, page: Any, answer: requests.Response) -> str:
    """Return the address of the next page, "" after the last."""
{following}


def rows() -> Iterator[dict[str, Any]]:
    """Yield the records of all pages, as they come."""
    for page in pages(ADDRESS):
        {rows}

'''
_FIELDS = """
# All fields of the first page: the first record, which lacks some, would decide without this.
FIELDS = {}
"""
_WITH_FIELDS = """\
for record in records(page):
            yield {**dict.fromkeys(FIELDS), **record}"""
_JOINED = '    return urljoin(address, link) if link else ""'
_COUNTED = """\
    if not records(page):
        return ""
    parts = urlsplit(address)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    options[{name}] = str(int(options[{name}]) + {step})
    return urlunsplit(parts._replace(query=urlencode(options)))"""


@dataclass(frozen=True, slots=True)
class Paging:
    """How an API gives its records.

    Args:
        records: The keys that lead to the records of a page.
        next_keys: The keys that lead to the address of the next page; None where it is elsewhere.
        is_in_header: Whether that is in the header `Link`.
        counter: The option of the address that counts the pages, or the records.
        step: By how much it grows.
        first: The records of the first page.
    """

    records: tuple[str, ...]
    next_keys: tuple[str, ...] | None
    is_in_header: bool
    counter: str | None
    step: str
    first: list[dict[str, Any]]


def plan(request: Request) -> Plan:
    """Return the script that fetches all pages.

    Args:
        request: What was asked for.

    Raises:
        CallError: The address is not on the web, or does not answer with records.
    """
    address = resolved(request.source)
    if not address.startswith(("http://", "https://")):
        what = f"api-pages is for an address on the web, and {request.source!r} is none"
        raise CallError(what, fix="name one that begins with https://.")
    paging = paging_of(address, *_first_page(address))
    output = request.place()
    steps = [
        Step("", (Name("rows()"),), {}, (f"the first page has {_counted(paging.first)}",)),
        Step("update_resource", (-1,), {"name": request.slug, "path": f"{request.slug}.csv"}),
        Step("update_package", (), {"name": request.slug, "title": request.title}),
        Step("dump_to_path", (output,)),
    ]
    rest = Script(
        "Fetch all pages of {}, and write their records as one table.",
        imports=tuple(line.replace("{parsing}", _parsing(paging)) for line in _IMPORTS),
        prelude=_prelude(request.source, paging),
        requires=("dataflows>=1.0", "requests>=2.31"),
    )
    text = write_script(request.script.name, request.source, steps, rest)
    return Plan(request.script, text, (output,), steps)


def _names(records: list[dict[str, Any]]) -> list[str]:
    """Return the fields of all records."""
    return list(dict.fromkeys(name for record in records for name in record))


def _counted(records: list[dict[str, Any]]) -> str:
    names = _names(records)
    size = f"{counted(len(records), 'record')} with {counted(len(names), 'field')}"
    return f"{size}: {shorten(names)[1:-1]}"


def _first_page(address: str) -> tuple[Any, dict[str, Any]]:
    """Return the first page, and the links in its header."""
    import requests

    from dataflows.processors.loaders.masking import masked_source

    shown = masked_source(address)
    token = os.environ.get("API_TOKEN")
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        answer = requests.get(address, timeout=_TIMEOUT_SECONDS, headers=headers)
        answer.raise_for_status()
        page = json.loads(answer.content)
    except requests.RequestException as error:
        status = getattr(error.response, "status_code", None)
        reason = f"it answers {status}" if status else type(error).__name__
        what = f"cannot fetch {shown!r}: {reason}"
        fix = "check the address; a key for it is taken from the variable API_TOKEN."
        raise CallError(what, fix=fix) from None
    except ValueError:
        what = f"{shown!r} does not answer in JSON"
        fix = "name the address of an API, or leave out the blueprint."
        raise CallError(what, fix=fix) from None
    return page, answer.links


def paging_of(address: str, page: Any, links: dict[str, Any]) -> Paging:
    """Return how an API gives its records, by its first page.

    Args:
        address: The address of the page.
        page: The page.
        links: The links in its header.

    Raises:
        CallError: There are no records in the page.
    """
    keys = _list_in(page)
    if keys is None:
        raise CallError(
            "there is no list of records in the first page",
            fix="name an address that answers with a list of objects, or an object that holds one.",
        )
    records = _at(page, keys)
    options = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    counter = next((name for name in options if _NUMBERS.fullmatch(name)), None)
    offset = next((name for name in options if _OFFSETS.fullmatch(name)), None)
    step = "1"
    if counter is None and offset is not None:
        counter, step = offset, "len(records(page))"
    if counter is not None and not options[counter].isdecimal():
        counter = None
    return Paging(keys, _next_in(page), "next" in links, counter, step, records)


def _list_in(page: Any) -> tuple[str, ...] | None:
    """Return the keys that lead to the longest list of objects."""
    found: list[tuple[int, tuple[str, ...]]] = []

    def search(value: Any, keys: tuple[str, ...]) -> None:
        if isinstance(value, list):
            if value and all(isinstance(one, dict) for one in value):
                found.append((len(value), keys))
        elif isinstance(value, dict) and len(keys) < 3:
            for key, inner in value.items():
                search(inner, (*keys, key))

    search(page, ())
    return max(found, key=lambda one: (one[0], -len(one[1])))[1] if found else None


def _next_in(page: Any) -> tuple[str, ...] | None:
    if not isinstance(page, dict):
        return None
    for holder in ((), *((one,) for one in _HOLDERS)):
        inside = _at(page, holder)
        for key in _NEXT_LINKS if isinstance(inside, dict) else ():
            if key in inside:
                keys = (*holder, key)
                value = inside[key]
                if isinstance(value, str) and ("/" in value or "?" in value):
                    return keys
                if isinstance(value, dict) and isinstance(value.get("href"), str):
                    return (*keys, "href")
    return None


def _at(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _parsing(paging: Paging) -> str:
    """Return what the script needs of `urllib.parse`."""
    if paging.next_keys is not None or paging.is_in_header:
        return "urljoin, urlsplit"
    return "urlsplit" if paging.counter is None else "parse_qsl, urlencode, urlsplit, urlunsplit"


def _prelude(source: str, paging: Paging) -> str:
    name = source.removeprefix("env://")
    place = literal(source) if name == source else f"os.environ[{literal(name)}]"
    path = "".join(f"[{literal(key)}]" for key in paging.records)
    if paging.next_keys is not None:
        told = f"each page has the address of the next in {' / '.join(map(repr, paging.next_keys))}"
        code = f"    link = {_link(paging.next_keys)}\n{_JOINED}"
    elif paging.is_in_header:
        told = "the header Link has the address of the next page"
        code = f'    link = answer.links.get("next", {{}}).get("url")\n{_JOINED}'
    elif paging.counter is not None:
        told = f"{paging.counter!r} in the address counts; a page without records is the last"
        code = _COUNTED.format(name=literal(paging.counter), step=paging.step)
    else:
        told = "the first page tells of no other: write here how to find the next one"
        code = '    return ""'
    names = _names(paging.first)
    is_even = paging.first[0].keys() == set(names)
    fields = "" if is_even else _FIELDS.lstrip("\n").format(literal(names, width=_FIELDS_WIDTH))
    seen = f"{fields}{comment(told)}\n"
    rows = "yield from records(page)" if is_even else _WITH_FIELDS
    return _PRELUDE.format(
        address=place, seen=seen, records=f"page{path}", following=code, rows=rows
    ).lstrip("\n")


def _link(keys: tuple[str, ...]) -> str:
    """Return what reads a value that lies deeper, where what holds it may be missing or null."""
    code = "page"
    for key in keys[:-1]:
        code = f"({code}.get({literal(key)}) or {{}})"
    return f"{code}.get({literal(keys[-1])})"
