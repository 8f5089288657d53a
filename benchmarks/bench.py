"""Measures the same work done by us and by others, and what else we promise to keep small.

    python benchmarks/bench.py                   all tables, written to benchmarks/README.md
    python benchmarks/bench.py --quick           100,000 rows, one run, nothing written
    python benchmarks/bench.py --memory          besides, the memory that 10 million rows need
    python benchmarks/bench.py --only sort       one task; nothing written
    python benchmarks/bench.py --only sort/ours  one job of it

tasks.py says what is measured. Each job is a whole process, timed from outside; the jobs of a task
run in turn, and the middle one of their times counts. What they write is compared first: where two
differ, nothing is measured.
"""

from __future__ import annotations

import argparse
import compileall
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import machine
from databases import Databases
from tasks import MEMORY_JOBS, TASKS, Job, MemoryJob, Table, Task

HERE = Path(__file__).resolve().parent
WORK = HERE.parent / ".benchmark"
PAGE = HERE / "README.md"
DATABASES = Databases()
START, END = "<!-- results -->", "<!-- end of results -->"
SAMPLE = 100_000
SMALL_SAMPLE = 10_000
# Larger tables are deleted when they are not needed any more.
MOST_KEPT = 1_000_000
MOST_SECONDS_OF_HELP, MOST_SECONDS_TO_ROWS, MOST_LINES_ABOVE = 0.25, 1.5, 3
MEASURES = ["seconds", "against ours", "processor seconds", "peak memory, MB"]


@dataclass(frozen=True)
class Result:
    """The middle of the measures of one job."""

    job: Job
    seconds: float
    cpu_seconds: float
    peak_megabytes: float


def python_of(job: Job) -> Path:
    """Return the Python that runs a job, installed when missing."""
    if not job.requirements:
        return Path(sys.executable)
    return machine.environment(WORK / "environments", job.requirements)


def title(job: Job) -> str:
    """Return what a job is called, with the version of what does it."""
    if not job.package:
        return job.title
    return f"{job.title} {machine.version(python_of(job), job.package)}"


def path_of(table: Table, rows: int) -> Path:
    """Return where the file of a table lies; one in a database is filled from CSV."""
    ending = "csv" if table.form == "postgresql" else table.form
    return WORK / f"{table.kind}-{table.rows or rows}.{ending}"


def written_table(table: Table, rows: int) -> Path:
    """Return the file of a table, made when missing."""
    path = path_of(table, rows)
    if not path.exists():
        count = table.rows or rows
        print(f"writing {count:,} rows of {table.kind} …", flush=True)
        # In a process of its own, so that this one stays small.
        command = [sys.executable, HERE / "data.py", table.kind, str(count), path]
        subprocess.run(command, check=True)
    return path


def source_of(table: Table, rows: int) -> str | Path:
    """Return the file of a table, or the address of the database that holds it."""
    path = written_table(table, rows)
    return DATABASES.filled(path) if table.form == "postgresql" else path


def run_script(
    python: Path, script: str, tables: list[Table], rows: int, output: str = "csv"
) -> tuple[machine.Measured, str | Path]:
    """Run the script of a job once; return what it took and what it wrote."""
    sources = [source_of(table, rows) for table in tables]
    target = DATABASES.empty() if output == "postgresql" else empty_place(script)
    command = [python, HERE / "jobs" / f"{script}.py", *sources, target]
    return machine.measure(command), target


def empty_place(script: str) -> Path:
    """Return where a job writes a file or a folder, without what it wrote before."""
    target = WORK / "out" / script
    if target.is_dir():
        shutil.rmtree(target)
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def run(task: Task, job: Job, rows: int) -> tuple[machine.Measured, str | Path]:
    """Do a job once; return what it took and the file or the address of what it wrote."""
    script = f"{task.name}/{job.script}"
    measured, target = run_script(python_of(job), script, task.tables, rows, task.output)
    if job.times_itself:
        seconds, cpu_seconds = map(float, measured.printed.split())
        measured = replace(measured, seconds=seconds, cpu_seconds=cpu_seconds)
    return measured, Path(target, task.written) if job.writes_folder else target


def written_csv(task: Task, job: Job, rows: int) -> Path:
    """Do a job once; return what it wrote as CSV."""
    written = run(task, job, rows)[1]
    if task.output == "csv":
        return Path(written)
    path = WORK / "out" / task.name / f"{job.script}.csv"
    machine.measure([sys.executable, HERE / "outputs.py", task.output, written, path])
    return path


def agreement(*arguments: str | Path) -> str:
    """Return what agreement.py says of a file, or of the difference between two."""
    return machine.measure([sys.executable, HERE / "agreement.py", *arguments]).printed.strip()


def check_agreement(task: Task, chosen: list[Job], rows: int) -> None:
    """End the benchmark where a job does not write what the reference of the task writes."""
    (reference,) = [job for job in task.jobs if job.script == task.reference]
    wanted: dict[tuple[int, str], str] = {}
    sizes = {job.script: min(rows, SAMPLE) if job.sampled else rows for job in chosen}
    for size in sorted(set(sizes.values())):
        written_csv(task, reference, size).rename(kept_output(task, size))
    for job in chosen:
        size = sizes[job.script]
        option = "--any-order" if job.any_order else "--in-order"
        if (size, option) not in wanted:
            wanted[size, option] = agreement(option, kept_output(task, size))
        path = written_csv(task, job, size)
        if agreement(option, path) != wanted[size, option]:
            difference = agreement(path, kept_output(task, size))
            sys.exit(f"{task.name}: {job.title} writes something else: {difference}")
    print(f"{task.name}: {len(chosen)} jobs agree: {', '.join(wanted.values())}", flush=True)


def kept_output(task: Task, rows: int) -> Path:
    """Return where the output that is right is kept."""
    return WORK / "out" / task.name / f"wanted-{rows}.csv"


def measure_job(task: Task, job: Job, rows: int) -> tuple[float, float, float]:
    """Return the seconds, processor seconds and megabytes of one job."""
    if not job.sampled or rows <= SAMPLE:
        once = run(task, job, rows)[0]
        return once.seconds, once.cpu_seconds, once.peak_megabytes
    small, sample = run(task, job, SMALL_SAMPLE)[0], run(task, job, SAMPLE)[0]
    factor = (rows - SAMPLE) / (SAMPLE - SMALL_SAMPLE)
    seconds = sample.seconds + (sample.seconds - small.seconds) * factor
    cpu_seconds = sample.cpu_seconds + (sample.cpu_seconds - small.cpu_seconds) * factor
    return seconds, cpu_seconds, sample.peak_megabytes


def time_jobs(task: Task, chosen: list[Job], rows: int, runs: int) -> list[Result]:
    """Run all jobs in turn, several times, and return the middle of each."""
    measured: dict[str, list[tuple[float, float, float]]] = {job.script: [] for job in chosen}
    for number in range(runs):
        for job in chosen:
            seconds, cpu_seconds, peak = measure_job(task, job, rows)
            measured[job.script].append((seconds, cpu_seconds, peak))
            name = f"{task.name}/{job.script}"
            print(f"run {number + 1}: {name}: {seconds:.2f} s, {peak:.0f} MB", flush=True)
    results = []
    for job in chosen:
        columns = zip(*measured[job.script], strict=True)
        results.append(Result(job, *map(statistics.median, columns)))
    return results


def kept(text: str, *, holds: bool) -> str:
    """Return what is said of a bound."""
    return text if holds else f"**{text}: missed**"


def bound(result: Result, base: float | None) -> str:
    """Return what is promised of ours against a job, and what is so."""
    job = result.job
    if base is None:
        return ""
    if job.at_most is not None:
        ratio = base / result.seconds
        text = f"ours takes {ratio:.1f} times as long; at most {job.at_most:g}"
        return kept(text, holds=ratio <= job.at_most)
    if job.at_least is not None:
        ratio = result.seconds / base
        text = f"ours is {ratio:.2f} times as fast; at least {job.at_least:g}"
        return kept(text, holds=ratio >= job.at_least)
    return ""


def size_of(task: Task, rows: int) -> str:
    """Return how large the tables of a task are."""
    files = [written_table(table, rows) for table in task.tables]
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    counts = " and ".join(f"{table.rows or rows:,}" for table in task.tables)
    return f"{counts} rows, {megabytes:.0f} MB"


def result_table(task: Task, results: list[Result], rows: int) -> list[str]:
    """Return the table of the jobs of a task as Markdown."""
    ours = task.jobs[0]
    base = next((result.seconds for result in results if result.job is ours), None)
    bounds = [bound(result, base) for result in results]
    more, line = (" bound |", " --- |") if any(bounds) else ("", "")
    lines = [
        f"| {task.title}: {size_of(task, rows)} | {' | '.join(MEASURES)} |{more}",
        f"| --- | ---: | ---: | ---: | ---: |{line}",
    ]
    for result, promised in zip(results, bounds, strict=True):
        ratio = f"{result.seconds / base:.2f}" if base else ""
        mark = " ¹" if result.job.sampled and rows > SAMPLE else ""
        cells = [
            f"{title(result.job)}{mark}",
            f"{result.seconds:.2f}",
            ratio,
            f"{result.cpu_seconds:.2f}",
            f"{result.peak_megabytes:.0f}",
            *([promised] if more else []),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def needs_server(tables: list[Table], output: str = "") -> bool:
    """Return whether tables are in a database of a server, or what is written goes there."""
    return "postgresql" in (output, *(table.form for table in tables))


def measured_task(task: Task, chosen: list[Job], rows: int, runs: int) -> list[str]:
    """Return the table of a task whose outputs agree, as Markdown."""
    if needs_server(task.tables, task.output) and DATABASES.missing:
        print(f"{task.name}: left out: {DATABASES.missing}", flush=True)
        return [f"Left out is “{task.title}”: {DATABASES.missing}."]
    check_agreement(task, chosen, rows)
    return result_table(task, time_jobs(task, chosen, rows, runs), rows)


def note_on_samples(rows: int) -> list[str]:
    """Return what is to be known of the jobs that did not do all rows."""
    if rows <= SAMPLE:
        return []
    return [
        f"¹ Run on {SMALL_SAMPLE:,} and on {SAMPLE:,} rows; what a row more took is scaled.",
        "Its memory is that of the larger sample.",
        "",
    ]


def middle_of(command: list[str | Path], runs: int) -> list[float]:
    """Return the middle of each number that a script prints."""
    printed = [machine.measure(command).printed.split() for _ in range(runs)]
    return [statistics.median(map(float, column)) for column in zip(*printed, strict=True)]


def other_measures(rows: int, runs: int) -> list[str]:
    """Return the other things we keep small, as Markdown."""
    python = Path(sys.executable)
    measures = HERE / "measures"
    phase, phase_memory = middle_of([python, measures / "package_phase.py"], runs)
    functions, _ = middle_of([python, measures / "many_functions.py"], runs)
    (delay,) = middle_of([python, measures / "live_source.py"], 1)
    sales = written_table(Table("sales"), rows)
    megabytes = sales.stat().st_size / 1e6
    first_rows, lines_above = middle_of([python, measures / "first_table.py", sales], runs + 2)

    def wall(*command: str | Path) -> float:
        return statistics.median(machine.measure(list(command)).seconds for _ in range(runs + 2))

    nothing = wall(python, "-c", "pass")
    imported = wall(python, "-c", "import dataflows")
    helped = wall(python.parent / "dataflows", "--help")
    measured = {
        "100 resources of one row, five `set_type`": f"{phase:.2f} s, {phase_memory:.0f} MB",
        "1,000 row functions in one flow, 1,000 rows": f"{functions:.2f} s",
        "`import dataflows`, above an empty Python": f"{(imported - nothing) * 1000:.0f} ms",
        "`dataflows --help`, the whole process; at most 250 ms": (
            kept(f"{helped * 1000:.0f} ms", holds=helped <= MOST_SECONDS_OF_HELP)
        ),
        f"`dataflows init` on {megabytes:.0f} MB of CSV, until it shows rows; at most 1.5 s": (
            kept(f"{first_rows:.2f} s", holds=first_rows <= MOST_SECONDS_TO_ROWS)
        ),
        "the lines that it shows above them; at most 3": (
            kept(f"{lines_above:.0f}", holds=lines_above <= MOST_LINES_ABOVE)
        ),
        "a source of ten rows a second: the latest a row was seen downstream": (
            f"{delay * 1000:.1f} ms"
        ),
    }
    rows = [f"| {what} | {amount} |" for what, amount in measured.items()]
    return ["| what else | measured |", "| --- | ---: |", *rows]


def memory(chosen: list[MemoryJob], rows: int) -> list[str]:
    """Return how much memory a table and one of ten times its rows need, as Markdown."""
    many = rows * 10
    measures = [f"MB for {rows:,} rows", f"MB for {many:,} rows", "seconds", "bound"]
    lines = [
        f"| dataflows, peak memory of all processes | {' | '.join(measures)} |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for number, job in enumerate(chosen):
        if needs_server(job.tables) and DATABASES.missing:
            print(f"{job.script}: left out: {DATABASES.missing}", flush=True)
            continue
        peaks, seconds = [], 0.0
        for count in (rows, many):
            measured, written = run_script(Path(sys.executable), job.script, job.tables, count)
            shutil.rmtree(Path(written))
            peaks.append(measured.peak_megabytes)
            seconds = measured.seconds
        print(f"{job.script}: {peaks[0]:.0f} and {peaks[1]:.0f} MB, {seconds:.1f} s", flush=True)
        promised = ""
        if job.at_most_megabytes is not None:
            limit = job.at_most_megabytes
            promised = kept(f"at most {limit:g} MB", holds=peaks[1] <= limit)
        if job.at_most_times is not None:
            ratio = peaks[1] / peaks[0]
            text = f"{ratio:.2f} times as much; at most {job.at_most_times:g}"
            promised = kept(text, holds=ratio <= job.at_most_times)
        cells = [job.title, *(f"{peak:.0f}" for peak in peaks), f"{seconds:.1f}", promised]
        lines.append(f"| {' | '.join(cells)} |")
        later = {path_of(table, many) for one in chosen[number + 1 :] for table in one.tables}
        for table in job.tables:
            if (table.rows or many) > MOST_KEPT and path_of(table, many) not in later:
                path_of(table, many).unlink()
    return lines


def write_page(lines: list[str]) -> None:
    """Put the results between the markers of README.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.partition(START)[0], page.partition(END)[2]
    content = "\n".join([START, "", *lines, "", END])
    PAGE.write_text(f"{before}{content}{after}", encoding="utf-8")


def chosen_names(only: str | None) -> set[str]:
    """Return the scripts to run, as `task/job`."""
    names = {f"{task.name}/{job.script}" for task in TASKS for job in task.jobs}
    names |= {job.script for job in MEMORY_JOBS}
    if not only:
        return names
    chosen = set()
    for wanted in only.split(","):
        found = {name for name in names if wanted in (name, name.partition("/")[0])}
        if not found:
            sys.exit(f"there is no task or job {wanted!r}; the jobs: {', '.join(sorted(names))}")
        chosen |= found
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the tables (1,000,000)")
    parser.add_argument("--runs", type=int, default=3, help="of which the middle one counts (3)")
    parser.add_argument("--only", help="tasks, or jobs as task/job, with commas between")
    parser.add_argument("--quick", action="store_true", help="100,000 rows, one run")
    parser.add_argument("--memory", action="store_true", help="besides, ten times the rows")
    options = parser.parse_args()
    rows, runs = (SAMPLE, 1) if options.quick else (options.rows, options.runs)
    names = chosen_names(options.only)
    # What pip installs it also compiles; our own code is used where it lies, so that is done here.
    for folder in ("dataflows", "processors"):
        compileall.compile_dir(HERE.parent / folder, quiet=2)
    lines = [f"{machine.describe()}.", ""]
    for task in TASKS:
        chosen = [job for job in task.jobs if f"{task.name}/{job.script}" in names]
        if chosen:
            lines += [*measured_task(task, chosen, int(rows * task.times_rows), runs), ""]
    lines += note_on_samples(rows)
    if not options.only:
        lines += [*other_measures(rows, runs), ""]
    if options.memory:
        lines += [*memory([job for job in MEMORY_JOBS if job.script in names], rows), ""]
    print("", *lines, sep="\n")
    if not options.quick and not options.only:
        write_page(lines[:-1])


if __name__ == "__main__":
    with DATABASES:
        main()
