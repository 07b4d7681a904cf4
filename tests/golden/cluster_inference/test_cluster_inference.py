"""Wild bootstrap, CR2, CV3 and Conley errors against the methods' own packages; see README.md."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.estimators.prepare import codes_of
from nianjian.numerics.absorb import partial_out
from nianjian.numerics.by_cluster import by_cluster
from nianjian.numerics.cluster_jackknife import jackknife
from nianjian.numerics.conley import conley_meat
from nianjian.numerics.cr2 import bias_reduced
from nianjian.numerics.wild_bootstrap import wild_bootstrap
from nianjian.spatial.boundaries import RADIUS_KM
from nianjian.spatial.seats import great_circle_distances

HERE = Path(__file__).parent
COORDINATES = (
    HERE.parents[3] / "shared" / "replication" / "did_references" / "data" / "low_carbon_coordinates.csv"
)


def rows(name):
    return [pytest.param(row, id=str(row.Index)) for row in pd.read_csv(HERE / name).itertuples()]


def data(dataset, cluster, regressors=("D",)):
    frame = pd.read_csv(HERE / f"{dataset}.csv")
    if dataset == "mpdta":
        frame["state"] = frame["sid"] // 1000
    effects = [codes_of(frame, "sid"), codes_of(frame, "year")]
    within = partial_out(frame[["y", *regressors]].to_numpy(dtype=float), effects)
    clusters = codes_of(frame, "sid" if cluster == "id" else cluster)
    return by_cluster(within[:, 0], within[:, 1:], effects, clusters, np.ones(len(frame))), frame


def number(text, name):
    return float(re.search(rf"\b{name}=(-?[\d.]+)", text)[1])


@pytest.mark.parametrize(
    "row", [each for each in rows("wild_bootstrap.csv") if each.values[0].method != "wild_exact_own"]
)
def test_wild_bootstrap(row):
    found, frame = data(row.dataset, re.search(r"clustid=(\w+)", row.options)[1])
    scores, variance = re.search(r"bootstrap_type=\D*(\d)(\d)", row.options).groups()
    made = wild_bootstrap(
        found,
        0,
        np.random.default_rng(1),
        draws=int(number(row.options, "B")),
        weights=re.search(r"; type=(\w+)", row.options)[1],
        restricted="impose_null=TRUE" in row.options,
        jackknife_scores=scores == "3",
        cv3=variance == "3",
    )
    n, parameters, groups = len(frame), found.basis.shape[1] + frame["sid"].nunique(), found.groups
    factor = np.sqrt((n - 1) / (n - parameters) * groups / (groups - 1))
    assert made.estimate == pytest.approx(row.estimate, abs=1e-12)
    assert made.t / factor == pytest.approx(number(row.note, "t"), abs=1e-10)
    p = made.p_value
    if variance == "3":  # the package's observed t has the factor, its draws have not
        p = made.probability @ (made.drawn > abs(made.t) / factor * (1 + 1e-9))
    if "exact" in row.options:
        assert made.enumerated
        assert p == number(row.note, "p")
        if np.isfinite(row.conf_low):
            np.testing.assert_allclose(
                [made.conf_low, made.conf_high], [row.conf_low, row.conf_high], atol=1e-8
            )
    elif made.enumerated:
        assert p == pytest.approx(number(row.note, "p"), abs=4 * np.sqrt(0.25 / 99999))
    else:
        assert p == pytest.approx(number(row.note, "p"), abs=4 * np.sqrt(2 * p * (1 - p) / made.draws))
        error = abs(made.std_error)
        np.testing.assert_allclose(
            [made.conf_low, made.conf_high], [row.conf_low, row.conf_high], atol=0.08 * error
        )


@pytest.mark.parametrize(
    "row", [each for each in rows("wild_bootstrap.csv") if each.values[0].method == "wild_exact_own"]
)
def test_wild_bootstrap_by_brute_force(row):
    found, _ = data("castle", re.search(r"cluster (\w+)", row.options)[1])
    made = wild_bootstrap(found, 0, np.random.default_rng(0), restricted="TRUE" in row.options)
    assert f"share |t*| > |t|: {made.p_value:.10g}; share >=: {made.p_value_ties:.10g}" in row.note


@pytest.mark.parametrize("row", rows("cr2_cr3.csv"))
def test_cr2_and_cv3(row):
    named = re.search(r"cluster=(\w+)|one (\w+) out|^(\w+)$", row.options)
    cluster = next(each for each in named.groups() if each)
    regressors = ["D", "unemployrt"] if "unemployrt" in row.options else ["D"]
    if row.term.endswith("sorted"):
        listed(row, cluster)
        return
    found, frame = data(row.dataset, cluster, regressors)
    assert found.slopes[0] == pytest.approx(row.estimate, abs=1e-12)
    if row.method.startswith("CR"):
        parameters = found.basis.shape[1] + (0 if "demeaned" in row.options else frame["sid"].nunique())
        made = bias_reduced(found, row.method.lower(), parameters=parameters)
        assert np.sqrt(made.vcov[0, 0]) == pytest.approx(row.std_error, abs=1e-10)
        assert made.df[0] == pytest.approx(number(row.note, "df"), rel=1e-9)
    else:
        made = jackknife(found)
        vcov = made.vcov_centred if row.method.endswith("3J") else made.vcov
        assert np.sqrt(vcov[0, 0]) == pytest.approx(row.std_error, abs=1e-10)
        if row.method == "jackknife_own":
            centred = np.sqrt(made.vcov_centred[0, 0])
            assert centred == pytest.approx(number(row.note, "CV3J"), abs=1e-10)


def listed(row, cluster):
    """Leverage and estimates without each cluster; the rows do not say which regression they are of."""
    values = np.array(row.note.split(), dtype=float)
    near = []
    for regressors in (["D"], ["D", "unemployrt"])[: 2 if row.dataset == "castle" else 1]:
        found = data(row.dataset, cluster, regressors)[0]
        made = jackknife(found)
        near += {
            "leverage_g sorted": [made.leverage, made.leverage - found.nested],
            "partial leverage sorted": [made.partial_leverage[:, 0]],
            "omit-one-cluster coefficients sorted": [made.without[:, 0]],
        }[row.term]
    assert min(np.abs(np.sort(each) - values).max() for each in near) < 1e-8


@pytest.fixture(scope="module")
def low_carbon():
    if not COORDINATES.is_file():
        pytest.skip("the panel with coordinates is not beside the repository")
    return pd.read_csv(COORDINATES)


def conley_error(frame, regressors, effects, distances, cutoff, **options):
    effects = [codes_of(frame, name) for name in effects]
    within = partial_out(frame[["y", *regressors]].to_numpy(dtype=float), effects)
    y, x = within[:, 0], within[:, 1:]
    bread = np.linalg.inv(x.T @ x)
    scores = x * (y - x @ bread @ (x.T @ y))[:, None]
    places, years = codes_of(frame, "id"), codes_of(frame, "year")
    meat = conley_meat(scores, places, distances, cutoff, years=years, **options)
    return np.sqrt(np.diag(bread @ meat @ bread))


def flat(lon, lat):
    """fixest's ``triangular`` distances."""
    east = np.cos(np.radians((lat[:, None] + lat) / 2)) * (lon[:, None] - lon)
    return 111 * np.hypot(lat[:, None] - lat, east)


@pytest.mark.real
@pytest.mark.parametrize("row", rows("conley.csv"))
def test_conley(row, low_carbon):
    seats = low_carbon.groupby("id")[["lon", "lat"]].first()
    lon, lat = seats["lon"].to_numpy(), seats["lat"].to_numpy()
    unit = great_circle_distances(lon, lat) / RADIUS_KM
    if row.method == "conley":
        regressors = ["D", "ind"] if "D + ind" in row.options else ["D"]
        effects = ["id", "year"] if "id + year" in row.options else ["year"]
        distances = unit * 6376 if "spherical" in row.options else flat(lon, lat)
        found = conley_error(low_carbon, regressors, effects, distances, number(row.options, "cutoff"))
        assert found[regressors.index(row.term)] == pytest.approx(row.std_error, rel=1e-10)
        return
    radius = number(row.options, "R")
    options = {"kernel": "bartlett" if "Bartlett" in row.options else "uniform"}
    options["pairs"] = {"all row pairs": "all", "plus all pairs of one city": "year_or_place"}.get(
        re.search(r"all row pairs|plus all pairs of one city|$", row.options)[0], "year"
    )
    found = conley_error(low_carbon, ["D", "ind"], ["id", "year"], unit * radius, 300, **options)
    assert found[0] == pytest.approx(row.std_error, rel=1e-10)
