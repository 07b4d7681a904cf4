"""Regressions that share rows and effects are those of twfe one by one; other treatments those of refits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nianjian.estimators import twfe
from nianjian.estimators.together import Asked, SharedRows, shared

CITIES, YEARS = 36, 8


def panel(seed: int = 0, *, unbalanced: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([range(CITIES), range(2001, 2001 + YEARS)], names=["city", "year"])
    frame = keys.to_frame(index=False)
    frame["province"] = frame["city"] // 6
    first = np.where(np.arange(CITIES) % 3 == 0, 2004 + np.arange(CITIES) % 2, 9999)
    frame["did"] = (frame["year"] >= first[frame["city"]]).astype(float)
    for name in ("x1", "x2", "y", "y2"):
        frame[name] = rng.normal(size=len(frame)) + rng.normal(size=CITIES)[frame["city"]]
    frame["twin"] = 2 * frame["x1"]
    frame["y"] += 0.5 * frame["did"] + frame["x1"]
    frame["w"] = rng.uniform(0.5, 2, len(frame))
    return frame.sample(frac=0.9, random_state=seed) if unbalanced else frame


REGRESSORS = (("did",), ("did", "x1"), ("did", "x1", "x2"), ("did", "x1", "twin"))
CLUSTERS = ((), ("city",), ("province",), ("city", "year"), ("province", "year"), ("robust",))


@pytest.mark.parametrize("unbalanced", [False, True])
@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize(
    "absorb", [["city", "year"], ["city", "province#year"], ["year"], ["city", "city[year]", "year"]]
)
def test_each_is_what_the_regression_gives(absorb: list[str], weights: str | None, unbalanced: bool) -> None:
    frame = panel(unbalanced=unbalanced)
    rows = SharedRows(frame, ["y", "y2", "did", "x1", "x2", "twin"], absorb, weights)
    for outcome in ("y", "y2"):
        for regressors in REGRESSORS:
            for clusters in CLUSTERS:
                own = rows.fit(Asked(outcome, regressors, clusters))
                cluster = clusters[0] if clusters == ("robust",) else list(clusters) or None
                fitted = twfe.fit(
                    frame, outcome=outcome, regressors=regressors, absorb=absorb, cluster=cluster,
                    weights=weights, treatment="did",
                )  # fmt: skip
                assert own is not None
                found = [own.estimate, own.std_error, own.t, own.p_value, own.conf_low, own.conf_high, own.df]
                expected = [
                    *(fitted.params[0], fitted.std_errors[0], fitted.t[0], fitted.p_values[0]),
                    *(fitted.conf_low[0], fitted.conf_high[0], fitted.df_resid),
                ]
                assert found == pytest.approx(expected, rel=1e-10, abs=1e-12, nan_ok=True)
                assert (own.nobs, own.units) == (fitted.nobs, fitted.units)
                assert own.dep_sd == pytest.approx(fitted.dep_sd, rel=1e-12)


@pytest.mark.parametrize("unbalanced", [False, True])
@pytest.mark.parametrize("absorb", [["city", "year"], ["city", "province#year"]])
@pytest.mark.parametrize("weights", [None, "w"])
def test_other_treatments_are_refits(absorb: list[str], weights: str | None, unbalanced: bool) -> None:
    frame = panel(unbalanced=unbalanced)
    rows = SharedRows(frame, ["y", "did", "x1", "x2"], absorb, weights)
    rng = np.random.default_rng(5)
    sorted_frame = rows.sample.frame
    starts = np.array([rng.permutation(np.where(np.arange(CITIES) < 15, 2004, 9999)) for _ in range(7)])
    drawn = (sorted_frame["year"].to_numpy()[:, None] >= starts.T[sorted_frame["city"]]).astype(float)
    asked = [
        Asked("y", regressors, clusters)
        for regressors in REGRESSORS[:3]
        for clusters in ((), ("city",), ("province",), ("robust",))
    ]
    found = {place: ([], []) for place in range(len(asked))}
    for place, which, b, p in rows.permuted(asked, drawn, block=3):
        assert which.stop - which.start == len(b)
        found[place][0].extend(b)
        found[place][1].extend(p)
    for place, each in enumerate(asked):
        cluster = "robust" if each.clusters == ("robust",) else list(each.clusters) or None
        for d in range(7):
            fitted = twfe.fit(
                sorted_frame.assign(did=drawn[:, d]), outcome="y", regressors=each.regressors, absorb=absorb,
                cluster=cluster, weights=weights, treatment="did",
            )  # fmt: skip
            assert found[place][0][d] == pytest.approx(fitted.params[0], rel=1e-9)
            assert found[place][1][d] == pytest.approx(fitted.p_values[0], rel=1e-8)


def test_two_ways_of_clustering_under_another_treatment() -> None:
    frame = panel()
    rows = SharedRows(frame, ["y", "did", "x1"], ["city", "year"])
    asked = [Asked("y", ("did", "x1"), ("city", "year"))]
    ((_, _, b, p),) = rows.permuted(asked, frame[["did"]].to_numpy(), block=4)
    own = rows.fit(asked[0])
    assert own is not None
    assert b[0] == pytest.approx(own.estimate, rel=1e-10) and p[0] == pytest.approx(own.p_value, rel=1e-8)


def test_what_a_regression_would_stop_at_is_left_to_it() -> None:
    frame = panel().assign(one=1.0, alone=0)
    rows = SharedRows(frame, ["y", "one", "did", "x1"], ["city", "year"])
    assert rows.fit(Asked("one", ("did",), ("city",))) is None  # does not vary
    assert rows.fit(Asked("y", ("one", "x1"), ("city",))) is None  # a treatment without variation
    assert rows.fit(Asked("y", ("did",), ("alone",))) is None  # one cluster
    assert shared(frame.assign(x1=np.nan), ["y", "x1"], ["city"], None) is None


def test_a_draw_without_variation_of_its_own_has_no_estimate() -> None:
    frame = panel()
    rows = SharedRows(frame, ["y", "did", "x1"], ["city", "year"])
    drawn = np.column_stack([np.ones(len(frame)), frame["did"]])
    ((_, _, b, _),) = rows.permuted([Asked("y", ("did",), ("city",))], drawn, block=2)
    assert np.isnan(b[0]) and np.isfinite(b[1])
