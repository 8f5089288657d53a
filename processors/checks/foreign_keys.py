"""Foreign keys: values that must be in another resource, and the keys of that resource."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataflows.errors import CastError, FlowError, UnknownResourceError, nearest
from dataflows.processors.checks.expectations import (
    FIX,
    Check,
    Expectation,
    keys_of,
    shown,
    value_of,
)
from dataflows.spill.keys import kind_of
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.on_error import Failure
    from dataflows.package import Package, Resource
    from dataflows.streams import Stream

__all__ = ["ForeignKey", "KnownKeys"]

_NUMBERS = {"integer", "number"}


@dataclass(frozen=True)
class ForeignKey(Expectation):
    """Fields whose values are in fields of another resource, too.

    Args:
        fields: The fields.
        resource: The name of the other resource.
        reference: Its fields.
    """

    fields: tuple[str, ...]
    resource: str
    reference: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The fields."""
        return self.fields

    def check(self, package: Package, step: Step) -> None:
        """Check that both resources stand as they must, and that their fields can be equal.

        Raises:
            FlowError: They do not, or cannot.
        """
        names = package.resource_names
        other = package.get_resource(self.resource)
        if other is None:
            what = f"no resource is named {self.resource!r}"
            raise UnknownResourceError(what, fix=nearest(self.resource, names, "resources"))
        for name in names:
            if name not in step.selected or name == self.resource:
                continue
            if names.index(name) < names.index(self.resource):
                what = f"the resource {name!r} stands before {self.resource!r}, which it refers to"
                raise FlowError(what, fix=f"load {self.resource!r} before {name!r}.")
            resource = package.get_resource(name)
            if resource is not None:
                self._compare(resource, other)

    def _compare(self, resource: Resource, other: Resource) -> None:
        for name, reference in zip(self.fields, self.reference, strict=True):
            own = resource.fields.field(name).get("type", "string")
            its = other.fields.field(reference).get("type", "string")
            if kind_of(own) != kind_of(its) and not {kind_of(own), kind_of(its)} <= _NUMBERS:
                what = f"the field {name!r} ({own}) can never be equal to {reference!r} ({its}) of"
                what += f" {self.resource!r}"
                raise FlowError(what, fix=f"give them one type: set_type({name!r}, type={its!r}).")

    def check_against(self, known: KnownKeys, stream: Stream) -> Check:
        """Return what finds the values that the other resource does not have."""
        codecs = codecs_of(stream.resource, self.fields)
        columns = " and ".join(map(repr, self.reference))
        plural = "s" if len(self.reference) > 1 else ""

        def check(batch: Batch) -> list[Failure]:
            failures: list[Failure] = []
            for index, key in enumerate(keys_of(batch, self.fields, codecs)):
                if key is not None and key not in known.keys[self.reference]:
                    value = value_of(batch, self.fields, index)
                    what = f"{shown(value)} is not in the field{plural} {columns}"
                    what += f" of {self.resource!r}"
                    failures.append((index, value, CastError(what, fix=FIX)))
            return failures

        return check


@dataclass
class KnownKeys:
    """The keys of a resource that others refer to, one set for each list of fields.

    Args:
        keys: The sets, filled as the rows pass.
    """

    keys: dict[tuple[str, ...], set[Any]] = field(default_factory=dict)

    def collect(self, stream: Stream) -> Callable[[Batch], Batch]:
        """Return what takes in the keys of each batch of a stream."""
        codecs = codecs_of(stream.resource)

        def look(batch: Batch) -> Batch:
            for names, known in self.keys.items():
                known.update(keys_of(batch, names, codecs))
            return batch

        return look
