"""How soon `dataflows init` shows the first rows of a file, and how much it says before that.

Prints the seconds from the start of the process to the last of the rows, and the lines above them.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

SHOWN_ROWS = 5

dataflows = Path(sys.executable).parent / "dataflows"
with tempfile.TemporaryDirectory() as folder:
    Path(folder, "sales.csv").symlink_to(Path(sys.argv[1]).resolve())
    start = perf_counter()
    command = [dataflows, "init", "sales.csv", "--no-run"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        above = None
        for number, line in enumerate(process.stdout):
            if above is None and line.startswith("#"):
                above = number
            if above is not None and line.startswith(f"{SHOWN_ROWS}  "):
                print(perf_counter() - start, above)
                break
        else:
            raise SystemExit("no rows were shown")
        process.stdout.read()
    if process.returncode != 0:
        raise SystemExit(process.returncode)
