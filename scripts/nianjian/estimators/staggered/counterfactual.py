"""What untreated rows let expect of all rows: city effects, other effects and covariates, estimated where nobody is treated.

y_it = a_i + b_t + x_it'd + e_it on the untreated rows. Imputation and two-stage share it: their points are averages of y less
what is expected, and all of them are sums over y, whose coefficients (v) their errors are made of.

References
----------
Borusyak, K., Jaravel, X. & Spiess, J. (2024). Revisiting event-study designs: robust and efficient estimation. REStud 91.
Gardner, J. (2022). Two-stage differences in differences. arXiv:2207.05943.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nianjian.numerics import Array, Codes, Mask
from nianjian.numerics.columns import group_sums

SOLID = 1e-10
"""Directions of less than this share of the largest are not identified by the untreated rows."""


@dataclass(frozen=True)
class Counterfactual:
    """The first stage on n rows.

    Attributes
    ----------
    rest : (n,) y less what is expected of it; NaN where that is not identified
    identified : (n,) rows whose effects the untreated rows identify
    untreated : (n,) rows that it is estimated on
    weights : (n,) sampling weights
    city : (n,) codes of the cities
    demeaned : (n, p) columns of the other effects and covariates less the mean of the city's untreated rows
    inverse : (p, p) generalised inverse of their cross product over the untreated rows
    mass : weight of the untreated rows of each city
    """

    rest: Array
    identified: Mask
    untreated: Mask
    weights: Array
    city: Codes
    demeaned: Array
    inverse: Array
    mass: Array

    def through_first_stage(self, averages: Array) -> Array:
        """Coefficients on the untreated rows' y in what is expected of some averages, (n, q); zero on treated rows.

        Parameters
        ----------
        averages : (n, q) weights of rows, zero where not identified
        """
        by_city = group_sums(averages, self.city) / np.where(self.mass > 0, self.mass, 1)[:, None]
        cross = self.inverse @ (self.demeaned.T @ averages)
        found = self.weights[:, None] * (by_city[self.city] + self.demeaned @ cross)
        return np.asarray(np.where(self.untreated[:, None], found, 0.0))


def estimate(
    y: Array, city: Codes, effects: Sequence[Codes], x: Array, weights: Array, untreated: Mask
) -> Counterfactual:
    """The first stage.

    Parameters
    ----------
    y : (n,) outcome
    city : (n,) codes of the cities, whose effects are always there
    effects : (n,) codes of other effects: years, provinces by year
    x : (n, k) covariates
    weights : (n,) sampling weights
    untreated : (n,) rows to estimate it on

    Notes
    -----
    The cities' effects are taken out first; p columns are left, as many as years and covariates. A row is identified if its
    city has an untreated row and its columns lie in the span of the untreated rows' columns.
    """
    columns = [x] + [np.eye(int(codes.max()) + 1)[codes] for codes in effects]
    design = np.column_stack(columns)
    w = np.where(untreated, weights, 0.0)
    cities = int(city.max()) + 1
    mass: Array = np.bincount(city, w, minlength=cities).astype(float)
    per = np.where(mass > 0, mass, 1)
    centre = group_sums(w[:, None] * design, city) / per[:, None]
    demeaned = design - centre[city]
    own = demeaned * w[:, None]
    scale = np.sqrt(np.einsum("ij,ij->j", own, demeaned))
    scale = np.where(scale > SOLID * np.abs(design).max(initial=1), scale, 1.0)
    values, vectors = np.linalg.eigh((own / scale).T @ (demeaned / scale))
    solid = values > SOLID * values.max(initial=1)
    inverse: Array = np.asarray((vectors[:, solid] / values[solid]) @ vectors[:, solid].T, dtype=float)
    inverse = inverse / np.outer(scale, scale)
    beta = inverse @ (own.T @ y)
    mean = np.bincount(city, w * y, minlength=cities) / per
    loose = np.abs((demeaned / scale) @ vectors[:, ~solid]).max(axis=1, initial=0)
    length = np.abs(demeaned / scale).max(axis=1, initial=0)
    identified = (mass[city] > 0) & (loose <= 1e-7 * np.maximum(length, 1e-12) + 1e-9)
    rest = np.where(identified, y - mean[city] - demeaned @ beta, np.nan)
    return Counterfactual(rest, identified, untreated, weights, city, demeaned, inverse, mass)
