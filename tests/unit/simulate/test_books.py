"""What is printed, and that reading gives back the truth."""

import hashlib
import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from nianjian import simulate
from nianjian.extract.editions import find_editions
from nianjian.simulate import FOLDER, books, compose, facts, layouts, printing
from nianjian.simulate.reading import process, tables
from simulated import SEED
from small_books import UNITS

from .conftest import EDITIONS

READ_AS_TRUE = ("text", "wide")
"""What a careful reader reads as the number that is meant; a blank within digits waits for the neighbouring years."""


def test_editions_and_folders_are_found_as_the_real_ones_are(printed, yearbook):
    root, _, _ = printed
    found = find_editions(root / "yearbooks", yearbook.folders)
    assert [edition.year for edition in found] == sorted(EDITIONS)
    assert simulate.folder_name(2019) == "中国城市统计年鉴2019（Excel）"


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_printed_number_is_the_truth_or_a_recorded_misprint(
    printed, true_values, reading, reader, edition
):
    _, _, records = printed
    items, _, _ = reader
    cells, sheets = reading(edition)
    assert not (sheets["status"] == "failed").any()
    record = records[edition]
    plan, measured = layouts.plan(tables(FOLDER), edition), facts.units(FOLDER)
    factors = {
        (f"{table.chapter}-{table.number}", item, scope): (
            header.factor or printing.printed_factor(measured[header.unit], items[item].unit)
        )
        for table in plan.tables
        for item, scope, header in table.columns
    }
    misread = record[~record["kind"].isin([*READ_AS_TRUE, "spaced name", "misread name", "header"])]
    wrong_cells = set(zip(misread["file"], misread["sheet"], misread["cell"], strict=True))
    recorded = np.array(
        [key in wrong_cells for key in zip(cells["file"], cells["sheet"], cells["cell"], strict=True)]
    )
    factor = np.array(
        [factors.get(key, np.nan) for key in zip(cells["table"], cells["item"], cells["scope"], strict=True)]
    )
    true = true_values[true_values["year"] == edition - 1].set_index(["city", "item", "scope"])["value"]
    value = true.reindex(pd.MultiIndex.from_frame(cells[["city", "item", "scope"]])).to_numpy()
    decimals = cells["raw"].str.extract(r"[.．](\d+)", expand=False).str.len().fillna(0).to_numpy(dtype=float)
    tolerance = 0.5 * 10.0**-decimals * factor * (1 + 1e-6) + 1e-9 * np.abs(value)
    right = np.abs(cells["number"].to_numpy() * factor - value) <= tolerance
    odd = cells[~right & ~recorded]
    assert odd.empty, odd[["file", "cell", "label", "item", "scope", "raw"]].head()
    # Nothing is lost either: what is not read is on record as missing.
    wanted = sum(len(table.columns) for table in plan.tables) * cells["city"].nunique()
    missing = record["kind"].isin(["blank", "dash", "cut off"]).sum()
    extra = sum(
        len(next(t for t in plan.tables if t.key == event.table).columns)
        for event in process(FOLDER).quirks.events
        if event.edition == edition and event.kind == "twice"
    )
    assert len(cells) == wanted - missing + extra
    assert cells["city"].nunique() == true.reset_index()["city"].nunique()


def test_the_layouts_differ_as_the_real_ones_do(printed):
    root, _, _ = printed

    def sheet(edition: int, table: str):
        (path,) = (root / "yearbooks" / simulate.folder_name(edition)).glob(f"*地级*/*{table}*.xlsx")
        return openpyxl.load_workbook(path)

    old = sheet(2005, "13综合经济(一)").worksheets[0]
    column = [old.cell(row, 1).value or "" for row in range(1, old.max_row + 1)]
    assert not old.merged_cells.ranges
    assert "城市合计" in "".join(column)
    assert any(text.strip() == "石家庄" for text in column)
    assert sum("续表" in text for text in column) >= 6
    assert isinstance(old.cell(column.index("  城市合计") + 1, 2).value, int)
    side = sheet(2008, "43_环境").worksheets[0]
    assert sum(str(cell.value).strip() == "城市" for row in side.iter_rows(max_row=8) for cell in row) == 2
    assert len(sheet(2008, "2_13_").sheetnames) > 6
    english = sheet(2013, "2-13_").worksheets[0]
    text = " ".join(str(cell.value) for row in english.iter_rows(max_row=6) for cell in row if cell.value)
    assert "(万元)\nGross Regional Product (Current Prices)\n(100 million yuan)" in text
    assert "全市\nTotal City" in text
    assert "2-9_地区生产总值(市辖区)" in str(list((root / "yearbooks").glob("*2018*/*地级*/2-9_*")))
    late = sheet(2024, "2-6_")
    assert re.fullmatch(r"Sheet\d+", late.sheetnames[0])
    assert late.worksheets[0].cell(2, 1).value is None


def test_what_lies_beside_the_tables_is_left_out(reading):
    _, sheets = reading(2013)
    skipped = sheets[sheets["status"] == "skipped"]
    reasons = " ".join(skipped["reason"])
    for text in (
        "rows name a place (某县1市",
        "not a workbook (.pdf)",
        "not a workbook (.txt)",
        "holds no numbers",
    ):
        assert text in reasons
    assert (skipped["sheet"] == compose.HIDDEN.name).sum() == (sheets["status"] == "extracted").sum()


def test_every_workbook_says_that_it_is_simulated(printed):
    root, _, _ = printed
    for path in sorted((root / "yearbooks").glob("*2024*/**/*.xlsx")):
        first = openpyxl.load_workbook(path, read_only=True).worksheets[0]
        assert next(first.iter_rows(max_row=1, values_only=True))[0] == simulate.NOTICE


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_an_edition_has_the_same_bytes_again(printed, tmp_path):
    root, path, records = printed
    again = books.write_edition(path, FOLDER, 2024, SEED, tmp_path)
    folder = simulate.folder_name(2024)
    assert digests(tmp_path / folder) == digests(root / "yearbooks" / folder)
    pd.testing.assert_frame_equal(again, records[2024])


def test_printed_factors_are_those_of_the_units_module(reader):
    items, _, _ = reader
    measured = facts.units(FOLDER)
    for item, by_edition in tables(FOLDER).headers.items():
        unit, medium = items[item].unit, items[item].medium
        for header in by_edition.values():
            if not header.factor:
                per = UNITS.implied_per(header.words)
                expected = UNITS.factor(header.unit, unit, per=per, medium=medium)
                found = printing.printed_factor(measured[header.unit], unit)
                assert found == pytest.approx(expected), (item, header)
