"""Where the source is, and under which names it is imported.

In the repository `dataflows.processors` stands in the folder `processors`, beside `dataflows`.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TREES = {"dataflows": ROOT / "dataflows", "dataflows.processors": ROOT / "processors"}


def _modules() -> dict[str, Path]:
    found = {}
    for package, folder in TREES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = [package, *path.relative_to(folder).with_suffix("").parts]
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


# The file of every module, by the name under which it is imported.
MODULES = _modules()


def packages() -> list[str]:
    """Return the names of the modules that are folders."""
    return [name for name, path in MODULES.items() if path.name == "__init__.py"]


def installed_path(module: str) -> str:
    """Return where a module stands in an installation, relative to its root.

    Examples:
        >>> installed_path("dataflows.errors")
        'dataflows/errors.py'
    """
    end = "/__init__.py" if MODULES[module].name == "__init__.py" else ".py"
    return module.replace(".", "/") + end


def repository_files(*endings: str) -> list[Path]:
    """Return the files that are committed or could be, with one of the endings (all without)."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    paths = [ROOT / name for name in sorted(set(listed)) if name]
    return [
        path for path in paths if path.is_file() and (not endings or path.name.endswith(endings))
    ]
