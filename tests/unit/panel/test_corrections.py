"""Corrections with their guards, and misprints that patterns read."""

from __future__ import annotations

import pandas as pd
import pytest

from nianjian.declarations.models.corrections import CityCorrection, Misprint
from nianjian.errors import DeclarationError
from nianjian.panel.corrections import apply_corrections, read_misprints

ROWS = pd.DataFrame(
    {
        "item": ["gdp"] * 6,
        "scope": ["city"] * 6,
        "city": [130100] * 3 + [130200] * 3,
        "city_name": ["石家庄市"] * 3 + ["唐山市"] * 3,
        "year": [2010, 2011, 2012] * 2,
        "edition": [2011, 2012, 2013] * 2,
        "table": ["2-13"] * 6,
        "file": ["a.xlsx"] * 6,
        "sheet": ["1"] * 6,
        "cell": ["B1", "B1", "B1", "B2", "B2", "B2"],
        "raw": ["100", "1100", "120", "50", "5(", "60"],
        "number": [100.0, 1100.0, 120.0, 50.0, None, 60.0],
        "factor": [1.0] * 6,
        "corrected": [False] * 6,
    }
)


def fix(**keys) -> CityCorrection:
    """A digit too many, or what is said otherwise."""
    declared = {
        "item": "gdp", "city": 130100, "years": [2011], "action": "scale", "factor": 0.1, "expect": {"gt": 500},
        "reason": "r", "reference": "s",
    }  # fmt: skip
    return CityCorrection.model_validate(declared | keys)


def misprint(pattern: str, replace: str, reason: str) -> Misprint:
    return Misprint(pattern=pattern, replace=replace, reason=reason)


def test_a_correction_with_its_guard_changes_its_cell_only():
    rows, log = apply_corrections(ROWS, [fix()], "corrections")
    assert rows["number"].tolist()[:4] == [100, 110, 120, 50]
    assert rows["corrected"].tolist() == [False, True, False, False, False, False]
    assert log["status"].tolist() == ["applied"]


def test_a_correction_whose_guard_does_not_hold_stops_and_names_the_cell():
    with pytest.raises(DeclarationError, match=r"a\.xlsx, sheet 1, cell B1 prints '1100'"):
        apply_corrections(ROWS, [fix(expect={"gt": 5000})], "corrections")


def test_a_correction_that_matches_nothing_stops():
    with pytest.raises(DeclarationError, match="matches no cell"):
        apply_corrections(ROWS, [fix(city=110000, expect={"gt": 5})], "corrections")


def test_a_page_that_this_copy_lacks_needs_no_correction():
    rows = ROWS[(ROWS["city"] == 130200) | (ROWS["edition"] != 2012)]
    others = pd.concat([rows, ROWS[(ROWS["edition"] == 2012)].assign(item="gdp_pc")], ignore_index=True)
    _, log = apply_corrections(others, [fix()], "corrections")
    assert log["status"].tolist() == ["this copy prints nothing there"]


def test_a_cell_elsewhere_in_another_copy_is_corrected_all_the_same():
    moved = ROWS.assign(cell="Z99", sheet="other")
    rows, _ = apply_corrections(moved, [fix(cell="B1", expect={"raw": "１１００"})], "corrections")
    assert rows["number"][1] == pytest.approx(110)


def test_a_correction_of_an_edition_that_is_not_at_hand_is_skipped_and_logged():
    rows, log = apply_corrections(ROWS, [fix(years=[2001], expect={"gt": 5})], "corrections")
    assert log["status"].tolist() == ["edition not at hand"]
    assert not rows["corrected"].any()


def test_a_book_that_prints_the_corrected_value_needs_no_correction():
    same = fix(action="set", factor=None, value=1100.0, expect={"raw": "110"})
    _, log = apply_corrections(ROWS, [same], "corrections")
    assert log["status"].tolist() == ["the book prints the corrected value"]


def test_misprints_are_read_by_the_pattern_nearest_to_the_neighbouring_years():
    patterns = [
        misprint(r"(\d+)[(C]", r"\g<1>0", "zero"),
        misprint(r"(\d+)[(C]", r"\1", "mark"),
    ]
    rows = read_misprints(ROWS, patterns)
    assert rows["number"].tolist()[3:] == [50, 50, 60]
    assert rows["corrected"].tolist()[3:] == [False, True, False]


def test_a_misprint_without_a_clear_reading_stays_unreadable():
    patterns = [
        misprint(r"(\d+)[(C]", r"\g<1>3", "three"),
        misprint(r"(\d+)[(C]", r"\g<1>4", "four"),
    ]
    assert read_misprints(ROWS, patterns)["number"].isna().sum() == 1
