"""The key of a join or a group, as users write it."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import ArgumentError, FlowError, shorten
from dataflows.processors.groups.grouping import GroupKey
from dataflows.processors.groups.sort_key import formatted
from dataflows.selectors import no_such_field
from dataflows.spill.keys import key_values, kind_of
from dataflows.streams import codecs_of
from dataflows.types import codec_for
from dataflows.wording import with_article

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.batch import Batch
    from dataflows.package import Resource
    from dataflows.types import Codec

__all__ = ["ROW_NUMBER", "KeySpec", "alike", "kinds_of_both"]

ROW_NUMBER = "#"
"""The name that stands for the number of the row, from 1."""

_BETWEEN = ":"  # a list of fields is as one text in 0.5.12; so it still matches a template
_INTEGER = codec_for({"type": "integer"}, ())
_TEXT = codec_for({"type": "string"}, ())


@dataclass(frozen=True)
class KeySpec:
    """A key: fields, or a text that is made of them.

    Args:
        fields: The names of the fields, in their order; ``#`` is the number of the row.
        template: The text with the names in braces; None for a list of fields.

    Examples:
        >>> KeySpec.read("House of {house}").fields
        ['house']
        >>> KeySpec.read("house").template is None
        True
    """

    fields: list[str]
    template: str | None = None

    @classmethod
    def read(cls, given: Any) -> KeySpec:
        """Return the key that a user gave: a field, a list of fields, or a text with braces.

        Raises:
            ArgumentError: It is none of these.
        """
        if isinstance(given, str) and given and "{" not in given:
            return cls([given])
        if isinstance(given, (list, tuple)) and given and all(isinstance(f, str) for f in given):
            return cls(list(given))
        try:
            pieces = list(Formatter().parse(given)) if isinstance(given, str) else []
        except ValueError as error:
            what = f"the key {given!r} cannot be read: {error}"
            raise ArgumentError(what, fix="name each field in braces: '{city}{day}'.") from error
        fields = [name for _, name, _, _ in pieces if name is not None]
        if not fields or not all(fields):
            what = f"a key is a field, a list of fields or a text with braces, got {shorten(given)}"
            fix = "write for instance ['city', 'day'] or '{city}-{day}'."
            if callable(given):
                fix = "put what it gives into a field first: add_field('key', 'string', …)."
            raise ArgumentError(what, fix=fix)
        return cls(fields, given)

    @property
    def plain_frame(self) -> list[str] | None:
        """What stands around the fields in the template, where these are not formatted."""
        frame: list[str] = []
        for literal, name, format_, conversion in Formatter().parse(self.template or ""):
            if format_ or conversion:
                return None
            frame += [literal] if name is None else [literal, ""]
        return frame

    def check(self, resource: Resource) -> None:
        """Check that the resource has the fields.

        Raises:
            UnknownFieldError: It has not.
        """
        names = resource.fields.field_names
        for field in self.fields:
            if field != ROW_NUMBER and field not in names:
                raise no_such_field(field, names)

    def types(self, resource: Resource) -> list[str]:
        """Return the types of the parts."""
        if self.template is not None:
            return ["string"]
        types = {field.name: field.type for field in resource.fields.fields}
        return ["integer" if name == ROW_NUMBER else types[name] for name in self.fields]

    def bound(self, resource: Resource, kinds: list[str] | None = None) -> list[GroupKey]:
        """Return the key for the rows of a resource.

        Args:
            resource: The resource.
            kinds: How the parts are compared, where it is not by their types.
        """
        codecs = codecs_of(resource)
        kinds = kinds or [kind_of(type_) for type_ in self.types(resource)]
        if self.template is not None:
            return [GroupKey(_TEXT, "text", _texts(self.template, self.fields, codecs))]
        return [
            GroupKey(_INTEGER, kind, _numbers)
            if field == ROW_NUMBER
            else GroupKey(codecs[field], kind, _values(field, codecs))
            for field, kind in zip(self.fields, kinds, strict=True)
        ]


def alike(one: KeySpec, other: KeySpec) -> tuple[KeySpec, KeySpec]:
    """Return two keys that are to be compared, field by field where their templates allow it.

    Raises:
        ArgumentError: They have not the same number of fields.

    Examples:
        >>> alike(KeySpec.read("{a}:{b}"), KeySpec.read("{c}:{d}"))[1]
        KeySpec(fields=['c', 'd'], template=None)
    """
    frames = [key.plain_frame for key in (one, other) if key.template is not None]
    if len(one.fields) == len(other.fields) and None not in frames:
        # One field and a text with more in it are two texts; several can only be meant as fields.
        alone = len(one.fields) == len(frames) == 1
        if frames == [["", ""]] if alone else frames[:1] == frames[-1:]:
            return KeySpec(one.fields), KeySpec(other.fields)
    if one.template is not None or other.template is not None:
        return _as_text(one), _as_text(other)
    what = f"the keys {_shown(one)} and {_shown(other)} have not the same number of fields"
    raise ArgumentError(what, fix="give a field of the one for each field of the other.")


def kinds_of_both(one: KeySpec, first: Resource, other: KeySpec, second: Resource) -> list[str]:
    """Return how the parts of two keys are compared.

    Raises:
        FlowError: Values of their types can never be equal.
    """
    kinds = []
    pairs = zip(one.types(first), other.types(second), strict=True)
    for position, (type_, other_type) in enumerate(pairs):
        kind, other_kind = kind_of(type_), kind_of(other_type)
        if "any" in (type_, other_type):
            kinds.append("bytes")
        elif {kind, other_kind} == {"integer", "number"}:
            kinds.append("number")
        elif kind == other_kind and (kind != "bytes" or type_ == other_type):
            kinds.append(kind)
        else:
            field, other_field = one.fields[position], other.fields[position]
            what = (
                f"the keys can never be equal: {field!r} of {first.name!r} is"
                f" {with_article(type_)}, {other_field!r} of {second.name!r} is"
                f" {with_article(other_type)}"
            )
            setting = f"set_type({other_field!r}, type={type_!r}, resources={second.name!r})"
            if other_field == ROW_NUMBER:
                setting = f"set_type({field!r}, type={other_type!r}, resources={first.name!r})"
            fix = f"make them alike before this: {setting}."
            raise FlowError(what, fix=fix)
    return kinds


def _as_text(key: KeySpec) -> KeySpec:
    return (
        key if key.template else KeySpec(key.fields, _BETWEEN.join(f"{{{f}}}" for f in key.fields))
    )


def _shown(key: KeySpec) -> str:
    return repr(key.template or key.fields)


def _numbers(batch: Batch, first: int) -> Column:
    return Column(_INTEGER, values=list(range(first + 1, first + 1 + batch.length)))


def _values(field: str, codecs: dict[str, Codec]) -> Callable[[Batch, int], Column]:
    return lambda batch, _: key_values(batch, [field], codecs)[0]


def _texts(
    template: str, fields: list[str], codecs: dict[str, Codec]
) -> Callable[[Batch, int], Column]:
    """Return what makes the texts of a template; missing where one of its fields is."""
    names = list(dict.fromkeys(fields))
    real = [name for name in names if name != ROW_NUMBER]
    pieces = _pieces(template)

    def column(batch: Batch, first: int) -> Column:
        found = dict(
            zip(real, (one.values for one in key_values(batch, real, codecs)), strict=True)
        )
        if ROW_NUMBER in names:
            found[ROW_NUMBER] = _numbers(batch, first).values
        columns = [
            formatted(shown, name, found[name], batch) if name else [literal] * batch.length
            for literal, name, shown in pieces
        ]
        rows = zip(*columns, strict=True)
        texts = [None if None in row else "".join(row) for row in rows]
        return Column(_TEXT, values=texts)

    return column


def _pieces(template: str) -> list[tuple[str, str, str]]:
    """Return the parts of a template: a text, or a field and the format of its value."""
    pieces = []
    for literal, name, format_, conversion in Formatter().parse(template):
        if literal:
            pieces.append((literal, "", ""))
        if name is not None:
            shown = f"!{conversion}" if conversion else ""
            shown += f":{format_}" if format_ else ""
            pieces.append(("", name, f"{{0{shown}}}"))
    return pieces
