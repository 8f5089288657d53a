"""hash_fields: values that cannot be read any more, but still be compared and joined by."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from dataflows.choices import check_one_of
from dataflows.errors import ArgumentError
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import check_patterns
from dataflows.processors.modifiers.canonical_text import canonical_text
from dataflows.processors.modifiers.chosen_fields import (
    as_it_is,
    chosen,
    retyping,
)
from dataflows.processors.modifiers.field_texts import map_values_of, with_texts
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataflows.batch import Batch
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["hash_fields"]

_DIGITS = {"sha256": 64, "sha512": 128}
_FEWEST_DIGITS = 8
_SHORTEST_SALT = 8


@processor
def hash_fields(
    fields: Iterable[str] | str,
    *,
    salt: str | bytes,
    algorithm: str = "sha256",
    length: int | None = None,
    regex: bool = True,
    resources: Resources = None,
) -> Hooks:
    """Hash the values of fields with a secret salt.

    The hash is the HMAC (RFC 2104) of the value's canonical text in UTF-8, with the salt as the
    key, in hexadecimal digits. The canonical text of a string is ``s:`` and the text, that of a
    number ``n:`` and its digits without zeros at the end of a fraction, that of a date
    ``d:2026-01-31`` and of a boolean ``b:true``; `canonical_text` lists them all. So 1 and 1.0 have
    the same hash, and ``"1"`` has another. Equal values have equal hashes in all resources and runs
    with the same salt: joins and counts survive. Missing values stay missing.

    The salt keeps others from hashing all likely values to find yours. Keep it secret; it is not
    shown in errors, accounts or reports.

    Schema: the fields become strings; of their constraints ``required`` and ``unique`` stay.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        fields: Names, or regular expressions that must match a whole name.
        salt: The secret: 8 bytes or more; take 16 random ones, from an environment variable for
            instance.
        algorithm: ``"sha256"`` or ``"sha512"``.
        length: How many of the digits are kept, from 8 on; all (64 or 128) by default. With 16, two
            of a hundred million different values have the same hash once in 3,700 times.
        regex: Whether the names are regular expressions; False takes them as they are written.
        resources: The resources to change; all by default. One may lack the fields.

    Raises:
        ArgumentError: The salt is too short or not a text or bytes, or an option cannot be.
        UnknownFieldError: A name means no field in any of the resources.

    Examples:
        >>> from dataflows import Flow, hash_fields
        >>> step = hash_fields("mail", salt="a long secret of yours", length=16)
        >>> step
        hash_fields('mail', salt=…, length=16)
        >>> Flow([{"mail": "ada@example.org"}, {"mail": None}], step).results()[0]
        [[{'mail': '715e902879c18fcc'}, {'mail': None}]]
    """
    patterns = check_patterns(fields, regex=regex)
    key = _key(salt)
    check_one_of("algorithm", algorithm, tuple(_DIGITS))
    most = _DIGITS[algorithm]
    given: Any = length
    if given is not None and (type(given) is not int or not _FEWEST_DIGITS <= given <= most):
        what = f"length must be from {_FEWEST_DIGITS} to {most}, got {length!r}"
        raise ArgumentError(what, fix="leave it out to keep all digits.")

    start = hmac.new(key, digestmod=algorithm)

    def hashed(value: Any) -> str:
        made = start.copy()  # twice as fast as to begin with the key each time
        made.update(canonical_text(value).encode("utf-8", "surrogatepass"))
        return made.hexdigest()[:length]

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        names = chosen(patterns, stream.resource.fields.field_names, regex=regex)
        if not names:
            return as_it_is
        before = codecs_of(stream.resource, names)
        after = codecs_of(stream.target, names)

        def work(batch: Batch) -> Batch:
            batch = stream.cast(batch, before)
            columns = {}
            for name in names:
                column = batch.column(name)
                hashes = map_values_of(column, hashed)
                columns[name] = with_texts(column, after[name], hashes)
            batch.set_columns(columns)
            return batch

        return work

    return Hooks(
        package=retyping(patterns, "string", regex=regex),
        batch=batch,
        select=resources,
        secrets=("salt",),
    )


def _key(salt: Any) -> bytes:
    """Return the salt as bytes; no message shows it."""
    if not isinstance(salt, (str, bytes)):
        what = f"the salt is a text or bytes, got {type(salt).__name__}"
        raise ArgumentError(what, fix="write for instance salt=os.environ['SALT'].")
    key = salt.encode() if isinstance(salt, str) else salt
    if len(key) < _SHORTEST_SALT:
        what = f"the salt has {len(key)} bytes, which can be guessed"
        raise ArgumentError(what, fix="take 16 random bytes: secrets.token_hex(16) makes some.")
    return key
