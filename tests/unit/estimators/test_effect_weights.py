"""Negative weights beside a two-way estimate: counted where adoption is staggered, and noted where they matter."""

import numpy as np
import pandas as pd
import pytest

import small_specs
from nianjian.estimators.effect_weights import staggered
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import kinds
from nianjian.language import Text
from nianjian.publish import notes, regression
from small_tables import estimated, place

LABELS = {"y": {"en": "Outcome", "zh": "结果"}, "policy": {"en": "Policy", "zh": "政策"}}
COUNTS = ["negative_weights", "share_negative", "sum_negative"]
TERM = "have negative weights in the two-way fixed effects estimate"


def growing(*starts, cities=40, years=10, noise=0.0):
    """Cities that adopt in turn in one of the years; the effect is one in the first year and grows by one a year."""
    city, year = (
        each.ravel() for each in np.meshgrid(np.arange(cities), np.arange(1, years + 1), indexing="ij")
    )
    first = np.asarray(starts, dtype=float)[city % len(starts)]
    policy = (year >= first).astype(int)
    frame = pd.DataFrame({"city": city, "year": year, "policy": policy, "first_treated_year": first})
    errors = noise * np.random.default_rng(3).normal(size=len(frame))
    return frame.assign(y=np.where(policy == 1, year - first + 1, 0.0) + errors)


def run(frame, **more):
    return small_specs.run(frame, {"estimator": "twfe", "outcome": "y", "treatment": "policy", **more})


def noted(*found, language="en", **kind):
    """Notes of a table with these estimates as columns."""
    names = [f"s{number}" for number in range(1, len(found) + 1)]
    declared = small_specs.declared({"estimator": "twfe", "outcome": "y", "treatment": "policy"})
    entries = [Entry(name, declared.kind, declared.params, Text.of(en=name, zh=name)) for name in names]
    rows = [
        row | {"spec": name} for name, own in zip(names, found, strict=True) for row in own.to_dict("records")
    ]
    params = (
        kinds()
        .get("tables", "regression")
        .params.model_validate({"title": {"en": "T", "zh": "T"}, "columns": names})
    )
    made = regression.table(params, estimated(params, names, rows, place(entries, LABELS)))
    return [note[language] for note in made.notes]


def test_the_coefficient_has_the_wrong_sign_and_the_table_says_why():
    """Every effect is positive, 3.83 on average, and the coefficient is -1/6: all cities adopt, in years 3 and 7 of ten."""
    frame = growing(3, 7)
    assert frame.loc[frame["policy"] == 1, "y"].mean() == pytest.approx(23 / 6)
    assert run(frame).loc[("coefficient", "policy"), "estimate"] == pytest.approx(-1 / 6)
    # A table prints errors, which cities that are all alike do not have.
    found = run(growing(3, 7, noise=0.1))
    assert found.loc[("coefficient", "policy"), "estimate"] < 0
    counts = found.loc["fit"].loc[COUNTS, "estimate"]
    assert counts["sum_negative"] < notes.SUM_NEGATIVE
    assert counts["share_negative"] == counts["negative_weights"] / frame["policy"].sum()
    share, total = f"{100 * counts['share_negative']:.0f}%", f"{counts['sum_negative']:.2f}".replace("-", "−")
    (said,) = [note for note in noted(found) if TERM in note]
    assert said.startswith(f"{share} of the treated city-years") and f"({total} in sum)" in said
    (said,) = [note for note in noted(found, language="zh") if "权重为负" in note]
    assert share in said and total in said


def test_columns_with_such_weights_are_named_with_the_range_of_their_numbers():
    bad, worse, good = (run(growing(*own, noise=0.1)) for own in ((3, 7), (2, 6, 9), (3, 7, *[99] * 8)))
    sums = [each.loc[("fit", "sum_negative"), "estimate"] for each in (bad, worse)]
    (said,) = [note for note in noted(good, bad, worse) if TERM in note]
    assert said.startswith("Columns (2) and (3): ")
    assert "{:.2f} to {:.2f} in sum".format(*sorted(sums)).replace("-", "−") in said
    assert good.loc[("fit", "sum_negative"), "estimate"] >= notes.SUM_NEGATIVE
    assert not [note for note in noted(good) if TERM in note]


def test_the_numbers_are_those_of_the_estimator_of_weights():
    frame = growing(3, 7, 99)
    frame["x"] = np.random.default_rng(1).normal(size=len(frame)) + frame["policy"] * frame["year"]
    frame["w"] = 1.0 + frame["city"] % 3
    own = {"controls": ["x"], "weights": "w"}
    ours, theirs = run(frame, **own), run(frame, **own | {"estimator": "twfe_weights"})
    pd.testing.assert_series_equal(
        ours.loc["fit"].loc[COUNTS, "estimate"], theirs.loc["fit"].loc[COUNTS, "estimate"]
    )


def test_other_errors_leave_the_numbers_as_they_are():
    frame = growing(3, 7, noise=1.0)
    plain, wild = run(frame), run(frame, inference={"method": "wild_cluster", "draws": 199})
    assert wild.loc[("fit", "bootstrap_draws"), "estimate"] > 0
    pd.testing.assert_series_equal(
        plain.loc["fit"].loc[COUNTS, "estimate"], wild.loc["fit"].loc[COUNTS, "estimate"]
    )


@pytest.mark.parametrize("starts", [(5,), (5, 99)])
def test_cities_that_adopt_in_one_year_have_no_such_rows(starts):
    frame = growing(*starts)
    assert not staggered(frame, frame["policy"].to_numpy(dtype=float))
    if len(starts) > 1:
        assert not {term for kind, term in run(frame).index if kind == "fit"} & set(COUNTS)


def test_a_treatment_by_degrees_has_no_such_rows():
    frame = growing(3, 7)
    frame["policy"] = frame["policy"] * (1 + frame["city"] / 40)
    assert not {term for kind, term in run(frame).index if kind == "fit"} & set(COUNTS)


def test_a_regression_without_a_treatment_has_no_such_rows():
    frame = growing(3, 7, noise=1.0)
    frame["x"] = np.random.default_rng(1).normal(size=len(frame))
    found = run(frame, treatment=None, controls=["x", "policy"])
    assert ("coefficient", "policy") in found.index
    assert not {term for kind, term in found.index if kind == "fit"} & set(COUNTS)
