"""What a workbook shows: formats, formulas without a value, what is hidden, raised digits, far cells."""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
import pytest
from openpyxl.chart import BarChart

from nianjian.errors import InputError
from nianjian.extract.city_yearbook import extract_edition
from nianjian.extract.workbooks import printed, read_sheets
from small_books import BODY, HEADER, read_edition

assert extract_edition


@pytest.fixture
def page(tmp_path):
    """Write a page after a change to its sheet; returns rows by cell, and its report."""

    def write(change, yearbook):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "2-13"
        for row in HEADER + BODY:
            sheet.append([None if value == "" else value for value in row])
        change(book, sheet)
        path = tmp_path / "中国城市统计年鉴2013（excel）" / "2-13.xlsx"
        path.parent.mkdir(exist_ok=True)
        book.save(path)
        rows, reports = read_edition(tmp_path, yearbook)
        return {(row["sheet"], row["cell"]): row for row in rows}, {each["sheet"]: each for each in reports}

    return write


def test_a_format_decides_what_was_printed_and_is_said(page, yearbook):
    def change(book, sheet):
        sheet["B4"], sheet["C4"], sheet["D4"] = 10.46, 0.453, 12
        sheet["B4"].number_format, sheet["C4"].number_format, sheet["D4"].number_format = (
            "0.0",
            "0.0%",
            '0"万"',
        )

    cells, reports = page(change, yearbook)
    assert [(cells["2-13", cell]["raw"], cells["2-13", cell]["number"]) for cell in ("B4", "C4", "D4")] == [
        ("10.5", 10.5), ("45.3%", 45.3), ("12万", None),
    ]  # fmt: skip
    reason = reports["2-13"]["reason"]
    assert "3 cells show another number than they hold" in reason and "B4 holds 10.46" in reason


def test_a_formula_without_a_value_is_said_with_its_cell(page, yearbook):
    cells, reports = page(lambda book, sheet: sheet.__setitem__("B4", "=C4+1"), yearbook)
    assert ("2-13", "B4") not in cells
    assert (
        "formulas have no stored value" in reports["2-13"]["reason"]
        and "B4 =C4+1" in reports["2-13"]["reason"]
    )


def test_hidden_rows_and_columns_are_read_and_said(page, yearbook):
    def change(book, sheet):
        sheet.row_dimensions[5].hidden = sheet.row_dimensions[6].hidden = True
        sheet.column_dimensions["C"].hidden = True

    cells, reports = page(change, yearbook)
    assert len(cells) == 18
    assert reports["2-13"]["reason"] == "hidden rows are read too: 5–6; hidden columns are read too: 3"


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_never_stands_in_a_visible_one_s_way(page, yearbook, state):
    def change(book, sheet):
        old = book.copy_worksheet(sheet)
        old.title, old.sheet_state = "旧", state
        old["B4"] = 1
        book.move_sheet(old, -1)

    cells, reports = page(change, yearbook)
    assert {sheet for sheet, _ in cells} == {"2-13"} and cells["2-13", "B4"]["number"] == 178794000
    assert reports["旧"]["status"] == "skipped" and "is hidden" in reports["旧"]["reason"]


def test_a_hidden_sheet_without_a_visible_table_is_read_and_said(page, yearbook):
    def change(book, sheet):
        book.create_sheet("说明")["A1"] = "说明"
        sheet.sheet_state = "hidden"

    cells, reports = page(change, yearbook)
    assert len(cells) == 18 and "the sheet is hidden" in reports["2-13"]["reason"]


def test_charts_are_no_sheets(page, yearbook):
    def change(book, sheet):
        book.create_chartsheet("图", 0).add_chart(BarChart())

    cells, reports = page(change, yearbook)
    assert len(cells) == 18 and list(reports) == ["2-13"]


def test_sheets_are_read_in_the_order_of_the_book(page, yearbook):
    """A page without a header goes on under that of the sheet before it: 10 behind 2."""

    def change(book, sheet):
        sheet.title = "2"
        other = book.create_sheet("10")
        for row in (["  邯郸市", 1, 2, 3, 4], ["  邢台市", 5, 6, 7, 8], ["  保定市", 9, 10, 11, 12]):
            other.append(row)

    cells, _ = page(change, yearbook)
    assert cells["10", "B1"]["header"] == cells["2", "B4"]["header"]
    assert cells["10", "B1"]["block"] > cells["2", "B4"]["block"]


def test_words_with_digits_and_notes_are_said(page, yearbook):
    def change(book, sheet):
        sheet["B4"], sheet["C4"], sheet["D4"] = "见附表 5-1", "10.5①", "6253089 3080590"

    cells, reports = page(change, yearbook)
    assert ("2-13", "B4") not in cells and "B4 '见附表 5-1'" in reports["2-13"]["reason"]
    assert cells["2-13", "C4"]["number"] == 10.5 and "C4 '10.5①'" in reports["2-13"]["reason"]
    assert cells["2-13", "D4"]["number"] is None


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path, **changed):
    parts = parts_of(path) | {
        f"xl/{name.replace('__', '/')}.xml": content for name, content in changed.items()
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def saved(tmp_path, value=1):
    book = openpyxl.Workbook()
    book.active["A1"] = value
    book.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def sheet_xml(body: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData><row r="1">{body}</row></sheetData></worksheet>'.encode()


def test_raised_digits_are_no_part_of_a_number(tmp_path):
    run = '<r><t>10.5</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>1</t></r>'
    body = f'<c r="A1" t="inlineStr"><is>{run}</is></c>'
    (sheet,) = read_sheets(rewritten(saved(tmp_path), worksheets__sheet1=sheet_xml(body)))
    assert sheet.rows == [["10.5¹"]]


def test_a_day_of_1904_gives_back_the_number_behind_it(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active["A1"] = 1.27
    book.active["A1"].number_format = "yyyy-mm-dd"
    book.save(tmp_path / "a.xlsx")
    (sheet,) = read_sheets(tmp_path / "a.xlsx")
    assert printed(sheet.rows[0][0]) == "1.27" and "the number behind it" in sheet.notes[0]


def test_a_formula_that_was_never_computed_is_no_zero(tmp_path):
    path = saved(tmp_path)
    book = re.sub(rb"<calcPr[^>]*/>", b'<calcPr fullCalcOnLoad="1"/>', parts_of(path)["xl/workbook.xml"])
    body = '<c r="A1"><f>B1</f><v>0</v></c><c r="B1"><v>3</v></c>'
    (sheet,) = read_sheets(rewritten(path, workbook=book, worksheets__sheet1=sheet_xml(body)))
    assert sheet.rows == [["", 3.0]] and "A1 =B1" in sheet.notes[0]


@pytest.mark.parametrize(
    ("stored", "text"), [("1E400", "#NUM!"), ("1202.4000000000001", "1202.4"), ("0.1", "0.1")]
)
def test_what_has_no_finite_value_is_an_error_and_sums_leave_no_noise(tmp_path, stored, text):
    body = f'<c r="A1"><v>{stored}</v></c>'
    (sheet,) = read_sheets(rewritten(saved(tmp_path), worksheets__sheet1=sheet_xml(body)))
    assert printed(sheet.rows[0][0]) == text


def test_a_far_cell_costs_nothing_and_is_named(tmp_path):
    body = '<c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row><row r="1048576"><c r="XFD1048576" t="str"><v> </v></c>'
    (sheet,) = read_sheets(rewritten(saved(tmp_path), worksheets__sheet1=sheet_xml(body)))
    assert sheet.rows == [[1.0, 2.0]] and sheet.notes == (
        "1 cells lie far from the table and are not read: XFD1048576",
    )


def test_a_workbook_of_charts_alone_is_refused(tmp_path):
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.create_chartsheet("图").add_chart(BarChart())
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match=r"a\.xlsx: holds no sheet with cells"):
        read_sheets(tmp_path / "a.xlsx")


def test_two_sheets_of_one_name_are_refused(tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"] = 1
    book.create_sheet("二")["A1"] = 2
    book.save(tmp_path / "a.xlsx")
    named = parts_of(tmp_path / "a.xlsx")["xl/workbook.xml"].replace("二".encode(), b"Sheet")
    with pytest.raises(InputError, match=r"a\.xlsx: 2 sheets are called 'Sheet'; rename them"):
        read_sheets(rewritten(tmp_path / "a.xlsx", workbook=named))


def test_a_part_with_another_checksum_is_refused(tmp_path):
    path = saved(tmp_path, "number 12345")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts_of(path).items():
            archive.writestr(name, content)
    path.write_bytes(stream.getvalue().replace(b"12345", b"12346", 1))
    with pytest.raises(InputError, match="cut off or damaged"):
        read_sheets(path)


def test_a_compiled_panel_is_read_as_stored(tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"] = 10.46
    book.active["A1"].number_format = "0.0"
    book.save(tmp_path / "a.xlsx")
    assert read_sheets(tmp_path / "a.xlsx", shown=False)[0].rows == [[10.46]]
    assert read_sheets(tmp_path / "a.xlsx")[0].rows == [["10.5"]]
