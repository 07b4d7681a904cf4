"""Truncated regression of distances to the frontier, declared as in a study."""

import numpy as np
import pandas as pd
import pytest

from estimate_specs import estimate
from nianjian.errors import DeclarationError, EstimationError, SampleError
from nianjian.estimates import ESTIMATE_KEY, ESTIMATES, address
from nianjian.estimators.errors import declared_at
from nianjian.indices.simar_wilson import distances
from nianjian.kinds.context import EstimatorContext
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import kinds
from nianjian.numerics import truncated

PLACE = "(config/studies/demo.yaml, specs.one)"
INDEX = {"inputs": ["k", "l"], "desirable": ["y"], "frontier": "yearly"}
SPEC = {"outcome": "dea", "treatment": "policy", "controls": ["x"], "frontiers": 20, "draws": 100}


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        [(i, f"城{i}", 2005 + t) for i in range(40) for t in range(4)], columns=["city", "city_name", "year"]
    )
    n = len(frame)
    frame["x"], frame["policy"] = rng.normal(size=n), (rng.uniform(size=n) < 0.4) * 1.0
    delta = truncated.draw((1.5 + 0.3 * frame["x"] - 0.4 * frame["policy"]).to_numpy(), 0.3, rng)
    frame["k"], frame["l"] = rng.lognormal(size=(2, n))
    return frame.assign(y=(frame["k"] * frame["l"]) ** 0.35 / delta)


class Study:
    """As much of a study as the estimator looks at."""

    def __init__(self):
        self.indices = {
            name: Entry(name, kind, kind.read(own, "config/studies/demo.yaml", f"indices.{name}"))
            for name, kind, own in (
                ("dea", kinds().get("indices", "radial_efficiency"), INDEX),
                ("sbm", kinds().get("indices", "efficiency"), INDEX),
            )
        }

    def check_known(self, key, name, known, what):
        if name not in list(known):
            raise self.fail(key, f"'{name}' is no {what}")

    def fail(self, key, what):
        return DeclarationError(f"{key}: {what}")


def declared(**changes):
    kind = kinds().get("estimators", "truncated_regression")
    params = kind.read(SPEC | changes, "config/studies/demo.yaml", "specs.one")
    return Entry("one", kind, kind.complete(params, Study()))


def run(frame, **changes):
    entry = declared(**changes)
    with declared_at("demo", "one"):
        found = estimate(entry, frame, EstimatorContext("demo", "specs", "one", seed=3))
    assert list(found) == list(ESTIMATES) and not found.duplicated(list(ESTIMATE_KEY)).any()
    named = [address(row) for row in found.to_dict("records")]
    return found.assign(address=named).set_index(["kind", "address"])


def test_what_is_measured_is_what_the_index_says():
    params = declared().params
    assert (params.inputs, params.desirable, params.orientation) == (["k", "l"], ["y"], "output")
    assert (params.frontier, params.returns) == ("yearly", "vrs")
    own = declared(inputs=["k"], returns="crs").params
    assert (own.inputs, own.returns, own.frontier) == (["k"], "crs", "yearly")


def test_rows_tell_coefficients_distances_and_counts(panel):
    rows = run(panel.sample(frac=1, random_state=1))
    policy = rows.loc[("coefficient", "policy")]
    assert policy["estimate"] < 0 < policy["std_error"] and policy["p_value"] < 0.05
    assert policy["conf_low"] < policy["estimate"] < policy["conf_high"]
    assert rows.loc[("coefficient", "x"), "estimate"] == pytest.approx(0.3, abs=0.15)
    fits = rows.loc["fit", "estimate"]
    assert (
        fits["nobs"] + fits["on_frontier"] == 160 and fits["draws"] == 100 and fits["distance_outcome"] == 1
    )
    assert fits["mean_corrected"] > fits["mean_distance"] > 1
    one = rows[(rows["term"] == "distance") & (rows["city"] == 7) & (rows["year"] == 2006)]
    assert len(one) == 1 and one["conf_low"].item() < one["estimate"].item() < one["conf_high"].item()
    pd.testing.assert_frame_equal(rows, run(panel))


def test_algorithm_1_is_the_truncated_regression_of_the_distances(panel):
    rows = run(panel, algorithm=1)
    groups = [(np.flatnonzero(panel["year"] == year),) * 2 for year in range(2005, 2009)]
    found = distances(panel[["k", "l"]].to_numpy(), panel[["y"]].to_numpy(), groups)
    z = np.column_stack([np.ones(160), panel["policy"], panel["x"]])
    expected = truncated.fit(found[found > 1], z[found > 1])
    names = ["_cons", "policy", "x"]
    np.testing.assert_allclose(
        [rows.loc[("coefficient", name), "estimate"] for name in names], expected.params[:3], rtol=1e-6
    )
    assert rows.loc[("fit", "on_frontier"), "estimate"] == (found == 1).sum()
    scores = rows[rows["term"] == "distance"].set_index(["city", "year"])["estimate"]
    np.testing.assert_allclose(scores.loc[3], found[12:16], rtol=1e-6)


def test_years_may_have_dummy_variables_that_are_not_reported(panel):
    rows = run(panel, absorb=["year"])
    coefficients = rows.loc["coefficient"].index.tolist()
    assert coefficients == ["_cons", "policy", "x"]
    z = np.column_stack(
        [np.ones(160), panel["policy"], panel["x"], pd.get_dummies(panel["year"]).iloc[:, 1:]]
    )
    scores = rows[rows["term"] == "distance"]["estimate"].to_numpy()
    used = scores > 1
    expected = truncated.fit(scores[used], z[used].astype(float))
    assert rows.loc[("coefficient", "x"), "estimate"] == pytest.approx(expected.params[2], rel=1e-5)


@pytest.mark.parametrize(
    ("change", "options", "wrong", "remedy"),
    [
        (lambda f: f.assign(k=f["k"].mask(f.index == 6, 0.0)), {}, "k of 城1 2007 is 0", "must be positive"),
        (lambda f: f.assign(x=f["policy"] * 2), {}, "regressor 'x' is constant or collinear with policy", "leave it out"),
        (lambda f: f.assign(x=1.0), {}, "regressor 'x' is constant", "leave it out"),
        (lambda f: f.assign(x="much"), {}, "x is not numeric", "make dummy variables"),
        (lambda f: f[f["city"] < 3], {}, "city-years lie off the frontier, too few for 3 regressors", "leave out"),
        (lambda f: f[f["city"] < 1], {}, "a single unit in period 2005", "nothing to be measured against"),
    ],
)  # fmt: skip
def test_messages_name_place_and_remedy(panel, change, options, wrong, remedy):
    with pytest.raises((EstimationError, SampleError)) as caught:
        run(change(panel), **options)
    text = str(caught.value)
    assert text.startswith("spec 'one'") and text.endswith(PLACE)
    assert wrong in text and remedy in text.partition(wrong)[2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outcome": "tfp"}, "outcome: 'tfp' is no index"),
        ({"outcome": "sbm"}, "'sbm' is of kind efficiency; name one of kind radial_efficiency"),
        ({"treatment": None, "controls": []}, "controls: nothing explains the distances"),
        ({"controls": ["x", "k"]}, r"controls\[1\]: 'k' is what efficiency is measured by"),
        ({"absorb": ["city"]}, "columns with few values in absorb, not 'city'"),
        ({"absorb": ["province#year"]}, "columns with few values in absorb, not 'province#year'"),
        ({"cluster": "city"}, r"specs\.one\.cluster"),
        ({"algorithm": 3}, r"specs\.one\.algorithm"),
        ({"draws": 10}, r"specs\.one\.draws: .*at least 100"),
    ],
)
def test_declarations_that_cannot_be_meant(changes, message):
    with pytest.raises(DeclarationError, match=message):
        declared(**changes)
