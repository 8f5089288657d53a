"""What an address of data tells before it is opened: a name, and whether it carries a secret."""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata
from importlib.util import find_spec
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, unquote, urlsplit

from dataflows.cli.report import CallError

__all__ = ["name_of", "refuse_secrets", "slug_of", "title_of"]

_ENDINGS = {".gz", ".zip", ".bz2", ".xz"}
_LONGEST_SLUG = 60
_SECRET_PART = re.compile(
    r"token|secret|passw|passphrase|pwd|api[-_]?key|access[-_]?key|signature|credential|private"
    r"|^(?:key|sig|auth|authorization|sas|sid|session|sessionid)$|^x-(?:amz|goog)-",
    re.IGNORECASE,
).search
_SECRET_PAIR = re.compile(
    r"(?:token|secret|password|pwd|api[-_]?key|access[-_]?key|signature)\s*=", re.IGNORECASE
).search


def refuse_secrets(address: str) -> None:
    """Refuse an address that a script could not hold without giving a secret away.

    Args:
        address: A path or an address.

    Raises:
        CallError: There is a user, a password or a key in it; the message does not repeat it.
    """
    if "://" not in address or address.startswith("env://"):
        return
    found = ""
    scheme, _, rest = address.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        found = "a user or a password"
    for part in re.split(r"[?#]", rest)[1:]:
        for name, _ in parse_qsl(part.replace(";", "&"), keep_blank_values=True):
            if _SECRET_PART(name):
                found = (
                    f"a secret ({name})" if name.isascii() and name.isprintable() else "a secret"
                )
    if not found and _SECRET_PAIR(unquote(rest)):
        found = "a secret"
    if found:
        raise CallError(
            f"the {scheme} address has {found} in it, which a script should not hold"
            if scheme.isalnum()
            else f"the address has {found} in it, which a script should not hold",
            fix="put the address into an environment variable, such as SOURCE, "
            "and call dataflows init env://SOURCE instead.",
        )


def slug_of(address: str) -> str:
    """Return a name for the script and its output: a Python name of ASCII letters.

    It is neither a keyword nor the name of a module, as a script beside which `import csv` found
    the script `csv.py` would not run.

    Args:
        address: A path or an address; of the latter, its path alone counts.

    Examples:
        >>> [slug_of(address) for address in ("data/World Cities.csv.gz", "https://a.b/2020?x=1")]
        ['world_cities', 'data_2020']
        >>> [slug_of(address) for address in ("sales/datapackage.json", "statistics.csv", "日本")]
        ['sales', 'statistics_flow', 'data']
    """
    if "://" in address:
        scheme, _, rest = address.partition("://")
        try:
            parts = urlsplit(address)
            host, path = parts.hostname or "", unquote(parts.path)
        except ValueError:
            host, path = "", re.split(r"[?#]", rest)[0]
        pure = PurePosixPath(rest if scheme == "env" else path if path.strip("/") else host)
    else:
        pure = PurePosixPath(address.replace("\\", "/"))
    stem = pure.name
    if stem.lower() == "datapackage.json" and pure.parent.name:
        stem = pure.parent.name
    while PurePosixPath(stem).suffix.lower() in _ENDINGS:
        stem = PurePosixPath(stem).stem
    stem = PurePosixPath(stem).stem
    slug = name_of(stem)
    if not slug:
        return "data"
    if slug[0].isdigit():
        slug = f"data_{slug}"
    return f"{slug}_flow" if _is_taken(slug) else slug


def name_of(text: str) -> str:
    """Return a text as a name of small ASCII letters, digits and underscores; it may be empty.

    Examples:
        >>> name_of("Größe (m²)"), name_of("日本")
        ('grosse_m2', '')
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore")
    slug = re.sub(r"[^a-z0-9]+", "_", plain.decode().lower()).strip("_")
    return slug[:_LONGEST_SLUG].rstrip("_")


def title_of(slug: str) -> str:
    """Return a title for people.

    Examples:
        >>> title_of("world_cities")
        'World cities'
    """
    return slug.replace("_", " ").capitalize()


def _is_taken(slug: str) -> bool:
    if keyword.iskeyword(slug) or slug in {"dataflows", *sys.stdlib_module_names}:
        return True
    try:
        spec = find_spec(slug)
    except (ImportError, ValueError):
        return True
    # What is found in the current folder is the script of an earlier call, or its output.
    return spec is not None and spec.origin is not None and "site-packages" in spec.origin
