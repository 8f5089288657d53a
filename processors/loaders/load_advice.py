"""The advice of an error about a value, as it holds for what a loader reads.

A type says: ``set_type('qty', type='string')``. But a step after `load` comes too late for a value
that `load` itself refuses: there the options of `load` say it, and for a data package its schema.
"""

from __future__ import annotations

import ast
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dataflows.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["advising", "package_advice", "table_advice"]

_SET_TYPE = re.compile(r"set_type\((.+?)\)(?=, or |\.?$)")
# As a codec says it, or as `fitted_fix` has said it in terms of a step.
_MISSING = re.compile(
    r"(?:set |put update_schema\('[^']*', )missingValues=(\[.*?\])(?:\) before it)?(?=, or |\.?$)"
)


@contextmanager
def advising(advice: Callable[[str], str]) -> Iterator[None]:
    """Let errors about values give this advice."""
    try:
        yield
    except ValidationError as error:
        if error.fix is not None:
            error.fix = advice(error.fix)
        raise


def table_advice(fix: str) -> str:
    """Return the advice in terms of the options of `load`.

    Examples:
        >>> table_advice("make the field a string: set_type('qty', type='string'), or drop it")
        "make the field a string: override_fields={'qty': {'type': 'string'}}, or drop it"
        >>> table_advice("set missingValues=['', 'n/a'], or drop it")
        "pass override_schema={'missingValues': ['', 'n/a']} to load, or drop it"
    """
    fix = _MISSING.sub(r"pass override_schema={'missingValues': \1} to load", fix)
    return _SET_TYPE.sub(lambda found: f"override_fields={_override(found[1])!r}", fix)


def package_advice(fix: str) -> str:
    """Return the advice in terms of the schema of a data package.

    Examples:
        >>> package_advice("make the field a string: set_type('qty', type='string'), or drop it")
        'make the field a string: in the schema of the package, or drop it'
    """
    fix = _MISSING.sub(r"set missingValues=\1 in the schema of the package", fix)
    return _SET_TYPE.sub("in the schema of the package", fix)


def _override(arguments: str) -> dict[str, dict[str, Any]]:
    call = ast.parse(f"set_type({arguments})", mode="eval").body
    assert isinstance(call, ast.Call), arguments
    properties = {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}
    return {ast.literal_eval(call.args[0]): properties}
