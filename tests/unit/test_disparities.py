"""Inequality by year, its decompositions and the tables made from them."""

import numpy as np
import pandas as pd
import pytest

from measure_inequality import measure_inequality
from nianjian import storage
from nianjian.errors import DeclarationError, SampleError
from nianjian.indices import inequality
from nianjian.indices.disparities import measure
from nianjian.publish import disparities, tables
from nianjian.schemas import INEQUALITY, SENSITIVITY

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


def look(table, year, measure, group="", other="", component=""):
    own = table[
        (table["measure"] == measure) & (table["group"] == group) & (table["other"] == other)
        & (table["component"] == component) & ((table["year"] == year) if year else table["year"].isna())
    ]  # fmt: skip
    assert len(own) == 1
    return own.iloc[0]


def test_the_schema_is_kept_and_cells_add_up(frame):
    table = measured(frame)
    assert list(table) == list(INEQUALITY)
    for year in (2001, 2002, 2003):
        own = frame[frame["year"] == year]
        gini = look(table, year, "gini")["estimate"]
        assert gini == pytest.approx(inequality.gini(own["score"]), rel=1e-12)
        cells = table[(table["year"] == year) & (table["measure"] == "gini_cell")]
        both = cells[(cells["group"] != "") & (cells["component"] != "")]
        assert both["estimate"].sum() == pytest.approx(gini, rel=1e-12)
        assert len(both) == 3 * 2
        shares = table[(table["year"] == year) & (table["measure"] == "share_cell")]
        pairs = shares[(shares["group"] != "") & (shares["component"] == "")]
        assert pairs["estimate"].sum() == pytest.approx(1)
        dagum = [
            look(table, year, f"dagum_{part}")["estimate"]
            for part in ("within", "net_between", "transvariation")
        ]
        assert sum(dagum) == pytest.approx(gini, rel=1e-12)
        theil = [look(table, year, name)["estimate"] for name in ("theil", "theil_within", "theil_between")]
        assert theil[0] == pytest.approx(theil[1] + theil[2], rel=1e-12)


def test_intervals_cover_the_estimate_and_draws_are_seeded(frame):
    table, again = measured(frame), measured(frame)
    pd.testing.assert_frame_equal(table, again)
    gini = table[table["measure"] == "gini"]
    assert ((gini["conf_low"] < gini["estimate"] + 0.05) & (gini["conf_high"] > gini["conf_low"])).all()
    p = table.loc[table["measure"] == "share_between", "p_value"]
    assert p.between(0.01, 1).all()
    assert (
        measured(frame, bootstrap=0, permutations=0)["conf_low"].dropna().empty is False
    )  # beta keeps its own
    plain = measured(frame, bootstrap=0, permutations=0)
    assert plain.loc[plain["year"].notna(), ["std_error", "p_value"]].isna().all(axis=None)


def test_separated_regions_are_found(frame):
    frame["p"] += np.where(frame["region"] == "east", 40, 0)
    frame["score"] = frame["p"] + frame["q"]
    row = look(measured(frame), 2002, "share_between")
    benchmark = look(measured(frame), 2002, "share_benchmark")["estimate"]
    assert row["p_value"] == pytest.approx(0.01) and row["estimate"] > benchmark


def test_convergence_is_over_the_whole_period(frame):
    start = frame[frame["year"] == 2001].set_index("city")["score"]
    frame["score"] = [
        start[city] ** (1 - 0.2 * (year - 2001))
        for city, year in zip(frame["city"], frame["year"], strict=True)
    ]
    table = measured(frame, components=[])
    beta = look(table, None, "beta")
    assert beta["estimate"] == pytest.approx(-0.2)
    assert look(table, None, "beta", "west")["estimate"] == pytest.approx(-0.2)
    ginis = table.loc[table["measure"] == "gini", "estimate"].to_numpy()
    assert look(table, None, "gini_growth")["estimate"] == pytest.approx(
        100 * np.mean(ginis[1:] / ginis[:-1] - 1)
    )


def test_without_groups_there_are_totals_only(frame):
    table = measured(frame, groups=None, order=None)
    assert set(table["group"]) == {""} and "share_between" not in set(table["measure"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f: f.assign(region=f["region"].mask(f["city"] == 110105)),
            "1 cities have no region, first 110105",
        ),
        (lambda f: f.assign(region=f["region"].replace("west", "south")), "region south has no label"),
        (
            lambda f: f.assign(score=f["score"].mask(f.index == 4)),
            "score is missing in 1 city-years, first 110101",
        ),
        (lambda f: f.assign(q=f["q"] + 1), "p, q do not add up to score"),
    ],
)
def test_bad_input_is_named(frame, change, message):
    with pytest.raises(SampleError, match=message):
        measured(change(frame))


def test_script_writes_the_measures(frame, tmp_path):
    storage.write_wide(frame, tmp_path / "sample.parquet", ["city", "year"])
    spec = {
        "of": "score",
        "groups": "region",
        "order": ORDER,
        "components": ["p", "q"],
        "bootstrap": 0,
        "permutations": 0,
    }
    measure_inequality(
        tmp_path / "sample.parquet", [], "gaps", spec, tmp_path / "gaps.parquet", study="demo", seed=1
    )
    stored = storage.read_table(tmp_path / "gaps.parquet")
    assert set(stored["measure"]) >= {"gini", "gini_cell", "theil", "beta"}
    with pytest.raises(SampleError, match="inequality 'gaps': the sample has no column wealth"):
        measure_inequality(tmp_path / "sample.parquet", [], "gaps", spec | {"of": "wealth"}, tmp_path / "x")


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
    ginis = [inequality.gini(frame.loc[frame["year"] == year, "score"]) for year in (2001, 2002, 2003)]
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
