"""Marginal likelihoods of static spatial panel models, by which matrices and models are weighed against each other.

With equal prior odds the posterior probability of a model is its share in the sum of marginal likelihoods. The slopes and the
variance are integrated out in closed form, the spatial parameter (uniform on its interval) by quadrature.

    zellner   beta | s2 ~ N(0, g s2 (Z'Z)^-1), g the number of observations (unit information), p(s) = 1/s:
              p(y) = 1/(2 D) Gamma(N/2) pi^(-N/2) (1 + g)^(-p/2) int |A|^T ((S0 + g S) / (1 + g))^(-N/2) d rho
    flat      p(beta, s) = 1/s, a = (N - p) / 2:
              p(y) = 1/(2 D) Gamma(a) pi^(-a) int |A|^T |Z'Z|^(-1/2) S^(-a) d rho

N are the observations less the fixed effects, D is the length of the interval, S0 and S are the sums of squares of the filtered
outcome and of its residuals. A flat prior leaves the scale of the slopes open: with it, probabilities of models with different
numbers of regressors depend on the regressors' units.

References
----------
LeSage, J. P. & Parent, O. (2007). Bayesian model averaging for spatial econometric models. Geographical Analysis 39.
LeSage, J. P. (2014). Spatial econometric panel data model specification: a Bayesian approach. Spatial Statistics 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import gammaln

from nianjian.spatial.likelihood import MARGIN, Likelihood
from nianjian.spatial.logdet import Array

Prior = Literal["zellner", "flat"]

NODES = 40
"""Of Gauss and Legendre's rule on each piece of the interval."""
CUTS = (-40.0, -8.0, -3.0, 0.0, 3.0, 8.0, 40.0)
"""Where the interval is cut, in standard errors from the maximum."""


@dataclass(frozen=True)
class Marginal:
    """A marginal likelihood, in parts.

    Attributes
    ----------
    constant : its logarithm's part before the integral
    peak : largest logarithm of the integrand at the nodes
    integral : of the integrand over exp(peak); one without a spatial parameter
    """

    constant: float
    peak: float
    integral: float

    @property
    def log(self) -> float:
        """Logarithm of the marginal likelihood."""
        return self.constant + self.peak + float(np.log(self.integral))


def marginal(problem: Likelihood, effects: int, prior: Prior = "zellner") -> Marginal:
    """Marginal likelihood of a model with fixed effects and at most one spatial parameter.

    Parameters
    ----------
    problem : its concentrated likelihood, of :func:`nianjian.spatial.likelihood.likelihood`
    effects : what the effects take from the observations, n + T - 1 of those of cities and years; none where the likelihood
        is that of transformed observations
    prior : of the slopes, see the module

    Raises
    ------
    ValueError
        If the model has random effects or two spatial parameters.
    """
    if len(problem.active) > 1 or problem.outer is not None:
        raise ValueError(
            f"marginal likelihoods are of models with one spatial parameter, not {problem.active}"
        )
    nobs, p = problem.counted.nobs - effects, problem.slopes
    a = (nobs - p) / 2 if prior == "flat" else nobs / 2
    constant = float(gammaln(a) - a * np.log(np.pi) - np.log(2))
    if not problem.active:
        return Marginal(constant, float(_logs(problem, np.zeros(1), nobs, prior)[0]), 1.0)
    low, high = problem.logdet.low + MARGIN, problem.logdet.high - MARGIN
    nodes, shares = _rule(problem, low, high)
    logs = _logs(problem, nodes, nobs, prior) + problem.counted.years * _determinant(problem, nodes)
    peak = float(logs.max())
    return Marginal(constant - float(np.log(high - low)), peak, float(shares @ np.exp(logs - peak)))


def probabilities(logs: Array) -> Array:
    """Posterior probabilities of models by the logarithms of their marginal likelihoods, at equal prior odds."""
    shares = np.exp(logs - logs.max())
    return shares / shares.sum()


def _rule(problem: Likelihood, low: float, high: float) -> tuple[Array, Array]:
    """Nodes and weights of a rule that is dense where the likelihood is large."""
    point = problem.maximise()
    curvature = float(-problem.hessian(point)[0, 0]) if low + 1e-4 < point[0] < high - 1e-4 else 0.0
    width = min(1 / np.sqrt(curvature) if curvature > 0 else np.inf, (high - low) / 10)
    inner = [float(point[0]) + cut * width for cut in CUTS]
    cuts = np.array([low, *(cut for cut in inner if low < cut < high), high])
    at, weight = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(cuts) / 2
    middle = (cuts[1:] + cuts[:-1]) / 2
    return (middle[:, None] + half[:, None] * at).ravel(), (half[:, None] * weight).ravel()


def _determinant(problem: Likelihood, nodes: Array) -> Array:
    """ln|I - rho W|, without the eigenvalue one where the transformation took it out."""
    value = problem.logdet.value(nodes)
    return value - np.log1p(-nodes) if problem.counted.without_one else value


def _logs(problem: Likelihood, nodes: Array, nobs: int, prior: Prior) -> Array:
    """Logarithm of the integrand but for the determinant, at values of the spatial parameter."""
    y, wy = problem.inner[:, 0], problem.inner[:, 1]
    z, wz = problem.inner[:, 3 : 3 + problem.slopes], problem.inner[:, 3 + problem.slopes :]
    filters = "lambda" in problem.active
    found = np.empty(len(nodes))
    for i, node in enumerate(nodes):
        target = y - node * wy
        q, r = np.linalg.qr(z - node * wz if filters else z)
        fitted = q.T @ target
        total = float(target @ target)
        rest = total - float(fitted @ fitted)
        if prior == "flat":
            scale = float(np.log(np.abs(r.diagonal())).sum())
            found[i] = -(nobs - problem.slopes) / 2 * np.log(rest) - scale
        else:
            mixed = np.log((total + nobs * rest) / (1 + nobs))
            found[i] = -nobs / 2 * mixed - problem.slopes / 2 * np.log1p(nobs)
    return found
