"""What is measured: the tasks, the jobs that do each, and what is promised of their figures."""

from __future__ import annotations

from dataclasses import dataclass

# Its loader of tables from databases fails with a newer SQLAlchemy.
BEFORE = ("dataflows==0.5.12", "psycopg2-binary", "sqlalchemy<2")
BEFORE_TITLE = "dataflows 0.5.12"


@dataclass(frozen=True)
class Job:
    """One way to do a task: a script in the folder of the task."""

    script: str
    title: str
    # The package whose version the title names.
    package: str = ""
    # What is installed in an environment of its own; by default the job runs in ours.
    requirements: tuple[str, ...] = ()
    # Whether it writes a data package rather than a file.
    writes_folder: bool = False
    # Too slow for all rows: it runs on two samples, and what a row more takes is scaled.
    sampled: bool = False
    # It prints the seconds and processor seconds that count, instead of being timed as a whole.
    times_itself: bool = False
    # Its rows come in another order than they should: only which rows there are is compared.
    any_order: bool = False
    # The whole job takes at most so many times as long as this one, or at least so many times less.
    at_most: float | None = None
    at_least: float | None = None


@dataclass(frozen=True)
class Table:
    """A table to read, of a kind that data.py knows; without `rows` of the size asked for."""

    kind: str
    rows: int | None = None
    # A file with this ending, or a table `sales` in `postgresql`.
    form: str = "csv"


@dataclass(frozen=True)
class Task:
    """Work that several jobs do, and that must come out the same; the first job is ours."""

    name: str
    title: str
    tables: list[Table]
    # The file in the data packages of those that write one.
    written: str
    # The script whose output is right.
    reference: str
    jobs: list[Job]
    # What outputs.py or agreement.py reads: csv, parquet, sqlite or postgresql.
    output: str = "csv"
    # How many times the rows asked for.
    times_rows: float = 1


@dataclass(frozen=True)
class MemoryJob:
    """A job of ours, run for the memory it needs: the peak of all its processes together."""

    title: str
    script: str
    tables: list[Table]
    # Promised for ten million rows.
    at_most_megabytes: float | None = 600
    # Promised for ten times the rows, whatever they are.
    at_most_times: float | None = None


SALES = [Table("sales")]
STORED_SALES = [Table("sales", form="postgresql")]
PARQUET_SALES = [Table("sales", form="parquet")]
ORDERS = [Table("customers", 100_000), Table("orders")]

TASKS = [
    Task(
        "row_functions",
        "load, a function of the row, filter, dump",
        SALES,
        "sales.csv",
        "by_hand",
        [
            Job("ours_functions", "dataflows, Python function and filter", writes_folder=True),
            Job("ours_whole_rows", "dataflows, functions that take whole rows", writes_folder=True),
            Job("ours_expressions", "dataflows, ready-made steps only", writes_folder=True),
            Job(
                "with_dataflows_0_5_12",
                BEFORE_TITLE,
                requirements=BEFORE,
                writes_folder=True,
                sampled=True,
            ),
            Job("with_petl", "petl", "petl", requirements=("petl",)),
            Job("by_hand", "`csv.DictReader` loop, written by hand"),
            Job("with_polars", "polars", "polars"),
            Job("with_duckdb", "DuckDB", "duckdb"),
        ],
    ),
    Task(
        "sort",
        "sort by a text field",
        SALES,
        "sales.csv",
        "with_duckdb",
        [
            Job("ours", "dataflows, `sort_rows`", writes_folder=True),
            Job(
                "with_dataflows_0_5_12",
                BEFORE_TITLE,
                requirements=BEFORE,
                writes_folder=True,
                sampled=True,
                any_order=True,
                at_least=15,
            ),
            Job("with_petl", "petl", "petl", requirements=("petl",)),
            Job("with_polars", "polars", "polars"),
            Job("with_duckdb", "DuckDB", "duckdb", at_most=3),
        ],
    ),
    Task(
        "join",
        "join with 100,000 unique keys, two aggregates",
        ORDERS,
        "orders.csv",
        "with_duckdb",
        [
            Job("ours", "dataflows, `join`", writes_folder=True),
            Job(
                "with_dataflows_0_5_12",
                BEFORE_TITLE,
                requirements=BEFORE,
                writes_folder=True,
                sampled=True,
                at_least=20,
            ),
            Job("with_polars", "polars", "polars"),
            Job("with_duckdb", "DuckDB", "duckdb", at_most=4),
        ],
    ),
    Task(
        "parallelize",
        "a function that takes about 50 µs a row",
        SALES,
        "sales.csv",
        "one_process",
        [
            Job("two_workers", "dataflows, `parallelize` with 2 workers", writes_folder=True),
            Job("one_process", "dataflows, the function itself", writes_folder=True, at_least=1.7),
        ],
    ),
    Task(
        "postgresql_dump",
        "CSV into a table of PostgreSQL",
        SALES,
        "",
        "copy_of_tuples",
        [
            Job("ours", "dataflows, `dump_to_sql`"),
            Job(
                "copy_of_tuples",
                "`COPY` of ready tuples alone, psycopg",
                "psycopg",
                times_itself=True,
                at_most=1.6,
            ),
        ],
        output="postgresql",
    ),
    Task(
        "sqlite_dump",
        "CSV into a table of SQLite",
        SALES,
        "",
        "executemany_of_tuples",
        [
            Job("ours", "dataflows, `dump_to_sql`"),
            Job(
                "executemany_of_tuples",
                "`executemany` of ready tuples alone, sqlite3",
                times_itself=True,
                at_most=1.6,
            ),
        ],
        output="sqlite",
    ),
    Task(
        "postgresql_load",
        "a table of PostgreSQL into CSV",
        STORED_SALES,
        "sales.csv",
        "by_hand",
        [
            Job("ours", "dataflows, `load` and `dump_to_path`", writes_folder=True),
            Job(
                "with_dataflows_0_5_12",
                BEFORE_TITLE,
                requirements=BEFORE,
                writes_folder=True,
                sampled=True,
                at_least=8,
            ),
            Job("by_hand", "server-side cursor into `csv.writer`, psycopg", "psycopg"),
        ],
    ),
    Task(
        "xlsx_load",
        "an Excel sheet into CSV",
        [Table("sales", form="xlsx")],
        "sales.csv",
        "with_openpyxl",
        [
            Job("ours", "dataflows, `load` and `dump_to_path`", writes_folder=True),
            Job("with_openpyxl", "openpyxl, `read_only`", "openpyxl", at_least=8),
        ],
        times_rows=0.1,
    ),
    Task(
        "parquet",
        "Parquet, a computed field, filter, Parquet",
        PARQUET_SALES,
        "sales.parquet",
        "with_pyarrow",
        [
            Job("ours", "dataflows, ready-made steps only", writes_folder=True),
            Job("with_pyarrow", "loop over row groups, pyarrow", "pyarrow", at_most=2),
        ],
        output="parquet",
        times_rows=5,
    ),
]

MANY_ORDERS = [Table("orders_of_many")]

MEMORY_JOBS = [
    MemoryJob("a function of the row, a filter", "row_functions/ours_functions", SALES, None),
    MemoryJob("a table of PostgreSQL into CSV", "postgresql_load/ours", STORED_SALES, None, 1.15),
    MemoryJob("Parquet, a computed field, filter, Parquet", "parquet/ours", PARQUET_SALES),
    MemoryJob("sort by a text field", "sort/ours", SALES),
    MemoryJob(
        "join with 3,000,000 keys", "join/ours", [Table("customers", 3_000_000), *MANY_ORDERS]
    ),
    MemoryJob("deduplicate, 3,300,000 keys", "memory/deduplicate", MANY_ORDERS),
    MemoryJob("aggregate, 3,300,000 groups", "memory/aggregate", MANY_ORDERS),
]
