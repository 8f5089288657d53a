"""JSONFormat: the class that scripts subclass to write JSON files of their own, row by row."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from dataflows.errors import RowError, shorten
from dataflows.processors.formats.file_format import FileFormat
from dataflows.processors.formats.json_writer import JsonWriter
from dataflows.types.plain import plain_serializer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflows.package import Resource, Schema

__all__ = ["JSONFormat", "json_text"]


class _Number(float):
    """A number for whoever has the row: a float, which remembers its digits."""

    digits = ""


def _number(value: Any) -> Any:
    found = _Number(value)
    found.digits = str(value)
    return found


class JSONFormat(FileFormat):
    r"""Writes the rows of a JSON file; subclass it and pass it to a dumper in ``file_formatters``.

    Args:
        file: The file, open for text.
        schema: The schema.
        options: Those of `FileFormat`.

    Examples:
        >>> from pathlib import Path
        >>> from dataflows import Flow, dump_to_path
        >>> class Lines(JSONFormat):
        ...     def initialize_file(self, file):
        ...         pass
        ...     def write_transformed_row(self, row):
        ...         self.file.write(json.dumps(row) + "\n")
        ...     def finalize_file(self):
        ...         pass
        >>> dump = dump_to_path("out", format="json", file_formatters={"json": Lines})
        >>> _ = Flow([{"city": "Rome"}, {"city": None}], dump).process()
        >>> Path("out/res_1.json").read_text()
        '{"city": "Rome"}\n{"city": null}\n'
    """

    SERIALIZERS: ClassVar[dict[str, Callable[[Any], Any]]] = {
        **{
            kind: plain_serializer(kind)
            for kind in ("date", "time", "datetime", "duration", "yearmonth")
        },
        "number": _number,
        "geopoint": lambda point: [float(one) for one in point],
    }
    PYTHON_DIALECT: ClassVar[dict[str, dict[str, Any]]] = {
        kind: dict(dialect) for kind, dialect in JsonWriter.dialects.items()
    }

    def __init__(self, file: Any, schema: Schema, **options: Any) -> None:
        options.setdefault("default_serializer", _as_it_is)
        super().__init__(file, schema, **options)
        self.between = ""
        self.initialize_file(file)

    @classmethod
    def prepare_resource(cls, resource: Resource, options: Mapping[str, Any] | None = None) -> None:
        """Say in ``resource.descriptor`` how the file will be written."""
        # A class of the user's may have options of its own.
        given = {
            name: one for name, one in (options or {}).items() if name in JsonWriter.options_known
        }
        JsonWriter.describe(resource.descriptor, given)
        super().prepare_resource(resource)

    def initialize_file(self, file: Any) -> None:
        """Write what comes before the first row."""
        file.write("[")

    def write_transformed_row(self, row: dict[str, Any]) -> None:
        """Write a row as an object with sorted keys.

        Raises:
            RowError: A value that JSON has no form for.
        """
        self.file.write(self.between + json_text(row))
        self.between = ","

    def finalize_file(self) -> None:
        """Write what comes after the last row."""
        self.file.write("]")


def json_text(row: dict[str, Any]) -> str:
    """Return a row as the text of a JSON object; numbers keep their digits.

    Raises:
        RowError: A value that JSON has no form for.

    Examples:
        >>> json_text({"b": _number(Decimal("1.50")), "a": {"day": datetime.date(2026, 1, 31)}})
        '{"a": {"day": "2026-01-31"}, "b": 1.50}'
    """
    return "{" + ", ".join(f"{json.dumps(key)}: {_text(row[key])}" for key in sorted(row)) + "}"


def _text(value: Any) -> str:
    try:
        text = json.dumps(value, sort_keys=True, default=_inside, allow_nan=False)
    except (TypeError, ValueError) as error:
        what = f"JSON has no form for {shorten(value)}: {error}"
        raise RowError(what, fix="set the type of its field to string, or map the value.") from None
    return value.digits if isinstance(value, _Number) else text


def _inside(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    message = f"a {type(value).__name__} is not JSON"
    raise TypeError(message)


def _as_it_is(value: Any) -> Any:
    return value
