"""TSV files from columns: CSV with a tab between cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.processors.formats.csv_writer import CsvWriter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.processors.formats.writing import OutputField, OutputFile

__all__ = ["TsvWriter"]

_TAB = {"delimiter": "\t"}


class TsvWriter(CsvWriter):
    """Writes one TSV file, with the options of `CsvWriter`."""

    format = "tsv"
    extension = ".tsv"
    mediatype = "text/tab-separated-values"

    def __init__(
        self,
        file: OutputFile,
        fields: list[OutputField],
        options: Mapping[str, Any],
        resource: Mapping[str, Any],
    ) -> None:
        super().__init__(file, fields, {**_TAB, **options}, resource)

    @classmethod
    def describe(cls, descriptor: dict[str, Any], options: Mapping[str, Any]) -> None:
        """Say in the resource's descriptor how the file will be written."""
        super().describe(descriptor, {**_TAB, **options})
