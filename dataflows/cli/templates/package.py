"""my_step: a processor that changes what is said of the data, not its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.processor import Hooks, processor

if TYPE_CHECKING:
    from dataflows.chain import Step
    from dataflows.package import Package

__all__ = ["my_step"]


@processor
def my_step(title: str) -> Hooks:
    """Give the package a title, and every resource one with its name.

    Schema: unchanged.
    Rows: untouched.
    Memory: none.

    Args:
        title: The title.

    Examples:
        >>> from dataflows import Flow
        >>> package, stats = Flow([{"city": "Rome"}], my_step("World")).process()
        >>> package.descriptor["title"], package.descriptor["resources"][0]["title"]
        ('World', 'World: res_1')
    """

    def package(package: Package, step: Step) -> None:  # noqa: ARG001 - what the engine calls
        package.descriptor["title"] = title
        for resource in package.descriptor["resources"]:
            resource["title"] = f"{title}: {resource['name']}"

    return Hooks(package=package)
