"""Spatial panel models by maximum likelihood: SAR, SEM, SDM, SAC, SLX, SDEM, with fixed or random effects.

    y_t = rho W y_t + X_t beta + W X_t theta + mu + lambda_t + u_t,   u_t = lambda W u_t + e_t

The likelihood is that of the model with a dummy variable for every city and year: y, Wy, X and WX are formed
first and each is then demeaned (:func:`nianjian.spatial.likelihood.within`). W has rows that sum to one.

References
----------
Elhorst, J. P. (2014). Matlab software for spatial panels. International Regional Science Review 37.
Lee, L.-F. & Yu, J. (2010). Estimation of spatial autoregressive panel data models with fixed effects.
Journal of Econometrics 154.
Kelejian, H. H. & Prucha, I. R. (2010). Specification and estimation of spatial autoregressive models with
autoregressive and heteroskedastic disturbances. Journal of Econometrics 157: the variance of the quadratic
forms in the clustered errors.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.special import ndtr, ndtri

from nianjian.errors import EstimationError
from nianjian.schemas import ESTIMATES
from nianjian.spatial.diagnostics import SpatialTest, durbin_tests, hausman_test, lm_tests
from nianjian.spatial.effects import DRAWS, SpatialEffects, seed_of, spatial_effects
from nianjian.spatial.likelihood import (
    Array,
    Counts,
    Islands,
    LogDetMethod,
    Matrix,
    PreparedWeights,
    likelihood,
    prepare,
    within,
)

Model = Literal["ols", "slx", "sar", "sem", "sdm", "sac", "sdem"]
Errors = Literal["ml", "cluster"]
LeeYu = Literal["none", "sigma2", "correct", "transform"]
Weights = ArrayLike | sparse.sparray | sparse.spmatrix | PreparedWeights

LEVEL = 0.95
EDGE = 1e-3
"""A spatial parameter this near to an end of its interval, relative to the interval, is not an interior one."""
COLLINEAR = 1e-9
"""Share of a regressor's own within sum of squares below which nothing of it is left."""
LAG = "W*"


@dataclass(frozen=True)
class Form:
    """Which spatial terms a model has: Wy (rho), Wu (lambda), WX (theta)."""

    lag: bool
    error: bool
    durbin: bool


MODELS: Mapping[str, Form] = {
    "ols": Form(False, False, False),
    "slx": Form(False, False, True),
    "sar": Form(True, False, False),
    "sem": Form(False, True, False),
    "sdm": Form(True, False, True),
    "sac": Form(True, True, False),
    "sdem": Form(False, True, True),
}


@dataclass(frozen=True)
class SpatialFit:
    """A fitted spatial panel model of k regressors, q of them lagged; n cities, T years.

    Attributes
    ----------
    model : one of ``MODELS``
    outcome, regressors, lagged : names of y, the k regressors, the q that have a spatial lag
    names : order of ``vcov``: k regressors, q ``W*<name>``, then ``rho``, ``lambda`` where the model has them,
        then ``sigma2``
    beta : (k,) array; theta : (q,) array
    rho, lambda_ : spatial parameters, NaN where the model has none
    phi : weight of city means under random effects, sigma / sqrt(sigma^2 + T sigma_mu^2); else NaN
    sigma2 : variance of the innovations, as ``lee_yu`` says
    sigma2_lee_yu : the direct estimate times T / (T - 1) (city effects) or n / (n - 1) (year effects only)
    vcov : covariance of ``names`` by ``errors``
    vcov_ml : from the information matrix
    loglik : maximised log-likelihood of the ``counted`` observations
    aic, bic : with k + q + spatial parameters + sigma2 (+ phi) parameters
        ASSUME: fixed effects are not counted among the parameters, nor is a constant.
    r2_within : squared correlation of demeaned y and the demeaned reduced form (I - rho W)^-1 Zd
    r2_overall : squared correlation of y and the reduced form without the effects
    residuals : (n, T) demeaned innovations
    nobs, units, periods : n T, n, T
    at_edge : names of the spatial parameters at the end of their interval
    weights : the prepared matrix
    effects : fixed effects; ``random`` : whether city effects are random beside them
    impacts : direct, indirect and total effects, if asked for
    tests : tests, if asked for
    """

    model: str
    outcome: str
    regressors: tuple[str, ...]
    lagged: tuple[str, ...]
    names: tuple[str, ...]
    beta: Array
    theta: Array
    rho: float
    lambda_: float
    phi: float
    sigma2: float
    sigma2_lee_yu: float
    vcov: Array = field(repr=False)
    vcov_ml: Array = field(repr=False)
    loglik: float
    aic: float
    bic: float
    r2_within: float
    r2_overall: float
    residuals: Array = field(repr=False)
    nobs: int
    units: int
    periods: int
    at_edge: tuple[str, ...]
    weights: PreparedWeights = field(repr=False)
    effects: tuple[str, ...]
    random: bool
    errors: str
    lee_yu: str
    impacts: SpatialEffects | None = None
    tests: tuple[SpatialTest, ...] = ()

    @property
    def params(self) -> Array:
        """Estimates in the order of ``names``."""
        spatial = [value for value in (self.rho, self.lambda_) if not np.isnan(value)]
        return np.concatenate([self.beta, self.theta, spatial, [self.sigma2]])

    @property
    def std_errors(self) -> Array:
        """In the order of ``names``."""
        return np.sqrt(np.diag(self.vcov))

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the ``ESTIMATES`` schema; p-values and intervals from the normal distribution.

        ``coefficient``: regressors, ``W*<name>``, ``rho``, ``lambda``. ``effect``: ``direct[x]``,
        ``indirect[x]``, ``total[x]`` and the same by the other kind of errors, ``direct_delta[x]`` (or
        ``direct_simulated[x]``). ``test``: with their degrees of freedom. ``fit``: ``nobs, units, periods,
        loglik, aic, bic, r2_within, r2_overall, sigma2`` (with its error), ``sigma2_lee_yu, islands, rho_at_edge`` (or
        ``lambda_at_edge``; 0 or 1), ``draws_rejected``, and ``phi`` under random effects.
        """
        columns = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "df")
        rows: list[dict[str, object]] = []

        def add(kind: str, term: str, *numbers: float) -> None:
            padded = [*map(float, numbers), *[np.nan] * (len(columns) - len(numbers))]
            place = {"study": study, "spec": spec, "kind": kind, "term": term}
            rows.append(place | dict(zip(columns, padded, strict=True)))

        half = ndtri((1 + LEVEL) / 2) * self.std_errors
        for name, value, error, width in zip(self.names, self.params, self.std_errors, half, strict=True):
            if name != "sigma2":
                p = 2 * ndtr(-abs(value / error))
                add("coefficient", name, value, error, value / error, p, value - width, value + width)
        if self.impacts is not None:
            for term, *numbers in self.impacts.rows():
                add("effect", term, *numbers)
        for test in self.tests:
            row = (test.statistic, np.nan, test.statistic, test.p_value, np.nan, np.nan, test.df)
            add("test", test.name, *row)
        for term in ("nobs", "units", "periods", "loglik", "aic", "bic", "r2_within", "r2_overall"):
            add("fit", term, getattr(self, term))
        add("fit", "sigma2", self.sigma2, self.std_errors[self.names.index("sigma2")])
        add("fit", "sigma2_lee_yu", self.sigma2_lee_yu)
        add("fit", "islands", len(self.weights.islands))
        for name in ("rho", "lambda"):
            if name in self.names:
                add("fit", f"{name}_at_edge", name in self.at_edge)
        if self.random:
            add("fit", "phi", self.phi)
        if self.impacts is not None:
            add("fit", "draws_rejected", self.impacts.rejected)
        return pd.DataFrame(rows, columns=list(ESTIMATES))


def fit(
    y: Array,
    x: Array,
    weights: Weights,
    *,
    model: Model = "sdm",
    regressors: Sequence[str] | None = None,
    lagged: Sequence[str] | None = None,
    effects: Sequence[str] = ("city", "year"),
    random: bool = False,
    errors: Errors = "ml",
    lee_yu: LeeYu = "none",
    eigenvalues: ArrayLike | None = None,
    logdet: LogDetMethod = "eigen",
    islands: Islands = "error",
    outcome: str = "y",
    where: str = "",
) -> SpatialFit:
    """Maximum likelihood of one model.

    Parameters
    ----------
    y : (n, T) array, cities in the order of the weight matrix
    x : (n, T, k) array
    weights : (n, n) row-standardised matrix, or one from :func:`~nianjian.spatial.likelihood.prepare`
    model : ols, slx (WX), sar (Wy), sem (Wu), sdm (Wy, WX), sac (Wy, Wu), sdem (Wu, WX)
    regressors : k names
    lagged : regressors with a spatial lag in slx, sdm and sdem; all of them unless said
    effects : fixed effects, of ``city`` and ``year``; none is a constant
    random : city effects as random ones, with those in ``effects`` (``year`` or none) fixed beside them; in
        models with lambda they follow the error's spatial process (Kapoor, Kelejian and Prucha)
    errors : ``ml``, from the expected information matrix (observed with random effects), or ``cluster``, the
        sandwich that allows any correlation over the years of a city and any variance by city, times
        n / (n - 1). Under unequal variances rho itself is not consistent (Lin and Lee 2010): clustered
        errors mend the errors only.
    lee_yu : treatment of the effects' incidental parameters (Lee and Yu 2010)
        ``none``, the default and xsmle's: direct maximum likelihood, variance over n T.
        ``sigma2``: the same slopes and rho, variance times T / (T - 1), and errors with it (n / (n - 1) with
        year effects only); all there is to correct with city effects.
        ``correct``: with year effects also the correction of order 1/n of rho, lambda and the slopes
        (Elhorst 2014, "bias-corrected"); errors are still those of the direct approach, a tenth too small
        for rho with 100 cities and 8 years.
        ``transform``: the likelihood of the (n - 1)(T - 1) transformed observations, exact for each kind of
        effects; its log-likelihood counts fewer observations than that of the others.
    eigenvalues, logdet, islands : see :func:`~nianjian.spatial.likelihood.prepare`
    where : beginning of the messages

    Raises
    ------
    EstimationError
        If shapes do not fit, values are missing, the model or an option is unknown, a regressor has no
        variation left within the effects or is collinear with others, islands meet a model or correction
        that needs rows which sum to one, or the lag of y is a multiple of y within effects of years.

    Warns
    -----
    UserWarning
        If rho or lambda ends at the edge of its interval.

    Notes
    -----
    ASSUME: Lee and Yu's correction is off by default, as in xsmle; ``sigma2_lee_yu`` is reported in either
    case. With year effects and few cities ``transform`` is the better choice: at 100 cities, 8 years and
    rho = 0.4 the direct estimate is 0.037 too low, its 95 % interval covers 86 %
    (``tests/montecarlo/spatial.py``).
    """
    if model not in MODELS:
        raise EstimationError(f"{where}spatial model {model!r} is unknown; choose one of {', '.join(MODELS)}")
    for name, value, choices in (
        ("errors", errors, ("ml", "cluster")),
        ("lee_yu", lee_yu, ("none", "sigma2", "correct", "transform")),
    ):
        if value not in choices:
            raise EstimationError(f"{where}{name} {value!r} is unknown; choose one of {', '.join(choices)}")
    form = MODELS[model]
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    effects = tuple(effects)
    prepared = prepare(weights, eigenvalues=eigenvalues, logdet=logdet, islands=islands, where=where)
    regressors = tuple(regressors) if regressors is not None else tuple(f"x{j}" for j in range(x.shape[-1]))
    _check_arrays(y, x, prepared, regressors, effects, random, where)
    if random and (errors == "cluster" or lee_yu != "none"):
        raise EstimationError(f"{where}random effects go with errors: ml and lee_yu: none only")
    if lee_yu != "none" and not effects:
        raise EstimationError(f"{where}lee_yu: {lee_yu} needs fixed effects of cities or years")
    if len(prepared.islands) and "year" in effects and (form.error or lee_yu in ("correct", "transform")):
        raise EstimationError(
            f"{where}{len(prepared.islands)} cities without neighbours ({prepared.named()}): with year effects, "
            f"{model} with lee_yu: {lee_yu} needs rows that sum to one; drop these cities, or write `islands: "
            "nearest` with the matrix"
        )
    lagged = tuple(regressors if lagged is None else lagged) if form.durbin else ()
    unknown = [name for name in lagged if name not in regressors]
    if unknown:
        raise EstimationError(
            f"{where}lagged {', '.join(unknown)} not among the regressors {list(regressors)}"
        )
    lags = prepared.lag(x[:, :, [regressors.index(name) for name in lagged]])
    z = np.concatenate([x, lags], axis=2)
    slopes = (*regressors, *(LAG + name for name in lagged))
    _check_variation(y, z, slopes, outcome, effects, random, where)

    if form.lag or form.error:
        _check_lag(y, prepared, outcome, effects, where)
    problem = likelihood(
        y,
        z,
        prepared,
        lag=form.lag,
        error=form.error,
        effects=effects,
        random=random,
        transform=lee_yu == "transform",
    )
    point = problem.maximise()
    spatial = dict(zip(problem.active, point, strict=True))
    solution = problem.at(point)
    estimate = _Estimate(
        solution.slopes,
        spatial.get("rho", 0.0),
        spatial.get("lambda", 0.0),
        solution.ssr / problem.counted.nobs,
    )
    at_edge = _at_edge(spatial, prepared, where)

    n, years, k = x.shape
    factor = years / (years - 1) if "city" in effects else n / (n - 1) if effects else 1.0
    direct = solution.ssr / (n * years)
    names = (*slopes, *(name for name in ("rho", "lambda") if name in spatial), "sigma2")
    if random:
        phi = min(spatial["phi"], 1 - 1e-9)
        information = _information(estimate, y, z, prepared, form, effects, problem.counted, phi)[0]
        vcov = vcov_ml = np.linalg.inv(information)[:-1, :-1]
        rest = estimate.innovations(y, z, prepared, effects)
    else:
        if lee_yu in ("sigma2", "correct"):
            # The direct approach's effects of years shift the score; those of cities the variance only.
            if lee_yu == "correct" and "year" in effects:
                parts = _parts(estimate, y, z, prepared, form, effects, problem.counted)
                step = np.linalg.solve(parts.information, _year_bias(estimate, form, years))
                estimate = estimate.moved(step, form)
                year_factor = factor if "city" in effects else 1.0
            else:
                year_factor = factor
            estimate = replace(estimate, sigma2=estimate.sigma2 * year_factor)
        parts = _parts(estimate, y, z, prepared, form, effects, problem.counted)
        vcov_ml = np.linalg.inv(parts.information)
        rest = parts.innovations
        vcov = vcov_ml if errors == "ml" else vcov_ml @ parts.meat @ vcov_ml * (n / (n - 1))

    reduced = z @ estimate.slopes
    if form.lag:
        reduced = reduced + estimate.rho * (prepared.resolvent(estimate.rho) @ reduced)
    parameters = len(names) + random
    return SpatialFit(
        model=model,
        outcome=outcome,
        regressors=regressors,
        lagged=lagged,
        names=names,
        beta=estimate.slopes[:k],
        theta=estimate.slopes[k:],
        rho=estimate.rho if form.lag else float("nan"),
        lambda_=estimate.lambda_ if form.error else float("nan"),
        phi=float(spatial.get("phi", np.nan)),
        sigma2=estimate.sigma2,
        sigma2_lee_yu=direct * factor,
        vcov=vcov,
        vcov_ml=vcov_ml,
        loglik=solution.loglik,
        aic=2 * parameters - 2 * solution.loglik,
        bic=np.log(problem.counted.nobs) * parameters - 2 * solution.loglik,
        r2_within=_squared_correlation(within(y, effects), within(reduced, effects)),
        r2_overall=_squared_correlation(y, reduced),
        residuals=rest,
        nobs=n * years,
        units=n,
        periods=years,
        at_edge=at_edge,
        weights=prepared,
        effects=effects,
        random=random,
        errors=errors,
        lee_yu=lee_yu,
    )


@dataclass(frozen=True)
class _Estimate:
    """Parameters while they are worked on; zero stands for a spatial term that the model has not."""

    slopes: Array
    rho: float
    lambda_: float
    sigma2: float

    def innovations(self, y: Array, z: Array, weights: PreparedWeights, effects: Sequence[str]) -> Array:
        """(n, T) demeaned (I - lambda W)((I - rho W) y - Z d)."""
        rest = y - self.rho * weights.lag(y) - z @ self.slopes
        return within(rest - self.lambda_ * weights.lag(rest), effects)

    def moved(self, step: Array, form: Form) -> _Estimate:
        """Add a step in the order of the information matrix: slopes, rho, lambda (those there are), sigma2."""
        p = len(self.slopes)
        spatial = list(step[p:-1])
        rho = self.rho + (spatial.pop(0) if form.lag else 0.0)
        lam = self.lambda_ + (spatial.pop(0) if form.error else 0.0)
        return _Estimate(self.slopes + step[:p], rho, lam, self.sigma2 + step[-1])


@dataclass(frozen=True)
class _Parts:
    """Expected information, and the clustered variance of the score, both in the order of the estimates."""

    information: Array
    meat: Array
    innovations: Array


def _parts(
    estimate: _Estimate,
    y: Array,
    z: Array,
    weights: PreparedWeights,
    form: Form,
    effects: Sequence[str],
    counted: Counts,
) -> _Parts:
    """Information matrix and clustered outer product of the score at an estimate.

    With B = I - lambda W, G = W (I - rho W)^-1, H = W B^-1, the score of rho is
    l'e + e'Ge - s2 T tr G over s2, where l is the mean of BWy; that of lambda e'He - s2 T tr H. With errors
    independent between cities, cov(e'Ae, e'Ce) has the pairs 2 a_ij c_ij (e_i'e_j)^2 of symmetric A and C
    and the products of the diagonal terms, which are added to the linear terms of a city.
    """
    s2, years = estimate.sigma2, counted.years
    information, mean, forms = _information(estimate, y, z, weights, form, effects, counted, 1.0)
    filtered = within(z - estimate.lambda_ * weights.lag(z), effects) if form.error else within(z, effects)
    rest = estimate.innovations(y, z, weights, effects)
    n, _, p = z.shape
    m = len(information) - 1
    squares = (rest**2).sum(axis=1)
    score = np.zeros((n, m + 1))
    score[:, :p] = np.einsum("itk,it->ik", filtered, rest) / s2
    score[:, m] = (squares - years * s2) / (2 * s2**2)
    if form.lag:
        score[:, p] = (mean * rest).sum(axis=1) / s2
    for a, first in forms:
        score[:, a] += first.diagonal() * (squares / s2 - years)
    meat = score.T @ score
    if forms:
        products = (rest @ rest.T) ** 2
        np.fill_diagonal(products, 0.0)
        sums = [(a, first + first.T) for a, first in forms]
        for a, first in sums:
            for b, second in sums:
                meat[a, b] += (first * second * products).sum() / (2 * s2**2)
    return _Parts(information, meat, rest)


def _information(
    estimate: _Estimate,
    y: Array,
    z: Array,
    weights: PreparedWeights,
    form: Form,
    effects: Sequence[str],
    counted: Counts,
    phi: float,
) -> tuple[Array, Array, list[tuple[int, Array]]]:
    """Expected information of slopes, rho, lambda, sigma2; the mean of BWy; G and H with their positions.

    With phi below one, city means count with weight phi^2 (random effects) and the variance of means,
    sigma2 / phi^2, is a further parameter, last, on one year of ``counted``; in the limit of phi = 0 the
    information is that of fixed effects.
    """

    def starred(values: Array) -> Array:
        values = within(values, effects)
        return values - (1 - phi) * values.mean(axis=1, keepdims=True) if phi < 1 else values

    def filter_error(values: Array) -> Array:
        return values - estimate.lambda_ * weights.lag(values) if form.error else values

    s2, years, n = estimate.sigma2, counted.years, weights.n
    p = z.shape[2]
    m = p + form.lag + form.error
    between = phi < 1
    filtered = starred(filter_error(z))
    information = np.zeros((m + 1 + between, m + 1 + between))
    information[:p, :p] = np.einsum("itk,itl->kl", filtered, filtered) / s2
    information[m, m] = (counted.nobs - n * between) / (2 * s2**2)
    if between:
        information[-1, -1] = n / (2 * (s2 / phi**2) ** 2)
    forms: list[tuple[int, Array]] = []
    mean = np.zeros(0)
    if form.lag:
        g = weights.resolvent(estimate.rho)
        forms.append((p, g))
        # The mean of BWy is BG(Zd + effects) = BWy - Ge.
        wy = weights.lag(y)
        rest = within(filter_error(y - estimate.rho * wy - z @ estimate.slopes), effects)
        mean = starred(filter_error(wy) - g @ rest)
        information[p, :p] = information[:p, p] = np.einsum("itk,it->k", filtered, mean) / s2
        information[p, p] = (mean**2).sum() / s2
    if form.error:
        same = form.lag and estimate.lambda_ == estimate.rho
        forms.append((p + form.lag, forms[0][1] if same else weights.resolvent(estimate.lambda_)))
    for a, first in forms:
        trace = _trace(first, counted)
        information[a, m] = information[m, a] = (years - between) * trace / s2
        if between:
            information[a, -1] = information[-1, a] = trace / (s2 / phi**2)
        for b, second in forms:
            information[a, b] += years * _traces(first, second, counted)
    return information, mean, forms


def _trace(g: Array, counted: Counts) -> float:
    """Trace of G, without the eigenvector of ones if the transformation took it out."""
    return float(g.trace() - (g[0].sum() if counted.without_one else 0.0))


def _traces(g: Array, h: Array, counted: Counts) -> float:
    """tr(GH) + tr(G'H), of JG and JH with J = I - 11'/n if the transformation took the ones out."""
    total = (g * h.T).sum() + (g * h).sum()
    if counted.without_one:
        total -= g[0].sum() * h[0].sum() + g.sum(axis=0) @ h.sum(axis=0) / len(g)
    return float(total)


def _year_bias(estimate: _Estimate, form: Form, years: int) -> Array:
    """Minus the expected score of the direct approach with year effects, T times (0, 1/(1-rho), 1/(2 s2))."""
    spatial = [
        1 / (1 - value)
        for value, there in ((estimate.rho, form.lag), (estimate.lambda_, form.error))
        if there
    ]
    return years * np.array([*np.zeros(len(estimate.slopes)), *spatial, 1 / (2 * estimate.sigma2)])


def _at_edge(spatial: Mapping[str, float], weights: PreparedWeights, where: str) -> tuple[str, ...]:
    low, high = weights.logdet.low, weights.logdet.high
    found = tuple(
        name
        for name, value in spatial.items()
        if name != "phi" and min(value - low, high - value) < EDGE * (high - low)
    )
    for name in found:
        warnings.warn(
            f"{where}{name} = {spatial[name]:.4f} lies at the edge of its interval ({low:.4f}, {high:.4f}): the "
            "likelihood has no maximum inside; its errors and tests mean nothing: choose another `model` or `matrix`",
            stacklevel=3,
        )
    return found


def _squared_correlation(a: Array, b: Array) -> float:
    a, b = (a - a.mean()).ravel(), (b - b.mean()).ravel()
    size = (a @ a) * (b @ b)
    return float((a @ b) ** 2 / size) if size > 0 else float("nan")


def _check_arrays(
    y: Array,
    x: Array,
    weights: PreparedWeights,
    regressors: Sequence[str],
    effects: Sequence[str],
    random: bool,
    where: str,
) -> None:
    if x.ndim != 3 or x.shape[:2] != y.shape or x.shape[2] != len(regressors) or not regressors:
        raise EstimationError(
            f"{where}y has shape {y.shape} and x {x.shape} for {len(regressors)} regressors; expected cities x "
            "years and cities x years x regressors, with one regressor at least"
        )
    if weights.n != len(y):
        raise EstimationError(
            f"{where}the weight matrix has {weights.n} cities and the panel {len(y)}; build the matrix for "
            "the cities of the sample"
        )
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise EstimationError(
            f"{where}y or x holds missing or infinite values; spatial models need every one"
        )
    wrong = [name for name in effects if name not in ("city", "year")]
    if wrong or len(set(effects)) < len(effects) or (random and "city" in effects):
        raise EstimationError(
            f"{where}effects {list(effects)}{' with random effects of cities' if random else ''}: choose from "
            "city and year, each once, and city not both fixed and random"
        )
    if ("city" in effects or random) and y.shape[1] < 2:
        raise EstimationError(
            f"{where}one year only: effects of cities need two years or more; write `effects: []`, or widen the years"
        )


def _check_variation(
    y: Array, z: Array, names: Sequence[str], outcome: str, effects: Sequence[str], random: bool, where: str
) -> None:
    """Stop at what the effects absorb and at collinear regressors."""
    inside = " and ".join(effects) or "the constant"
    total = ((y - y.mean()) ** 2).sum()
    if total <= 0 or (within(y, effects) ** 2).sum() <= COLLINEAR * total:
        raise EstimationError(
            f"{where}outcome {outcome!r} does not vary within {inside}; choose another outcome or leave out an effect"
        )
    left = within(z, effects)
    sizes = (left**2).sum(axis=(0, 1))
    own = ((z - z.mean(axis=(0, 1))) ** 2).sum(axis=(0, 1))
    level = (z**2).sum(axis=(0, 1))
    for name, column, size, full, rough in zip(names, np.moveaxis(z, 2, 0), sizes, own, level, strict=True):
        if size <= max(COLLINEAR * full, 1e-24 * rough):
            state = "constant" if np.ptp(column) == 0 else "constant within every city"
            if np.ptp(column) > 0 and ("city" not in effects or np.ptp(column, axis=1).max() > 0):
                state = "the same in all cities each year"
                if "year" not in effects or np.ptp(column, axis=0).max() > 0:
                    state = "a sum of city and year terms"
            raise EstimationError(
                f"{where}regressor {name!r} is {state} and absorbed by {inside}; leave it out or drop the effect"
            )
    columns = left.reshape(-1, len(names)) / np.sqrt(sizes)
    for j, name in enumerate(names[1:], start=1):
        loadings = np.linalg.lstsq(columns[:, :j], columns[:, j], rcond=None)[0]
        rest = columns[:, j] - columns[:, :j] @ loadings
        if rest @ rest <= COLLINEAR:
            partners = [names[i] for i in range(j) if abs(loadings[i]) > 1e-4]
            raise EstimationError(
                f"{where}regressor {name!r} is collinear with {_listed(partners)} within {inside}; leave "
                "one out, or its spatial lag out of `lagged`"
            )


def _check_lag(y: Array, weights: PreparedWeights, outcome: str, effects: Sequence[str], where: str) -> None:
    """Stop where the lag of y is the same multiple of y in all cities and years within the effects.

    So it is with two cities, or equal weights for all, and effects of years: W then is -1 / (n - 1) times the
    identity, and the likelihood rises towards the lower end of rho's interval whatever the data. Source: Kelejian
    & Prucha (2002), 2SLS and OLS in a spatial autoregressive model with equal spatial weights, RSUE 32.
    """
    if "year" not in effects:
        return
    deviations = within(np.stack([y, weights.lag(y)], axis=2), effects)
    own, lag = deviations[:, :, 0].ravel(), deviations[:, :, 1].ravel()
    ratio = -1 / (weights.n - 1)
    if ((lag - ratio * own) ** 2).sum() <= COLLINEAR * ratio**2 * (own @ own):
        raise EstimationError(
            f"{where}within {' and '.join(effects)} the spatial lag of {outcome!r} is {ratio:.3g} times itself: with "
            "two cities, or equal weights for all, nothing tells rho or lambda; leave out effects of years, or choose "
            "another `matrix` or more cities"
        )


def panel_arrays(
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str],
    cities: Sequence[object],
    key: Sequence[str] = ("city", "year"),
    where: str = "",
) -> tuple[Array, Array, list[object]]:
    """A balanced panel as arrays in the weight matrix's order of cities.

    Parameters
    ----------
    frame : one row a city-year, in any order
    cities : labels of the weight matrix's rows

    Returns
    -------
    y, x, years : (n, T) array, (n, T, k) array, T sorted years

    Raises
    ------
    EstimationError
        If a column is unknown, named twice, not numeric or has missing or infinite cells; a city-year is
        repeated or absent; cities of frame and matrix are not the same.
    """
    city, year = key
    columns = [outcome, *regressors]
    absent = [name for name in (*key, *columns) if name not in frame]
    if absent:
        raise EstimationError(
            f"{where}the sample has no column {', '.join(absent)}; declare it under variables or correct the name"
        )
    if len(frame) == 0:
        raise EstimationError(f"{where}the sample is empty; check `where`, the years and the missing values")
    if not regressors:
        raise EstimationError(f"{where}there is no regressor; declare a treatment or controls")
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise EstimationError(
            f"{where}{', '.join(twice)} is named more than once among outcome and regressors"
        )
    text = [name for name in columns if frame[name].dtype.kind not in "iufb"]
    if text:
        raise EstimationError(f"{where}{', '.join(text)} is not numeric; make dummy variables of it")
    repeated = frame.duplicated(list(key)).to_numpy()
    if repeated.any():
        first = tuple(frame.loc[repeated, list(key)].iloc[0].tolist())
        raise EstimationError(
            f"{where}{int(repeated.sum())} rows repeat a {city} and {year}, first {first}; keep one of each"
        )
    labels = list(cities)
    if len(set(labels)) < len(labels):
        raise EstimationError(f"{where}the weight matrix names a city twice; give every city once")
    held = set(frame[city].unique().tolist())
    strangers, unseen = sorted(held - set(labels)), [label for label in labels if label not in held]
    if strangers or unseen:
        raise EstimationError(
            f"{where}cities of sample and weight matrix differ: {_listed(strangers)} only in the sample, "
            f"{_listed(unseen)} only in the matrix; build the matrix for the cities of the sample"
        )
    years = sorted(frame[year].unique().tolist())
    wanted = pd.MultiIndex.from_product([labels, years], names=list(key))
    indexed = frame.set_index(list(key))[columns]
    missing = wanted.difference(indexed.index, sort=False)
    if len(missing):
        raise EstimationError(
            f"{where}the panel is not balanced: {len(missing)} of {len(wanted)} city-years are absent, first "
            f"{_listed(missing.tolist())}; fill them in the sample, or drop the cities or years"
        )
    values = indexed.loc[wanted].to_numpy(dtype=float, na_value=np.nan)
    holes = ~np.isfinite(values)
    if holes.any():
        what = ", ".join(
            f"{name} {int(count)}" for name, count in zip(columns, holes.sum(axis=0), strict=True) if count
        )
        first = wanted[np.flatnonzero(holes.any(axis=1))].tolist()
        raise EstimationError(
            f"{where}missing or infinite cells: {what}; first {_listed(first)}; spatial models need a balanced "
            "panel: fill them in the sample, or drop the cities or years"
        )
    values = values.reshape(len(labels), len(years), len(columns))
    return values[:, :, 0], values[:, :, 1:], years


def _listed(items: Sequence[object], most: int = 5) -> str:
    if not items:
        return "none"
    return ", ".join(map(str, items[:most])) + (f" and {len(items) - most} more" if len(items) > most else "")


TESTS = ("lm", "lr", "wald", "hausman")


def fit_frame(
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str],
    weights: Weights,
    cities: Sequence[object],
    model: Model = "sdm",
    lagged: Sequence[str] | None = None,
    effects: Sequence[str] = ("city", "year"),
    random: bool = False,
    errors: Errors = "ml",
    lee_yu: LeeYu = "none",
    tests: Sequence[str] = (),
    effect_errors: Literal["simulated", "delta"] = "simulated",
    draws: int = DRAWS,
    eigenvalues: ArrayLike | None = None,
    logdet: LogDetMethod = "eigen",
    islands: Islands = "error",
    key: Sequence[str] = ("city", "year"),
    study: str = "",
    spec: str = "",
) -> SpatialFit:
    """Fit a spatial model to a panel in a frame, with its effects and tests.

    Parameters
    ----------
    frame : one row a city-year, in any order, balanced
    cities : labels of the weight matrix's rows, in its order
    tests : of ``lm`` (any model), ``lr`` and ``wald`` (sdm: against sar, and against sem where every regressor
        is lagged), ``hausman`` (fixed effects of cities against random ones, not for ols and slx)
    effect_errors : which errors the rows ``direct[x]``, ... carry
    draws : of the simulated errors, seeded by (study, spec)
    others : as in :func:`fit`

    Raises
    ------
    EstimationError
        As :func:`panel_arrays`, :func:`~nianjian.spatial.likelihood.prepare` and :func:`fit` do; if a test
        does not apply to the model.
    """
    where = f"spec {spec!r}: " if spec else ""
    unknown = [name for name in tests if name not in TESTS]
    if unknown:
        raise EstimationError(f"{where}tests {', '.join(unknown)} unknown; choose from {', '.join(TESTS)}")
    if effect_errors not in ("simulated", "delta"):
        raise EstimationError(f"{where}effect_errors {effect_errors!r} is unknown; choose simulated or delta")
    if {"lr", "wald"} & set(tests) and (model != "sdm" or random):
        raise EstimationError(f"{where}tests lr and wald compare an sdm with fixed effects; this is {model}")
    if "hausman" in tests and (random or "city" not in effects or model in ("ols", "slx")):
        raise EstimationError(
            f"{where}test hausman compares fixed with random effects of cities: it needs effects with city "
            "and a model with rho or lambda"
        )
    y, x, _ = panel_arrays(frame, outcome=outcome, regressors=regressors, cities=cities, key=key, where=where)
    prepared = prepare(
        weights, eigenvalues=eigenvalues, logdet=logdet, islands=islands, names=cities, where=where
    )
    options = {
        "regressors": regressors,
        "effects": effects,
        "islands": islands,
        "outcome": outcome,
        "where": where,
    }
    main = fit(
        y, x, prepared, model=model, lagged=lagged, random=random, errors=errors, lee_yu=lee_yu, **options
    )
    results: list[SpatialTest] = []
    if "lm" in tests:
        # The tests are of the model without spatial terms in y and u: with lags of x where this one has them.
        z = np.concatenate(
            [x, prepared.lag(x[:, :, [list(regressors).index(name) for name in main.lagged]])], axis=2
        )
        try:
            results += lm_tests(y, z, prepared, effects=effects, transform=lee_yu == "transform")
        except EstimationError as error:
            raise EstimationError(f"{where}{error}") from error
    if {"lr", "wald"} & set(tests):
        sar = fit(y, x, prepared, model="sar", lee_yu=lee_yu, **options)
        sem = fit(y, x, prepared, model="sem", lee_yu=lee_yu, **options)
        results += [test for test in durbin_tests(main, sar, sem) if test.name.split("_")[0] in tests]
    if "hausman" in tests:
        results.append(hausman(y, x, prepared, model=model, lagged=lagged, **options))
    impacts = None
    if main.lagged or MODELS[model].lag:
        impacts = spatial_effects(
            main, draws=draws, seed=seed_of(study, spec), primary=effect_errors, where=where
        )
    return replace(main, impacts=impacts, tests=tuple(results))


def hausman(
    y: Array,
    x: Array,
    weights: Weights,
    *,
    model: Model,
    regressors: Sequence[str] | None = None,
    lagged: Sequence[str] | None = None,
    effects: Sequence[str] = ("city", "year"),
    islands: Islands = "error",
    outcome: str = "y",
    where: str = "",
) -> SpatialTest:
    """Hausman's test of random against fixed effects of cities in one spatial model.

    Both are fitted by direct maximum likelihood with the other effects fixed. Both covariances come from the
    expected information at the fixed-effects estimates, consistent under either hypothesis, so that their
    difference is never negative; that of fixed effects counts T - 1 years (Lee and Yu).
    """
    prepared = prepare(weights, islands=islands, where=where)
    options = {"model": model, "regressors": regressors, "lagged": lagged, "outcome": outcome, "where": where}
    fixed = fit(y, x, prepared, effects=effects, islands=islands, **options)
    others = tuple(name for name in effects if name != "city")
    mixed = fit(y, x, prepared, effects=others, random=True, islands=islands, **options)
    form, n, years = MODELS[model], fixed.units, fixed.periods
    lags = prepared.lag(x[:, :, [fixed.regressors.index(name) for name in fixed.lagged]])
    z = np.concatenate([x, lags], axis=2)
    estimate = _Estimate(
        np.concatenate([fixed.beta, fixed.theta]),
        fixed.rho if form.lag else 0.0,
        fixed.lambda_ if form.error else 0.0,
        fixed.sigma2 * years / (years - 1),
    )
    inner = Counts(n * (years - 1), years - 1, False)
    fixed_information = _information(estimate, y, z, prepared, form, effects, inner, 1.0)[0]
    phi = min(mixed.phi, 1 - 1e-9)
    whole = Counts(n * years, years, False)
    random_information = _information(estimate, y, z, prepared, form, others, whole, phi)[0]
    m = len(fixed_information) - 1
    return hausman_test(
        fixed.params[:-1],
        mixed.params[:-1],
        np.linalg.inv(fixed_information)[:m, :m],
        np.linalg.inv(random_information)[:m, :m],
    )


def sdid_frame(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    controls: Sequence[str] = (),
    model: Literal["sdm", "sar", "sem"] = "sdm",
    lag_controls: bool = True,
    **options: object,
) -> SpatialFit:
    """Spatial difference-in-differences: the treatment and its spatial lag among the regressors.

    y = rho W y + a1 did + a2 W did + X g1 + W X g2 + city and year effects + u. The Durbin form (``sdm``) has
    all terms, the lag form (``sar``) a2 = g2 = 0, the error form (``sem``) u = lambda W u + e instead.

    The effects of the treatment are those of partial derivatives, rows ``direct[did]``, ``indirect[did]`` and
    ``total[did]``: with rows of W that sum to one the total is (a1 + a2) / (1 - rho), not a1 + a2.

    Parameters
    ----------
    treatment : 0/1 column
    lag_controls : whether W X is there beside W did
    options : of :func:`fit_frame`
    """
    if model not in ("sdm", "sar", "sem"):
        raise EstimationError(f"spatial DID has the forms sdm, sar and sem, not {model!r}")
    lagged = [treatment, *(controls if lag_controls else ())] if model == "sdm" else None
    return fit_frame(
        frame, outcome=outcome, regressors=[treatment, *controls], model=model, lagged=lagged, **options
    )


def weight_grid(first: Matrix, second: Matrix, shares: Sequence[float] | None = None) -> dict[str, Matrix]:
    """W = a first + (1 - a) second for a = 0, 0.1, ..., 1, by the name ``a=0.3``.

    Both matrices are row-standardised, so their mixtures are; rows that are zero in one of them are scaled up.
    """
    shares = np.round(np.arange(11) / 10, 1) if shares is None else shares
    if first.shape != second.shape:
        raise EstimationError(f"the two weight matrices have shapes {first.shape} and {second.shape}")
    grid = {}
    for share in shares:
        if not 0 <= share <= 1:
            raise EstimationError(f"share {share:g} of a mixed weight matrix lies outside [0, 1]")
        mixed = share * first + (1 - share) * second
        sums = np.asarray(mixed.sum(axis=1)).ravel()
        scale = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
        mixed = (
            sparse.csr_array(sparse.diags_array(scale) @ mixed)
            if sparse.issparse(mixed)
            else mixed * scale[:, None]
        )
        grid[f"a={share:g}"] = mixed
    return grid


@dataclass(frozen=True)
class WeightComparison:
    """One model under several weight matrices.

    Attributes
    ----------
    names : of the m matrices
    fits : m fits, without effects
    best_aic, best_bic : name of the matrix with the smallest criterion; the two agree, as every matrix gives
        as many parameters, so the choice is by the likelihood alone
    """

    names: tuple[str, ...]
    fits: tuple[SpatialFit, ...]

    @property
    def best_aic(self) -> str:
        return self.names[int(np.argmin([one.aic for one in self.fits]))]

    @property
    def best_bic(self) -> str:
        return self.names[int(np.argmin([one.bic for one in self.fits]))]

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """``fit`` rows ``aic[name]``, ``bic[name]``, ``loglik[name]``, ``rho[name]`` (or ``lambda``),
        ``at_edge[name]``, 1 where a spatial parameter is at the end of its interval, else 0, and
        ``best_aic[name]``, ``best_bic[name]`` with 1 for the chosen matrix and 0 for the others."""
        rows = []
        for name, one in zip(self.names, self.fits, strict=True):
            values = {"aic": one.aic, "bic": one.bic, "loglik": one.loglik}
            values |= {"rho": one.rho} if MODELS[one.model].lag else {}
            values |= {"lambda": one.lambda_} if MODELS[one.model].error else {}
            values |= {"at_edge": float(bool(one.at_edge))}
            values |= {"best_aic": float(name == self.best_aic), "best_bic": float(name == self.best_bic)}
            for term, value in values.items():
                rows.append(
                    {
                        "study": study,
                        "spec": spec,
                        "kind": "fit",
                        "term": f"{term}[{name}]",
                        "estimate": value,
                    }
                )
        return pd.DataFrame(rows, columns=list(ESTIMATES)).astype(
            {name: float for name, kind in ESTIMATES.items() if kind == "float64"}
        )


def compare_weights(
    y: Array, x: Array, matrices: Mapping[str, Weights], *, where: str = "", **options: object
) -> WeightComparison:
    """Fit one model under each matrix; the determinant's eigenvalues are computed once a matrix.

    Parameters
    ----------
    matrices : name to matrix, e.g. from :func:`weight_grid`
    options : of :func:`fit`

    Raises
    ------
    EstimationError
        As :func:`fit`, with the matrix's name; if there is no matrix.
    """
    if not matrices:
        raise EstimationError(f"{where}no weight matrix to compare")
    fits = [fit(y, x, one, where=f"{where}weights {name}: ", **options) for name, one in matrices.items()]
    return WeightComparison(tuple(matrices), tuple(fits))
