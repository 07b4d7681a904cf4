"""Harmonised boundaries: sums of what later became one city, ratios from their parts, and what cannot be undone."""

from __future__ import annotations

import pandas as pd
import pytest

from nianjian.declarations.layers import Layers
from nianjian.errors import DeclarationError
from nianjian.reference import cities as city_names
from nianjian.reference import events
from nianjian.sample import builder
from nianjian.sample.boundaries import harmonise
from nianjian.sample.declaration import SampleDeclaration

NAN = float("nan")
JINAN, LAIWU, HEFEI = 370100, 371200, 340100
UNITS = {
    "gdp": "10^4 yuan", "pop": "10^4 person", "gdp_pc": "yuan/person", "gdp_growth": "percent", "va1_share": "percent",
    "pm25": "ug/m^3",
}  # fmt: skip
BOUNDARY = {
    "mergers": [[LAIWU, "莱芜市", JINAN, "济南市", 2019]],
    "breaks": [[HEFEI, 2017, "gain: 庐江县"]],
    "additive": ["gdp", "pop"],
    "ratios": [
        {"item": "gdp_pc", "part": "gdp", "by_numerator": True},
        {"item": "gdp_growth", "part": "gdp", "by_numerator": True, "plus": 100.0},
        {"item": "va1_share", "part": "gdp", "by_numerator": False},
    ],
}


def declaration(**more) -> SampleDeclaration:
    plain = {
        "study": "x",
        "file": "config/studies/x.yaml",
        "years": [2016, 2020],
        "rules": {"min_coverage": 0.0, "max_missing": 1.0, "exist": [None, None], "boundary": "keep", "drop": []},
        "missing": {"method": "none"},
        "suspects": "keep",
        "balance": False,
        "variables": [
            {"name": f"v_{name}", "expr": name, "unit": None, "on_zero": "error", "required": False} for name in UNITS
        ],
        "units": UNITS,
        "items": list(UNITS),
        "book": [
            [JINAN, "济南市", 370000, None, None], [LAIWU, "莱芜市", 370000, 1992, 2018], [HEFEI, "合肥市", 340000, None, None],
        ],
        "boundary": BOUNDARY,
    }  # fmt: skip
    return SampleDeclaration.model_validate(plain | more, strict=False)


@pytest.fixture
def panel() -> pd.DataFrame:
    rows = []
    for year in range(2015, 2021):
        whole = year >= 2019
        rows.append((JINAN, year, 900.0 if whole else 700.0, 10.0, 80.0, 10.0, 5.0, 60.0))
        rows.append((HEFEI, year, 600.0, 8.0, 75.0, 8.0, 4.0, 50.0))
        if not whole:
            rows.append((LAIWU, year, 100.0, 2.0, 50.0, 4.0, 8.0, 70.0))
    return pd.DataFrame(rows, columns=["city", "year", *UNITS])


NONE = pd.DataFrame({"city": [], "year": [], "item": [], "scope": []})


def built(panel: pd.DataFrame, **more) -> builder.Sample:
    return builder.build(panel, NONE, declaration(**more))


def jinan(sample: builder.Sample, name: str) -> list[float]:
    return sample.frame.loc[sample.frame["city"] == JINAN, f"v_{name}"].tolist()


def test_what_adds_up_is_summed_until_the_books_print_both_as_one(panel):
    sample = built(panel)
    assert jinan(sample, "gdp") == [800, 800, 800, 900, 900]
    assert jinan(sample, "pop") == [12, 12, 12, 10, 10]


def test_ratios_are_made_anew_from_their_parts(panel):
    sample = built(panel)
    # People by which the book divides: 700 / 80 + 100 / 50 = 10.75; 800 / 10.75.
    assert jinan(sample, "gdp_pc") == pytest.approx([800 / 10.75] * 3 + [80, 80])
    # GDP of the year before in this year's prices: 700 / 1.10 + 100 / 1.04.
    assert jinan(sample, "gdp_growth")[:3] == pytest.approx([100 * (800 / (700 / 1.1 + 100 / 1.04) - 1)] * 3)
    # 5 percent of 700 and 8 of 100 are 43 of 800.
    assert jinan(sample, "va1_share") == pytest.approx([5.375] * 3 + [5, 5])


def test_what_has_no_known_parts_is_missing_and_said(panel):
    sample = built(panel)
    assert jinan(sample, "pm25") == pytest.approx([NAN] * 3 + [60, 60], nan_ok=True)
    told = sample.boundaries.query("column == 'pm25'")
    assert told["year"].tolist() == [2015, 2016, 2017, 2018] and set(told["what"]) == {"missing"}
    assert "its parts are not known or not printed; with 莱芜市 (371200)" in told["detail"].iloc[0]


def test_a_sum_of_which_one_city_is_not_printed_is_missing(panel):
    panel.loc[(panel["city"] == LAIWU) & (panel["year"] == 2017), "gdp"] = NAN
    sample = built(panel)
    assert jinan(sample, "gdp") == pytest.approx([800, NAN, 800, 900, 900], nan_ok=True)
    row = sample.boundaries.query("column == 'gdp' and year == 2017").iloc[0]
    assert row["what"] == "missing" and row["detail"].startswith("莱芜市 is not printed; with 莱芜市")
    assert jinan(sample, "va1_share")[1:2] == pytest.approx([NAN], nan_ok=True)


def test_the_merged_city_is_out_with_the_reason_and_others_are_as_printed(panel):
    sample = built(panel)
    reason = sample.cities.set_index("city")["reason"]
    assert (
        reason[LAIWU] == "its numbers are in those of 济南市, into which it was merged"
        and reason[JINAN] == ""
    )
    assert sample.frame.loc[sample.frame["city"] == HEFEI, "v_gdp"].tolist() == [600] * 5


def test_sums_and_breaks_are_flagged(panel):
    frame = built(panel).frame.set_index(["city", "year"])
    assert frame.loc[JINAN, "boundary__summed"].tolist() == [True, True, True, False, False]
    assert frame.index[frame["boundary__break"]].tolist() == [(HEFEI, 2017)]
    listed = built(panel).boundaries.query("what == 'break'")
    assert listed[["city", "year", "column", "detail"]].to_numpy().tolist() == [
        [HEFEI, 2017, "", "gain: 庐江县"]
    ]


def test_as_printed_nothing_changes(panel):
    sample = built(panel, boundary=None)
    assert jinan(sample, "gdp") == [700, 700, 700, 900, 900] and sample.boundaries.empty
    assert not {"boundary__summed", "boundary__break"} & set(sample.frame)
    assert LAIWU in set(sample.frame["city"])


def test_a_city_that_is_merged_twice_goes_all_the_way(panel):
    chained = BOUNDARY | {
        "mergers": [[JINAN, "济南市", HEFEI, "合肥市", 2020], *BOUNDARY["mergers"]],
        "breaks": [],
    }
    items = panel.set_index(["city", "year"])[list(UNITS)]
    found, _ = harmonise(items, declaration(boundary=chained))
    assert found.loc[HEFEI, "gdp"].tolist() == [1400, 1400, 1400, 1400, 1500, 600]


# -- from the events of config/reference


HEAD = "year,data_year,city,city_name,event,other_city,other_city_name,description,source,confidence\n"


def told(tmp_path, *rows: str):
    path = tmp_path / "config" / "reference" / "city_events.csv"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf8")
    layers = Layers((tmp_path / "config", *Layers().folders))
    return events.read(layers, city_names.load(layers), "x.yaml, sample.boundary")


WHOLE = (
    "2019,2019,370100,济南市,gain,371200,莱芜市,all,s,verified",
    "2019,2019,371200,莱芜市,abolished,370100,济南市,in,s,verified",
)


def test_a_city_that_went_into_one_other_as_a_whole_is_a_merger(tmp_path):
    found = told(tmp_path, *WHOLE)
    assert events.mergers(found, 2020) == {LAIWU: (JINAN, 2019)}
    assert events.mergers(found, 2018) == {}


def test_a_split_is_no_merger(tmp_path):
    found = told(tmp_path, *WHOLE, "2019,2019,370900,泰安市,gain,371200,莱芜市,a part,s,verified")
    assert events.mergers(found, 2020) == {}


def test_a_city_that_gained_other_land_in_the_same_year_is_no_sum(tmp_path):
    found = told(tmp_path, *WHOLE, "2019,2019,370100,济南市,gain,,,a county,s,verified")
    assert events.mergers(found, 2020) == {}


def test_of_the_projects_events_laiwu_is_a_merger_and_chaohu_a_split():
    layers = Layers()
    found = events.read(layers, city_names.load(layers), "x")
    merged = events.mergers(found, 2024)
    assert merged[LAIWU] == (JINAN, 2019) and 341400 not in merged
    assert {each.city for each in found if each.year == 2011 and each.other == 341400} == {
        340100,
        340200,
        340500,
    }


def test_the_file_must_be_there(tmp_path):
    layers = Layers((tmp_path,))
    with pytest.raises(
        DeclarationError, match=r"x: needs config/reference/city_events.csv; write it, or keep the cities"
    ):
        events.read(layers, city_names.load(Layers()), "x")
