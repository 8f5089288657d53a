"""Files that may be replaced by new ones: those that are files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["must_be_replaceable"]

_DEVICES = ("/dev", "/dev/fd", "/proc")


def must_be_replaceable(path: Path, shown: str) -> None:
    """Refuse a device, a pipe and the like, which a new file would take away from everybody.

    Args:
        path: What is to be replaced; its folder is a real path.
        shown: The path as it was given.

    Raises:
        OutputError: Something is there that is no file.

    Examples:
        >>> from pathlib import Path
        >>> must_be_replaceable(Path("cities.csv"), "cities.csv")
    """
    is_special = path.exists() and not path.is_file()
    # Where standard output goes to a file, /dev/stdout is a link to that.
    is_link_to_open_file = path.is_symlink() and (
        str(path.parent) in _DEVICES[:-1] or path.is_relative_to(_DEVICES[-1])
    )
    if is_special or is_link_to_open_file:
        what = f"cannot replace {shown!r}: it is a device, a pipe or the like, and no file"
        fix = "name a file; or open it yourself, and give dump_to_file(open(…, 'wb'))."
        raise OutputError(what, fix=fix)
