"""What an .ods shows, beside what calamine reads of it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from nianjian.extract.workbooks import printed, read_sheets

NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"))
)
RAISED = '<style:style style:name="T1" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>'


def cell(kind: str, value: str, text: str, more: str = "") -> str:
    attribute = {"date": "date-value", "time": "time-value"}.get(kind, "value")
    own = f' office:value-type="{kind}"' + (f' office:{attribute}="{value}"' if value else "")
    return f"<table:table-cell{own}{more}><text:p>{text}</text:p></table:table-cell>"


def read(folder: Path, cells: str, row: str = "", columns: str = ""):
    """The one sheet of an .ods with one row."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {NAMES}><office:automatic-styles>{RAISED}'
        f'</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="表">{columns}'
        f"<table:table-row{row}>{cells}</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    path = folder / "a.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<x/>")
    (sheet,) = read_sheets(path)
    return [printed(value) for value in sheet.rows[0]], " ".join(sheet.notes)


@pytest.mark.parametrize(
    ("own", "shown", "said"),
    [
        (cell("float", "10.46", "10.5"), "10.5", "A1 holds 10.46"),
        (cell("percentage", "0.453", "45.3%"), "45.3%", "is shown as a percentage"),
        (cell("float", "1234.5", "1,234.5"), "1234.5", ""),
        (cell("currency", "12", "¥12.00"), "12", ""),
        (cell("float", "12", "12万"), "12万", "A1 holds 12"),
        (cell("time", "PT03H38M00S", "03:38"), "03:38", "is shown as a time"),
        (cell("time", "PT16H48M00S", "16:48"), "0.7", ""),
        (cell("date", "2004-05-06", "2004-05-06"), "2004-05-06", "is shown as a date"),
        (cell("string", "", '10.5<text:span text:style-name="T1">1</text:span>'), "10.5¹", ""),
    ],
)
def test_what_is_shown_is_read(tmp_path, own, shown, said):
    row, notes = read(tmp_path, own + cell("float", "1", "1"))
    assert row == [shown, "1"]
    assert said in notes and bool(notes) == bool(said)


def test_formulas_without_a_value_and_hidden_rows_are_said(tmp_path):
    formula = '<table:table-cell table:formula="of:=[.B1]+1"/>'
    row, notes = read(tmp_path, formula + cell("float", "1", "1"), ' table:visibility="collapse"')
    assert row == ["", "1"]
    assert "A1 =[.B1]+1" in notes and "hidden rows are read too: 1" in notes
