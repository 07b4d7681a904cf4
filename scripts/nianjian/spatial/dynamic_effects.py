"""Effects of regressors in dynamic spatial models, in the short and the long run.

In the same year y moves by (I - rho W)^-1 (beta I + theta W); for good, once the outcome has settled, by
((1 - tau) I - (rho + eta) W)^-1 (beta I + theta W). The latter is the former at rho' = (rho + eta) / (1 - tau), beta / (1 - tau)
and theta / (1 - tau). Direct is the mean of the diagonal, total that of the row sums.

References
----------
Debarsy, N., Ertur, C. & LeSage, J. (2012). Interpreting dynamic space-time panel data models. Statistical Methodology 9.
Elhorst, J. P. (2014). Spatial Econometrics. From Cross-Sectional Data to Spatial Panels, chapter 4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.errors import EstimationError
from nianjian.seeds import FIRST_SEED
from nianjian.spatial.dynamic import ETA, HORIZONS, DynamicFit, Errors, Model, fit
from nianjian.spatial.impacts import (
    DRAWS,
    Kind,
    SpatialImpacts,
    impacts_at,
    kept_draws,
    multiplier_at,
    seed_of,
)
from nianjian.spatial.logdet import Array
from nianjian.spatial.models import Weights
from nianjian.spatial.panels import panel_arrays
from nianjian.spatial.prepared_weights import Islands, prepare

STEP = 1e-4
"""Of numerical derivatives, in standard errors."""


def effects(
    fitted: DynamicFit,
    *,
    draws: int = DRAWS,
    seed: int | np.random.SeedSequence = 0,
    primary: Kind = "simulated",
    context: str = "",
) -> dict[str, SpatialImpacts]:
    """Impacts of every regressor by horizon; without the long run where the dynamics are not stationary.

    Simulated errors are standard deviations over draws of the parameters from their asymptotic normal distribution, intervals
    their percentiles; draws whose dynamics are not stationary are drawn again and counted. The estimate is at the estimated
    parameters.

    Raises
    ------
    EstimationError
        If fewer than two draws are asked for, or nine of ten are not stationary.
    """
    if draws < 2:
        raise EstimationError(f"{context}{draws} draws give no standard error; ask for 1000")
    horizons = HORIZONS if fitted.largest_root < 1 else HORIZONS[:1]
    centre, vcov = fitted.params[:-1], fitted.vcov[:-1, :-1]
    estimates = _at(centre, fitted)
    errors = np.sqrt(np.diag(vcov))
    columns = []
    for j, error in enumerate(errors):
        shift = np.zeros(len(centre))
        shift[j] = STEP * error
        columns.append((_at(centre + shift, fitted) - _at(centre - shift, fitted)) / (2 * STEP * error))
    jacobian = np.stack(columns, axis=-1)
    delta = np.sqrt(np.einsum("hijm,ml,hijl->hij", jacobian, vcov, jacobian).clip(0))
    complaint = (
        f"{context}nine of ten draws of the parameters are not stationary: the largest root, {fitted.largest_root:.3f}, is too "
        "near one, or too uncertain, for errors of effects; choose another `model` or `matrix`, or `impact_errors: delta`"
    )
    kept, rejected = kept_draws(centre, vcov, draws, seed, _allowed(fitted, len(horizons) == 2), complaint)
    simulated = _at(kept, fitted)
    return {
        name: SpatialImpacts.of(fitted.regressors, estimates[h], simulated[:, h], delta[h], rejected, primary)
        for h, name in enumerate(horizons)
    }


def _parts(params: Array, fitted: DynamicFit) -> tuple[Array, Array, Array]:
    """Tau, eta and rho of (..., m) parameters."""
    eta = params[..., 1] if ETA in fitted.names else np.zeros(params.shape[:-1])
    return params[..., 0], eta, params[..., -1]


def _at(params: Array, fitted: DynamicFit) -> Array:
    """(..., 2, 3, k) impacts by horizon of (..., m) parameters, all but the variance."""
    k = len(fitted.regressors)
    first = 2 if ETA in fitted.names else 1
    tau, eta, rho = _parts(params, fitted)
    beta = params[..., first : first + k]
    theta = np.zeros_like(beta)
    theta[..., [fitted.regressors.index(name) for name in fitted.lagged]] = params[..., first + k : -1]
    left = 1 - tau
    short = impacts_at(beta, theta, multiplier_at(rho, fitted.weights))
    settled = multiplier_at((rho + eta) / left, fitted.weights)
    long = impacts_at(beta / left[..., None], theta / left[..., None], settled)
    return np.stack([short, long], axis=-3)


def _allowed(fitted: DynamicFit, stationary: bool) -> Callable[[Array], NDArray[np.bool_]]:
    """Which draws have rho inside its interval and, where the estimate has, stationary dynamics."""
    low, high = fitted.weights.logdet.low, fitted.weights.logdet.high

    def allowed(batch: Array) -> NDArray[np.bool_]:
        tau, eta, rho = _parts(batch, fitted)
        inside = (rho > low) & (rho < high)
        for end in (1.0, 1 / low) if stationary else ():
            inside &= np.abs(tau + eta * end) < 1 - rho * end
        return inside

    return allowed


def fit_frame(
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str],
    weights: Weights,
    cities: Sequence[object],
    model: Model = "sdm",
    lagged: Sequence[str] | None = None,
    space_time_lag: bool = True,
    absorb: Sequence[str] = ("city", "year"),
    errors: Errors = "qml",
    corrected: bool = True,
    impact_errors: Kind = "simulated",
    draws: int = DRAWS,
    islands: Islands = "error",
    study: str = "",
    spec: str = "",
    seed: int = FIRST_SEED,
) -> DynamicFit:
    """Fit a dynamic model to a panel in a frame, with effects in the short and the long run.

    Parameters
    ----------
    frame : one row a city-year, in any order, balanced, years without a gap
    cities : labels of the weight matrix's rows, in its order
    impact_errors : which standard errors the rows ``direct[short_run|x]``, ... carry
    draws : of the simulated errors, seeded by (seed, study, spec)
    others : as in :func:`nianjian.spatial.dynamic.fit`

    Raises
    ------
    EstimationError
        As :func:`~nianjian.spatial.panels.panel_arrays` and :func:`~nianjian.spatial.dynamic.fit`; if a year is missing
        between two others.
    """
    context = f"spec {spec!r}: " if spec else ""
    y, x, years = panel_arrays(frame, outcome=outcome, regressors=regressors, cities=cities, context=context)
    numbers = np.array(years, dtype=int)
    if len(gaps := np.flatnonzero(np.diff(numbers) != 1)):
        raise EstimationError(
            f"{context}no year between {numbers[gaps[0]]} and {numbers[gaps[0] + 1]}: the outcome's lag is that of the year "
            "before; use years that follow each other"
        )
    prepared = prepare(weights, islands=islands, names=cities, context=context)
    fitted = fit(
        y,
        x,
        prepared,
        model=model,
        regressors=regressors,
        lagged=lagged,
        space_time_lag=space_time_lag,
        absorb=absorb,
        errors=errors,
        corrected=corrected,
        islands=islands,
        outcome=outcome,
        context=context,
    )
    found = effects(
        fitted, draws=draws, seed=seed_of(study, spec, seed), primary=impact_errors, context=context
    )
    return replace(fitted, effects=found)
