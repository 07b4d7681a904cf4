"""Made-up assignments of a staggered policy: who adopts, and when."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import gammaln

from nianjian.estimators import draws as random_draws
from nianjian.numerics import Array

Assignment = Literal["permute", "simple"]
TIE = 1e-10
"""A draw this close to the estimate, relatively, is as large as it: a draw may be the true assignment."""


def assign(
    first: Array,
    *,
    draws: range,
    scheme: Assignment = "permute",
    treated: int | None = None,
    seed: int = 0,
    study: str = "",
    spec: str = "",
) -> Array:
    """Adoption years of some draws.

    Parameters
    ----------
    first : (N,) array
        First treated year of each city in the order of their codes, ``inf`` if it is never treated.
    draws : their numbers, from 0
    scheme, treated, seed, study, spec : as in :func:`nianjian.estimators.placebo.run`

    Returns
    -------
    (N, D) array
        A column depends on seed, study, spec and the draw's number only.
    """
    observed = first[np.isfinite(first)]
    size = treated_cities(first, treated)
    adoption = np.full((len(first), len(draws)), np.inf)
    for column, d in enumerate(draws):
        rng = random_draws.generator(study, spec, d, seed=seed)
        if scheme == "permute":
            adoption[:, column] = rng.permutation(first)
        else:
            cities = rng.choice(len(first), size=size, replace=False)
            adoption[cities, column] = rng.choice(observed, size=size)
    return adoption


def treated_cities(first: Array, treated: int | None = None) -> int:
    """How many cities every draw of :func:`assign` treats."""
    return int(np.isfinite(first).sum()) if treated is None else treated


def assignments(first: Array, *, scheme: Assignment = "permute", treated: int | None = None) -> float:
    """How many different assignments :func:`assign` draws from.

    Parameters
    ----------
    first, scheme, treated : as in :func:`assign`

    Returns
    -------
    float
        N! over the product of the cohorts' factorials with ``permute``; with ``simple`` the choices of cities
        times those of their years. Not counted beyond 1e300.
    """
    years, sizes = np.unique(first, return_counts=True)
    if scheme == "permute":
        count = gammaln(len(first) + 1) - gammaln(sizes + 1).sum()
    else:
        size = treated_cities(first, treated)
        count = gammaln(len(first) + 1) - gammaln(size + 1) - gammaln(len(first) - size + 1)
        count += size * np.log(max(np.isfinite(years).sum(), 1))
    return float(np.rint(np.exp(min(count, 690.0))))


def randomisation_p_value(draws: Array, observed: float) -> float:
    """Share of draws at least as large as what was observed, which counts as one of them."""
    return float((1 + (draws >= observed - TIE * abs(observed)).sum()) / (1 + len(draws)))
