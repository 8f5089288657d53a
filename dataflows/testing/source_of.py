"""source_of: rows whose schema is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, shorten
from dataflows.iterables import add_source, new_resource
from dataflows.package import clone
from dataflows.processor import Hooks, Processor
from dataflows.streams import batches_of_rows, codecs_of, rows_of_their_own
from dataflows.testing.given_schema import GivenSchema, read_schema
from dataflows.tracebacks import short_traceback

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.streams import Stream

__all__ = ["source_of"]


@short_traceback
def source_of(
    rows: Iterable[dict[str, Any]], schema: GivenSchema, name: str | None = None
) -> Processor:
    """Return a source of rows that has a schema of its own, also where there is no row at all.

    A list of rows in a Flow has the fields of its first row, and the types of its values: nothing
    where the list is empty. What `rows_of` makes may be empty.

    Schema: as it is given.
    Rows: as they come; a field that a row leaves out is a missing value.
    Memory: one batch.

    Args:
        rows: Dicts; their values are cast to the types of the schema.
        schema: A Table Schema descriptor, its list of fields, or the type of each field by its
            name.
        name: The resource's name; ``res_<n>`` by default.

    Raises:
        ArgumentError: `rows` are none, or `schema` is no schema.
        FlowError: A field has a type, a format or a constraint that cannot be.

    Examples:
        >>> from dataflows import Flow, add_computed_field
        >>> from dataflows.testing import source_of
        >>> double = add_computed_field("double", "qty * 2")
        >>> Flow(source_of([{"qty": "4"}], {"qty": "integer"}), double).results()[0]
        [[{'qty': 4, 'double': 8}]]
        >>> Flow(source_of([], {"qty": "integer"}), double).results()[0]
        [[]]
    """
    given_rows: Any = rows
    is_text = isinstance(given_rows, (str, bytes))
    if is_text or hasattr(given_rows, "keys") or not hasattr(given_rows, "__iter__"):
        what = f"{shorten(rows)} is not a list of rows"
        raise ArgumentError(what, fix="give a list of dicts, one a row: [{'city': 'Rome'}].")
    given = read_schema(schema)

    def package(package: Package, step: Step) -> None:  # noqa: ARG001 - the hook has it
        described = new_resource(package, name, clone(given.descriptor))
        package.descriptor["resources"].append(described)

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        def batches(stream: Stream) -> Iterator[Batch]:
            codecs = codecs_of(stream.target)
            for batch in batches_of_rows(rows_of_their_own(rows, codecs), list(codecs)):
                stream.tally.added += batch.length
                yield stream.cast(batch, codecs)
                stream.seen += batch.length

        return add_source(streams, step, batches)

    return Processor("source_of", Hooks(package=package, resources=resources), _label(rows))


def _label(rows: Any) -> str:
    return f"source_of({type(rows).__name__} of rows)"
