"""The panel in parts: the same bytes as of all cells at once."""

from __future__ import annotations

import dataclasses
import filecmp

import pandas as pd
import pytest

from build_panel import build
from nianjian import schemas, storage
from nianjian.declarations.models.corrections import CityCorrection
from nianjian.panel import parts
from nianjian.panel.declared import PanelDeclarations
from nianjian.plan.reading import COVERAGE
from nianjian.schemas import BESIDE, LEVELS
from small_books import BODY, CONFIG, HEADER, read_edition

DECLARED = PanelDeclarations.load(CONFIG)
EDITIONS = (2012, 2013, 2014)
SHARES = [
    ["2-14 地区生产总值构成", "", "", ""],
    ["城市", "第一产业占GDP的比重(%)", "第二产业占GDP的比重(%)", "第三产业占GDP的比重(%)"],
    ["", "全市", "全市", "全市"],
    ["河北省", 12.0, 52.7, 35.3],
    ["  石家庄市", 10.0, 49.8, 40.2],
    ["  唐山市", 9.1, 59.2, 13.7],
]
POPULATION = [
    ["2-1 人口", "", ""],
    ["城市", "年末总人口(万人)", "年平均人口(人)"],
    ["", "全市", "全市"],
    ["河北省", 2000.0, 20000000],
    ["  石家庄市", 1005.5, "12.3.4"],
    ["  唐山市", 742, 7400000],
    ["  唐山市", 743, 7400000],
]


def correction(item: str, **more) -> CityCorrection:
    plain = {
        "item": item, "city": 130100, "years": [2012], "action": "scale", "factor": 0.1, "expect": {"gt": 1},
        "reason": "a digit too many", "reference": "the page",
    }  # fmt: skip
    return CityCorrection.model_validate(plain | more)


@pytest.fixture
def books(write_book, yearbook, tmp_path):
    """Extracts of three editions with provinces, a conflict, a cell that is no number and shares that do not add up."""
    for year in EDITIONS:
        body = [
            [label, *(value and value * (year - 2000) // 10 for value in own)] for label, *own in BODY[:3]
        ]
        write_book(HEADER + body + BODY[3:], edition=year)
        write_book(SHARES, name="2-14_地区生产总值构成.xlsx", edition=year)
        write_book(POPULATION, name="2-1_人口.xlsx", edition=year)
    files = []
    for year in EDITIONS:
        cells, sheets = read_edition(tmp_path, yearbook, year)
        paths = tmp_path / f"{year}.parquet", tmp_path / f"{year}.sheets.parquet"
        for rows, path, schema, key in (
            (cells, paths[0], schemas.EXTRACT, ["file", "sheet", "row", "col"]),
            (sheets, paths[1], schemas.SHEETS, ["file", "sheet"]),
        ):
            frame = pd.DataFrame.from_records(rows, columns=list(schema)).astype({"edition": "Int32"})
            storage.write_table(frame, path, schema, key)
        files.append(paths)
    return files


def built(books, folder, declared):
    """Files of the panel stage."""
    told = folder / "panel.json"
    folder.mkdir()
    told.write_text(declared.to_json(), encoding="utf8")
    names = ("observations", *LEVELS.values(), *BESIDE, *COVERAGE)
    outputs = {name: folder / f"{name}.parquet" for name in names}
    build([cells for cells, _ in books], [sheets for _, sheets in books], told, outputs)
    return outputs


@pytest.mark.parametrize("part", [1, 20, 10_000])
def test_parts_give_the_same_bytes(books, tmp_path, monkeypatch, part):
    corrections = [
        correction("gdp"),
        correction("va3_share", city=130200, expect={"lt": 14}, factor=2.3),
    ]
    declared = dataclasses.replace(DECLARED, corrections=corrections)
    whole = built(books, tmp_path / "whole", declared)
    monkeypatch.setattr(parts, "AT_ONCE", 0)
    monkeypatch.setattr(parts, "PART", part)
    monkeypatch.setattr(storage, "ROW_GROUP", 7)
    again = {name: pd.read_parquet(path) for name, path in built(books, tmp_path / "parts", declared).items()}
    for name, path in whole.items():
        pd.testing.assert_frame_equal(again[name], pd.read_parquet(path), obj=name)
    for name in ("conflicts", "corrected", "corrections", "checksums", "suspects", "unreadable", "by_label"):
        assert len(again[name]), name
    assert not list((tmp_path / "parts").glob(".parts*"))


def test_parts_of_usual_row_groups_are_the_same_files(books, tmp_path, monkeypatch):
    whole = built(books, tmp_path / "whole", DECLARED)
    monkeypatch.setattr(parts, "AT_ONCE", 0)
    monkeypatch.setattr(parts, "PART", 10)
    for name, path in built(books, tmp_path / "parts", DECLARED).items():
        assert filecmp.cmp(path, whole[name], shallow=False), name


def test_tied_items_stay_together():
    same = correction("gdp", expect={"same_as": "ind_so2"})
    found = parts.groups(dataclasses.replace(DECLARED, corrections=[same]), 10)
    assert sorted(item for group in found for item in group) == sorted(DECLARED.items)
    place = {item: number for number, group in enumerate(found) for item in group}
    assert place["gdp"] == place["ind_so2"]
    for shares in DECLARED.checks.shares:
        assert len({place[item] for item in shares}) == 1
    for check in DECLARED.checks.sums:
        assert len({place[item] for item in (check.total, *check.parts)}) == 1
    for product in DECLARED.checks.products:
        assert len({place[item] for item in (product.product, *product.factors)}) == 1
    for growth in DECLARED.checks.growths:
        assert place[growth.value] == place[growth.rate]
    sizes = [sum(len(DECLARED.items[item].scopes) for item in group) for group in found]
    assert max(sizes) < 1.3 * min(sizes)


def test_a_correction_of_all_items_needs_all_cells():
    everywhere = correction("gdp").model_copy(update={"item": None})
    assert parts.can_part(DECLARED)
    assert not parts.can_part(dataclasses.replace(DECLARED, corrections=[everywhere]))
