"""Editions as archives: names in any encoding, archives within, limits; a book within is read as one in a folder."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest

from nianjian.errors import InputError
from nianjian.extract import archives
from nianjian.extract.archives import members, packer, read
from nianjian.extract.editions import Edition, edition_files, find_editions
from small_books import BODY, HEADER, read_edition

NAME = "中国城市统计年鉴2013"
TABLE = "三、地级及以上城市统计资料/2-13 地区生产总值.xlsx"


def workbook(rows=None, sheet="2-13") -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active.title = sheet
    for row in rows or HEADER + BODY:
        book.active.append([None if value == "" else value for value in row])
    book.save(stream)
    return stream.getvalue()


class Unmarked(zipfile.ZipInfo):
    """A file whose name is stored without the mark of UTF-8, which Python sets."""

    def _encodeFilenameFlags(self):
        return self.filename.encode("cp437"), 0


def zipped(path: Path, content: dict[str, bytes], encoding: str = "utf-8") -> Path:
    """A zip as Windows of China (GBK) or macOS (UTF-8, unmarked) writes it, or as Python does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            if encoding == "utf-8":
                archive.writestr(name, data)
                continue
            entry = Unmarked(name.encode(encoding.removesuffix(" unmarked")).decode("cp437"))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8 unmarked", "gbk"])
def test_a_zip_is_an_edition_whatever_its_names_are_encoded_in(tmp_path, yearbook, encoding):
    zipped(
        tmp_path / f"{NAME}.zip",
        {f"{NAME}/{TABLE}": workbook(), f"__MACOSX/{NAME}/._{TABLE}": b"x"},
        encoding,
    )
    (found,) = find_editions(tmp_path, yearbook.folders)
    assert found == Edition(2013, f"{NAME}.zip")
    assert edition_files(tmp_path, found.folder) == [f"{NAME}.zip"]
    rows, sheets = read_edition(tmp_path, yearbook, 2013, found.folder)
    file = f"{NAME}.zip/{NAME}/{TABLE}"
    assert len(rows) == 18 and {row["file"] for row in rows} == {file}
    assert [sheet["status"] for sheet in sheets] == ["extracted"]
    assert read(tmp_path, file).startswith(b"PK")


def test_a_zip_within_a_zip_is_read(tmp_path, yearbook):
    inner = zipped(tmp_path / "x" / "inner.zip", {TABLE: workbook()}).read_bytes()
    zipped(tmp_path / f"{NAME}.zip", {"第三部分.zip": inner})
    shutil.rmtree(tmp_path / "x")
    rows, _ = read_edition(tmp_path, yearbook, 2013, f"{NAME}.zip")
    assert {row["file"] for row in rows} == {f"{NAME}.zip/第三部分.zip/{TABLE}"}
    assert read(tmp_path, rows[0]["file"]).startswith(b"PK")


def test_editions_within_one_archive_are_found_each(tmp_path, yearbook):
    zipped(
        tmp_path / "中国城市统计年鉴2013-2014.zip",
        {
            f"全/{NAME}/{TABLE}": workbook(),
            "全/中国城市统计年鉴2016（excel）/2-1 人口.xlsx": workbook(),
            "全/中国统计年鉴2015/2015/1-1.xlsx": workbook(),
        },
    )
    found = find_editions(tmp_path, yearbook.folders)
    assert [(each.year, each.folder) for each in found] == [
        (2013, f"中国城市统计年鉴2013-2014.zip/全/{NAME}"),
        (2016, "中国城市统计年鉴2013-2014.zip/全/中国城市统计年鉴2016（excel）"),
    ]
    rows, _ = read_edition(tmp_path, yearbook, 2013, found[0].folder)
    assert {row["file"] for row in rows} == {f"中国城市统计年鉴2013-2014.zip/全/{NAME}/{TABLE}"}


def test_an_archive_beside_its_folder_is_left_out_and_said(tmp_path, yearbook, caplog):
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "2-13.xlsx").write_bytes(workbook())
    zipped(tmp_path / f"{NAME}.zip", {"2-13.xlsx": workbook()})
    assert find_editions(tmp_path, yearbook.folders) == [Edition(2013, NAME)]
    assert f"edition 2013 stands in {NAME}; {NAME}.zip is left out" in caplog.text


def test_an_archive_within_an_edition_s_folder_is_read_and_its_copies_are_not(tmp_path, yearbook):
    zipped(tmp_path / NAME / "全部.zip", {"2-13.xlsx": workbook(), "2-14.xlsx": workbook(sheet="b")})
    (tmp_path / NAME / "表.xlsx").write_bytes(read(tmp_path, f"{NAME}/全部.zip/2-13.xlsx"))
    rows, sheets = read_edition(tmp_path, yearbook, 2013, NAME)
    assert {row["file"] for row in rows} == {f"{NAME}/表.xlsx", f"{NAME}/全部.zip/2-14.xlsx"}
    assert [sheet["reason"] for sheet in sheets if sheet["status"] == "skipped"] == [
        f"the same bytes as {NAME}/表.xlsx"
    ]


def _of(path: Path, kind: str) -> None:
    good = workbook()
    if kind == "leads out":
        zipped(path, {"../../2-1.xlsx": good, "2-13.xlsx": good})
    elif kind == "twice":
        with pytest.warns(UserWarning), zipfile.ZipFile(path, "w") as archive:
            archive.writestr("2-1.xlsx", good)
            archive.writestr("2-1.xlsx", workbook(sheet="b"))
            archive.writestr("2-13.xlsx", good)
    elif kind == "checksum":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("2-1.xlsx", b"PK\3\4" + b"number 12345" * 9)
            archive.writestr("2-13.xlsx", good)
        path.write_bytes(path.read_bytes().replace(b"12345", b"12346", 1))
    elif kind == "encrypted":
        zipped(path, {"2-1.xlsx": good, "2-13.xlsx": good})
        data = bytearray(path.read_bytes())
        at = data.index(b"PK\1\2")
        struct.pack_into("<H", data, at + 8, 1)
        path.write_bytes(data)


@pytest.mark.parametrize(
    ("kind", "says"),
    [("leads out", "leads out of the archive"), ("twice", "stands 2 times"), ("checksum", "its checksum differs"), ("encrypted", "is encrypted")],
)  # fmt: skip
def test_one_bad_file_in_an_archive_is_named_and_the_others_are_read(tmp_path, yearbook, kind, says):
    _of(tmp_path / f"{NAME}.zip", kind)
    rows, sheets = read_edition(tmp_path, yearbook, 2013, f"{NAME}.zip")
    assert {row["file"] for row in rows} == {f"{NAME}.zip/2-13.xlsx"} and len(rows) == 18
    (failed,) = [sheet for sheet in sheets if sheet["status"] == "failed"]
    assert says in failed["reason"] and "2-1.xlsx" in failed["file"]


def test_a_damaged_archive_and_a_bomb_are_refused_by_name(tmp_path, yearbook, monkeypatch):
    path = zipped(tmp_path / f"{NAME}.zip", {"2-13.xlsx": workbook()})
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    rows, (sheet,) = read_edition(tmp_path, yearbook, 2013, path.name)
    assert (
        not rows and sheet["status"] == "failed" and f"{NAME}.zip: is cut off or damaged" in sheet["reason"]
    )
    path.write_bytes(whole)
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 10_000_000)
    zipped(path, {"2-1.xlsx": bytes(20_000_000), "2-13.xlsx": workbook()})
    rows, sheets = read_edition(tmp_path, yearbook, 2013, path.name)
    assert any("zip bomb" in sheet["reason"] for sheet in sheets)


def test_archives_within_archives_have_an_end(tmp_path):
    inner = zipped(tmp_path / "0.zip", {"2-13.xlsx": workbook()})
    for depth in range(1, 4):
        inner = zipped(tmp_path / f"{depth}.zip", {inner.name: inner.read_bytes()})
    found = list(members(tmp_path, "3.zip"))
    assert [member.content for member in found] == [None] and "unpack it" in found[0].problem


@pytest.mark.skipif(shutil.which("bsdtar") is None, reason="bsdtar, which writes a .7z, is not at hand")
def test_a_7z_is_read_by_a_program_at_hand(tmp_path, yearbook):
    (tmp_path / "in" / NAME).mkdir(parents=True)
    (tmp_path / "in" / NAME / "2-13.xlsx").write_bytes(workbook())
    target = tmp_path / f"{NAME}.7z"
    subprocess.run(
        ["bsdtar", "--format", "7zip", "-cf", target, "-C", tmp_path / "in", NAME],
        check=True,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    shutil.rmtree(tmp_path / "in")
    (found,) = find_editions(tmp_path, yearbook.folders)
    rows, _ = read_edition(tmp_path, yearbook, 2013, found.folder)
    assert {row["file"] for row in rows} == {f"{NAME}.7z/{NAME}/2-13.xlsx"}


def test_without_a_program_an_archive_is_named_with_the_remedy(tmp_path, yearbook, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert packer() is None
    (tmp_path / f"{NAME}.rar").write_bytes(b"Rar!\x1a\x07\x01\x00" + bytes(100))
    (found,) = find_editions(tmp_path, yearbook.folders)
    rows, (sheet,) = read_edition(tmp_path, yearbook, 2013, found.folder)
    assert not rows and sheet["status"] == "failed"
    assert (
        f"{NAME}.rar: no program is at hand" in sheet["reason"]
        and "unpack it into a folder" in sheet["reason"]
    )


def test_a_file_that_an_archive_lacks_is_named(tmp_path):
    zipped(tmp_path / "a.zip", {"2-13.xlsx": workbook()})
    with pytest.raises(InputError, match=r"a\.zip/2-14\.xlsx: a\.zip holds no such file"):
        read(tmp_path, "a.zip/2-14.xlsx")
