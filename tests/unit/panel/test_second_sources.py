"""Several sources of one value: the declared order decides, two that agree against it contest it, one alone does not."""

from __future__ import annotations

import pandas as pd
import pytest

from nianjian import schemas
from nianjian.declarations.models.items import PanelUse, PanelValue, SourceOrder
from nianjian.panel.assemble import assemble
from nianjian.panel.declared import PanelDeclarations
from nianjian.panel.observations import settle_conflicts
from nianjian.panel.second_sources import Ranking, suspects
from small_books import BODY, CONFIG, HEADER, read_edition

COMPARED = {"a": PanelUse(fills=False), "b": PanelUse(fills=False), "c": PanelUse(fills=False)}


def cell(value: float, source: str = "city_yearbook", edition: int = 0, **more) -> dict:
    """A candidate of 平凉's GDP of 2005: a cell of an edition, or of a panel (edition 0)."""
    plain = {
        "city": 620800, "city_name": "平凉市", "level": "city", "year": 2005, "item": "gdp", "scope": "city",
        "value": value, "number": value, "factor": 1.0, "unit": "10^4 yuan", "raw": f"{value:g}", "source": source,
        "edition": edition, "file": source, "sheet": "1", "block": 0, "table": "2-13", "row": 8, "col": 3, "cell": "C8",
        "corrected": False,
    }  # fmt: skip
    return plain | more


OWN = cell(4749203, edition=2006)


def settled(*cells: dict, order: tuple[str, ...] = ("own", "later"), tolerance: float = 0.01, uses=COMPARED):
    return settle_conflicts(
        pd.DataFrame(list(cells)), Ranking(SourceOrder(order=list(order), tolerance=tolerance), uses)
    )


def test_two_sources_that_agree_contest_what_stands():
    kept, conflicts, contested = settled(OWN, cell(1101703, "a"), cell(1101700, "b"), cell(990000, "c"))
    assert kept["value"].tolist() == [4749203] and not kept["conflict"].any()
    assert contested[["source", "value", "relation"]].to_numpy().tolist() == [
        ["a", 1101703, "contests"], ["b", 1101700, "contests"], ["c", 990000, "differs"],
    ]  # fmt: skip
    assert set(contested["_stands"]) == {4749203}
    assert conflicts["kept"].tolist() == [True, False, False, False]
    found = suspects(kept, contested, [*schemas.OBSERVATION_KEY, "value", "rule", "detail"])
    assert found["rule"].tolist() == ["contested"]
    assert found["detail"].tolist() == ["others agree against it: 1101703 in a, 1101700 in b"]


def test_one_source_that_differs_is_listed_and_contests_nothing():
    kept, conflicts, contested = settled(OWN, cell(1101703, "a"))
    assert kept["value"].tolist() == [4749203] and contested.empty
    assert conflicts[["value", "kept", "within"]].to_numpy().tolist() == [
        [4749203, True, False], [1101703, False, False],
    ]  # fmt: skip


def test_as_many_that_agree_with_it_as_against_it_leave_it_uncontested():
    later = cell(4749203, edition=2007)
    assert len(settled(OWN, later, cell(1101703, "a"), cell(1101703, "b"))[2])
    assert settled(OWN, later, cell(4749203, "c"), cell(1101703, "a"), cell(1101703, "b"))[2].empty


def test_two_sources_that_contradict_each_other_contest_nothing():
    assert settled(OWN, cell(1101703, "a"), cell(2000000, "b"))[2].empty


def test_a_copy_has_no_voice_of_its_own():
    uses = COMPARED | {"b": PanelUse(fills=False, copies="a")}
    assert settled(OWN, cell(1101703, "a"), cell(1101703, "b"), uses=uses)[2].empty
    assert len(settled(OWN, cell(1101703, "a"), cell(1101703, "b"), cell(1101703, "c"), uses=uses)[2]) == 3


@pytest.mark.parametrize(("tolerance", "contested"), [(0.01, 0), (0.001, 2)])
def test_what_differs_by_no_more_than_the_tolerance_agrees(tolerance, contested):
    found = settled(OWN, cell(4749203 * 1.005, "a"), cell(4749203 * 1.005, "b"), tolerance=tolerance)
    assert len(found[2]) == contested and len(found[1]) == (3 if contested else 0)


def test_rounding_agrees_whatever_the_tolerance():
    share = cell(9.04, edition=2006, raw="9.04", item="va1_share")
    rounded = [cell(9.0, name, raw="9.0", item="va1_share") for name in "ab"]
    assert settled(share, *rounded, tolerance=0)[1].empty
    assert (
        len(settled(share, *(each | {"value": 9.2, "raw": "9.2"} for each in rounded), tolerance=0)[2]) == 2
    )


def test_values_are_compared_in_the_items_unit():
    billions = cell(4749203.0, "a", raw="474.9203", number=474.9203, factor=10_000.0)
    assert settled(OWN, billions)[1].empty


def test_the_nearest_later_edition_stands_before_panels_and_the_order_may_say_otherwise():
    later, latest, panel = cell(5, edition=2008), cell(6, edition=2020), cell(7, "x")
    assert settled(panel, latest, later)[0]["value"].tolist() == [5]
    assert settled(panel, latest, later, order=("own", "x", "later"))[0]["value"].tolist() == [7]
    assert settled(OWN, panel, order=("x",))[0]["value"].tolist() == [
        4749203
    ]  # own comes first where it isn't named
    assert settled(OWN, panel, order=("x", "own"))[0]["value"].tolist() == [7]
    assert settled(cell(8, "z"), cell(9, "y"))[0]["value"].tolist() == [9]
    assert settled(cell(8, "z"), cell(9, "y"), order=("z",))[0]["value"].tolist() == [8]


def test_a_source_that_is_only_compared_fills_nothing_even_where_it_comes_first():
    kept, conflicts, contested = settled(cell(1, "a"), cell(2, "b"), OWN | {"year": 2004, "edition": 2005})
    assert kept["year"].tolist() == [2004] and conflicts.empty and contested.empty
    assert settled(cell(1, "a"), OWN, order=("a", "own"))[0]["value"].tolist() == [4749203]


def test_within_an_edition_the_table_that_lists_more_cities_wins_over_a_summary():
    summary = [
        cell(v, edition=2006, file="0", table="1-1", city=c, raw=f"{v}.0")
        for c, v in ((620100, 11), (110000, 1))
    ]
    main = [cell(v, edition=2006, file="1", city=c) for c, v in ((620100, 10), (110000, 1), (620800, 5))]
    kept, conflicts, contested = settled(*summary, *main)
    values = kept.set_index("city")["value"]
    assert values.to_dict() == {620100: 10, 110000: 1, 620800: 5} and contested.empty
    assert conflicts[["value", "kept", "within"]].to_numpy().tolist() == [[10, True, True], [11, False, True]]
    assert kept.set_index("city")["conflict"].to_dict() == {620100: True, 110000: False, 620800: False}
    # Where both agree the summary's more precise cell stands.
    assert kept.set_index("city")["file"].to_dict() == {620100: "1", 110000: "0", 620800: "1"}


def test_pages_of_one_table_on_several_sheets_count_as_one():
    summary = [
        cell(11, edition=2006, table="1-1", city=620100, sheet="s"),
        cell(1, edition=2006, table="1-1", city=1, sheet="s"),
    ]
    pages = [cell(10 + n, edition=2006, city=620100 + n, sheet=f"p{n}") for n in range(3)]
    assert settled(*summary, *pages)[0].set_index("city")["value"][620100] == 10


# -- through the whole stage

PANEL = {
    "source": "a", "edition": None, "table": "", "title": "", "file": "p.xlsx", "sheet": "1", "block": 1, "row": 2, "col": 3,
    "cell": "C2", "label": "北京", "period": "2012", "header": "GDP", "note": "", "raw": "17879.4", "number": 17879.4,
}  # fmt: skip
USES = {"a": PanelUse(fills=False), "b": PanelUse(fills=False)}


@pytest.fixture
def stage(write_book, yearbook, tmp_path):
    """The panel of a small edition and of panels' cells."""

    def run(*cells: dict, uses=USES):
        write_book(HEADER + BODY)
        rows, sheets = read_edition(tmp_path, yearbook, 2013)
        value = PanelValue(item="gdp", unit="10^8 yuan")
        panels = {source: {"GDP": value} for source in "ab"}
        declared = PanelDeclarations.load(CONFIG, panels=panels, uses=uses)
        frame = pd.DataFrame.from_records(
            [*rows, *(PANEL | cell for cell in cells)], columns=list(schemas.EXTRACT)
        )
        return assemble(frame.astype({"edition": "Int32"}), pd.DataFrame.from_records(sheets), declared)

    return run


def of_beijing(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.query("city == 110000 and item == 'gdp' and scope == 'city'")


def test_a_contested_value_is_suspect_and_listed_with_both_addresses(stage):
    panel = stage(
        {"raw": "16000", "number": 16000.0},
        {"source": "b", "raw": "16001", "number": 16001.0, "file": "q.xlsx"},
    )
    (value,) = of_beijing(panel.observations).to_dict("records")
    assert (value["value"], value["status"], value["edition"]) == (178794000, "suspect", 2013)
    suspect = panel.suspects.query("rule == 'contested'")
    assert suspect["detail"].tolist() == ["others agree against it: 160000000 in a, 160010000 in b"]
    assert suspect["cell"].tolist() == [value["cell"]]
    assert panel.contested[
        ["value", "other", "relation", "source", "file", "cell", "raw"]
    ].to_numpy().tolist() == [
        [178794000, 160000000, "contests", "a", "p.xlsx", "C2", "16000"],
        [178794000, 160010000, "contests", "b", "q.xlsx", "C2", "16001"],
    ]
    assert panel.contested["edition"].isna().all()
    assert of_beijing(panel.conflicts)["kept"].sum() == 1 and len(of_beijing(panel.conflicts)) == 3


def test_one_panel_that_differs_makes_no_suspect(stage):
    panel = stage({"raw": "16000", "number": 16000.0}, {"source": "b", "file": "q.xlsx"})
    assert of_beijing(panel.observations)["status"].tolist() == ["printed"]
    assert panel.contested.empty and "contested" not in set(panel.suspects["rule"])
    assert of_beijing(panel.conflicts)["source"].tolist() == ["city_yearbook", "a"]


def test_what_only_a_second_source_prints_is_no_observation_unless_it_fills(stage):
    other = {"period": "2011"}
    assert of_beijing(stage(other).observations)["year"].tolist() == [2012]
    filled = of_beijing(stage(other, uses={}).observations)
    assert filled["year"].tolist() == [2011, 2012] and filled["file"].tolist()[0] == "p.xlsx"


def test_two_sources_that_read_one_file_keep_their_own_meaning(write_book, yearbook, tmp_path):
    panels = {
        "a": {"GDP": PanelValue(item="gdp", unit="10^8 yuan")},
        "b": {"GDP": PanelValue(item="gdp_compiled", unit="10^8 yuan")},
    }
    declared = PanelDeclarations.load(CONFIG, panels=panels)
    frame = pd.DataFrame.from_records([PANEL, PANEL | {"source": "b"}], columns=list(schemas.EXTRACT))
    write_book(HEADER + BODY)
    sheets = pd.DataFrame.from_records(read_edition(tmp_path, yearbook, 2013)[1])
    found = assemble(frame.astype({"edition": "Int32"}), sheets, declared).observations
    assert sorted(found["item"]) == ["gdp", "gdp_compiled"]
