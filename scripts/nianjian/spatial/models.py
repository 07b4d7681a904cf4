"""Spatial panel models: SAR, SEM, SDM, SAC, SLX, SDEM, what each has in it and what a fitted one holds.

    y_t = rho W y_t + X_t beta + W X_t theta + mu + lambda_t + u_t,   u_t = lambda W u_t + e_t

References
----------
Elhorst, J. P. (2014). Matlab software for spatial panels. International Regional Science Review 37.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse

from nianjian.estimates import LAG, Rows
from nianjian.spatial.logdet import Array
from nianjian.spatial.prepared_weights import PreparedWeights

if TYPE_CHECKING:
    from nianjian.spatial.diagnostics import SpatialTest
    from nianjian.spatial.impacts import SpatialImpacts

Model = Literal["ols", "slx", "sar", "sem", "sdm", "sac", "sdem"]
Errors = Literal["ml", "cluster"]
LeeYu = Literal["none", "sigma2", "correct", "transform"]
Weights: TypeAlias = ArrayLike | sparse.sparray | sparse.spmatrix | PreparedWeights

LAGGED = "W*"
"""Before the name of a regressor in the name of its spatial lag's coefficient."""
SPATIAL = ("rho", "lambda")
FITS = ("nobs", "units", "periods", "loglik", "aic", "bic", "r2_within", "r2_overall")
"""What describes a fit: attributes and terms."""


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
    absorb : fixed effects, of ``city`` and ``year``; ``random`` : whether city effects are random beside them
    impacts : direct, indirect and total impacts, if asked for
    tests : tests, if asked for
    """

    model: Model
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
    absorb: tuple[str, ...]
    random: bool
    errors: Errors
    lee_yu: LeeYu
    impacts: SpatialImpacts | None = None
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

    def tidy(self, study: str, spec: str, matrix: str | None = None) -> pd.DataFrame:
        """Rows of the schema ``ESTIMATES``; p-values and intervals from the normal distribution.

        ``coefficient``: x; ``lag`` of x, named ``W*x``; ``rho``, ``lambda``. ``effect``: ``direct``, ``indirect`` and
        ``total`` impact of x, and the same by the other kind of standard errors with ``group`` ``delta`` (or
        ``simulated``). ``test``: with their degrees of freedom. ``fit``: ``nobs, units, periods, loglik, aic, bic,
        r2_within, r2_overall, sigma2`` (with its error), ``sigma2_lee_yu, islands, rho_at_edge`` (or
        ``lambda_at_edge``; 0 or 1), ``draws_rejected``, and ``phi`` under random effects.

        Parameters
        ----------
        study, spec : what the rows are filed under
        matrix : name of the weight matrix
        """
        rows = Rows(study, spec)
        self._add_coefficients(rows, matrix)
        if self.impacts is not None:
            self.impacts.add_to(rows)
        for test in self.tests:
            rows.add(
                "test",
                test.name,
                test.statistic,
                np.nan,
                test.statistic,
                test.p_value,
                np.nan,
                np.nan,
                test.df,
            )
        rows.add_fits({term: getattr(self, term) for term in FITS})
        rows.add("fit", "sigma2", self.sigma2, self.std_errors[self.names.index("sigma2")])
        rows.add_fits({"sigma2_lee_yu": self.sigma2_lee_yu, "islands": len(self.weights.islands)})
        rows.add_fits({f"{name}_at_edge": name in self.at_edge for name in SPATIAL if name in self.names})
        if self.random:
            rows.add("fit", "phi", self.phi)
        if self.impacts is not None:
            rows.add("fit", "draws_rejected", self.impacts.rejected)
        return rows.table()

    def _add_coefficients(self, rows: Rows, matrix: str | None) -> None:
        """Those of ``names`` but the variance, which is none."""
        of: list[tuple[str, dict[str, Any]]] = [
            *((name, {"variable": name}) for name in self.regressors),
            *((LAG, {"variable": name, "matrix": matrix}) for name in self.lagged),
            *((name, {"matrix": matrix}) for name in SPATIAL if name in self.names),
        ]
        for (term, columns), value, error in zip(of, self.params, self.std_errors, strict=False):
            rows.add_normal("coefficient", term, value, error, **columns)
