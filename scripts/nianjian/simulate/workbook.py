"""Write plain workbooks: cells, merges and hidden sheets, the same bytes every time.

A yearbook has about a thousand small workbooks. Writing their XML directly takes a fifth of the time of a
general library, and no time stamp gets into the files.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from nianjian.addresses import column_name
from nianjian.files import writing
from nianjian.simulate import NOTICE

Cell = str | float | int | None
_EPOCH = (1980, 1, 1, 0, 0, 0)

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_TYPES = (
    f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/styles.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
    '<Override PartName="/docProps/core.xml"'
    ' ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>{sheets}</Types>'
)
_SHEET_TYPE = (
    '<Override PartName="/xl/worksheets/sheet{n}.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
)
_RELATIONS = f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{{}}</Relationships>'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ROOT = _RELATIONS.format(
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    '<Relationship Id="rId2" Target="docProps/core.xml"'
    ' Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"/>'
)
_CORE = (
    f'{_HEAD}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    f"<dc:title>{NOTICE}</dc:title><dc:creator>nianjian</dc:creator>"
    '<dcterms:created xsi:type="dcterms:W3CDTF">1980-01-01T00:00:00Z</dcterms:created></cp:coreProperties>'
)
_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PLAIN = 'numFmtId="0" fontId="0" fillId="0" borderId="0"'
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_SPREADSHEET}">'
    '<fonts count="1"><font><sz val="10"/><name val="SimSun"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    f'<cellStyleXfs count="1"><xf {_PLAIN}/></cellStyleXfs>'
    f'<cellXfs count="2"><xf {_PLAIN} xfId="0"/><xf {_PLAIN} xfId="0" applyAlignment="1">'
    '<alignment wrapText="1" vertical="center"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass
class Page:
    """One worksheet: rows of cells, merges as (first row, first column, last row, last column), 0-based."""

    name: str
    rows: list[list[Cell]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: bool = False


def _content(value: str | float) -> str:
    if not isinstance(value, str):
        return f"><v>{value!r}</v></c>"
    broken = "\n" in value
    space = ' xml:space="preserve"' if broken or value != value.strip() else ""
    style = ' s="1"' if broken else ""
    text = escape(value) if "&" in value or "<" in value or ">" in value else value
    return f'{style} t="inlineStr"><is><t{space}>{text}</t></is></c>'


def _sheet(page: Page) -> str:
    width = max((len(row) for row in page.rows), default=1)
    letters = [column_name(col) for col in range(width)]
    parts = [f'{_HEAD}<worksheet xmlns="{_SPREADSHEET}"><sheetData>']
    for number, row in enumerate(page.rows, start=1):
        parts.append(f'<row r="{number}">')
        parts += [
            f'<c r="{letter}{number}"{_content(value)}'
            for letter, value in zip(letters, row, strict=False)
            if value is not None and value != ""
        ]
        parts.append("</row>")
    parts.append("</sheetData>")
    if page.merges:
        parts.append(f'<mergeCells count="{len(page.merges)}">')
        for top, left, bottom, right in page.merges:
            parts.append(f'<mergeCell ref="{letters[left]}{top + 1}:{letters[right]}{bottom + 1}"/>')
        parts.append("</mergeCells>")
    parts.append("</worksheet>")
    return "".join(parts)


def write_workbook(path: Path, pages: Sequence[Page]) -> None:
    """Write ``pages`` as one .xlsx file."""
    names = "".join(
        f'<sheet name="{escape(page.name, {chr(34): "&quot;"})}" sheetId="{n}"'
        f'{" state=" + chr(34) + "hidden" + chr(34) if page.hidden else ""} r:id="rId{n}"/>'
        for n, page in enumerate(pages, start=1)
    )
    book = f'{_HEAD}<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>'
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(pages) + 1)
    )
    relations += f'<Relationship Id="rId{len(pages) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    types = _TYPES.format(sheets="".join(_SHEET_TYPE.format(n=n) for n in range(1, len(pages) + 1)))
    members = {
        "[Content_Types].xml": types,
        "_rels/.rels": _ROOT,
        "docProps/core.xml": _CORE,
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(relations),
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/sheet{n}.xml": _sheet(page) for n, page in enumerate(pages, start=1)},
    }
    with writing(path), zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            # A fixed date and system: the same bytes on every machine.
            info = zipfile.ZipInfo(name, date_time=_EPOCH)
            info.create_system = 0
            archive.writestr(info, text, compress_type=zipfile.ZIP_DEFLATED, compresslevel=3)
