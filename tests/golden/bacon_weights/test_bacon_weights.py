"""Goodman-Bacon's decomposition and de Chaisemartin and D'Haultfœuille's weights against their packages; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.estimators.prepare import codes_of
from nianjian.numerics.absorb import partial_out
from nianjian.numerics.bacon import bacon
from nianjian.numerics.twfe_weights import differenced, effect_weights

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv")
KINDS = {
    "never": "Treated vs Untreated",
    "earlier_later": "Earlier vs Later Treated",
    "later_earlier": "Later vs Earlier Treated",
    "later_always": "Later vs Always Treated",
    "both_treated": "Both Treated",
}


def panel(name):
    frame = pd.read_csv(HERE.parent / "cluster_inference" / f"{name.removesuffix('_no_never')}.csv")
    if name.endswith("no_never"):
        frame = frame[frame.groupby("sid")["D"].transform("max") > 0]
    return frame.sort_values(["sid", "year"], ignore_index=True)


def decomposed(name, controls=()):
    frame = panel(name)
    years = np.sort(frame["year"].unique()).astype(float)
    shape = (-1, len(years))
    treated = frame["D"].to_numpy().reshape(shape)
    first = np.where(treated.any(axis=1), years[np.argmax(treated, axis=1)], np.inf)
    x = frame[list(controls)].to_numpy(dtype=float).reshape(*treated.shape, -1) if controls else None
    return bacon(frame["y"].to_numpy().reshape(shape), first, years, x)


def term(each):
    control = "Inf" if np.isinf(each.control) else int(each.control)
    return f"{KINDS[each.kind]}|treated={int(each.treated)}|untreated={control}"


@pytest.mark.parametrize("name", ["mpdta", "castle", "castle_no_never"])
def test_two_by_two_comparisons(name):
    found = decomposed(name)
    expected = EXPECTED.query("dataset == @name and method == 'bacon_2x2'").set_index("term")
    own = {term(each): each for each in found.comparisons}
    assert set(own) == set(expected.index)
    for key, row in expected.iterrows():
        assert own[key].estimate == pytest.approx(row["estimate"], abs=1e-10)
        assert own[key].weight == pytest.approx(float(row["note"].removeprefix("weight=")), abs=1e-10)
    by_type = EXPECTED.query("dataset == @name and method == 'bacon_by_type'").set_index("term")
    for kind, (mean, weight) in found.by_kind().items():
        assert mean == pytest.approx(by_type.loc[KINDS[kind], "estimate"], abs=1e-10)
        assert weight == pytest.approx(
            float(by_type.loc[KINDS[kind], "note"].removeprefix("weight=")), abs=1e-10
        )
    total = EXPECTED.query("dataset == @name and method == 'bacon_total'")["estimate"].iloc[0]
    assert found.total == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("name", ["castle", "castle_no_never"])
def test_with_a_covariate(name):
    found = decomposed(name, ["unemployrt"])
    within = EXPECTED.query("dataset == @name and method == 'bacon_cov'").iloc[0]
    assert found.within == pytest.approx(within["estimate"], rel=1e-9)
    assert found.within_weight == pytest.approx(float(within["note"].removeprefix("Omega=")), rel=1e-9)
    expected = EXPECTED.query("dataset == @name and method == 'bacon_cov_2x2'").set_index("term")
    own = {term(each): each for each in found.comparisons}
    assert set(own) == set(expected.index)
    for key, row in expected.iterrows():
        assert own[key].estimate == pytest.approx(row["estimate"], abs=1e-10)
        assert own[key].weight == pytest.approx(float(row["note"].removeprefix("weight=")), abs=1e-10)


def weights(name, controls, differences):
    frame = panel(name)
    unit, year = codes_of(frame, "sid"), codes_of(frame, "year")
    columns, there = frame[["y", "D", *controls]].to_numpy(dtype=float), np.ones(len(frame), dtype=bool)
    effects = [unit, year]
    if differences:
        columns[:, :2] = frame.groupby("sid")[["y", "D"]].diff().to_numpy()
        there = np.isfinite(columns[:, 0])
        effects = [year[there] - 1]
    within = partial_out(columns[there], effects)
    y, x = within[:, 0], within[:, 1:]
    bread = np.linalg.inv(x.T @ x)
    residual = np.zeros(len(frame))
    residual[there] = x @ bread[:, 0] / bread[0, 0]
    mass = np.ones(len(frame))
    if differences:
        residual = differenced(residual, unit, year, mass)
    beta = float(bread[0] @ (x.T @ y))
    return effect_weights(frame["D"].to_numpy(dtype=float), residual, mass, beta)


@pytest.mark.parametrize("kind", ["feTR", "fdTR"])
@pytest.mark.parametrize("controls", [(), ("unemployrt",)])
@pytest.mark.parametrize("name", ["mpdta", "castle", "castle_no_never"])
def test_weights_of_the_effects(name, controls, kind):
    end = f"type={kind}, G=id, T=year, summary_measures=TRUE, controls={','.join(controls)})"
    expected = EXPECTED.query("dataset == @name and method == 'twfe_weights'")
    expected = expected[expected["options"].str.endswith(end)].set_index("term")["estimate"]
    if expected.empty:
        assert (name, controls) == ("mpdta", ("unemployrt",))
        return
    found = weights(name, list(controls), differences=kind == "fdTR")
    own = {
        "nr_plus": found.positive,
        "nr_minus": found.negative,
        "sum_plus": found.sum_positive,
        "sum_minus": found.sum_negative,
        "nr_weights": found.positive + found.negative,
        "tot_cells": len(found.cells),
        "beta": found.beta,
        "sensibility": found.sd_zero,
        "sensibility2": found.sd_sign,
    }
    for key, value in expected.items():
        assert own[key] == pytest.approx(value, abs=1e-10), key
    assert ("sensibility2" in expected) == (found.negative > 0)
