"""The parts of an Excel file, zipped while the rows of its sheets come (ECMA-376, part 2)."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from dataflows.errors import OutputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["ZippedBook", "sheet_name"]

_LONGEST_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f\ufffe\uffff]")
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
{{sheets}}\
<Override PartName="/xl/styles.xml" ContentType="{_SHEET}.styles+xml"/></Types>"""

_TYPE = f"""<Override PartName="/xl/worksheets/sheet{{number}}.xml" \
ContentType="{_SHEET}.worksheet+xml"/>"""

_ROOT = f"""{_RELATIONSHIPS}\
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>\
</Relationships>"""

_PLACES = f"""{_RELATIONSHIPS}{{sheets}}\
<Relationship Id="rId{{last}}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>"""

_PLACE = f"""<Relationship Id="rId{{number}}" Type="{_OFFICE}/worksheet" \
Target="worksheets/sheet{{number}}.xml"/>"""

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


class ZippedBook:
    """An Excel file, sheet after sheet: every method returns the next bytes of the file.

    Nothing in it depends on the time: the same rows give the same bytes.

    Args:
        name: The name of the only sheet, where there is one: then what names the sheets comes
            first, as programs that only look at the beginning of a file like it.
    """

    def __init__(self, name: str | None = None) -> None:
        self._out = _Taken()
        # zipfile asks for no more than these methods of a file that cannot seek.
        self._zip = _Zip(self._out, "w")  # type: ignore[call-overload] # see above
        self._names: list[str] = []
        self._is_named = name is not None
        self._taken = self._written = 0
        if name is not None:
            self._name([name])
            self._put("xl/styles.xml", _STYLES)
        else:
            self._put("_rels/.rels", _ROOT)
            self._put("xl/styles.xml", _STYLES)

    def _put(self, place: str, text: str) -> None:
        self._zip.writestr(_entry(place), text)

    def _name(self, names: list[str]) -> None:
        """Write what names the sheets."""
        numbers = range(1, len(names) + 1)
        types = "".join(_TYPE.format(number=number) for number in numbers)
        places = "".join(_PLACE.format(number=number) for number in numbers)
        sheets = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
            for number, name in enumerate(names, 1)
        )
        book = (
            f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            f"{sheets}</sheets></workbook>"
        )
        self._put("[Content_Types].xml", _TYPES.format(sheets=types))
        if self._is_named:
            self._put("_rels/.rels", _ROOT)
        self._put("xl/workbook.xml", book)
        places = _PLACES.format(sheets=places, last=len(names) + 1)
        self._put("xl/_rels/workbook.xml.rels", places)

    def begin_sheet(self, name: str) -> bytes:
        """Return what comes before the first row of a sheet."""
        self._names.append(name)
        self._written = 0
        place = f"xl/worksheets/sheet{len(self._names)}.xml"
        self._sheet = self._zip.open(_entry(place), "w")
        return self.rows(_BEFORE.encode())

    def rows(self, xml: ReadableBuffer) -> bytes:
        """Return the bytes for rows.

        Raises:
            OutputError: There are more than a file can take.
        """
        self._written += memoryview(xml).nbytes
        if max(self._written, self._taken) > _MOST_BYTES:
            what = "the sheet is larger than the two gigabytes that an Excel file can hold"
            raise OutputError(what, fix="dump fewer rows a file, or another format.")
        self._sheet.write(xml)
        return self._take()

    def end_sheet(self) -> bytes:
        """Return what comes after the last row of a sheet."""
        self._sheet.write(_AFTER.encode())
        self._sheet.close()
        return self._take()

    def end(self) -> bytes:
        """Return what comes after the last sheet."""
        if not self._is_named:
            self._name(self._names)
        self._zip.close()
        return self._take()

    def _take(self) -> bytes:
        data = self._out.take()
        self._taken += len(data)
        return data


def _entry(place: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(place)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    entry._compresslevel = _COMPRESSION  # type: ignore[attr-defined] # noqa: SLF001 - public from Python 3.13 on only
    return entry
