"""Weight matrices made ready: determinants, checks."""

import numpy as np
import pytest
from scipy import sparse

from montecarlo.spatial import neighbours, simulate
from nianjian.errors import EstimationError
from nianjian.estimates import by_address
from nianjian.spatial import prepared_weights
from nianjian.spatial.estimation import fit as fit_model
from nianjian.spatial.impacts import spatial_impacts
from nianjian.spatial.logdet import symmetric_scale
from nianjian.spatial.prepared_weights import prepare

N = 60
RHOS = np.array([-0.9, -0.3, 0.0, 0.2, 0.5, 0.9])


@pytest.fixture(scope="module")
def weights():
    return neighbours(N)


@pytest.fixture(autouse=True)
def sparse_stays_sparse(monkeypatch):
    """Small sparse matrices would be made dense."""
    monkeypatch.setattr(prepared_weights, "DENSE_CITIES", 0)
    monkeypatch.setattr(prepared_weights, "DENSE_SHARE", 1)


def directed(n=N, seed=0, count=4):
    """Each city's nearest, not mutual: cannot be symmetrised."""
    place = np.random.default_rng(seed).uniform(size=(n, 2))
    distance = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    np.fill_diagonal(distance, np.inf)
    return (distance <= np.sort(distance, axis=1)[:, [count - 1]]) / count


def dense_logdet(weights, rho):
    return np.linalg.slogdet(np.eye(len(weights)) - rho * weights)[1]


@pytest.mark.parametrize("build", [lambda: neighbours(N), directed, lambda: sparse.csr_array(neighbours(N))])
def test_determinants_and_their_slopes(build):
    matrix = build()
    dense = matrix.toarray() if sparse.issparse(matrix) else matrix
    logdet = prepare(matrix).logdet
    np.testing.assert_allclose(logdet.value(RHOS), [dense_logdet(dense, r) for r in RHOS], atol=1e-11 * N)
    inverse = [np.linalg.solve(np.eye(N) - r * dense, dense) for r in RHOS]
    np.testing.assert_allclose(logdet.slope(RHOS), [-g.trace() for g in inverse], rtol=1e-6, atol=1e-6)
    assert np.ndim(logdet.value(0.3)) == 0


def test_a_row_standardised_symmetric_matrix_is_recognised(weights):
    scale = symmetric_scale(weights)
    flow = scale[:, None] * weights
    np.testing.assert_allclose(flow, flow.T, atol=1e-12)
    assert np.isrealobj(prepare(weights).logdet.eigenvalues)
    assert prepare(weights).logdet.low == pytest.approx(1 / np.linalg.eigvals(weights).real.min())
    assert symmetric_scale(directed()) is None
    # Symmetric links whose weights go round a triangle unequally have no scale either.
    triangle = np.array([[0, 0.9, 0.1], [0.1, 0, 0.9], [0.9, 0.1, 0]])
    assert symmetric_scale(triangle) is None
    assert prepare(triangle).logdet.low == -1


def test_two_separate_groups_of_cities(weights):
    apart = np.block([[weights, np.zeros((N, N))], [np.zeros((N, N)), weights]])
    assert symmetric_scale(apart) is not None
    assert prepare(apart).logdet.value(0.4) == pytest.approx(2 * dense_logdet(weights, 0.4))


def test_known_eigenvalues_are_used_and_checked(weights):
    values = np.linalg.eigvals(weights)
    given = prepare(weights, eigenvalues=values)
    assert given.logdet.value(0.4) == pytest.approx(dense_logdet(weights, 0.4))
    for wrong in (values[1:], values + 0.1, 2 * values):
        with pytest.raises(EstimationError, match="eigenvalues given are not those of the 60 x 60"):
            prepare(weights, eigenvalues=wrong)


def with_island(weights):
    linked = weights > 0
    linked[3] = linked[:, 3] = False
    rows = linked.sum(axis=1, keepdims=True)
    return np.divide(linked, rows, out=np.zeros_like(weights), where=rows > 0)


def test_islands_stop_the_run_unless_kept(weights):
    apart = with_island(weights)
    with pytest.raises(
        EstimationError, match="1 cities have no neighbour in the weight matrix: Zhoushan; drop"
    ):
        prepare(apart, names=[*"abc", "Zhoushan", *range(N - 4)])
    y, x = simulate(apart, 6, np.random.default_rng(0), rho=0.4, theta=(0.3, 0.0))
    fit = fit_model(y, x, apart, islands="keep")
    assert by_address(fit.tidy("s", "i"))["i", "fit", "islands"]["estimate"] == 1
    impacts = spatial_impacts(fit, draws=200)
    inverse = np.linalg.inv(np.eye(N) - fit.rho * apart)
    multiplier = inverse @ (fit.beta[0] * np.eye(N) + fit.theta[0] * apart)
    assert impacts.estimates[0, 0] == pytest.approx(multiplier.trace() / N)
    assert impacts.estimates[2, 0] == pytest.approx(multiplier.sum() / N)
    for options in ({"model": "sem"}, {"model": "sdm", "lee_yu": "transform"}):
        with pytest.raises(EstimationError, match="needs rows that sum to one; drop these cities"):
            fit_model(y, x, apart, islands="keep", **options)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda w: w[:5], r"has shape \(5, 60\)"),
        (lambda w: np.where(w > 0, np.nan, w), "missing or infinite weights"),
        (lambda w: np.where(np.eye(N, k=1) > 0, -0.1, w), "negative weights, the lowest -0.1"),
        (lambda w: w + np.eye(N), "0 is its own neighbour"),
        (lambda w: 2 * w, r"row 0 of the weight matrix sums to 2 \(and 59 more"),
        (lambda w: 0 * w, "links no two cities"),
    ],
)
def test_messages_about_weights(weights, change, message):
    with pytest.raises(EstimationError, match=message):
        prepare(change(weights))
    if change(weights).shape == (N, N):
        with pytest.raises(EstimationError, match=message):
            prepare(sparse.csr_array(change(weights)))
