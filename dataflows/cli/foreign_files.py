"""Files in the place of an output that no former run has written there."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.cli.asking import ask_to_replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflows.chain import Run

__all__ = ["ask_about_foreign_files", "foreign_files"]

_DESCRIPTOR = "datapackage.json"
_COUNTED = "count_of_rows"
_MOST_SHOWN = 3


def ask_about_foreign_files(run: Run) -> None:
    """Ask before a run replaces files that are no former output; where nobody answers, refuse.

    A former output is replaced without a question: to run a flow again is what it is made for.

    Args:
        run: The run, after its package phase.

    Raises:
        CallError: There are such files, and nobody can be asked.
        SystemExit: Somebody was asked, and does not want it.
    """
    packages = [step.package for step in run.every_step() if "dump" in step.state]
    planned = [one for package in (*packages, run.package) for one in package.resources]
    found = foreign_files(run.outputs, {"resources": [one.descriptor for one in planned]})
    if not found:
        return
    shown = ", ".join(found[:_MOST_SHOWN])
    if len(found) > _MOST_SHOWN:
        shown = f"{shown} and {len(found) - _MOST_SHOWN} more"
    told = f"{shown} would be replaced, which no flow has written"
    fix = "add --force to replace them, or write to another folder."
    ask_to_replace(told, "Replace?", fix=fix)


def foreign_files(outputs: Iterable[str], descriptor: dict[str, Any]) -> list[str]:
    """Return the files that are in the place of an output and that no former run has written.

    Of a folder that is told by the descriptor there: it lists what belongs to it. A single file and
    a table tell nothing of who has written them.

    Args:
        outputs: The paths by which the outputs are loaded.
        descriptor: That of the package to be written.

    Examples:
        >>> folder = Path("sales"); folder.mkdir()
        >>> _ = (folder / "a.csv").write_text("mine")
        >>> foreign_files(["sales/datapackage.json"], {"resources": [{"path": "a.csv"}]})
        ['sales/a.csv']
    """
    planned = _paths_of(descriptor)
    found: list[str] = []
    for output in outputs:
        path = Path(output)
        if "://" in output:
            continue
        if path.name == _DESCRIPTOR:
            found += map(str, _foreign_in(path.parent, planned))
        elif path.suffix.lower() == ".zip" and path.exists() and not _is_package(path):
            found.append(output)
    return found


def _foreign_in(folder: Path, planned: dict[str, None]) -> list[Path]:
    descriptor = folder / _DESCRIPTOR
    former: Any = None
    if descriptor.exists():
        try:
            former = json.loads(descriptor.read_bytes())
        except (OSError, ValueError):
            former = None
    known = _paths_of(former)
    found = [folder / path for path in planned if path not in known and (folder / path).is_file()]
    counted = isinstance(former, dict) and _COUNTED in former
    is_ours = counted or any(path in known for path in planned)
    return found if is_ours or not descriptor.exists() else [*found, descriptor]


def _paths_of(descriptor: Any) -> dict[str, None]:
    """Return the paths of the resources of a package, whatever it is that says to be one."""
    resources = descriptor.get("resources") if isinstance(descriptor, dict) else None
    listed = resources if isinstance(resources, list) else []
    found = [one.get("path") for one in listed if isinstance(one, dict)]
    paths = [path for one in found for path in (one if isinstance(one, list) else [one])]
    return dict.fromkeys(path for path in paths if isinstance(path, str))


def _is_package(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as opened:
            return _DESCRIPTOR in opened.namelist()
    except (OSError, zipfile.BadZipFile):
        return False
