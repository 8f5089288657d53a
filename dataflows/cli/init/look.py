"""A look at data, for `dataflows init`: its rows as they come, and the types that they suggest."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import chain
from time import monotonic
from typing import TYPE_CHECKING, Any

from dataflows.types.inference import Against, Inference, infer_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.processor import Processor
    from dataflows.streams import Stream

__all__ = ["Look", "look_at", "stacked", "weigh"]

_MOST_ROWS = 20_000
_MOST_CELLS = 250_000
_MOST_SECONDS = 5

_MISSING_WORDS = {
    *("-", "--", "---", "–", "—", "?", ".", "..", "...", "*"),
    *("n/a", "na", "n.a.", "n.a", "#n/a", "null", "none", "nil", "nan", "<na>", "(null)", "\\n"),
    *("missing", "unknown", "not available", "not applicable"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a table found.

    Args:
        resource: The name of the table.
        loaded: Its field descriptors as `load` gives them.
        columns: For each field the values that were looked at, as they come.
        inferences: The types that they suggest, with the evidence.
        missing_values: The texts that are taken for missing values.
        kept_apart: What these words kept from being numbers, dates and so on.
        is_whole: Whether these are all rows of the table.
        is_typed: Whether the source itself says which types the fields have.
        keys: The primary key that the source has.
        table: The table as it was opened, where there is one file or one table of a database.
        mended: What had to be mended while it was read, such as short rows, counted.
    """

    resource: str
    loaded: tuple[dict[str, Any], ...] = ()
    columns: tuple[list[Any], ...] = ()
    inferences: tuple[Inference, ...] = ()
    missing_values: tuple[str, ...] = ("",)
    kept_apart: tuple[str, ...] = ()
    is_whole: bool = True
    is_typed: bool = False
    keys: tuple[str, ...] = ()
    table: Any = None
    mended: tuple[tuple[str, int], ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of the fields."""
        return [str(descriptor["name"]) for descriptor in self.loaded]

    @property
    def rows(self) -> int:
        """How many rows were looked at."""
        return len(self.columns[0]) if self.columns else 0


@dataclass(slots=True)
class _Seen:
    """The columns of a table, as far as they were read."""

    names: list[str]
    most: int
    columns: list[list[Any]] = field(default_factory=list)
    is_whole: bool = True

    def take(self, batch: Batch) -> bool:
        """Take the values of a batch; return whether more are wanted."""
        if not self.columns:
            self.columns = [[] for _ in self.names]
        room = self.most - len(self.columns[0]) if self.columns else 0
        kept = batch if batch.length <= room else batch.slice(0, room)
        for values, name in zip(self.columns, self.names, strict=True):
            values.extend(kept.column(name).values)
        self.is_whole = batch.length <= room
        return self.is_whole


def look_at(source: str, options: dict[str, Any] | None = None) -> list[Look]:
    """Read the beginning of each table of a source, and find the types of its fields.

    Args:
        source: What `load` takes.
        options: The options of `load` for it.

    Raises:
        ProcessorError: It cannot be read.
    """
    from dataflows import Flow, load

    is_declared = _is_package(source)
    tables: list[Any] = []
    mended: dict[str, dict[str, int]] = {}
    seen: dict[str, _Seen] = {}
    loader = load(source, cast_strategy=load.CAST_DO_NOTHING, **(options or {}))
    stream = Flow(loader, _looking(seen, tables, mended)).datastream()
    assert stream.dp is not None
    resources = stream.dp.descriptor["resources"]
    for resource in resources:
        names = [descriptor["name"] for descriptor in resource["schema"]["fields"]]
        cells = _MOST_CELLS // len(resources) // max(1, len(names))
        seen[resource["name"]] = _Seen(names, max(1, min(_MOST_ROWS, cells)))
    _read(iter(stream.res_iter))
    looks = []
    for number, resource in enumerate(resources):
        found, schema = seen[resource["name"]], resource["schema"]
        table = tables[number] if len(tables) == len(resources) else None
        looks.append(
            weigh(
                resource["name"],
                schema["fields"],
                found.columns or [[] for _ in found.names],
                is_whole=found.is_whole,
                is_typed=is_declared or getattr(table, "fields", None) is not None,
                keys=schema.get("primaryKey", ()),
                table=table,
                mended=tuple(mended.get(resource["name"], {}).items()),
            )
        )
    return looks


def _looking(
    seen: dict[str, _Seen], tables: list[Any], mended: dict[str, dict[str, int]]
) -> Processor:
    """Return the step that takes the columns of what is loaded, and lets no row pass."""
    from dataflows.processor import Hooks, Processor

    def package(_: Package, step: Step) -> None:
        opened = (getattr(one, "table", None) for one in step.run.opened)
        tables.extend(table for table in opened if table is not None)

    def batches(stream: Stream) -> Iterator[Batch]:
        name = stream.resource.name
        found, end = seen[name], monotonic() + _MOST_SECONDS
        mended[name] = stream.run.steps[0].account.tally_of(name).notes
        for batch in stream:
            stream.tally.filtered += batch.length
            if not found.take(batch):
                return
            if monotonic() > end:
                found.is_whole = False  # a live source may have no end
                return
            yield from ()

    return Processor("look", Hooks(package=package, batches=batches), "look")


def _read(tables: Iterator[Any]) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the run of the script shows them
            for table in tables:
                for _ in table:
                    pass
    finally:
        if isinstance(tables, Generator):
            tables.close()


def stacked(looks: Sequence[Look]) -> Look | None:
    """Return tables with the same fields as one; None where their fields differ.

    Args:
        looks: The tables.
    """
    first = looks[0]
    if len(looks) == 1:
        return first
    if any(look.names != first.names or look.is_typed for look in looks):
        return None
    columns = [
        list(chain.from_iterable(parts))
        for parts in zip(*(look.columns for look in looks), strict=True)
    ]
    weakest = [
        next((one for one in parts if one["type"] in ("string", "any")), parts[0])
        for parts in zip(*(look.loaded for look in looks), strict=True)
    ]
    is_whole = all(look.is_whole for look in looks)
    mended: Counter[str] = Counter()
    for look in looks:
        mended.update(dict(look.mended))
    return weigh(first.resource, weakest, columns, is_whole=is_whole, mended=tuple(mended.items()))


def weigh(
    resource: str,
    loaded: Sequence[dict[str, Any]],
    columns: Sequence[list[Any]],
    *,
    is_whole: bool,
    is_typed: bool = False,
    keys: Sequence[str] | str = (),
    table: Any = None,
    mended: tuple[tuple[str, int], ...] = (),
) -> Look:
    """Find the types that values suggest, with words for missing values taken as such.

    Args:
        resource: The name of the table.
        loaded: Its field descriptors as `load` gives them.
        columns: For each field its values, as they come.
        is_whole: Whether these are all rows.
        is_typed: Whether the source itself says which types the fields have.
        keys: The primary key that the source has.
        table: The table as it was opened.
        mended: What had to be mended while it was read, counted.
    """
    names = [descriptor["name"] for descriptor in loaded]
    missing: tuple[str, ...] = ("",)
    inferences = [infer_field(*one) for one in zip(names, columns, strict=True)]
    kept_apart: list[str] = []
    if not is_typed:
        words, kept_apart = _missing_words(inferences, columns)
        missing = ("", *words)
        if words:
            inferences = [
                infer_field(*one, missing_values=missing)
                for one in zip(names, columns, strict=True)
            ]
    return Look(
        resource,
        tuple(loaded),
        tuple(columns),
        tuple(inferences),
        missing,
        tuple(kept_apart),
        is_whole,
        is_typed,
        (keys,) if isinstance(keys, str) else tuple(keys),
        table,
        mended,
    )


def _is_package(source: str) -> bool:
    return source.split("?", maxsplit=1)[0].rstrip("/").lower().endswith("datapackage.json")


def _missing_words(
    inferences: list[Inference], columns: Sequence[list[Any]]
) -> tuple[list[str], list[str]]:
    """Return the words that are all that keeps a field from its type, and are text nowhere else.

    A schema has missing values for all its fields: in a field of texts, `NA` may be Namibia.

    Returns:
        The words, and for each field what they kept it from.
    """
    from dataflows.cli.init.wording import against_in

    words: dict[str, None] = {}
    kept: dict[int, str] = {}
    strangers: dict[int, list[str]] = {}
    for column, inference in enumerate(inferences):
        against = _words_against(inference, columns[column])
        if against is not None:
            strangers[column] = [value for value, _ in against.examples]
            words |= dict.fromkeys(strangers[column])
            kept[column] = against_in(inference.descriptor["name"], against)
    for column, inference in enumerate(inferences):
        if words and column not in kept and inference.descriptor["type"] in ("string", "any"):
            texts = {value for value in columns[column] if isinstance(value, str)}
            words = {word: None for word in words if word not in texts}
    told = [
        text for column, text in kept.items() if any(word in words for word in strangers[column])
    ]
    return list(words), told


def _words_against(inference: Inference, values: list[Any]) -> Against | None:
    """Return what speaks against a type, where it is but words for missing values."""
    if inference.descriptor["type"] not in ("string", "any"):
        return None
    for against in inference.against[:1]:
        if against.distinct == len(against.examples) and all(
            _means_missing(value) for value, _ in against.examples
        ):
            return against
    found: dict[Any, int] = {}
    count = 0
    for row, value in enumerate(values, 1):
        if _means_missing(value):
            found.setdefault(value, row)
            count += 1
    if not 0 < 2 * count <= inference.seen:
        return None
    # Numbers with a comma and the like are told of only where every value is one.
    without = infer_field(inference.descriptor["name"], values, missing_values=("", *found))
    if without.suggestion is None:
        return None
    kind, format_ = without.suggestion["type"], without.suggestion.get("format", "default")
    return Against(kind, format_, count, inference.seen, len(found), tuple(found.items()))


def _means_missing(value: Any) -> bool:
    return isinstance(value, str) and value.strip().casefold() in _MISSING_WORDS
