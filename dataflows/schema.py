"""Schema and Field, as they travel through a flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import UnknownFieldError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Field", "Schema"]


class Field:
    """One field of a schema.

    Args:
        descriptor: The Table Schema field descriptor.
        missing_values: Texts that stand for a missing value.

    Examples:
        >>> Field({"name": "qty", "type": "integer"}).cast_value("12")
        12
    """

    __slots__ = ("descriptor", "missing_values")

    def __init__(self, descriptor: dict[str, Any], missing_values: Iterable[str] = ("",)) -> None:
        self.descriptor = descriptor
        self.missing_values = list(missing_values)

    @property
    def name(self) -> str:
        """The field's name."""
        return str(self.descriptor.get("name"))

    @property
    def type(self) -> str:
        """The field's Table Schema type."""
        return str(self.descriptor.get("type", "string"))

    @property
    def format(self) -> str | None:
        """The field's format."""
        format: str | None = self.descriptor.get("format", "default")
        return format

    @property
    def constraints(self) -> dict[str, Any]:
        """The field's constraints."""
        return self.descriptor.get("constraints") or {}

    @property
    def required(self) -> bool:
        """Whether the field must have a value in every row."""
        return bool(self.constraints.get("required", False))

    def cast_value(self, value: Any, constraints: bool = True) -> Any:
        """Return `value` as the field's type.

        Raises:
            CastError: The value does not fit the type or, unless switched off, a constraint.
        """
        from dataflows.types import codec_for

        descriptor = self.descriptor
        if not constraints:
            descriptor = {k: v for k, v in descriptor.items() if k != "constraints"}
        return codec_for(descriptor, self.missing_values).cast(value)

    def test_value(self, value: Any, constraints: bool = True) -> bool:
        """Tell whether `value` fits."""
        from dataflows.errors import CastError

        try:
            self.cast_value(value, constraints)
        except CastError:
            return False
        return True

    def __repr__(self) -> str:
        """Show the name and the type."""
        return f"Field({self.name!r}, {self.type})"


class Schema:
    """The fields of a resource, in their order.

    Args:
        descriptor: The Table Schema descriptor.
    """

    __slots__ = ("descriptor",)

    def __init__(self, descriptor: dict[str, Any] | None = None) -> None:
        self.descriptor = {"fields": []} if descriptor is None else descriptor
        self.descriptor.setdefault("fields", [])

    @property
    def fields(self) -> list[Field]:
        """The fields, in their order."""
        missing = self.missing_values
        return [Field(field, missing) for field in self.descriptor["fields"]]

    @property
    def field_names(self) -> list[str]:
        """The names of the fields, in their order."""
        return [field["name"] for field in self.descriptor["fields"]]

    @property
    def missing_values(self) -> list[str]:
        """The texts that stand for a missing value."""
        return list(self.descriptor.get("missingValues", [""]))

    @property
    def primary_key(self) -> list[str]:
        """The names of the primary key's fields; empty without one."""
        key = self.descriptor.get("primaryKey") or []
        return [key] if isinstance(key, str) else list(key)

    @property
    def foreign_keys(self) -> list[dict[str, Any]]:
        """The foreign keys, as their descriptors."""
        return list(self.descriptor.get("foreignKeys") or [])

    def get_field(self, name: str) -> Field | None:
        """Return the field of that name, or None."""
        for field in self.descriptor["fields"]:
            if field["name"] == name:
                return Field(field, self.missing_values)
        return None

    def field(self, name: str) -> dict[str, Any]:
        """Return the descriptor of the field of that name.

        Raises:
            UnknownFieldError: There is none; the nearest name is offered.
        """
        for field in self.descriptor["fields"]:
            if field["name"] == name:
                found: dict[str, Any] = field
                return found
        what = f"no field named {name!r}"
        raise UnknownFieldError(what, fix=nearest(name, self.field_names))

    def __repr__(self) -> str:
        """Show the fields and their types."""
        return f"Schema({', '.join(f'{f.name}: {f.type}' for f in self.fields)})"
