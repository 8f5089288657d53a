"""Load tables from files, data packages, URLs and databases."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflows.choices import check_one_of
from dataflows.errors import ArgumentError, DataflowsException, SourceLoadError, shorten
from dataflows.on_error import check_policy, clear, drop, ignore, raise_exception
from dataflows.processor import Hooks, Processor, call_text, constructor
from dataflows.processors.arguments.property_names import check_field_properties
from dataflows.processors.loaders import table_source
from dataflows.processors.loaders.given_source import check_headers, given_source
from dataflows.processors.loaders.masking import masked_options, masked_source, masked_text
from dataflows.processors.loaders.source_readers import is_path, readers_of
from dataflows.processors.loaders.table_source import Options
from dataflows.processors.loaders.zipped_sources import FetchedPath, fetched_zip
from dataflows.selectors import Resources, check_resources
from dataflows.telling import warn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.streams import Stream

__all__ = ["load"]


_REASONS = (DataflowsException, OSError, ValueError, LookupError, ImportError)


class load(Processor):  # noqa: N801 - it reads as a verb, as every processor does
    r"""Load one or more tables as resources, with typed rows.

    Schema: one resource a table is added after those that are there, its types inferred from its
        first rows (of a local file also from its middle and its end).
    Rows: as they come. Text from the web that comes slowly is looked at after a hundred rows and a
        pause, or after five seconds; rows that arrive later go on at once.
    Memory: one batch, and a sample in the package phase.

    Args:
        load_source: A path, also a `pathlib.Path`, or a pattern such as ``"data/*.csv"`` (one
            resource a file); a URL, also ``ftp://…`` and ``s3://bucket/key``, where patterns and
            prefixes (``/`` at the end) are looked up; ``"-"`` for standard input; ``"env://NAME"``
            for what the environment variable says; an open file, which is read once, or bytes (with
            ``format`` where no name tells it); a ``datapackage.json``, also in a zip; a zip or a
            folder of tables (one resource a file), or of a data package; or a pair (descriptor,
            iterables of rows). Files may be compressed: ``.gz``, ``.bz2``, ``.xz``, ``.zst``.
        name: The resource's name; by default the last part of the path without its ending.
        resources: Of a data package or a pair: which resources.
        strip: Whether blanks around texts are removed. None: of all formats but Parquet, Arrow and
            Feather, which keep texts to the character.
        limit_rows: Stop after this many rows; None or 0 for all.
        infer_strategy: ``load.INFER_FULL`` (the default), ``INFER_PYTHON_TYPES`` or
            ``INFER_STRINGS``.
        cast_strategy: ``load.CAST_WITH_SCHEMA`` (the default), ``CAST_DO_NOTHING`` for the values
            as the source has them, or ``CAST_TO_STRINGS``.
        override_schema: Properties that replace those of the inferred schema. Given ``fields``, it
            takes these columns of the source, in this order.
        override_fields: For each field name, properties that replace the inferred ones.
        extract_missing_values: True, or a dict of ``source``, ``target`` and ``values``: add an
            object field that keeps the texts that stood for missing values.
        deduplicate_headers: Rename equal headers; otherwise they are an error.
        deduplicate_headers_case_sensitive: Whether headers that differ in case are different.
        deduplicate_headers_format: What is added to equal headers; ``%s`` is their number.
        on_error: What to do with rows that do not fit: see `dataflows.on_error`.
        options: Those of the format and of the place, as listed below.

    Options:
        format: Where the ending of the path does not tell it: "csv", "tsv", "json", "ndjson",
            "geojson", "xlsx", "xlsm", "xls", "ods", "excel-xml", "xml", "html", "parquet", "arrow",
            "feather", "gsheet" or "datapackage".
        scheme: Where the path does not tell it, such as "https".
        encoding: Where it is not found by itself, such as "cp1252".
        headers: The number of the header's row; ``[1, 2]`` for two rows that
            ``multiline_headers_joiner`` joins; or a list of names where the first row is data.
        multiline_headers_joiner, multiline_headers_duplicates: What is put between the parts of
            such a header; whether equal parts are joined, too.
        sample_size: How many rows are looked at for the types: 1,000.
        custom_parsers, custom_loaders: Format → parser class, and scheme → loader class, of the
            library tabulator.
        force_parse, allow_html, bytes_sample_size, hashing_algorithm: Taken as 0.5.12 takes them;
            they change no row.

    Options of rows and columns:
        skip_rows, pick_rows: A list of numbers counted from 1, or below 0 from the end; of texts
            with which a row begins; of ``{"type": "regex", "value": "^#"}``; of ``{"type":
            "preset", "value": "blank"}``.
        offset_rows: How many rows are left out at the start.
        post_parse: Generator functions over (number, headers, cells).
        pick_fields, skip_fields: A list of names, or of numbers counted from 1.
        limit_fields, offset_fields: How many columns are taken, and left out at the start.
        ignore_listed_headers, ignore_not_listed_headers: The columns to leave out, or to take.
        ignore_blank_headers: Taken; columns without a name are left out anyway.

    Options of CSV:
        delimiter, quotechar, doublequote, escapechar, quoting, skipinitialspace, lineterminator: As
            `csv.reader` has them.

    Options of JSON:
        property: The key of the rows, where they are not the whole file.

    Options of spreadsheets:
        sheet: Its name, or its number counted from 1.
        fill_merged_cells: Whether each of the cells that are merged gets their value.
        preserve_formatting: Whether numbers and dates are taken as the sheet shows them.
        adjust_floating_point_error: Whether 0.30000000000000004 is taken as 0.3.

    Options of HTML:
        table: The number of the table, or its id.
        selector: A CSS selector that finds it.
        raw_html: Whether the cells keep their markup.

    Options of compressed files:
        compression: "gz", "bz2", "xz", "zstd", "zip" or "no", where the ending does not tell it.
        innerpath: Which file of a zip, or a pattern.
        max_ratio: How much may come out of it: 250 times its size, beyond 64 megabytes.
        max_unpacked_bytes, max_members: How many bytes, and how many files (1,000), may come out.

    Options of databases:
        table, order_by: The table at the address, `Engine` or `Connection` of SQLAlchemy, and the
            fields by which its rows are sorted.
        query, params: A SELECT in place of a table, and the values of its parameters.

    Options of the web:
        http_headers, params, auth: What is sent along.
        timeout_seconds: How long nothing may arrive: 60.
        total_seconds: How long all of it may take.
        retries: How often it is tried again: 3.
        cache: True, or a folder: only what has changed is fetched.
        sha256: What the file must have.
        http_session: The `requests.Session` to fetch by.
        allow_private: Of a data package: whether its files may lie on private addresses.

    Options of FTP:
        timeout_seconds: As for the web.

    Options of S3:
        version, profile, anonymous: Of the object; of the login; whether there is none.
        s3_endpoint_url: A server that speaks S3.
        timeout_seconds, retries: As for the web. It needs ``pip install 'dataflows[s3]'``.

    Raises:
        ArgumentError: An option is of the wrong kind.
        SourceLoadError: The source cannot be opened or is not what it should be.
        ValidationError: A value does not fit its field (unless `on_error` says otherwise).

    Examples:
        >>> from pathlib import Path
        >>> from dataflows import Flow, load
        >>> _ = Path("cities.csv").write_text("city,area\nRome,1285\nOslo,\n")
        >>> Flow(load("cities.csv")).results()[0][0]
        [{'city': 'Rome', 'area': 1285}, {'city': 'Oslo', 'area': None}]
    """

    INFER_STRINGS = "strings"
    INFER_PYTHON_TYPES = "pytypes"
    INFER_FULL = "full"
    CAST_TO_STRINGS = "strings"
    CAST_DO_NOTHING = "nothing"
    CAST_WITH_SCHEMA = "schema"
    ERRORS_IGNORE = staticmethod(ignore)
    ERRORS_DROP = staticmethod(drop)
    ERRORS_RAISE = staticmethod(raise_exception)
    ERRORS_CLEAR = staticmethod(clear)

    @constructor
    def __init__(
        self,
        load_source: Any,
        name: str | None = None,
        resources: Resources = None,
        strip: bool | None = None,
        limit_rows: int | None = None,
        infer_strategy: str | None = None,
        cast_strategy: str | None = None,
        override_schema: dict[str, Any] | None = None,
        override_fields: dict[str, dict[str, Any]] | None = None,
        extract_missing_values: bool | dict[str, Any] | None = None,
        deduplicate_headers: bool = False,
        deduplicate_headers_case_sensitive: bool = True,
        deduplicate_headers_format: str = " (%s)",
        on_error: Callable[..., Any] | Any = raise_exception,
        **options: Any,
    ) -> None:
        if options.get("force_strings"):
            what = "force_strings is deprecated: pass infer_strategy and cast_strategy"
            warn(what, DeprecationWarning)
            infer_strategy, cast_strategy = self.INFER_STRINGS, self.CAST_TO_STRINGS
        if options.pop("validate", None):
            warn("validate is deprecated: rows are cast by default", DeprecationWarning)
            cast_strategy = self.CAST_WITH_SCHEMA
        options.pop("force_strings", None)
        check_headers(options)
        plain = self.load_source = given_source(load_source)
        wanted = Options(
            name=name,
            resources=check_resources(resources),
            strip=strip,
            limit_rows=_limit(limit_rows),
            infer=_one_of(
                "infer_strategy", infer_strategy or "full", ("full", "pytypes", "strings")
            ),
            cast=_one_of(
                "cast_strategy", cast_strategy or "schema", ("schema", "nothing", "strings")
            ),
            override_schema=_schema_properties(override_schema),
            override_fields=_field_properties(override_fields),
            missing=extract_missing_values,
            deduplicate=deduplicate_headers,
            case_sensitive=deduplicate_headers_case_sensitive,
            duplicate_format=_numbered(deduplicate_headers_format),
            source_options=options,
        )

        def package(package: Package, step: Step) -> None:
            source = _from_environment(plain)
            if options.get("scheme") == "text" and isinstance(source, str):
                source = f"text://{source.removeprefix('text://')}"
            self.load_source = source
            if is_path(source):
                step.run.inputs.add(os.path.realpath(source.removeprefix("file://")))
            elif isinstance(source, str):
                step.run.inputs.add(str(masked_source(source)))
            try:
                local, given = fetched_zip(source, options)
                if isinstance(local, FetchedPath):
                    step.run.opened.append(local)
                for_all = replace(wanted, source_options=given)
                readers = readers_of(local, given)
                step.run.inputs |= {os.path.realpath(one) for _, one in readers if is_path(one)}
                opened = _opened(readers, for_all, package)
            except _REASONS as error:
                # Python prints the cause below the error: one that may tell a secret is left out.
                cause = error if masked_source(source) == source else None
                raise _load_error(source, options, error) from cause
            step.state["opened"] = opened
            if wanted.limit_rows is None and step.run.limit_rows is None:
                step.run.sources += [progress for one in opened for progress in one.progress()]
            step.run.opened += [one for one in opened if isinstance(one, table_source.TableSource)]

        def resources_hook(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
            yield from streams
            opened = step.state["opened"]
            count = sum(len(one.names) for one in opened)
            end = len(step.package.resources) - (1 if step.rejects else 0)
            targets = iter(step.package.resources[end - count : end])
            for one in opened:
                yield from one.read(step, targets)

        given = {"name": name, "resources": resources, "limit_rows": limit_rows, **options}
        shown = {key: value for key, value in masked_options(given).items() if value is not None}
        hooks = Hooks(package=package, resources=resources_hook, on_error=check_policy(on_error))
        super().__init__("load", hooks, call_text("load", [masked_source(load_source)], shown))


def _numbered_name(options: Options, number: int) -> Options:
    """Return the options for one of several files, which cannot all have the name that is given."""
    if options.name is None or number == 1:
        return options
    return replace(options, name=f"{options.name}_{number}")


def _opened(
    readers: list[tuple[Callable[..., Any], Any]], options: Options, package: Package
) -> list[Any]:
    """Return what the readers open, one after the other."""
    opened = []
    for number, (reader, one) in enumerate(readers, 1):
        opened.append(reader(one, _numbered_name(options, number), package))
        if len(readers) > 1 and isinstance(opened[-1], table_source.TableSource):
            opened[-1].rest()
    return opened


def _from_environment(source: Any) -> Any:
    if not isinstance(source, str) or not source.startswith("env://"):
        return source
    name = source.removeprefix("env://")
    if name not in os.environ:
        message = f"Couldn't find value for env var {name!r}"
        raise _load_error(source, {}, ValueError(message))
    return os.environ[name]


def _load_error(source: Any, options: dict[str, Any], error: Exception) -> SourceLoadError:
    """Return the error that scripts know: it begins with the source and ends with the reason."""
    reason = error.what if isinstance(error, DataflowsException) else str(error)
    is_long = isinstance(source, (tuple, bytes))
    shown = shorten(source) if is_long else repr(masked_source(source))
    what = f"Failed to load source {shown} and options {masked_options(options)!r}: "
    fix, where = getattr(error, "fix", None), getattr(error, "where", None)
    return SourceLoadError(what + masked_text(reason, source), fix=fix, where=where)


def _limit(limit_rows: Any) -> int | None:
    if limit_rows is None or limit_rows == 0:
        return None
    if isinstance(limit_rows, bool) or not isinstance(limit_rows, int) or limit_rows < 0:
        what = f"limit_rows must be a number of rows, got {limit_rows!r}"
        raise ArgumentError(what, fix="give a whole number, or None for all rows.")
    return limit_rows


def _schema_properties(given: Any) -> dict[str, Any]:
    if given is not None and not hasattr(given, "keys"):
        what = f"override_schema must be a dict of properties, got {shorten(given)}"
        fix = "write for instance override_schema={'missingValues': ['-']}."
        raise ArgumentError(what, fix=fix)
    return dict(given or {})


def _field_properties(given: Any) -> dict[str, Any]:
    is_dict = given is None or hasattr(given, "items")
    if not is_dict or not all(hasattr(one, "keys") for one in (given or {}).values()):
        what = f"override_fields must have a dict of properties a field, got {shorten(given)}"
        fix = "write for instance override_fields={'area': {'type': 'number'}}."
        raise ArgumentError(what, fix=fix)
    for one in (given or {}).values():
        check_field_properties(one, "override_schema={{'missingValues': {}}}")
    return dict(given or {})


def _numbered(duplicate_format: str) -> str:
    try:
        duplicate_format % 1
    except (TypeError, ValueError):
        what = f"deduplicate_headers_format must hold one '%s', got {duplicate_format!r}"
        raise ArgumentError(what, fix="write it as ' (%s)' or '_%s'.") from None
    return duplicate_format


def _one_of(option: str, value: str, allowed: tuple[str, ...]) -> str:
    check_one_of(option, value, allowed)
    return value
