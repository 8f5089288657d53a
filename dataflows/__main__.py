"""Run the command line: `dataflows`, or `python -m dataflows`.

It is a module of its own so that Ctrl-C is answered in one line also while Python still imports.
"""

from __future__ import annotations

import sys

__all__ = ["main"]

_STOPPED = 130


def main() -> None:
    """Run the command line.

    Raises:
        SystemExit: When it is done, with its exit code.
    """
    try:
        from dataflows.cli import main as run

        run(prog_name="dataflows")
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        raise SystemExit(_STOPPED) from None


if __name__ == "__main__":
    main()
