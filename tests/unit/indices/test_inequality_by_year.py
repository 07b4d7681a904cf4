"""Inequality by year and its decompositions."""

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import SampleError
from nianjian.indices.gini import gini
from nianjian.indices.inequality_by_year import measure
from nianjian.schemas import INEQUALITY
from sampled import two_regions

ORDER = ["east", "west"]


@pytest.fixture
def frame():
    rows = two_regions()
    return rows.assign(province=np.where(rows["region"] == "east", 110000, 150000))


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
        total = look(table, year, "gini")["estimate"]
        assert total == pytest.approx(gini(own["score"]), rel=1e-12)
        cells = table[(table["year"] == year) & (table["measure"] == "gini_cell")]
        both = cells[(cells["group"] != "") & (cells["component"] != "")]
        assert both["estimate"].sum() == pytest.approx(total, rel=1e-12)
        assert len(both) == 3 * 2
        shares = table[(table["year"] == year) & (table["measure"] == "share_cell")]
        pairs = shares[(shares["group"] != "") & (shares["component"] == "")]
        assert pairs["estimate"].sum() == pytest.approx(1)
        dagum = [
            look(table, year, f"dagum_{part}")["estimate"]
            for part in ("within", "net_between", "transvariation")
        ]
        assert sum(dagum) == pytest.approx(total, rel=1e-12)
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
