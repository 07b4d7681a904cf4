"""Specifications of regressions as a study declares them: what is refused, filled in, read."""

import pytest

from nianjian.errors import DeclarationError
from nianjian.kinds.registry import kinds
from small_specs import declared

MODEL = {"outcome": "y", "treatment": "policy", "controls": ["x"]}
OWN = {
    "twfe": {},
    "event_study": {"window": [-3, 3]},
    "placebo": {},
    "psm_did": {"covariates": ["size"]},
    "iv": {"endogenous": ["d"], "instruments": ["z"]},
    "mediation": {"mediators": ["m"]},
    "heterogeneity": {"by": "odd"},
}


def spec(estimator, **changes):
    return MODEL | {"estimator": estimator} | OWN[estimator] | changes


@pytest.mark.parametrize(
    ("estimator", "changes", "message"),
    [
        ("twfe", {"cluster": ["city", "year", "province"]}, r"specs\.one\.cluster"),
        ("twfe", {"missing": "skip"}, r"specs\.one\.missing: expected one of error, drop, got 'skip'"),
        ("twfe", {"effects": ["city"]}, "key 'effects' is now called 'absorb'"),
        ("twfe", {"window": [-3, 3]}, "unknown key 'window'"),
        ("event_study", {"window": [3, -3]}, r"specs\.one\.window: expected two event times, the smaller first"),
        ("event_study", {"window": [2, 2]}, "two event times, the smaller first"),
        ("event_study", {"window": [2]}, r"specs\.one\.window"),
        ("event_study", {"base": -5}, r"base in the window \[-3, 3\], not -5; widen it or move base"),
        ("event_study", {"outside": "drop"}, "expected one of omit, bin, got 'drop'"),
        ("event_study", {"method": "stacked"}, "expected one of twfe, interaction_weighted, got 'stacked'"),
        ("placebo", {"scheme": "shuffle"}, "expected one of permute, simple, in_time, got 'shuffle'"),
        ("placebo", {"draws": 0}, r"specs\.one\.draws: .*at least 1"),
        ("placebo", {"treated": 5}, "permute keeps the number of treated cities"),
        ("placebo", {"scheme": "simple", "treated": 0}, r"specs\.one\.treated: .*at least 1"),
        ("placebo", {"leads": [1]}, "leads with scheme in_time only, not with permute"),
        ("placebo", {"scheme": "in_time"}, "leads with scheme in_time, whole years of at least 1"),
        ("placebo", {"scheme": "in_time", "leads": [0]}, r"specs\.one\.leads\[0\]: .*at least 1"),
        ("placebo", {"scheme": "in_time", "leads": [2, 2]}, r"each of leads once, not \[2, 2\]"),
        ("placebo", {"cluster": ["city", "year"]}, "draws are clustered one way"),
        ("psm_did", {"unit": "province"}, "expected one of city, city_year, got 'province'"),
        ("psm_did", {"method": "radius"}, "expected one of kernel, nearest, entropy, got 'radius'"),
        ("psm_did", {"within": "year"}, "within: year only with unit: city_year"),
        ("psm_did", {"unit": "city_year", "propensity": "pooled"}, "propensity: pooled only with within: year"),
        ("psm_did", {"moments": "variances"}, "moments with method entropy only, not with kernel"),
        ("psm_did", {"method": "entropy", "regression": "matched"}, "regression: weighted with method entropy"),
        ("psm_did", {"method": "entropy", "caliper": 0.1}, "no seekers, caliper or propensity with method entropy"),
        ("psm_did", {"kernel": "normal"}, "expected one of epanechnikov, gaussian, got 'normal'"),
        ("psm_did", {"scale": "odds"}, "expected one of score, index, got 'odds'"),
        ("psm_did", {"common_support": "trim"}, "expected one of minmax, overlap, none, got 'trim'"),
        ("psm_did", {"regression": "ols"}, "expected one of weighted, matched, common_support, got 'ols'"),
        ("psm_did", {"covariates": [], "controls": []}, "there is no covariate to match on"),
        ("psm_did", {"covariates": ["a", "a"]}, "each of covariates once"),
        ("psm_did", {"period": "base_year"}, r"specs\.one\.period"),
        ("psm_did", {"period": [2012, 2010]}, r"specs\.one\.period: expected the smaller number first"),
        ("psm_did", {"bandwidth": 0.0}, r"specs\.one\.bandwidth: expected more than 0, got"),
        ("psm_did", {"caliper": -1.0}, r"specs\.one\.caliper: expected more than 0, got"),
        ("psm_did", {"neighbours": 1.5}, r"specs\.one\.neighbours: expected a whole number"),
        ("psm_did", {"method": "nearest", "ties": True, "replacement": False}, "ties with replacement only"),
        ("psm_did", {"weights": "w"}, r"specs\.one\.weights: expected nothing, got 'w'"),
        ("iv", {"endogenous": ["d", "m"]}, r"at least as many instruments as endogenous variables \(2\)"),
        ("iv", {"instruments": []}, r"specs\.one\.instruments"),
        ("iv", {"endogenous": [], "treatment": None}, "there is no endogenous regressor"),
        ("iv", {"instruments": ["z", "z2"], "tf": True}, "one endogenous regressor and one instrument only"),
        ("iv", {"plausibly_exogenous": {}}, "a range under gamma, or a variance"),
        ("iv", {"plausibly_exogenous": {"gamma": [1, 0]}}, "the smaller number first"),
        ("iv", {"plausibly_exogenous": {"mean": 0.1, "gamma": [0, 1]}}, "a variance beside the mean"),
        ("iv", {"plausibly_exogenous": {"variance": -1.0}}, "a variance of 0 or more"),
        ("iv", {"plausibly_exogenous": {"gamma": {"q": [0, 1]}}}, "which q is not; there is z"),
        ("iv", {"instruments": ["z", "z2"], "plausibly_exogenous": {"gamma": [0, 1]}}, "gamma by name where there are several"),
        (
            "iv",
            {"instruments": ["z", "z2"], "plausibly_exogenous": {"gamma": {"z": [0, 1], "z2": [0, 1]}, "grid": 101}},
            "a grid of at most 10,000 points",
        ),
        ("mediation", {"mediators": []}, r"specs\.one\.mediators"),
        ("mediation", {"cluster": ["city", "year"]}, r"specs\.one\.cluster"),
        ("mediation", {"draws": 1}, r"specs\.one\.draws: .*at least 2"),
        ("mediation", {"treatment": None}, r"specs\.one\.treatment"),
        ("heterogeneity", {"by": "policy"}, "'policy' is the treatment or the outcome"),
        ("heterogeneity", {"shared": True, "cluster": None}, "a cluster where groups share rows"),
        ("heterogeneity", {"groups": ["east", "east"]}, "two groups or more"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_stops_before_anything_is_estimated(estimator, changes, message):
    with pytest.raises(DeclarationError, match=message) as caught:
        declared(spec(estimator, **changes))
    assert "config/studies/demo.yaml, specs.one" in str(caught.value).splitlines()[0]


def test_defaults_are_those_of_a_two_way_regression():
    params = declared({"estimator": "twfe", "outcome": "y"}).params
    assert (params.absorb, params.cluster, params.missing) == (["city", "year"], "city", "error")
    assert params.regressors == [] and params.clusters == ["city"]
    assert declared(spec("twfe", cluster=None)).params.clusters == []
    assert declared(spec("twfe")).params.regressors == ["policy", "x"]


def test_matching_without_covariates_is_on_the_controls():
    assert declared(spec("psm_did", covariates=[])).params.covariates == ["x"]
    assert declared(spec("psm_did")).params.covariates == ["size"]


def test_the_treatment_is_instrumented_unless_another_is_named():
    assert declared(spec("iv", endogenous=[])).params.endogenous == ["policy"]
    assert declared(spec("iv", endogenous="d")).params.endogenous == ["d"]


@pytest.mark.parametrize(
    ("estimator", "columns"),
    [
        ("twfe", ["y", "policy", "x", "city", "year"]),
        # First treated years are missing where a city never is, the treatment itself is not read.
        ("event_study", ["y", "x", "city", "year"]),
        ("placebo", ["y", "policy", "x", "city", "year"]),
        ("psm_did", ["y", "policy", "x", "city", "year", "size"]),
        # What is instrumented stands in the place of the treatment.
        ("iv", ["y", "x", "city", "year", "d", "z"]),
        # A mediator, or a group, may be missing.
        ("mediation", ["y", "policy", "x", "city", "year"]),
        ("heterogeneity", ["y", "policy", "x", "city", "year"]),
    ],
)
def test_columns_in_which_gaps_matter(estimator, columns):
    entry = declared(spec(estimator))
    assert entry.kind.columns(entry.params) == columns


def test_effects_clusters_and_weights_are_columns_too():
    entry = declared(
        spec(
            "twfe", absorb=["city[trend]", "province#year"], cluster="block#year", weights="w", where="x > 0"
        )
    )
    expected = ["y", "policy", "x", "city", "trend", "province", "year", "block", "w"]
    assert entry.kind.columns(entry.params) == expected
    named = {(each.what, each.name) for each in entry.kind.references(entry.params)}
    assert {("condition", "x > 0"), ("fixed effects", "city[trend]"), ("cluster", "block#year")} <= named


@pytest.mark.parametrize("estimator", OWN)
def test_every_key_has_a_description_and_plain_values_read_back(estimator):
    entry = declared(spec(estimator))
    assert all(field.description for field in entry.kind.params.model_fields.values())
    assert entry.kind.params.model_validate(entry.params.plain(), strict=False) == entry.params
    assert entry.kind.summary.endswith(".")


def test_staggered_estimators_need_the_studys_treatment():
    needs = {
        name for name, kind in kinds().family("estimators").items() if kind.option("NEEDS_TREATMENT", False)
    }
    companions = {
        name for name, kind in kinds().family("estimators").items() if kind.option("COMPANION", False)
    }
    assert needs == {"event_study", "honest_did", "placebo", "pretrends_power", "psm_did"} | companions
    assert len(companions) == 7
