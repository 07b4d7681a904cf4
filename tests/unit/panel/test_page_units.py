"""Units are settled page by page."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nianjian.declarations.models.items import Item
from nianjian.panel.page_units import decide_units

ITEMS = {"emp": Item(zh="从业人员", en="Employees", unit="10^4 person", kind="stock", bounds=[0, 2000])}
PAGES = 4


def books(years, seed: int = 1) -> pd.DataFrame:
    """Candidate rows: pages of ten cities each, which print 万人."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(20, 200, 10 * PAGES)
    rows = [
        (year + 1, f"{year + 1}.xlsx", page, line + 5, 130000 + 100 * (10 * page + line), year,
         round(size[10 * page + line] * 1.02 ** (year - 2000) * rng.normal(1, 0.02), 2))
        for year in years for page in range(PAGES) for line in range(10)
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["edition", "file", "block", "row", "city", "year", "number"])
    frame = frame.assign(
        sheet="1",
        item="emp",
        scope="city",
        factor=1.0,
        other_factor=np.nan,
        unit_source="header",
        right=frame["number"],
    )
    return frame.astype(dict.fromkeys(("file", "sheet", "item", "scope", "unit_source"), "category"))


def wrong_page(frame: pd.DataFrame, years, page: int = 2) -> pd.Series:
    return frame["year"].isin(years) & (frame["block"] == page)


def settled(frame: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame, pd.DataFrame]:
    rows, decisions = decide_units(frame, ITEMS)
    return rows["number"] * rows["factor"], rows, decisions


@pytest.mark.parametrize(
    ("years", "wrong"),
    [
        (range(2006, 2013), [2009]),
        (range(2006, 2013), [2012]),
        (range(2006, 2013), [2006]),
        (range(2006, 2013), [2011, 2012]),
        (range(2008, 2010), [2009]),
        (range(2008, 2010), [2008]),
    ],
)
def test_a_page_that_prints_another_unit_is_put_right_and_marked(years, wrong):
    frame = books(years)
    bad = wrong_page(frame, wrong)
    frame.loc[bad, "factor"] = 1e-4  # the page prints (人), its numbers are in 万人
    value, rows, decisions = settled(frame)
    np.testing.assert_allclose(value, frame["right"])
    assert (rows["unit_source"] == "continuity").equals(bad)
    assert sorted(decisions["edition"]) == [year + 1 for year in wrong]
    assert set(decisions["decision"]) == {"unit of the pages beside holds"}
    assert decisions[["first_row", "last_row", "cells"]].iloc[0].tolist() == [5, 14, 10]
    np.testing.assert_allclose(decisions["log10_ratio"], -4, atol=0.1)


def test_numbers_in_another_unit_than_the_header_says_are_put_right_by_the_years_around():
    frame = books(range(2006, 2013))
    frame.loc[wrong_page(frame, [2009]), "number"] *= 1e4
    value, _, decisions = settled(frame)
    np.testing.assert_allclose(value, frame["right"])
    assert decisions["decision"].tolist() == ["unit of other years holds"]


def test_a_page_that_no_unit_explains_is_suspect_and_not_changed():
    frame = books(range(2006, 2013))
    bad = wrong_page(frame, [2009])
    frame.loc[bad, "number"] *= 100
    value, rows, decisions = settled(frame)
    np.testing.assert_allclose(value, frame["number"])
    assert (rows["doubt"] != "").equals(bad)
    assert decisions["decision"].tolist() == ["level differs, unexplained"]
    assert "times those of the years beside" in str(rows.loc[bad, "doubt"].iloc[0])


def test_a_unit_that_the_header_prints_too_holds():
    frame = books(range(2006, 2013))
    bad = wrong_page(frame, [2009])
    frame.loc[bad, "other_factor"] = 0.05  # a dan is no power of ten of a tonne
    frame.loc[bad, "number"] *= 20
    value, _, decisions = settled(frame)
    np.testing.assert_allclose(value, frame["right"])
    assert decisions["decision"].tolist() == ["other unit holds"]


def test_one_wrong_city_does_not_change_its_page():
    frame = books(range(2006, 2013))
    frame.loc[(frame["year"] == 2009) & (frame["city"] == 130000), "number"] *= 1e4
    value, _, decisions = settled(frame)
    np.testing.assert_allclose(value, frame["number"])
    assert decisions.empty
