"""One spatial model under several weight matrices."""

import numpy as np
import pytest
from scipy import sparse

from montecarlo.spatial import NAMES, neighbours, simulate
from nianjian.errors import EstimationError
from nianjian.estimates import by_address
from nianjian.spatial.compare_matrices import compare_matrices, mixtures
from nianjian.spatial.params import SHARES

CITIES, YEARS = 100, 10


@pytest.fixture(scope="module")
def weights():
    return neighbours(CITIES)


@pytest.fixture(scope="module")
def panel(weights):
    return simulate(weights, YEARS, np.random.default_rng(0), rho=0.4, theta=(0.3, -0.2))


def test_the_grid_finds_the_weights_that_made_the_data():
    near, far = neighbours(60, seed=1), neighbours(60, seed=2, count=12)
    grid = mixtures(near, far)
    assert list(grid) == [f"a={share:g}" for share in np.round(np.arange(11) / 10, 1)]
    np.testing.assert_allclose(grid["a=0.3"], 0.3 * near + 0.7 * far)
    np.testing.assert_allclose(
        mixtures(sparse.csr_array(near), sparse.csr_array(far))["a=0.3"].toarray(), grid["a=0.3"]
    )
    y, x = simulate(grid["a=0.3"], 20, np.random.default_rng(0), rho=0.6, theta=(1.0, 0.5))
    found = compare_matrices(y, x, grid, model="sdm", regressors=NAMES, lee_yu="transform")
    assert found.best_aic == found.best_bic and found.best_aic in ("a=0.2", "a=0.3", "a=0.4")
    rows = found.tidy("s", "grid")
    assert set(rows["kind"]) == {"fit"} and set(rows["matrix"]) == set(grid)
    values = {term: row["estimate"] for (_, _, term), row in by_address(rows).items()}
    assert sum(values[f"best_aic[{name}]"] for name in grid) == 1
    assert values[f"aic[{found.best_aic}]"] == min(values[f"aic[{name}]"] for name in grid)
    assert values["rho[a=0.3]"] == pytest.approx(0.6, abs=0.2)
    shares = rows[rows["term"] == "share"].set_index("matrix")["estimate"]
    assert shares.to_dict() == SHARES == {name: float(name.removeprefix("a=")) for name in grid}


def test_declared_matrices_are_compared_by_name(weights, panel):
    y, x = panel
    found = compare_matrices(y, x, {"far": neighbours(CITIES, seed=5), "true": weights}, model="sem")
    rows = found.tidy("s", "c")
    assert found.best_aic == "true" and ("c", "fit", "lambda[far]") in by_address(rows)
    assert "share" not in set(rows["term"])  # neither is a mixture
    with pytest.raises(EstimationError, match=r"weights far: .* sums to"):
        compare_matrices(y, x, {"far": 2 * weights}, model="sem")
    with pytest.raises(EstimationError, match="no weight matrix to compare"):
        compare_matrices(y, x, {})
    with pytest.raises(EstimationError, match="have shapes"):
        mixtures(weights, weights[:5, :5])
    with pytest.raises(EstimationError, match=r"share 1.5 of a mixed"):
        mixtures(weights, weights, {"a=1.5": 1.5})
