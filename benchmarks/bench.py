"""Measures the same job done by us and by others, and what else we promise to keep small.

    python benchmarks/bench.py            the whole table, written to benchmarks/README.md
    python benchmarks/bench.py --quick    100,000 rows, one run, nothing written
    python benchmarks/bench.py --memory   besides, 10 million rows against 1 million

Each job is a whole process, timed from outside; the jobs run in turn, and the middle one of their
times counts. What they write is compared first: where two differ, nothing is measured.
"""

from __future__ import annotations

import argparse
import compileall
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import machine

HERE = Path(__file__).resolve().parent
WORK = HERE.parent / ".benchmark"
PAGE = HERE / "README.md"
START, END = "<!-- results -->", "<!-- end of results -->"
SAMPLE = 100_000
SMALL_SAMPLE = 10_000
OURS = "ours_functions"
REFERENCE = "by_hand"
MEASURES = ["seconds", "against ours", "processor seconds", "peak memory, MB"]


@dataclass(frozen=True)
class Job:
    """One way to do the job: a script, its title, and the Python that runs it."""

    script: str
    title: str
    python: Path = Path(sys.executable)
    # Too slow for all rows: it runs on two samples, and what a row more takes is scaled.
    sampled: bool = False

    @property
    def writes_folder(self) -> bool:
        """Whether the job writes a data package, rather than a file."""
        return "dataflows" in self.script or "ours" in self.script


@dataclass(frozen=True)
class Result:
    """The middle of the measures of one job."""

    job: Job
    seconds: float
    cpu_seconds: float
    peak_megabytes: float


def jobs() -> list[Job]:
    """Return all jobs, ours first."""
    # What pip installs it also compiles; our own code is used where it lies, so that is done here.
    for folder in ("dataflows", "processors"):
        compileall.compile_dir(HERE.parent / folder, quiet=2)
    environments = WORK / "environments"
    before = machine.environment(environments, "dataflows-0.5.12", "dataflows==0.5.12")
    petl = machine.environment(environments, "petl", "petl")
    polars, duckdb = (machine.version(Path(sys.executable), name) for name in ("polars", "duckdb"))
    return [
        Job(OURS, "dataflows, Python function and filter"),
        Job("ours_whole_rows", "dataflows, functions that take whole rows"),
        Job("ours_expressions", "dataflows, ready-made steps only"),
        Job("with_dataflows_0_5_12", "dataflows 0.5.12", before, sampled=True),
        Job("with_petl", f"petl {machine.version(petl, 'petl')}", petl),
        Job(REFERENCE, "`csv.DictReader` loop, written by hand"),
        Job("with_polars", f"polars {polars}"),
        Job("with_duckdb", f"DuckDB {duckdb}"),
    ]


def table(rows: int) -> Path:
    """Return the file with the rows to read, made when missing."""
    path = WORK / f"sales-{rows}.csv"
    if not path.exists():
        print(f"writing {rows:,} rows …", flush=True)
        # In a process of its own, so that this one stays small.
        subprocess.run([sys.executable, HERE / "data.py", str(rows), path], check=True)
    return path


def run(job: Job, rows: int) -> tuple[machine.Measured, Path]:
    """Do a job once; return what it took and the file it wrote."""
    target = WORK / "out" / job.script
    if target.is_dir():
        shutil.rmtree(target)
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    measured = machine.measure(
        [job.python, HERE / "jobs" / f"{job.script}.py", table(rows), target]
    )
    return measured, target / "sales.csv" if job.writes_folder else target


def agreement(*paths: Path) -> str:
    """Return what agreement.py says of a file, or of the difference between two."""
    return machine.measure([sys.executable, HERE / "agreement.py", *paths]).printed.strip()


def check_agreement(chosen: list[Job], rows: int) -> None:
    """End the benchmark where a job does not write what the loop by hand writes."""
    wanted = {}
    for size in sorted({min(rows, SAMPLE), rows}):
        path = run(Job(REFERENCE, ""), size)[1]
        kept = path.rename(path.with_name(f"wanted-{size}.csv"))
        wanted[size] = kept, agreement(kept)
    for job in chosen:
        size = min(rows, SAMPLE) if job.sampled else rows
        kept, digest = wanted[size]
        path = run(job, size)[1]
        if agreement(path) != digest:
            sys.exit(f"{job.title} writes something else: {agreement(path, kept)}")
    print(f"{len(chosen)} jobs agree: {wanted[rows][1]}", flush=True)


def time_jobs(chosen: list[Job], rows: int, runs: int) -> list[Result]:
    """Run all jobs in turn, several times, and return the middle of each."""
    measured: dict[str, list[tuple[float, float, float]]] = {job.script: [] for job in chosen}
    for number in range(runs):
        for job in chosen:
            if job.sampled and rows > SAMPLE:
                small, sample = run(job, SMALL_SAMPLE)[0], run(job, SAMPLE)[0]
                factor = (rows - SAMPLE) / (SAMPLE - SMALL_SAMPLE)
                seconds = sample.seconds + (sample.seconds - small.seconds) * factor
                cpu = sample.cpu_seconds + (sample.cpu_seconds - small.cpu_seconds) * factor
                peak = sample.peak_megabytes
            else:
                once = run(job, rows)[0]
                seconds, cpu, peak = once.seconds, once.cpu_seconds, once.peak_megabytes
            measured[job.script].append((seconds, cpu, peak))
            print(f"run {number + 1}: {job.title}: {seconds:.2f} s, {peak:.0f} MB", flush=True)
    results = []
    for job in chosen:
        columns = zip(*measured[job.script], strict=True)
        results.append(Result(job, *map(statistics.median, columns)))
    return results


def result_table(results: list[Result], rows: int) -> list[str]:
    """Return the table of the jobs as Markdown."""
    base = next((result.seconds for result in results if result.job.script == OURS), None)
    megabytes = table(rows).stat().st_size / 1e6
    lines = [
        f"| {rows:,} rows × 8 columns, {megabytes:.0f} MB | {' | '.join(MEASURES)} |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for result in results:
        ratio = f"{result.seconds / base:.2f}" if base else ""
        mark = " ¹" if result.job.sampled and rows > SAMPLE else ""
        lines.append(
            f"| {result.job.title}{mark} | {result.seconds:.2f} | {ratio} "
            f"| {result.cpu_seconds:.2f} | {result.peak_megabytes:.0f} |"
        )
    if any(result.job.sampled for result in results) and rows > SAMPLE:
        lines += [
            "",
            f"¹ Run on {SMALL_SAMPLE:,} and on {SAMPLE:,} rows; what a row more took is scaled.",
            "Its memory is that of the larger sample.",
        ]
    return lines


def middle_of(command: list[str | Path], runs: int) -> list[float]:
    """Return the middle of each number that a script prints."""
    printed = [machine.measure(command).printed.split() for _ in range(runs)]
    return [statistics.median(map(float, column)) for column in zip(*printed, strict=True)]


def other_measures(runs: int) -> list[str]:
    """Return the other things we keep small, as Markdown."""
    python = Path(sys.executable)
    measures = HERE / "measures"
    phase, phase_memory = middle_of([python, measures / "package_phase.py"], runs)
    functions, _ = middle_of([python, measures / "many_functions.py"], runs)
    (delay,) = middle_of([python, measures / "live_source.py"], 1)

    def wall(*command: str | Path) -> float:
        return statistics.median(machine.measure(list(command)).seconds for _ in range(runs + 2))

    nothing = wall(python, "-c", "pass")
    imported = wall(python, "-c", "import dataflows")
    helped = wall(python.parent / "dataflows", "--help")
    measured = {
        "100 resources of one row, five `set_type`": f"{phase:.2f} s, {phase_memory:.0f} MB",
        "1,000 row functions in one flow, 1,000 rows": f"{functions:.2f} s",
        "`import dataflows`, above an empty Python": f"{(imported - nothing) * 1000:.0f} ms",
        "`dataflows --help`, the whole process": f"{helped * 1000:.0f} ms",
        "a source of ten rows a second: the latest a row was seen downstream": (
            f"{delay * 1000:.1f} ms"
        ),
    }
    rows = [f"| {what} | {amount} |" for what, amount in measured.items()]
    return ["| what else | measured |", "| --- | ---: |", *rows]


def memory(rows: int) -> list[str]:
    """Return how much memory ten times the rows need, as Markdown."""
    lines = ["| rows | peak memory, MB | seconds |", "| ---: | ---: | ---: |"]
    job = Job(OURS, "")
    for count in (rows, rows * 10):
        measured, written = run(job, count)
        lines.append(f"| {count:,} | {measured.peak_megabytes:.0f} | {measured.seconds:.1f} |")
        shutil.rmtree(written.parent)
    table(rows * 10).unlink()
    return lines


def write_page(lines: list[str]) -> None:
    """Put the results between the markers of README.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.partition(START)[0], page.partition(END)[2]
    content = "\n".join([START, "", *lines, "", END])
    PAGE.write_text(f"{before}{content}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the table (1,000,000)")
    parser.add_argument("--runs", type=int, default=3, help="of which the middle one counts (3)")
    parser.add_argument("--only", help="jobs, by the names of their scripts, with commas between")
    parser.add_argument("--quick", action="store_true", help="100,000 rows, one run")
    parser.add_argument("--memory", action="store_true", help="besides, ten times the rows")
    options = parser.parse_args()
    rows, runs = (SAMPLE, 1) if options.quick else (options.rows, options.runs)
    chosen = [job for job in jobs() if not options.only or job.script in options.only.split(",")]
    described = machine.describe()
    check_agreement(chosen, rows)
    lines = [f"{described}.", "", *result_table(time_jobs(chosen, rows, runs), rows)]
    if not options.only:
        lines += ["", *other_measures(runs)]
    if options.memory:
        lines += ["", *memory(rows)]
    print("", *lines, sep="\n")
    if not options.quick and not options.only:
        write_page(lines)


if __name__ == "__main__":
    main()
