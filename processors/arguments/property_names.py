"""Names of properties that are given as options, of which a descriptor may have any."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, nearest, shorten
from dataflows.telling import warn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["check_field_properties", "check_property_names"]

_OF_A_FIELD = (
    *("name", "type", "format", "constraints", "title", "description", "rdfType"),
    *("example", "examples"),  # the second is JSON Schema's, and in use
    *("decimalChar", "groupChar", "bareNumber", "trueValues", "falseValues", "outputFormat"),
)
_CONSTRAINTS = (
    *("required", "unique", "enum", "pattern"),
    *("minimum", "maximum", "minLength", "maxLength"),
)
_NEARLY = 0.75
_BETWEEN_WORDS = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")


def check_property_names(given: Iterable[str], known: Sequence[str], whose: str) -> None:
    """Refuse a name that is nearly that of a known property; others are a user's own.

    One that has another word beside the known one, such as ``es:title``, is no slip of the pen.

    Args:
        given: The names.
        known: The properties that flows know.
        whose: What has them.

    Raises:
        ArgumentError: One is misspelt.

    Examples:
        >>> check_property_names(["type", "unit", "es:type"], ["type", "format"], "field")
        >>> check_property_names(["typ"], ["type", "format"], "field")
        Traceback (most recent call last):
        dataflows.errors.ArgumentError: a field has no property 'typ'
          fix: did you mean 'type'? One of your own needs a name that is less like it.
    """
    for name in given:
        words = list(filter(None, _BETWEEN_WORDS.split(name)))
        for meant in () if name in known else known:
            if len(words) > 1 and meant in map(str.lower, words):
                continue
            if SequenceMatcher(None, name.casefold(), meant.casefold()).ratio() >= _NEARLY:
                fix = f"did you mean {meant!r}? One of your own needs a name that is less like it."
                raise ArgumentError(f"a {whose} has no property {name!r}", fix=fix)


def check_field_properties(given: Mapping[str, Any], missing: str) -> None:
    """Refuse misspelt properties and constraints of a field; warn of others that do nothing.

    Args:
        given: The properties.
        missing: How one sets the missing values of a schema there, ``{}`` in the place of these.

    Raises:
        ArgumentError: One is misspelt, or there is no such constraint.

    Examples:
        >>> check_field_properties({"constraints": {"minium": 4}}, "")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        dataflows.errors.ArgumentError: there is no constraint 'minium'
          fix: did you mean 'minimum'? The constraints here are: required, unique, enum, ...
        >>> check_field_properties({"examples": ["4"], "unit": "kg"}, "")
    """
    if "missingValues" in given:  # a warning: scripts for 0.5.12 may have it, and go on
        fix = missing.format(shorten(given["missingValues"]))
        warn(f"missingValues of one field do nothing; set those of the schema: {fix}")
    check_property_names(given, _OF_A_FIELD, "field")
    constraints = given.get("constraints")
    for name in constraints if isinstance(constraints, dict) else ():
        if name not in _CONSTRAINTS:
            fix = nearest(name, _CONSTRAINTS, "constraints")
            raise ArgumentError(f"there is no constraint {name!r}", fix=fix)
