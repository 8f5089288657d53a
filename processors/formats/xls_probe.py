"""A first opening of an XLS file in a process of its own.

In some damaged files of that old format the reader asks for more memory than there is, and then
its whole process ends. So one that matters to nobody tries first.
"""

from __future__ import annotations

import subprocess
import sys

from dataflows.errors import SourceLoadError

__all__ = ["check_xls"]

_MOST_BYTES = 1 << 30
_TIMEOUT_SECONDS = 60
_WRONG = 3
_TRY = f"""
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({_MOST_BYTES}, {_MOST_BYTES}))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except (ImportError, ValueError, OSError):
    pass  # some systems have no such limits: there it is the process alone that protects
from python_calamine import CalamineError, CalamineWorkbook
try:
    with open(sys.argv[1], "rb") as file:
        CalamineWorkbook.from_filelike(file)
except CalamineError:
    pass  # it will be told where the file is read
except BaseException:
    sys.exit({_WRONG})
"""


def check_xls(path: str) -> None:
    """Open an XLS file elsewhere.

    Raises:
        SourceLoadError: The process came to harm.
    """
    if not sys.executable:
        return
    try:
        done = subprocess.run(  # noqa: S603 - it is this very Python
            [sys.executable, "-P", "-c", _TRY, path],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        is_well = done.returncode == 0
    except subprocess.TimeoutExpired:
        is_well = False
    if not is_well:
        what = f"{path}: the file cannot be read as a spreadsheet: it is damaged, or far too large"
        raise SourceLoadError(what, fix="check that the file is whole: does it open elsewhere?")
