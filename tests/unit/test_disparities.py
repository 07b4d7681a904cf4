"""Tables made from inequality by year and its decompositions."""

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import DeclarationError, SampleError
from nianjian.indices.gini import gini
from nianjian.indices.inequality_by_year import measure
from nianjian.publish import disparities, tables
from nianjian.schemas import SENSITIVITY

ORDER = ["east", "west"]
LABELS = {
    "score": {"en": "Score", "zh": "得分"},
    "p": {"en": "First", "zh": "一"},
    "q": {"en": "Second", "zh": "二"},
    "region": {
        "en": "Region",
        "zh": "地区",
        "values": [
            {"value": "east", "en": "Eastern", "zh": "东部"},
            {"value": "west", "en": "Western", "zh": "西部"},
        ],
    },
}
COMMON = {"study": "demo", "labels": LABELS, "origin": "simulated"}


@pytest.fixture
def frame():
    rng = np.random.default_rng(5)
    cities, years = np.arange(110100, 110130), np.arange(2001, 2004)
    rows = pd.MultiIndex.from_product([cities, years], names=["city", "year"]).to_frame(index=False)
    rows["region"] = np.where(rows["city"] < 110112, "east", "west")
    rows["p"], rows["q"] = rng.lognormal(size=len(rows)), rng.lognormal(-1, 1, size=len(rows))
    rows["score"] = rows["p"] + rows["q"]
    rows["province"] = np.where(rows["region"] == "east", 110000, 150000)
    return rows


def measured(frame, **changes):
    options = {
        "of": "score", "groups": "region", "order": ORDER, "components": ["p", "q"], "bootstrap": 30,
        "permutations": 99, "rng": lambda year, what: np.random.default_rng([year, len(what)]),
    }  # fmt: skip
    return measure(frame, **{**options, **changes})


def records(table):
    return {(r["row"], r["column"], r["statistic"]): r for r in tables.records(table, "en")}


def inequality_table(frame, show, **more):
    declaration = {
        "kind": "inequality", "title": {"en": "T", "zh": "题"}, "show": show, "groups": "region",
        "components": ["p", "q"], **more,
    }  # fmt: skip
    return disparities.inequality_table(declaration, measured(frame), table="4", **COMMON)


def test_shares_of_groups_add_up_to_a_hundred(frame):
    made = inequality_table(frame, "groups")
    assert [column.key for column in made.columns] == ["G1", "G2", "within", "G12", "between"]
    found = records(made)
    for year in ("2001", "2002", "2003"):
        own = {
            key: float(found[year, key, "contribution_pct"]["value"])
            for key in ("G1", "G2", "within", "G12", "between")
        }
        assert own["G1"] + own["G2"] == pytest.approx(own["within"])
        assert own["within"] + own["between"] == pytest.approx(100)
    assert "1 = Eastern, 2 = Western." in made.footnote("en")


def test_cells_mark_the_largest(frame):
    made = inequality_table(frame, "cells", years=[2001, 2003])
    found = records(made)
    for year in (2001, 2003):
        values = {
            (pair, name): float(found[pair, f"{year}|{name}", "gini_component"]["value"])
            for pair in ("G1", "G2", "G12")
            for name in ("p", "q")
        }
        for name in ("p", "q"):
            top = max(("G1", "G2", "G12"), key=lambda pair, name=name: values[pair, name])
            marked = [
                p for p in ("G1", "G2", "G12") if "*" in found[p, f"{year}|{name}", "gini_component"]["stars"]
            ]
            assert marked == [top]
        for pair in ("G1", "G2", "G12"):
            larger = "p" if values[pair, "p"] > values[pair, "q"] else "q"
            assert "†" in found[pair, f"{year}|{larger}", "gini_component"]["stars"]
    with pytest.raises(DeclarationError, match=r"no decomposition of 1999; there is 2001 to 2003"):
        inequality_table(frame, "cells", years=[1999])


def test_summary_gives_changes_and_means(frame):
    found = records(inequality_table(frame, "summary"))
    ginis = [gini(frame.loc[frame["year"] == year, "score"]) for year in (2001, 2002, 2003)]
    assert float(found["gini", "pct_change", "pct_change"]["value"]) == pytest.approx(
        100 * (ginis[2] / ginis[0] - 1)
    )
    assert float(found["gini", "mean 2001-2003", "mean 2001-2003"]["value"]) == pytest.approx(np.mean(ginis))
    east = frame[frame["region"] == "east"].groupby("year")["score"].mean()
    assert float(found["mean[east]", "2003", "2003"]["value"]) == pytest.approx(east[2003])


def test_components_and_measures(frame):
    found = records(inequality_table(frame, "components"))
    shares = [float(found["2002", name, "contribution_pct"]["value"]) for name in ("p", "q")]
    assert sum(shares) == pytest.approx(100)
    found = records(inequality_table(frame, "measures"))
    parts = [
        float(found["2002", f"dagum_{x}", f"dagum_{x}"]["value"]) for x in ("net_between", "transvariation")
    ]
    assert sum(parts) == pytest.approx(float(found["2002", "gini_between", "gini_between"]["value"]))


def test_means_by_year_and_group(frame):
    declaration = {
        "kind": "means", "title": {"en": "T", "zh": "题"}, "decimals": 3, "growth": True,
        "columns": [{"values": "score"}, {"values": "score", "by": "region"}],
    }  # fmt: skip
    made = disparities.means_table(declaration, frame, table="3", **COMMON)
    found = records(made)
    means = frame.groupby("year")["score"].mean()
    assert float(found["2002", "score", "mean"]["value"]) == pytest.approx(means[2002])
    west = frame[(frame["region"] == "west") & (frame["year"] == 2003)]["score"].mean()
    assert float(found["2003", "score[west]", "mean"]["value"]) == pytest.approx(west)
    rate = 100 * np.mean([means[2002] / means[2001] - 1, means[2003] / means[2002] - 1])
    assert float(found["growth", "score", "avg_annual_growth_pct"]["value"]) == pytest.approx(rate)
    with pytest.raises(
        SampleError, match=r"tables.3.columns: the sample has no 'scor'; did you mean 'score'"
    ):
        disparities.means_table(declaration | {"columns": [{"values": "scor"}]}, frame, table="3", **COMMON)


def test_groups_are_listed_with_their_provinces(frame):
    provinces = pd.DataFrame(
        {
            "province": [110000, 150000],
            "province_zh": ["北京市", "内蒙古自治区"],
            "province_en": ["Beijing", "Inner Mongolia"],
        }
    )
    declaration = {"kind": "groups", "title": {"en": "T", "zh": "题"}, "groups": "region"}
    found = records(disparities.groups_table(declaration, frame, provinces, table="2", **COMMON))
    assert found["east", "n_cities", "n_cities"]["value"] == "12.0"
    assert found["west", "provinces", "provinces"]["value"] == "Inner Mongolia"
    assert found["total", "n_cities", "n_cities"]["value"] == "30.0"
    with pytest.raises(SampleError, match="no province 150000"):
        disparities.groups_table(declaration, frame, provinces[:1], table="2", **COMMON)
    with pytest.raises(SampleError, match="west has no label"):
        short = LABELS | {"region": LABELS["region"] | {"values": LABELS["region"]["values"][:1]}}
        disparities.groups_table(declaration, frame, provinces, table="2", **(COMMON | {"labels": short}))
    with pytest.raises(DeclarationError, match=r"declare attributes\.region\.values"):
        bare = LABELS | {"region": {"en": "Region", "zh": "地区"}}
        disparities.groups_table(declaration, frame, provinces, table="2", **(COMMON | {"labels": bare}))


def test_sensitivity_names_what_was_changed():
    rows = pd.DataFrame(
        [
            ("leave_one_out", "p", "", "rank_correlation", 0.9),
            ("leave_one_out", "p", "", "largest_move", 1200.0),
            ("alternative", "equal", "", "rank_correlation", 0.95),
            ("alternative", "equal", "", "largest_move", 3.0),
            ("alternative", "equal", "p", "weight", 0.5),
        ],
        columns=list(SENSITIVITY),
    )
    declaration = {"kind": "sensitivity", "title": {"en": "T", "zh": "题"}}
    made = disparities.sensitivity_table(declaration, rows, table="A3", **COMMON)
    found = records(made)
    assert found["leave_one_out[p]", "rank_correlation", "rank_correlation"]["value"] == "0.9"
    assert found["leave_one_out[p]", "largest_move", "largest_move"]["printed"] == "1,200"
    assert found["alternative[equal]", "rank_correlation", "rank_correlation"]["label"] == "Equal"
    with pytest.raises(DeclarationError, match="sensitivity is switched off"):
        disparities.sensitivity_table(declaration, rows[rows["indicator"] != ""], table="A3", **COMMON)
