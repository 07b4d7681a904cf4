"""Spatial panel models: a Durbin model with its impacts, the weight grid, and peers on the same panel."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from bench.measure import gap, in_r, line, seconds, skipped, timed
from montecarlo.spatial import NAMES, neighbours, simulate
from nianjian.spatial.compare_matrices import compare_matrices, mixtures
from nianjian.spatial.estimation import fit as fit_model
from nianjian.spatial.impacts import spatial_impacts
from nianjian.spatial.likelihood import within
from nianjian.spatial.models import SpatialFit

CITIES, YEARS = 285, 18
WITHIN = 1e-5
"""What rho may differ by: the peers' optimisers stop there."""

SPLM = """
panel <- read.csv("panel.csv"); w <- as.matrix(read.csv("weights.csv")); dimnames(w) <- NULL
listw <- spdep::mat2listw(w, style = "W")
run <- function() fit <<- splm::spml(y ~ a + b, data = panel, listw = listw, model = "within",
  effect = "individual", lag = TRUE, spatial.error = "none")
cat(spent(run), coef(fit)[["lambda"]], sep = "\\n")
"""


def bench() -> None:
    """A Durbin model with its impacts, the weight grid, and SAR with city effects against spreg and splm."""
    weights, far = neighbours(CITIES), neighbours(CITIES, seed=7, count=20)
    y, x = simulate(weights, YEARS, np.random.default_rng(0), rho=0.4, theta=(0.3, 0.2))

    def durbin() -> None:
        spatial_impacts(fit_model(y, x, weights, model="sdm", regressors=NAMES))

    def grid() -> list[float]:
        matrices = mixtures(weights, far)
        return compare_matrices(y, x, matrices, model="sdm").table["rho"].tolist()

    def grid_by_determinants() -> list[float]:
        return [_durbin_rho(y, x, weight) for weight in mixtures(weights, far).values()]

    def fifteen_draws_by_inversion() -> None:
        # 1,000 draws by inverting I - rho W take this times 1000 / 15.
        for rho in np.linspace(0.3, 0.5, 15):
            np.linalg.inv(np.eye(CITIES) - rho * weights)

    durbin()
    ours = seconds(durbin, 5)
    line(
        "SDM, 285 × 18, impacts with 1,000 draws", ours,
        "the draws alone, by inversion", seconds(fifteen_draws_by_inversion) * 1000 / 15,
    )  # fmt: skip
    line(
        "SDM under 11 weight matrices, with errors", seconds(grid),
        "dense determinants, rho only", seconds(grid_by_determinants),
        difference=gap(grid(), grid_by_determinants()), within=WITHIN,
    )  # fmt: skip

    def lag_model() -> SpatialFit:
        return fit_model(y, x, weights, model="sar", regressors=NAMES, absorb=("city",))

    fit = lag_model()
    ours = seconds(lag_model)
    what = "SAR with city effects, 285 × 18"
    _against_spreg(what, ours, fit, y, x, weights)
    _against_splm(what, ours, fit, y, x, weights)


def _durbin_rho(y: np.ndarray, x: np.ndarray, weights: np.ndarray) -> float:
    """Rho of a two-way Durbin model: least squares and a new determinant at each value tried."""
    lagged = np.einsum("ij,jtk->itk", weights, x)
    design = within(np.concatenate([x, lagged], axis=2), ("city", "year")).reshape(-1, 2 * x.shape[2])
    both = np.column_stack([within(one, ("city", "year")).ravel() for one in (y, weights @ y)])
    own, around = (both - design @ np.linalg.lstsq(design, both, rcond=None)[0]).T

    def minus(rho: float) -> float:
        determinant = np.linalg.slogdet(np.eye(len(weights)) - rho * weights)[1]
        return y.size / 2 * np.log(((own - rho * around) ** 2).sum()) - y.shape[1] * determinant

    return float(minimize_scalar(minus, bounds=(-0.99, 0.99), method="bounded", options={"xatol": 1e-8}).x)


def _against_spreg(
    what: str, ours: float, fit: SpatialFit, y: np.ndarray, x: np.ndarray, weights: np.ndarray
) -> None:
    try:
        import libpysal
        import spreg
    except ImportError:
        skipped(what, "spreg", "not installed")
        return
    w = libpysal.weights.util.full2W(weights)
    # Years one below the other, cities in the matrix's order within each.
    stacked_y, stacked_x = y.T.reshape(-1, 1), x.transpose(1, 0, 2).reshape(-1, x.shape[2])

    def theirs() -> object:
        return spreg.Panel_FE_Lag(stacked_y, stacked_x, w)

    spent, result = timed(theirs)
    line(what, ours, "spreg Panel_FE_Lag", spent, difference=gap(fit.rho, float(result.rho)), within=WITHIN)


def _against_splm(
    what: str, ours: float, fit: SpatialFit, y: np.ndarray, x: np.ndarray, weights: np.ndarray
) -> None:
    rows = pd.MultiIndex.from_product([range(CITIES), range(YEARS)], names=["city", "year"])
    table = pd.DataFrame(x.reshape(-1, 2), index=rows, columns=NAMES).assign(y=y.ravel()).reset_index()
    found = in_r("splm", SPLM, {"panel": table, "weights": pd.DataFrame(weights)})
    if isinstance(found, str):
        skipped(what, "R splm", found)
    else:
        line(what, ours, "R splm", found[0], difference=gap(fit.rho, found[1]), within=WITHIN)
