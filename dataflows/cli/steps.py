"""From a look at data to the steps of its flow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dataflows.cli.script import Call, Step
from dataflows.errors import shorten

if TYPE_CHECKING:
    from dataflows.cli.look import Look
    from dataflows.types.inference import Against, Inference

__all__ = ["choose_steps"]

# The rows of so few strange values may leave the table; of more, a person should see them first.
_FEW = 0.01
_SOME = 0.5
_MOST_NOTES = 12
_LONGEST_NAME = 40
# A person would choose these as well, or would see in the script at once that they are wrong.
_PLAIN_SUGGESTIONS = {"decimalChar", "groupChar", "trueValues"}
_TYPES_TO_ASK_FOR = {"integer", "number", "boolean", "date", "datetime", "time"}
_WEAKER = {"integer": ("number", "string", "any"), "geojson": ("object", "string", "any")}


def choose_steps(look: Look, source: str, *, name: str, title: str, output: str) -> list[Step]:
    """Return the steps that data needs, with what was seen as comments.

    Args:
        look: What was found.
        source: The address of the data.
        name: The name of the package, and of its table where there is only one.
        title: The title of the package.
        output: The folder to write to.
    """
    options: dict[str, Any] = {}
    comments: list[str] = []
    typing: list[Step] = []
    if look.rows is None:
        tables = "1 table" if len(look.resources) == 1 else f"{len(look.resources):,} tables"
        comments.append(f"{tables}: " + shorten(list(look.resources))[1:-1])
    else:
        options["name"] = name
        whole = "rows" if look.is_whole else "rows (the first)"
        comments.append(f"{look.rows:,} {whole} of {len(look.inferences):,} fields were looked at")
        typing = _type_fields(look, options, comments)
    return [
        Step("load", (source,), options, tuple(comments)),
        *typing,
        Step("update_package", (), {"name": name, "title": title}),
        Step("dump_to_path", (output,)),
    ]


def _type_fields(look: Look, options: dict[str, Any], comments: list[str]) -> list[Step]:
    """Return the steps that give types; add options and comments to the step that loads."""
    if len(look.missing_values) > 1:
        shown = ", ".join(map(repr, look.missing_values[1:]))
        comments.append(
            f"these stand where numbers or dates should, and are missing values: {shown}"
        )
        options["override_schema"] = {"missingValues": list(look.missing_values)}
    steps = []
    overrides: dict[str, dict[str, Any]] = {}
    notes = []
    for loaded, inference in zip(look.loaded, look.inferences, strict=True):
        shown = shorten(inference.descriptor["name"], _LONGEST_NAME)
        step = _ask_for_type(inference)
        if step is not None:
            steps.append(step)
            if loaded.get("type") not in ("string", "any"):
                overrides[loaded["name"]] = {"type": "string", "format": "default"}
        elif _is_weaker(loaded, inference):
            overrides[loaded["name"]] = {
                key: inference.descriptor[key] for key in ("type", "format")
            }
            if inference.against:
                notes.append(f"{shown}: {inference.against[0]}")
        if step is None:
            notes += [f"{shown}: {note}" for note in inference.notes]
            if inference.descriptor["type"] in ("string", "any"):
                notes += [f"{shown}: {one}" for one in inference.against if _are_some(one)]
    comments += notes[:_MOST_NOTES]
    if len(notes) > _MOST_NOTES:
        comments.append(f"… and {len(notes) - _MOST_NOTES:,} more notes")
    if overrides:
        options["override_fields"] = overrides
    if not look.is_whole:
        comments.append("rows further on that do not fit go to the rejects, while they are few")
        options["on_error"] = Call("rejects", {"max_rate": _FEW})
    return steps


def _ask_for_type(inference: Inference) -> Step | None:
    """Return the step that gives a type to a field of text, where it nearly has one."""
    name, type_ = inference.descriptor["name"], inference.descriptor["type"]
    if type_ not in ("string", "any"):
        return None
    options = {} if _is_plain_pattern(name) else {"regex": False}
    suggestion = inference.suggestion
    if suggestion and (suggestion["type"] == "date" or _PLAIN_SUGGESTIONS & suggestion.keys()):
        comments = (*inference.notes, f"all {inference.seen:,} values fit")
        return Step("set_type", (name,), {**suggestion, **options}, ("; ".join(comments),))
    against = next(iter(inference.against), None)
    if (
        against is None
        or against.type not in _TYPES_TO_ASK_FOR
        or inference.notes
        or against.count > against.of * _FEW
    ):
        return None
    asked = {"type": against.type}
    if against.format != "default":
        asked["format"] = against.format
    return Step(
        "set_type", (name,), {**asked, **options, "on_error": Call("rejects")}, (str(against),)
    )


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
