"""append_missing: the rows of another resource whose keys are not there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.processor import Hooks, processor
from dataflows.processors.groups.key_spec import KeySpec, alike
from dataflows.processors.joins.appending import Appending

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["append_missing"]


@processor
def append_missing(
    source_name: str,
    source_key: str | Sequence[str],
    target_name: str,
    target_key: str | Sequence[str],
    source_delete: bool = True,
) -> Hooks:
    """Append the rows of another resource that have new keys.

    Other tools call this insert or ignore: an upsert that never updates.

    Schema: the target gets the fields of the source that it has not. Fields of the same name must
        be of the same type, but an integer goes into a number, and everything into ``any``. The
        primary key stays where it is the key.
    Rows: those of the target, in their order, then those of the source that it has no key of, in
        theirs. A field that is not in the resource of a row is missing there.
    Memory: the different keys of the target, which spill to disk when they are many; the source
        waits on disk.

    Args:
        source_name: The resource whose rows are appended; it stands before the target.
        source_key: Its key: a field, a list of fields, or a text such as ``"{city}-{year}"``. A
            field of the key goes into that of the target, whatever their names.
        target_name: The resource that gets them.
        target_key: Its key, with as many fields. Keys are compared as values: 1 is 1.0, and is not
            ``"1"``. A row of the source without a value in its key is appended. So are all rows
            that have the same new key.
        source_delete: Whether the source ends here; else it goes on, as it was.

    Raises:
        ArgumentError: A key is none of these, or the keys have not the same number of fields.
        UnknownResourceError: There is no such resource.
        UnknownFieldError: There is no such field.
        FlowError: The source stands after the target, the keys can never be equal, or the types of
            a field do not go together.

    Examples:
        >>> from dataflows import Flow, append_missing
        >>> new = [{"id": 2, "city": "Roma"}, {"id": 3, "city": "Oslo"}]
        >>> old = [{"id": 1, "city": "Bonn"}, {"id": 2, "city": "Rome"}]
        >>> for row in Flow(new, old, append_missing("res_1", "id", "res_2", "id")).results()[0][0]:
        ...     print(row)
        {'id': 1, 'city': 'Bonn'}
        {'id': 2, 'city': 'Rome'}
        {'id': 3, 'city': 'Oslo'}
    """
    keys = alike(KeySpec.read(source_key), KeySpec.read(target_key))
    made = Appending((source_name, keys[0]), (target_name, keys[1]), delete=source_delete)
    return Hooks(package=made.package, resources=made.resources)
