"""update_package: what is known about the package as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, shorten
from dataflows.package import clone
from dataflows.processor import Hooks, processor
from dataflows.processors.packages.known_properties import check_properties

if TYPE_CHECKING:
    from dataflows.chain import Step
    from dataflows.package import Package

__all__ = ["update_package"]


@processor
def update_package(**metadata: Any) -> Hooks:
    """Set properties of the package, such as name, title and licenses.

    `add_metadata` is another name for it.

    Schema: unchanged.
    Rows: untouched.
    Memory: none.

    Args:
        **metadata: The properties. ``resources`` is left out, so that a whole descriptor can be
            given; the resources are what the flow makes them.

    Raises:
        ArgumentError: A property is of the wrong kind, or is given without its name.

    Examples:
        >>> from dataflows import Flow, update_package
        >>> package, stats = Flow([{"a": 1}], update_package(title="Letters")).process()
        >>> package.descriptor["title"]
        'Letters'
    """
    check_properties("update_package", metadata)
    given: Any = metadata.get("resources", [])
    if not isinstance(given, (list, tuple)):
        what = f"the resources of a package are a list, got {shorten(given)}"
        raise ArgumentError(what, fix="leave them out: they are what the flow makes them.")
    wanted = clone({key: value for key, value in metadata.items() if key != "resources"})

    def package(package: Package, step: Step) -> None:  # noqa: ARG001 - as hooks are called
        package.descriptor.update(clone(wanted))

    return Hooks(package=package)
