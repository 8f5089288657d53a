"""From a look at data to the steps of its flow."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dataflows.cli.init.evidence import find_key, mixed_dates, repeated_rows, tell_of_fields
from dataflows.cli.init.layout import spread_inference, tell_of_edges, tell_of_layout
from dataflows.cli.init.look import stacked
from dataflows.cli.init.script import Call, Step
from dataflows.cli.init.wording import against_in, describe_table, described_type, shown_name
from dataflows.errors import shorten
from dataflows.package import unique_name
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflows.cli.init.look import Look
    from dataflows.cli.init.sources import Loading
    from dataflows.types.inference import Against, Inference

__all__ = ["Found", "choose_steps", "load_steps", "planned_types", "table_names"]

# The rows of so few strange values may leave the table; of more, a person should see them first.
_FEW = 0.01
_SOME = 0.5
_MOST_NOTES = 12
# A person would choose these as well, or would see in the script at once that they are wrong.
_PLAIN_SUGGESTIONS = {"bareNumber", "decimalChar", "groupChar", "trueValues"}
_TYPES_TO_ASK_FOR = {"integer", "number", "boolean", "date", "datetime", "time"}
_WEAKER = {"integer": ("number", "string", "any"), "geojson": ("object", "string", "any")}

Found = tuple["Loading", "list[Look]"]
"""A call of `load`, and what was seen of its tables."""


def choose_steps(found: Sequence[Found], *, name: str, title: str, output: str) -> list[Step]:
    """Return the steps that data needs, with what was seen as comments.

    Args:
        found: What was found, for each call of `load`.
        name: The name of the package, and of its table where there is only one.
        title: The title of the package.
        output: The folder to write to.
    """
    return [
        *load_steps(found, name),
        Step("update_package", (), {"name": name, "title": title}),
        Step("dump_to_path", (output,)),
    ]


def load_steps(found: Sequence[Found], name: str) -> list[Step]:
    """Return the steps that load data and give its fields their types.

    Args:
        found: What was found, for each call of `load`.
        name: The name of the table where there is only one.
    """
    is_one = len(found) == 1 and len(found[0][1]) == 1
    loads: list[Step] = []
    typing: list[Step] = []
    for (loading, seen), names in zip(found, table_names(found, name), strict=True):
        looks = [replace(look, resource=one) for look, one in zip(seen, names, strict=True)]
        options = dict(loading.options)
        if not _is_package(seen) and len(seen) == 1 and (is_one or names[0] != seen[0].resource):
            options["name"] = names[0]
        is_package = _is_package(seen)
        comments: list[str] = []
        if is_package:
            comments.append(_tables(looks))
        else:
            typing += _type_tables(looks, options, comments, loading.notes, scoped=not is_one)
        loads.append(Step("load", (loading.source,), options, tuple(comments)))
    return [*loads, *typing]


def table_names(found: Sequence[Found], name: str) -> list[list[str]]:
    """Return the names of the tables, each once, for each call of `load`.

    Args:
        found: What was found, for each call of `load`.
        name: The name of the table where there is only one.
    """
    is_one = len(found) == 1 and len(found[0][1]) == 1
    taken: list[str] = []
    names = []
    for loading, looks in found:
        own = []
        for look in looks:
            base = name if is_one and not _is_package(looks) else look.resource
            own.append(unique_name(str(loading.options.get("name", base)), taken))
            taken.append(own[-1])
        names.append(own)
    return names


def _is_package(looks: Sequence[Look]) -> bool:
    return bool(looks) and looks[0].is_typed and looks[0].table is None


def planned_types(look: Look, steps: Sequence[Step]) -> list[str]:
    """Return the type of each field of the first table after these steps.

    Args:
        look: The table, as it was seen.
        steps: The steps of the flow.
    """
    types = {str(one["name"]): str(one.get("type", "string")) for one in look.loaded}
    loads = [step for step in steps if step.name == "load"]
    for name, properties in (loads[0].options if loads else {}).get("override_fields", {}).items():
        types[name] = str(properties["type"])
    for step in steps:
        if look.resource not in (step.options.get("resources") or [look.resource]):
            continue
        if step.name in ("set_type", "parse_dates") and step.arguments[0] in types:
            types[step.arguments[0]] = step.options.get("type", "date")
    words = set(look.missing_values) != {""}
    if words:
        for inference in look.inferences:
            name = inference.descriptor["name"]
            if types[name] == "string" and inference.seen:
                types[name] = str(inference.descriptor["type"])
    return [types[name] for name in look.names]


def _tables(looks: Sequence[Look]) -> str:
    names = [look.resource for look in looks]
    return f"{counted(len(looks), 'table')}: {shorten(names)[1:-1]}"


def _type_tables(
    looks: Sequence[Look],
    options: dict[str, Any],
    comments: list[str],
    notes: Sequence[str],
    *,
    scoped: bool,
) -> list[Step]:
    """Return the steps for the tables of one `load`; add options and comments to it."""
    whole = stacked(looks) if looks else None
    if whole is None:
        comments.append(_tables(looks))
        steps = []
        for look in looks:
            own = [describe_table(look)]
            steps += _Table(look, {}, own, [look.resource], owns_load=False).steps()
            comments += [f"{look.resource}: {note}" for note in own]
        return steps
    if len(looks) > 1:
        comments.append(_tables(looks))
        comments.append(
            "their fields are the same: dataflows init --blueprint merge-files makes one table"
        )
    scope = [str(options.get("name", look.resource)) for look in looks] if scoped else None
    comments += [describe_table(whole), *notes]
    return _Table(whole, options, comments, scope).steps()


@dataclass
class _Table:
    """A table, on the way to its steps.

    Args:
        look: What was found.
        options: The options of the step that loads it.
        comments: The comments of that step.
        scope: Its resources, where there are others.
        owns_load: Whether the options of that step are for this table alone.
    """

    look: Look
    options: dict[str, Any]
    comments: list[str]
    scope: list[str] | None
    owns_load: bool = True
    notes: list[str] = field(default_factory=list)
    overrides: dict[str, dict[str, Any]] = field(default_factory=dict)

    def steps(self) -> list[Step]:
        """Return the steps; add options and comments to the step that loads."""
        look = self.look
        self.notes += tell_of_layout(look)
        steps = [] if look.is_typed else self._types()
        key, told = find_key(look)
        repeated = repeated_rows(look)
        if repeated is not None:
            self.notes.append(f'{repeated}; deduplicate(key="*") would keep the first of each')
        self.notes += [*told, *tell_of_fields(look)]
        if key is not None:
            steps += self._key(key)
        self.comments += self.notes[:_MOST_NOTES]
        if len(self.notes) > _MOST_NOTES:
            self.comments.append(f"… and {len(self.notes) - _MOST_NOTES:,} more notes")
        if self.overrides and self.owns_load:
            self.options["override_fields"] = self.overrides
        if not look.is_whole and not look.is_typed and self.owns_load:
            self.comments.append(
                "rows further on that do not fit go to the rejects, while they are few"
            )
            self.options["on_error"] = Call("rejects", {"max_rate": _FEW})
        return steps

    def _types(self) -> list[Step]:
        look = self.look
        if len(look.missing_values) > 1:
            shown = ", ".join(map(repr, look.missing_values[1:]))
            self.comments += look.kept_apart
            self.comments.append(f"so these are missing values: {shown}")
            self.options["override_schema"] = {"missingValues": list(look.missing_values)}
        steps = []
        inferences = [spread_inference(look, place) for place in range(len(look.inferences))]
        for place, (loaded, inference) in enumerate(zip(look.loaded, inferences, strict=True)):
            before = len(self.notes)
            step = self._dates(place) or self._ask(inference)
            is_told = len(self.notes) > before
            name = shown_name(inference.descriptor["name"])
            if step is not None:
                steps.append(step)
                if loaded.get("type") not in ("string", "any"):
                    self.overrides[loaded["name"]] = {"type": "string", "format": "default"}
                continue
            if _is_weaker(loaded, inference):
                self.overrides[loaded["name"]] = {
                    key: inference.descriptor[key] for key in ("type", "format")
                }
                self.notes += [against_in(loaded["name"], one) for one in inference.against[:1]]
            self.notes += [f"{name}: {note}" for note in inference.notes]
            if inference.descriptor["type"] in ("string", "any") and not is_told:
                self.notes += [
                    against_in(loaded["name"], one) for one in inference.against if _are_some(one)
                ]
        self.notes += tell_of_edges(look, inferences)
        return steps

    def _dates(self, place: int) -> Step | None:
        """Return the step that reads dates that are written in several ways."""
        inference = self.look.inferences[place]
        if inference.descriptor["type"] != "string" or inference.suggestion or inference.notes:
            return None
        dates = mixed_dates(self.look, place)
        if dates is None:
            return None
        if dates.options is None:
            self.notes.append(dates.told)
            return None
        options = dict(dates.options)
        arguments = [inference.descriptor["name"]]
        if "formats" in options:
            arguments.append(options.pop("formats"))
        if "on_error" in options:
            options["on_error"] = Call("rejects")
        elif not self.look.is_whole:
            options["on_error"] = Call("rejects", {"max_rate": _FEW})
        return self._step("parse_dates", tuple(arguments), options, dates.told)

    def _ask(self, inference: Inference) -> Step | None:
        """Return the step that gives a type to a field of text, where it nearly has one."""
        name, type_ = inference.descriptor["name"], inference.descriptor["type"]
        if type_ not in ("string", "any"):
            return None
        suggestion = inference.suggestion
        if suggestion and (suggestion["type"] == "date" or _PLAIN_SUGGESTIONS & suggestion.keys()):
            kind = described_type(suggestion)
            told = f"all {inference.seen:,} values of {shown_name(name)} are {kind}"
            return self._step("set_type", (name,), dict(suggestion), told)
        against = next(iter(inference.against), None)
        if (
            against is None
            or against.type not in _TYPES_TO_ASK_FOR
            or inference.notes
            or against.count > against.of * _FEW
        ):
            return None
        asked: dict[str, Any] = {"type": against.type}
        if against.format != "default":
            asked["format"] = against.format
        asked["on_error"] = Call("rejects")
        return self._step("set_type", (name,), asked, against_in(name, against))

    def _key(self, key: str) -> list[Step]:
        rows = f"{self.look.rows:,}"
        if not self.look.is_whole:
            self.notes.append(
                f"{shown_name(key)} is different in each of the first {rows} rows: "
                f"set_primary_key([{key!r}]) says that it is the key"
            )
            return []
        told = f"all {rows} values of {shown_name(key)} are there, and no two are the same"
        options = {} if self.scope is None else {"resources": self.scope}
        return [Step("set_primary_key", ([key],), options, (told,))]

    def _step(
        self, step: str, arguments: tuple[Any, ...], options: dict[str, Any], told: str
    ) -> Step:
        if not _is_plain_pattern(arguments[0]):
            options["regex"] = False
        if self.scope is not None:
            options["resources"] = self.scope
        return Step(step, arguments, options, (told,))


def _are_some(against: Against) -> bool:
    return against.count <= against.of * _SOME and against.type in _TYPES_TO_ASK_FOR


def _is_weaker(loaded: dict[str, Any], inference: Inference) -> bool:
    """Tell whether the rows looked at show that `load`, which looks at fewer, goes too far."""
    found, given = inference.descriptor, loaded.get("type", "string")
    if not inference.seen:
        return False
    if found["type"] == given == "date":
        return bool(found["format"] != loaded.get("format"))
    return found["type"] in _WEAKER.get(given, ("string", "any")) and given not in ("string", "any")


def _is_plain_pattern(name: str) -> bool:
    """Tell whether a name, taken as a pattern, matches itself and nothing else."""
    return not re.search(r"[\\.^$*+?{}\[\]|()]", name)
