"""The parts of an Excel file with one sheet, zipped while the rows come (ECMA-376, part 2)."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from dataflows.errors import OutputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["ZippedSheet", "sheet_name"]

_LONGEST_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_COMPRESSION = 3  # 6 takes twice the time for a twentieth less
_MOST_BYTES = zipfile.ZIP64_LIMIT - (16 << 20)
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FORMATS = "http://schemas.openxmlformats.org"
_OFFICE = f"{_FORMATS}/officeDocument/2006/relationships"
_MAIN = f"{_FORMATS}/spreadsheetml/2006/main"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONSHIPS = f'{_XML}<Relationships xmlns="{_FORMATS}/package/2006/relationships">'

_TYPES = f"""{_XML}<Types xmlns="{_FORMATS}/package/2006/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>\
<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>\
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET}.worksheet+xml"/>\
<Override PartName="/xl/styles.xml" ContentType="{_SHEET}.styles+xml"/></Types>"""

_ROOT = f"""{_RELATIONSHIPS}\
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>\
</Relationships>"""

_PLACES = f"""{_RELATIONSHIPS}\
<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>\
<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>"""

_STYLES = f"""{_XML}<styleSheet xmlns="{_MAIN}">\
<numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>\
<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>\
<numFmt numFmtId="166" formatCode="hh:mm:ss"/></numFmts>\
<fonts count="1"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>\
</styleSheet>"""

_BEFORE = f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'
_AFTER = "</sheetData></worksheet>"


def sheet_name(wanted: str) -> str:
    """Return a name as the name of a sheet: without what Excel forbids, and not too long.

    Examples:
        >>> sheet_name("sales/2020"), sheet_name("")
        ('sales_2020', 'Sheet1')
    """
    name = _NOT_IN_NAMES.sub("_", wanted)[:_LONGEST_NAME].strip("'")
    return "History_" if name.lower() == "history" else name or "Sheet1"


class _Taken:
    """A file that cannot seek: what was written is taken away, bit by bit."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: ReadableBuffer) -> int:
        self._pieces.append(bytes(data))
        return len(self._pieces[-1])

    def flush(self) -> None:
        """Do nothing: there is nothing behind it."""

    def take(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


class _Zip(zipfile.ZipFile):
    """A zip that may break off: then nobody wants its end."""

    def __del__(self) -> None:
        """Leave it as it is."""


class ZippedSheet:
    """An Excel file with one sheet: every method returns the next bytes of the file.

    Nothing in it depends on the time: the same rows give the same bytes.

    Args:
        name: The name of the sheet.
    """

    def __init__(self, name: str) -> None:
        self._out = _Taken()
        # zipfile asks for no more than these methods of a file that cannot seek.
        self._zip = _Zip(self._out, "w")  # type: ignore[call-overload] # see above
        self._written = 0
        self._name = name

    def begin(self) -> bytes:
        """Return what comes before the first row."""
        book = (
            f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            f'<sheet name={quoteattr(self._name)} sheetId="1" r:id="rId1"/></sheets></workbook>'
        )
        for place, text in {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _ROOT,
            "xl/workbook.xml": book,
            "xl/_rels/workbook.xml.rels": _PLACES,
            "xl/styles.xml": _STYLES,
        }.items():
            self._zip.writestr(_entry(place), text)
        self._sheet = self._zip.open(_entry("xl/worksheets/sheet1.xml"), "w")
        return self.rows(_BEFORE.encode())

    def rows(self, xml: ReadableBuffer) -> bytes:
        """Return the bytes for rows.

        Raises:
            OutputError: There are more than a sheet can take.
        """
        self._written += memoryview(xml).nbytes
        if self._written > _MOST_BYTES:
            what = "the sheet is larger than the two gigabytes that an Excel file can hold"
            raise OutputError(what, fix="dump fewer rows a file, or another format.")
        self._sheet.write(xml)
        return self._out.take()

    def end(self) -> bytes:
        """Return what comes after the last row."""
        self._sheet.write(_AFTER.encode())
        self._sheet.close()
        self._zip.close()
        return self._out.take()


def _entry(place: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(place)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    entry._compresslevel = _COMPRESSION  # type: ignore[attr-defined] # noqa: SLF001 - public from Python 3.13 on only
    return entry
