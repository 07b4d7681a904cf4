"""Files that are no workbook are named with the reason and the remedy; they never stop the others."""

from __future__ import annotations

import shutil
import struct
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from nianjian.errors import InputError
from nianjian.extract import unpacking
from nianjian.extract.workbooks import printed, read_sheets
from small_books import BODY, HEADER, read_edition


def _truncated(path):
    openpyxl.Workbook().save(path)
    path.write_bytes(path.read_bytes()[:-600])


def _bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (unpacking.MAX_UNPACKED_BYTES + 1))


def _encrypted(path):
    # What Excel writes for a password-protected .xlsx: an OLE container with this stream.
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(1016)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(512)
    )


BAD = {
    "empty": (lambda path: path.write_bytes(b""), "is empty"),
    "truncated": (_truncated, "cut off or damaged"),
    "bomb": (_bomb, "zip bomb"),
    "encrypted": (_encrypted, "is encrypted"),
    "html": (
        lambda path: path.write_text("<html><table><tr><td>北京</td></tr></table></html>"),
        "is a web page",
    ),
    "text": (lambda path: path.write_text("北京,1\n"), "no Excel or OpenDocument workbook"),
    "zip": (lambda path: zipfile.ZipFile(path, "w").writestr("a.txt", "a"), "cannot be read as a workbook"),
    "ole": (
        lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + struct.pack("<Q", 0) * 64),
        "cut off or damaged",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_file_is_named_with_the_reason(kind, tmp_path):
    write, reason = BAD[kind]
    path = tmp_path / ("table.xls" if kind in ("html", "ole") else "table.xlsx")
    write(path)
    with pytest.raises(InputError, match=reason) as caught:
        read_sheets(path)
    assert path.name in str(caught.value)


def test_a_bad_file_is_reported_and_does_not_stop_the_others(write_book, yearbook, tmp_path, caplog):
    good = write_book(HEADER + BODY)
    for kind, (write, _) in BAD.items():
        if kind != "bomb":
            write(good.with_name(f"2-40_{kind}.xlsx"))
    rows, sheets = read_edition(tmp_path, yearbook)
    failed = {
        sheet["file"].split("/")[-1]: sheet["reason"] for sheet in sheets if sheet["status"] == "failed"
    }
    assert sorted(failed) == sorted(f"2-40_{kind}.xlsx" for kind in BAD if kind != "bomb")
    assert all(reason for reason in failed.values())
    # On the screen too: one may be copied by half.
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(told) == len(failed) and all(any(file in line for line in told) for file in failed)
    assert len(rows) == 18
    assert {row["file"].split("/")[-1] for row in rows} == {good.name}


def test_dates_give_back_the_number_behind_them():
    assert printed(datetime(1900, 1, 1, 6, 28, 48)) == "1.27"
    assert printed(datetime(2004, 5, 6)) == "38113"


@pytest.mark.parametrize(
    ("value", "text"),
    [(12.0, "12"), (0.1, "0.1"), (-1.5, "-1.5"), (940929085.0, "940929085"), (True, "True")],
)
def test_numbers_are_printed_as_the_spreadsheet_shows_them(value, text):
    assert printed(value) == text


DATA = Path(__file__).resolve().parents[2] / "data"
MERGES = ("A1:E1", "A2:A3", "B2:C2", "D2:E2")


def write_small(path):
    """The table of tests/data as .xlsx: a merged header, an error cell, a number shown as a date."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "2-13"
    for row in [*HEADER, *BODY, ["  秦皇岛市", "#DIV/0!", 1234.5, 1.27, "１，２３４"]]:
        sheet.append([None if value == "" else value for value in row])
    sheet["B9"].data_type = "e"
    sheet["D9"].number_format = "yyyy-mm-dd"
    for merge in MERGES:
        sheet.merge_cells(merge)
    book.save(path)
    return path


def as_read(path):
    (sheet,) = read_sheets(path)
    return sheet.name, [[printed(value) for value in row] for row in sheet.rows], sorted(sheet.merges)


@pytest.mark.parametrize("suffix", ["ods", "xls"])
def test_old_and_open_formats_give_the_same_cells(suffix, tmp_path):
    name, rows, merges = as_read(write_small(tmp_path / "small.xlsx"))
    assert rows[8] == ["  秦皇岛市", "#DIV/0!", "1234.5", "1.27", "１，２３４"]
    assert len(merges) == len(MERGES)
    assert as_read(DATA / f"small.{suffix}") == (name, rows, merges)


@pytest.mark.parametrize(
    ("suffix", "renamed"), [("ods", "xlsx"), ("xls", "xlsx"), ("xlsx", "xls"), ("xlsx", "et")]
)
def test_a_workbook_is_read_by_its_content_whatever_its_name(suffix, renamed, tmp_path):
    source = write_small(tmp_path / "small.xlsx") if suffix == "xlsx" else DATA / f"small.{suffix}"
    copy = tmp_path / f"copy.{renamed}"
    shutil.copy(source, copy)
    assert as_read(copy) == as_read(source)


def test_characters_without_width_are_no_text():
    assert printed("\ufeff北京\u200b市_x000D_\n1") == "北京市\n1"
