"""Default tables of dynamic spatial models and second stages, from their estimators' own rows."""

import numpy as np
import pandas as pd
import pytest

from montecarlo.spatial import NAMES, neighbours, simulate_dynamic
from nianjian.indices.second_stage import fit as fit_second_stage
from nianjian.kinds.registry import kinds
from nianjian.kinds.tables import impacts as impacts_kind
from nianjian.kinds.tables import regression as regression_kind
from nianjian.numerics import truncated
from nianjian.publish import impacts, regression
from nianjian.spatial.dynamic_effects import fit_frame
from small_tables import SomeKind, entry, estimated, labels_of, place, printed

LABELS = {name: {"en": name.upper(), "zh": f"{name}值"} for name in ("y", "a", "b", "dea")}
SHARED = {"treatment": "a", "controls": ["b"], "cluster": None}


def kind_of(name):
    """As much of an estimator's kind as a table asks."""
    own = kinds().get("estimators", name)
    shown = ("TABLE_ROWS", "TABLE_STATISTICS", "HORIZONS")
    return SomeKind(name, {key: value for key in shown if (value := own.option(key, None)) is not None})


def built(kind, builder, name, rows, **params):
    declared = kind.Params.model_validate({"title": "T", "columns": ["one"]})
    context = place([entry("one", None, kind_of(name), **SHARED | params)], LABELS)
    return builder.table(declared, estimated(declared, ["one"], rows.to_dict("records"), context))


@pytest.fixture(scope="module")
def dynamic():
    weights = neighbours(30)
    y, x = simulate_dynamic(weights, 9, np.random.default_rng(1))
    keys = pd.MultiIndex.from_product([range(30), range(2001, 2011)], names=["city", "year"])
    frame = pd.DataFrame({"y": y.ravel(), "a": x[:, :, 0].ravel(), "b": x[:, :, 1].ravel()}, index=keys)
    own = {"outcome": "y", "regressors": list(NAMES), "weights": weights, "cities": range(30)}
    return fit_frame(frame.reset_index(), **own, draws=100).tidy("demo", "one", "near")


def test_a_dynamic_model_by_default(dynamic):
    options = {"outcome": "y", "absorb": ["city", "year"], "impact_errors": "simulated"}
    table = built(regression_kind, regression, "dynamic_spatial_panel", dynamic, **options)
    labels = labels_of(table)
    assert list(labels.values())[:7] == [
        "Outcome in t − 1", "W × outcome in t − 1", "A", "B", "W × A", "W × B", "ρ",
    ]  # fmt: skip
    assert labels_of(table, "zh")["tau"] == "被解释变量（t−1）"
    assert {"σ²", "Largest root", "Log likelihood"} <= set(labels.values())
    effects = built(impacts_kind, impacts, "dynamic_spatial_panel", dynamic, **options)
    assert [column.key for column in effects.columns][:4] == [
        "short_run:direct", "short_run:indirect", "short_run:total", "long_run:direct",
    ]  # fmt: skip
    assert all(cell for cell in printed(effects)["a"][0])


def test_a_second_stage_by_default_says_what_its_sign_means():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"city": range(80), "year": 2005, "a": rng.normal(size=80), "b": rng.normal(size=80)}
    )
    frame["k"] = rng.lognormal(size=80)
    frame["q"] = frame["k"] ** 0.7 / truncated.draw((1.4 + 0.3 * frame["a"]).to_numpy(), 0.3, rng)
    found = fit_second_stage(
        frame, columns={"inputs": ["k"], "desirable": ["q"], "undesirable": []}, regressors=["a", "b"],
        frontier={"frontier": "pooled", "window": None}, frontiers=20, draws=300, rng=rng,
    )  # fmt: skip
    rows = found.tidy("demo", "one")
    table = built(regression_kind, regression, "truncated_regression", rows, outcome="dea", absorb=[])
    labels = labels_of(table)
    assert list(labels.values())[:3] == ["A", "B", "Constant"]
    assert {"σ", "Mean distance", "Mean distance less bias", "Draws", "N"} <= set(labels.values())
    assert "a positive coefficient lowers efficiency" in table.footnote("en")
    assert "系数为正表示降低效率" in table.footnote("zh")
    assert printed(table)["a"][0][0].endswith("***")
