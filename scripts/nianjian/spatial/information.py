"""Covariance of a spatial panel model's estimates: expected information, and the clustered sandwich.

References
----------
Lee, L.-F. & Yu, J. (2010). Estimation of spatial autoregressive panel data models with fixed effects.
Journal of Econometrics 154.
Kelejian, H. H. & Prucha, I. R. (2010). Specification and estimation of spatial autoregressive models with
autoregressive and heteroskedastic disturbances. Journal of Econometrics 157: the variance of the quadratic
forms in the clustered standard errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nianjian.spatial.likelihood import Counts, within
from nianjian.spatial.logdet import Array
from nianjian.spatial.models import Form
from nianjian.spatial.prepared_weights import Multiplier, PreparedWeights


@dataclass(frozen=True)
class Design:
    """What a model is estimated from.

    Attributes
    ----------
    y : (n, T) array
    z : (n, T, p) array, regressors and the spatial lags that the model has among them
    weights : the prepared matrix
    form : spatial terms of the model
    absorb : fixed effects, of ``city`` and ``year``; none is a constant
    counted : what the likelihood counts
    """

    y: Array
    z: Array
    weights: PreparedWeights
    form: Form
    absorb: tuple[str, ...]
    counted: Counts


@dataclass(frozen=True)
class Estimate:
    """Parameters while they are worked on; zero stands for a spatial term that the model has not."""

    slopes: Array
    rho: float
    lambda_: float
    sigma2: float

    def innovations(self, design: Design) -> Array:
        """(n, T) demeaned (I - lambda W)((I - rho W) y - Z d)."""
        weights = design.weights
        rest = design.y - self.rho * weights.lag(design.y) - design.z @ self.slopes
        return within(rest - self.lambda_ * weights.lag(rest), design.absorb)

    def moved(self, step: Array, form: Form) -> Estimate:
        """Add a step in the order of the information matrix: slopes, rho, lambda (those there are), sigma2."""
        p = len(self.slopes)
        spatial = list(step[p:-1])
        rho = self.rho + (spatial.pop(0) if form.lag else 0.0)
        lam = self.lambda_ + (spatial.pop(0) if form.error else 0.0)
        return Estimate(self.slopes + step[:p], rho, lam, self.sigma2 + step[-1])


@dataclass(frozen=True)
class Information:
    """Expected information of an estimate.

    Attributes
    ----------
    matrix : of slopes, rho, lambda (those there are), sigma2; with random effects sigma2 / phi^2 after it
    mean : (n, T) mean of BWy, empty without rho
    forms : G for rho and H for lambda (those there are) with their positions
    """

    matrix: Array
    mean: Array
    forms: tuple[tuple[int, Multiplier], ...]


@dataclass(frozen=True)
class Parts:
    """Expected information, and the clustered variance of the score, both in the order of the estimates."""

    information: Array
    meat: Array
    innovations: Array


def parts(estimate: Estimate, design: Design, *, clustered: bool = True) -> Parts:
    """Information matrix and, if ``clustered``, the clustered outer product of the score at an estimate.

    With B = I - lambda W, G = W (I - rho W)^-1, H = W B^-1, the score of rho is
    l'e + e'Ge - s2 T tr G over s2, where l is the mean of BWy; that of lambda e'He - s2 T tr H. With errors
    independent between cities, cov(e'Ae, e'Ce) has the pairs 2 a_ij c_ij (e_i'e_j)^2 of symmetric A and C
    and the products of the diagonal terms, which are added to the linear terms of a city.
    """
    z, weights, form, absorb = design.z, design.weights, design.form, design.absorb
    s2, years = estimate.sigma2, design.counted.years
    found = information(estimate, design)
    if not clustered:
        return Parts(found.matrix, np.zeros(0), estimate.innovations(design))
    filtered = within(z - estimate.lambda_ * weights.lag(z), absorb) if form.error else within(z, absorb)
    rest = estimate.innovations(design)
    n, _, p = z.shape
    m = len(found.matrix) - 1
    squares = (rest**2).sum(axis=1)
    score = np.zeros((n, m + 1))
    score[:, :p] = np.einsum("itk,it->ik", filtered, rest) / s2
    score[:, m] = (squares - years * s2) / (2 * s2**2)
    if form.lag:
        score[:, p] = (found.mean * rest).sum(axis=1) / s2
    written = [(a, first.array()) for a, first in found.forms]
    for a, first in written:
        score[:, a] += first.diagonal() * (squares / s2 - years)
    meat = score.T @ score
    if written:
        products = (rest @ rest.T) ** 2
        np.fill_diagonal(products, 0.0)
        sums = [(a, first + first.T) for a, first in written]
        for a, first in sums:
            for b, second in sums:
                meat[a, b] += (first * second * products).sum() / (2 * s2**2)
    return Parts(found.matrix, meat, rest)


def information(estimate: Estimate, design: Design, phi: float = 1.0) -> Information:
    """Expected information of slopes, rho, lambda, sigma2; the mean of BWy; G and H with their positions.

    With phi below one, city means count with weight phi^2 (random effects) and the variance of means,
    sigma2 / phi^2, is a further parameter, last, on one year of ``counted``; in the limit of phi = 0 the
    information is that of fixed effects.
    """
    y, z, weights, form, counted = design.y, design.z, design.weights, design.form, design.counted

    def starred(values: Array) -> Array:
        values = within(values, design.absorb)
        return values - (1 - phi) * values.mean(axis=1, keepdims=True) if phi < 1 else values

    def filter_error(values: Array) -> Array:
        return values - estimate.lambda_ * weights.lag(values) if form.error else values

    s2, years, n = estimate.sigma2, counted.years, weights.n
    p = z.shape[2]
    m = p + form.lag + form.error
    between = phi < 1
    filtered = starred(filter_error(z))
    matrix = np.zeros((m + 1 + between, m + 1 + between))
    matrix[:p, :p] = np.einsum("itk,itl->kl", filtered, filtered) / s2
    matrix[m, m] = (counted.nobs - n * between) / (2 * s2**2)
    if between:
        matrix[-1, -1] = n / (2 * (s2 / phi**2) ** 2)
    forms: list[tuple[int, Multiplier]] = []
    mean: Array = np.zeros(0)
    if form.lag:
        g = weights.multiplier(estimate.rho)
        forms.append((p, g))
        # The mean of BWy is BG(Zd + effects) = BWy - Ge.
        wy = weights.lag(y)
        rest = within(filter_error(y - estimate.rho * wy - z @ estimate.slopes), design.absorb)
        mean = starred(filter_error(wy) - g.of(rest))
        matrix[p, :p] = matrix[:p, p] = np.einsum("itk,it->k", filtered, mean) / s2
        matrix[p, p] = (mean**2).sum() / s2
    if form.error:
        same = form.lag and estimate.lambda_ == estimate.rho
        forms.append((p + form.lag, forms[0][1] if same else weights.multiplier(estimate.lambda_)))
    for a, first in forms:
        trace = _trace(first, counted)
        matrix[a, m] = matrix[m, a] = (years - between) * trace / s2
        if between:
            matrix[a, -1] = matrix[-1, a] = trace / (s2 / phi**2)
        for b, second in forms:
            matrix[a, b] += years * _traces(first, second, counted)
    return Information(matrix, mean, tuple(forms))


def _trace(g: Multiplier, counted: Counts) -> float:
    """Trace of G, without the eigenvector of ones if the transformation took it out."""
    return float(g.trace() - (g.row_sum() if counted.without_one else 0.0))


def _traces(g: Multiplier, h: Multiplier, counted: Counts) -> float:
    """tr(GH) + tr(G'H), of JG and JH with J = I - 11'/n if the transformation took the ones out."""
    total: Any = g.traces(h)  # type: ignore[arg-type]
    if counted.without_one:
        ones = g.column_sums()
        total -= g.row_sum() * h.row_sum() + ones @ h.column_sums() / len(ones)
    return float(total)


def year_bias(estimate: Estimate, form: Form, years: int) -> Array:
    """Minus the expected score of the direct approach with year effects, T times (0, 1/(1-rho), 1/(2 s2))."""
    spatial = [
        1 / (1 - value)
        for value, there in ((estimate.rho, form.lag), (estimate.lambda_, form.error))
        if there
    ]
    return years * np.array([*np.zeros(len(estimate.slopes)), *spatial, 1 / (2 * estimate.sigma2)])
