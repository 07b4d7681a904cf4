"""The studies of eco-industrial parks (S3) and of cluster pilots (S4): declarations, spatial tables, figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from nianjian.publish.figures.inputs import Inputs

from nianjian.declarations.registry import Registry
from nianjian.errors import DeclarationError, EstimationError
from nianjian.estimates import by_address
from nianjian.kinds.context import EstimatorContext
from nianjian.kinds.registry import kinds
from nianjian.publish.figures import canvas, moran
from nianjian.schemas import ESTIMATES
from nianjian.spatial import local_moran
from nianjian.spatial import weights as spatial_weights

CONFIG = Path(__file__).resolve().parents[2] / "config"
STUDIES = ("icr_ecopark", "gie_cluster")
LABELS = {
    "did": {"en": "Pilot", "zh": "试点"},
    "eco": {"en": "Density", "zh": "密度"},
    "gie": {"en": "Efficiency", "zh": "效率"},
    "geographic": {"en": "Inverse distance", "zh": "距离倒数"},
    "economic": {"en": "Economic distance", "zh": "经济距离"},
    "queen": {"en": "Contiguity", "zh": "邻接"},
}


@pytest.fixture(scope="module")
def registry():
    return Registry.load(CONFIG, {"studies": list(STUDIES), "languages": ["en", "zh"]})


def variants(registry):
    return [
        name
        for study in STUDIES
        for name in (study, *(f"{study}-{own}" for own in registry.study(study).model.variants))
    ]


def rows(*given, study="s", spec="one"):
    """ESTIMATES rows from (kind, term, estimate, std_error, statistic, p_value, conf_low, conf_high, df)."""
    names = ("kind", "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "df")
    frame = pd.DataFrame([dict(zip(names, each, strict=False)) for each in given])
    return frame.assign(study=study, spec=spec).reindex(columns=list(ESTIMATES))


# -- declarations ----------------------------------------------------------------------------------


def test_studies_and_their_variants_resolve(registry):
    for name in variants(registry):
        resolved = registry.study(name)
        assert set(resolved.check_units()) == set(resolved.model.variables), name


def test_economic_distance_is_of_years_before_the_first_pilot(registry):
    matrix = registry.matrix("gie_cluster", "composite")
    assert matrix["parts"]["economic"]["years"] == [2007, 2012]
    policy = pd.read_csv(CONFIG / "reference/policies/innovative_clusters.csv")
    assert policy["approval_date"].min() >= "2013"


def test_the_yearbook_variants_need_nothing_that_the_yearbook_lacks(registry):
    for study in STUDIES:
        used = {
            name
            for formula in registry.study(f"{study}-yearbook_only").formulas.values()
            for name in formula.names
        }
        lacking = {"irie", "green_pat_app", "green_pat_grant", "n_pollute", "innov_index", "exp_env"}
        assert not used & lacking


CHOICE = rows(
    *(
        ("fit", f"{name}[{matrix}]", value)
        for matrix, aic in (("a=0", 12.0), ("a=0.5", 9.0), ("a=1", 11.0), ("queen", 10.0))
        for name, value in (("aic", aic), ("loglik", -aic / 2), ("rho", 0.2), ("best_aic", float(aic == 9.0)))
    )
)

# -- local association -----------------------------------------------------------------------------


N, FIRST_CITY = 12, 110000


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """Twelve cities in a row, high at one end, one of them low among high; the rows written of them."""
    links = np.zeros((N, N))
    for i in range(N - 1):
        links[i, i + 1] = links[i + 1, i] = 1
    cities = tuple(range(FIRST_CITY, FIRST_CITY + N))
    path = tmp_path_factory.mktemp("weights") / "line.parquet"
    spatial_weights.write(spatial_weights.from_matrix(cities, links, name="line"), path)
    values = [9.0, 9.5, 1.0, 9.2, 8.8, 5.0, 4.0, 1.2, 1.1, 0.9, 1.0, 1.05]
    frame = pd.DataFrame({"city": cities, "year": 2023, "icr": values})
    own = {"outcome": "icr", "matrix": "line", "years": [2023], "permutations": 499, "alpha": 0.2}
    kind = kinds().get("estimators", "local_moran")
    context = EstimatorContext("s", "specs", "local", seed=1, matrices={"line": path})
    return frame, kind.build(kind.read(own), frame, context)


def test_local_results_come_back_with_their_clusters(local):
    _, estimates = local
    found = moran.local_results(estimates, 2023, "s, figures.2").set_index("city")
    assert len(found) == N
    assert found["local"].to_numpy() == pytest.approx((found["z"] * found["lag"]).to_numpy())
    inside = found["cluster"] != "ns"
    assert (found["p_value"][inside] <= 0.2).all() and (found["p_value"][~inside] > 0.2).all()
    assert found.loc[FIRST_CITY + 9, "cluster"] == "LL"
    assert by_address(estimates)["local", "fit", "clusters[2023]"]["estimate"] == inside.sum()


def test_figures_and_statistics_call_quadrants_alike():
    assert moran.QUADRANTS == local_moran.QUADRANTS
    assert set(moran.CLUSTERS) == {*local_moran.QUADRANTS.values(), "ns"}


def test_local_results_of_an_absent_year_name_those_there_are(local):
    with pytest.raises(EstimationError, match="no local results of 2006; there is 2023"):
        moran.local_results(local[1], 2006, "s, figures.2")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_scatter_and_choice_are_drawn(local, language):
    inputs = Inputs(
        place="s, figures.2", study="s", labels=LABELS | {"icr": LABELS["gie"]}, estimates=local[1]
    )
    declaration = {"kind": "moran_scatter", "outcome": "icr", "year": 2023}
    with canvas.style(language):
        axes = moran.draw_scatter(declaration, inputs, language).axes[0]
    assert sum(len(drawn.get_offsets()) for drawn in axes.collections) == N
    chosen = Inputs(place="s, figures.4", study="s", labels=LABELS, estimates=CHOICE)
    with canvas.style(language):
        axes = moran.draw_weight_choice({"grid": ["geographic", "economic"]}, chosen, language).axes[0]
    assert list(axes.lines[0].get_ydata()) == [12.0, 9.0, 11.0]
    assert axes.texts[0].get_text() == "a = 0.5"


def test_a_choice_without_a_grid_cannot_be_drawn():
    inputs = Inputs(place="s, figures.4", study="s", labels=LABELS, estimates=CHOICE)
    with pytest.raises(DeclarationError, match="mixes no matrices"):
        moran.draw_weight_choice({"grid": None}, inputs, "en")
