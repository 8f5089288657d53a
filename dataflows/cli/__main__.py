"""Run the command line as a module: `python -m dataflows.cli`."""

from __future__ import annotations

from dataflows.cli import main

if __name__ == "__main__":
    main(prog_name="dataflows")
