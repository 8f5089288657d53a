"""The formats that scripts subclass, under the path that they have in versions before 0.5."""

from __future__ import annotations

from dataflows.processors.formats.csv_format import CSVFormat
from dataflows.processors.formats.excel_format import ExcelFormat
from dataflows.processors.formats.file_format import FileFormat
from dataflows.processors.formats.geojson_format import GeoJSONFormat
from dataflows.processors.formats.json_format import JSONFormat

__all__ = ["CSVFormat", "ExcelFormat", "FileFormat", "GeoJSONFormat", "JSONFormat"]
