"""Dynamic spatial panel models with fixed effects, by bias-corrected quasi-maximum likelihood.

    y_t = tau y_t-1 + rho W y_t + eta W y_t-1 + X_t beta + W X_t theta + mu + lambda_t + e_t

City effects are demeaned. Effects of years leave with the eigenvector of ones of W, which Lee and Yu's transformation takes
out: ln|I - rho W| loses the eigenvalue one, and n - 1 cities are counted. What is left is a bias of order 1/T, as the city
means of the lagged outcome hold the errors; it has a closed form and is subtracted.

References
----------
Yu, J., de Jong, R. & Lee, L.-F. (2008). Quasi-maximum likelihood estimators for spatial dynamic panel data with fixed
effects when both n and T are large. Journal of Econometrics 146.
Lee, L.-F. & Yu, J. (2010). A spatial dynamic panel data model with both time and individual fixed effects. Econometric
Theory 26.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from nianjian.errors import EstimationError
from nianjian.estimates import LAG, Rows
from nianjian.spatial.checks import check_arrays, check_lag, check_variation
from nianjian.spatial.estimation import at_edge, squared_correlation, with_lags
from nianjian.spatial.impacts import SpatialImpacts
from nianjian.spatial.information import Design, Estimate, parts
from nianjian.spatial.likelihood import Counts, likelihood, within
from nianjian.spatial.logdet import Array
from nianjian.spatial.models import LAGGED, Form, Weights
from nianjian.spatial.prepared_weights import Islands, PreparedWeights, prepare

Model = Literal["sar", "sdm"]
Errors = Literal["qml", "ml"]

TAU, ETA = "tau", "eta"
"""Names of the coefficients of the outcome's lag in time, and of that lag's spatial lag."""
HORIZONS = ("short_run", "long_run")
"""Of effects: in the same year, and once the outcome has settled."""


@dataclass(frozen=True)
class DynamicFit:
    """A fitted dynamic model of k regressors, q of them lagged in space; n cities, T years after the first.

    Attributes
    ----------
    model : sar, or sdm with spatial lags of regressors
    outcome, regressors, lagged : names of y, the k regressors, the q that have a spatial lag
    names : order of ``params`` and ``vcov``: tau, eta (if there is one), k regressors, q ``W*<name>``, rho, sigma2
    params : (p,) array, corrected if ``corrected``
    uncorrected : (p,) array that maximises the likelihood
    vcov : covariance of ``params`` by ``errors``
    loglik, aic, bic : at the maximum, with p parameters; ASSUME: fixed effects are not counted
    r2_within : squared correlation of demeaned y and the demeaned reduced form given the lags
    residuals : (n, T) demeaned innovations
    nobs, units, periods : n T, n, T: the first year has no lag
    largest_root : of the outcome's dynamics, (I - rho W)^-1 (tau I + eta W); stationary below one
    wald : statistic of tau + eta + rho = 1, chi2(1)
    rho_at_edge : whether rho ends at the edge of its interval
    weights : the prepared matrix
    absorb : fixed effects, city, or city and year
    effects : impacts by horizon, if asked for; none in the long run where the dynamics are not stationary
    """

    model: Model
    outcome: str
    regressors: tuple[str, ...]
    lagged: tuple[str, ...]
    names: tuple[str, ...]
    params: Array
    uncorrected: Array
    vcov: Array = field(repr=False)
    loglik: float
    aic: float
    bic: float
    r2_within: float
    residuals: Array = field(repr=False)
    nobs: int
    units: int
    periods: int
    largest_root: float
    wald: float
    rho_at_edge: bool
    weights: PreparedWeights = field(repr=False)
    absorb: tuple[str, ...]
    errors: Errors
    corrected: bool
    effects: dict[str, SpatialImpacts] = field(default_factory=dict)

    @property
    def std_errors(self) -> Array:
        """In the order of ``names``."""
        return np.sqrt(np.diag(self.vcov))

    def value(self, name: str) -> float:
        """A parameter by its name; zero where the model has none."""
        return float(self.params[self.names.index(name)]) if name in self.names else 0.0

    def tidy(self, study: str, spec: str, matrix: str | None = None) -> pd.DataFrame:
        """Rows of the schema ``ESTIMATES``; p-values and intervals from the normal distribution.

        ``coefficient``: tau, eta, x, ``lag`` of x, rho. ``effect``: ``direct``, ``indirect`` and ``total`` impact of x with
        ``equation`` ``short_run`` or ``long_run``, and the same by the other kind of errors with a ``group``. ``test``:
        ``unit_sum``, tau + eta + rho = 1. ``fit``: ``nobs, units, periods, loglik, aic, bic, r2_within, sigma2, islands,
        largest_root, not_stationary`` (0 or 1), ``rho_at_edge``, ``draws_rejected``.
        """
        rows = Rows(study, spec)
        matrices = {LAG, ETA, "rho"}
        for name, value, error in zip(self.names[:-1], self.params, self.std_errors, strict=False):
            variable = name.removeprefix(LAGGED) if name not in (TAU, ETA, "rho") else None
            term = LAG if name.startswith(LAGGED) else name
            own = matrix if term in matrices else None
            rows.add_normal("coefficient", term, value, error, variable=variable, matrix=own)
        for horizon, impacts in self.effects.items():
            impacts.add_to(rows, equation=horizon)
        rows.add(
            "test", "unit_sum", self.wald, np.nan, self.wald, float(chdtrc(1, self.wald)), np.nan, np.nan, 1.0
        )
        fits = ("nobs", "units", "periods", "loglik", "aic", "bic", "r2_within", "largest_root")
        rows.add_fits({term: getattr(self, term) for term in fits})
        rows.add("fit", "sigma2", self.params[-1], self.std_errors[-1])
        rows.add_fits({"not_stationary": self.largest_root >= 1, "rho_at_edge": self.rho_at_edge})
        rows.add_fits({"islands": len(self.weights.islands)})
        if self.effects:
            rows.add_fits({"draws_rejected": max(one.rejected for one in self.effects.values())})
        return rows.table()


def fit(
    y: Array,
    x: Array,
    weights: Weights,
    *,
    model: Model = "sdm",
    regressors: Sequence[str] | None = None,
    lagged: Sequence[str] | None = None,
    space_time_lag: bool = True,
    absorb: Sequence[str] = ("city", "year"),
    errors: Errors = "qml",
    corrected: bool = True,
    islands: Islands = "error",
    outcome: str = "y",
    context: str = "",
) -> DynamicFit:
    """Quasi-maximum likelihood of a dynamic spatial panel model with its bias of order 1/T taken off.

    Parameters
    ----------
    y : (n, T + 1) array, cities in the order of the weight matrix; its first year serves as a lag only
    x : (n, T + 1, k) array; its first year is not used
    weights : (n, n) row-standardised matrix, or one from :func:`~nianjian.spatial.prepared_weights.prepare`
    model : sar, or sdm with W X
    regressors : k names
    lagged : regressors with a spatial lag in sdm; all of them unless said
    space_time_lag : whether W y_t-1 is among the regressors (eta)
    absorb : fixed effects, ``city`` or ``city`` and ``year``
    errors : ``ml``, from the information matrix, or ``qml``, which allows innovations that are not normal: the sandwich with
        their fourth moment. ASSUME: that moment is of the demeaned innovations, a share 1/T below the true one's order.
    corrected : whether the bias is subtracted
    islands : see :func:`~nianjian.spatial.prepared_weights.prepare`
    context : beginning of the messages

    Raises
    ------
    EstimationError
        As :func:`nianjian.spatial.estimation.fit`; if there are fewer than four years; if the dynamics are not stationary,
        where the correction does not exist.

    Warns
    -----
    UserWarning
        If rho ends at the edge of its interval, or the corrected dynamics are not stationary.
    """
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    absorb = tuple(absorb)
    prepared = prepare(weights, islands=islands, context=context)
    regressors = tuple(regressors) if regressors is not None else tuple(f"x{j}" for j in range(x.shape[-1]))
    check_arrays(y, x, prepared, regressors, absorb, False, context)
    _check(y, prepared, model, errors, absorb, context)
    lagged = tuple(regressors if lagged is None else lagged) if model == "sdm" else ()
    current, before = y[:, 1:], y[:, :-1]
    own = [before, prepared.lag(before)] if space_time_lag else [before]
    z = np.concatenate(
        [np.stack(own, axis=2), with_lags(x[:, 1:], prepared, regressors, lagged, context)], axis=2
    )
    slopes = (*(TAU, ETA)[: len(own)], *regressors, *(LAGGED + name for name in lagged))
    check_variation(current, z, slopes, outcome, absorb, context)
    check_lag(current, prepared, outcome, absorb, context)

    design = _design(current, z, prepared, absorb)
    direct, loglik = _maximum(design)
    edge = at_edge({"rho": direct.rho}, prepared, context)
    final = _without_bias(direct, design, space_time_lag, context) if corrected else direct
    vcov, innovations = _covariance(final, design, errors)
    names = (*slopes, "rho", "sigma2")
    root = largest_root(final, prepared, space_time_lag)
    if root >= 1:
        warnings.warn(f"{context}{_unstable(root)}: there are no long-run effects", stacklevel=2)
    return DynamicFit(
        model=model,
        outcome=outcome,
        regressors=regressors,
        lagged=lagged,
        names=names,
        params=_params(final),
        uncorrected=_params(direct),
        vcov=vcov,
        residuals=innovations,
        largest_root=root,
        wald=_unit_sum(final, vcov, names),
        rho_at_edge=bool(edge),
        absorb=absorb,
        errors=errors,
        corrected=corrected,
        **_described(final, design, loglik, len(names)),
    )


def largest_root(estimate: Estimate, weights: PreparedWeights, space_time_lag: bool) -> float:
    """Largest absolute eigenvalue of (I - rho W)^-1 (tau I + eta W).

    At the ends of W's spectrum, between which it is monotone. ASSUME: where eigenvalues of W are complex the lower end is -1,
    the disc's, so that the root found is an upper bound.
    """
    ends = np.array([1.0, 1 / weights.logdet.low])
    tau, eta = _dynamics(estimate, space_time_lag)
    return float(np.abs((tau + eta * ends) / (1 - estimate.rho * ends)).max())


def _dynamics(estimate: Estimate, space_time_lag: bool) -> tuple[float, float]:
    """Tau and eta."""
    return float(estimate.slopes[0]), float(estimate.slopes[1]) if space_time_lag else 0.0


def _design(y: Array, z: Array, weights: PreparedWeights, absorb: tuple[str, ...]) -> Design:
    """What is estimated, with all years counted and one city less where years have effects."""
    n, years = y.shape
    by_year = "year" in absorb
    return Design(
        y, z, weights, Form(True, False, False), absorb, Counts((n - by_year) * years, years, by_year)
    )


def _maximum(design: Design) -> tuple[Estimate, float]:
    """What maximises the likelihood, and the log-likelihood there."""
    options = {"lag": True, "error": False, "random": False}
    problem = likelihood(design.y, design.z, design.weights, absorb=design.absorb, **options)
    problem = replace(problem, counted=design.counted)
    point = problem.maximise()
    solution = problem.at(point)
    variance = solution.ssr / design.counted.nobs
    return Estimate(solution.slopes, float(point[0]), 0.0, variance), solution.loglik


def _without_bias(estimate: Estimate, design: Design, space_time_lag: bool, context: str) -> Estimate:
    """The estimate less its bias of order 1/T."""
    _check_stationary(estimate, design.weights, design.absorb, space_time_lag, context)
    bias = _bias(estimate, design, space_time_lag)
    step = np.linalg.solve(parts(estimate, design, clustered=False).information, bias)
    final = estimate.moved(step, design.form)
    _check_corrected(final, design.weights, context)
    return final


def _bias(estimate: Estimate, design: Design, space_time_lag: bool) -> Array:
    """Minus the expected score, of tau, eta, other slopes, rho and sigma2 (Yu, de Jong and Lee 2008, equation 10).

    With M = ((1 - tau) I - (rho + eta) W)^-1, which is the multiplier of W at r = (rho + eta) / (1 - tau) over 1 - tau, all
    of it is traces of products with G = W (I - rho W)^-1 and H = W (I - r W)^-1.
    """
    weights, n = design.weights, len(design.y)
    tau, eta = _dynamics(estimate, space_time_lag)
    r = (estimate.rho + eta) / (1 - tau)
    g, h = weights.multiplier(estimate.rho), weights.multiplier(r)
    of_g, of_h, of_gh = g.trace(), h.trace(), g.product_trace(h)  # type: ignore[arg-type]
    count = n
    if design.counted.without_one:
        one_g, one_h = 1 / (1 - estimate.rho), 1 / (1 - r)
        of_g, of_h, of_gh, count = of_g - one_g, of_h - one_h, of_gh - one_g * one_h, n - 1
    bias = np.zeros(len(estimate.slopes) + 2)
    bias[0] = (count + r * of_h) / (1 - tau)
    if space_time_lag:
        bias[1] = of_h / (1 - tau)
    bias[-2] = (tau * (of_g + r * of_gh) + eta * of_gh) / (1 - tau) + of_g
    bias[-1] = count / (2 * estimate.sigma2)
    return bias


def _covariance(estimate: Estimate, design: Design, errors: Errors) -> tuple[Array, Array]:
    """Covariance of the estimates, and the demeaned innovations."""
    found = parts(estimate, design, clustered=False)
    inverse = np.linalg.inv(found.information)
    if errors == "ml":
        return inverse, found.innovations
    n, years = design.y.shape
    s2 = estimate.sigma2
    excess = float((found.innovations**4).mean()) / s2**2 - 3
    g = design.weights.multiplier(estimate.rho).array()
    own = np.ones(n)
    if design.counted.without_one:
        g, own = g - g.mean(axis=0), own - 1 / n
    loads = np.column_stack([g.diagonal(), own / (2 * s2)])
    omega = np.zeros_like(inverse)
    omega[-2:, -2:] = excess * years * (loads.T @ loads)
    return inverse + inverse @ omega @ inverse, found.innovations


def _params(estimate: Estimate) -> Array:
    return np.array([*estimate.slopes, estimate.rho, estimate.sigma2])


def _unit_sum(estimate: Estimate, vcov: Array, names: tuple[str, ...]) -> float:
    """Wald statistic of tau + eta + rho = 1."""
    loads = np.array([float(name in (TAU, ETA, "rho")) for name in names])
    gap = float(loads @ _params(estimate)) - 1
    return gap**2 / float(loads @ vcov @ loads)


def _described(estimate: Estimate, design: Design, loglik: float, parameters: int) -> dict[str, Any]:
    """Attributes of a fit that follow from the estimate and the data."""
    y, weights = design.y, design.weights
    reduced = design.z @ estimate.slopes
    reduced = reduced + estimate.rho * weights.multiplier(estimate.rho).of(reduced)
    return {
        "loglik": loglik,
        "aic": 2 * parameters - 2 * loglik,
        "bic": float(np.log(design.counted.nobs)) * parameters - 2 * loglik,
        "r2_within": squared_correlation(within(y, design.absorb), within(reduced, design.absorb)),
        "nobs": y.size,
        "units": y.shape[0],
        "periods": y.shape[1],
        "weights": weights,
    }


def _check(
    y: Array, weights: PreparedWeights, model: str, errors: str, absorb: tuple[str, ...], context: str
) -> None:
    """Stop at options that there are not, at effects without cities, few years, and islands."""
    for name, value, known in (("model", model, ("sar", "sdm")), ("errors", errors, ("qml", "ml"))):
        if value not in known:
            raise EstimationError(f"{context}{name} {value!r} is unknown; choose one of {', '.join(known)}")
    if "city" not in absorb:
        raise EstimationError(
            f"{context}absorb {list(absorb)}: a dynamic model is one with effects of cities; write city, or city and year"
        )
    if y.shape[1] < 4:
        raise EstimationError(
            f"{context}{y.shape[1]} years; a dynamic model needs four or more, of which the first is a lag only; widen the years"
        )
    if len(weights.islands) and "year" in absorb:
        raise EstimationError(
            f"{context}{len(weights.islands)} cities without neighbours ({weights.named()}): with year effects, a dynamic "
            "model needs rows that sum to one; drop these cities, or write `islands: nearest` with the matrix"
        )


def _unstable(root: float) -> str:
    return f"the outcome's dynamics are not stationary, their largest root is {root:.3f}"


def _check_stationary(
    estimate: Estimate, weights: PreparedWeights, absorb: tuple[str, ...], space_time_lag: bool, context: str
) -> None:
    """Stop where the correction, a sum over all lags, does not exist.

    With effects of years the eigenvector of ones is out of the sum, and a root of one in it does no harm (Lee and Yu 2010).
    """
    tau, eta = _dynamics(estimate, space_time_lag)
    r = (estimate.rho + eta) / (1 - tau) if tau < 1 else np.inf
    low = 1 / weights.logdet.low
    ends = [low] if "year" in absorb else [low, 1.0]
    roots = [abs((tau + eta * end) / (1 - estimate.rho * end)) for end in ends]
    if not (max(roots) < 1 and weights.logdet.low < r < weights.logdet.high):
        root = largest_root(estimate, weights, space_time_lag)
        raise EstimationError(
            f"{context}{_unstable(root)}: the bias correction does not exist; explain the outcome's change in place of its "
            "level, or write `bias_corrected: false`"
        )


def _check_corrected(estimate: Estimate, weights: PreparedWeights, context: str) -> None:
    """Stop where the correction leads out of the parameters' space."""
    low, high = weights.logdet.low, weights.logdet.high
    if not low < estimate.rho < high or estimate.sigma2 <= 0:
        raise EstimationError(
            f"{context}less its bias, rho = {estimate.rho:.3f} lies outside its interval ({low:.3f}, {high:.3f}): with effects "
            "of years a matrix that links nearly all cities tells little of rho, and few years leave much bias; choose "
            "another `matrix` or `model`, or widen the years"
        )
