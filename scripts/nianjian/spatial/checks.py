"""What stops a spatial panel model before it is estimated: shapes, options, variation, an uninformative lag of y."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nianjian.errors import EstimationError
from nianjian.spatial.labels import listed
from nianjian.spatial.likelihood import within
from nianjian.spatial.logdet import Array
from nianjian.spatial.models import MODELS
from nianjian.spatial.prepared_weights import PreparedWeights

COLLINEAR = 1e-9
"""Share of a regressor's own within sum of squares below which nothing of it is left."""


CHOICES = {
    "model": tuple(MODELS),
    "errors": ("ml", "cluster"),
    "lee_yu": ("none", "sigma2", "correct", "transform"),
}
"""What each option of a model may be."""


def check_options(context: str, **options: str) -> None:
    """Stop at an option that is not among ``CHOICES``."""
    for name, value in options.items():
        if value not in CHOICES[name]:
            shown = "spatial model" if name == "model" else name
            raise EstimationError(
                f"{context}{shown} {value!r} is unknown; choose one of {', '.join(CHOICES[name])}"
            )


def check_together(
    model: str,
    weights: PreparedWeights,
    absorb: Sequence[str],
    *,
    random: bool,
    errors: str,
    lee_yu: str,
    context: str,
) -> None:
    """Stop at options that do not go together, and at islands where rows must sum to one."""
    if random and (errors == "cluster" or lee_yu != "none"):
        raise EstimationError(f"{context}random effects go with errors: ml and lee_yu: none only")
    if lee_yu != "none" and not absorb:
        raise EstimationError(f"{context}lee_yu: {lee_yu} needs fixed effects of cities or years")
    standardised = MODELS[model].error or lee_yu in ("correct", "transform")
    if len(weights.islands) and "year" in absorb and standardised:
        raise EstimationError(
            f"{context}{len(weights.islands)} cities without neighbours ({weights.named()}): with year effects, "
            f"{model} with lee_yu: {lee_yu} needs rows that sum to one; drop these cities, or write `islands: "
            "nearest` with the matrix"
        )


def check_arrays(
    y: Array,
    x: Array,
    weights: PreparedWeights,
    regressors: Sequence[str],
    absorb: Sequence[str],
    random: bool,
    context: str,
) -> None:
    """Stop at shapes that do not fit, missing values, and effects that there are not or that one year cannot have."""
    if x.ndim != 3 or x.shape[:2] != y.shape or x.shape[2] != len(regressors) or not regressors:
        raise EstimationError(
            f"{context}y has shape {y.shape} and x {x.shape} for {len(regressors)} regressors; expected cities x "
            "years and cities x years x regressors, with one regressor at least"
        )
    if weights.n != len(y):
        raise EstimationError(
            f"{context}the weight matrix has {weights.n} cities and the panel {len(y)}; build the matrix for "
            "the cities of the sample"
        )
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise EstimationError(
            f"{context}y or x holds missing or infinite values; spatial models need every one"
        )
    wrong = [name for name in absorb if name not in ("city", "year")]
    if wrong or len(set(absorb)) < len(absorb) or (random and "city" in absorb):
        raise EstimationError(
            f"{context}absorb {list(absorb)}{' with random effects of cities' if random else ''}: choose from "
            "city and year, each once, and city not both fixed and random"
        )
    if ("city" in absorb or random) and y.shape[1] < 2:
        raise EstimationError(
            f"{context}one year only: effects of cities need two years or more; write `absorb: []`, or widen the years"
        )


def check_variation(
    y: Array, z: Array, names: Sequence[str], outcome: str, absorb: Sequence[str], context: str
) -> None:
    """Stop at what the effects absorb and at collinear regressors."""
    inside = " and ".join(absorb) or "the constant"
    total = ((y - y.mean()) ** 2).sum()
    if total <= 0 or (within(y, absorb) ** 2).sum() <= COLLINEAR * total:
        raise EstimationError(
            f"{context}outcome {outcome!r} does not vary within {inside}; choose another outcome or leave out an effect"
        )
    left = within(z, absorb)
    sizes = (left**2).sum(axis=(0, 1))
    own = ((z - z.mean(axis=(0, 1))) ** 2).sum(axis=(0, 1))
    level = (z**2).sum(axis=(0, 1))
    for name, column, size, full, rough in zip(names, np.moveaxis(z, 2, 0), sizes, own, level, strict=True):
        if size <= max(COLLINEAR * full, 1e-24 * rough):
            state = "constant" if np.ptp(column) == 0 else "constant within every city"
            if np.ptp(column) > 0 and ("city" not in absorb or np.ptp(column, axis=1).max() > 0):
                state = "the same in all cities each year"
                if "year" not in absorb or np.ptp(column, axis=0).max() > 0:
                    state = "a sum of city and year terms"
            raise EstimationError(
                f"{context}regressor {name!r} is {state} and absorbed by {inside}; leave it out or drop the effect"
            )
    columns = left.reshape(-1, len(names)) / np.sqrt(sizes)
    for j, name in enumerate(names[1:], start=1):
        loadings = np.linalg.lstsq(columns[:, :j], columns[:, j], rcond=None)[0]
        rest = columns[:, j] - columns[:, :j] @ loadings
        if rest @ rest <= COLLINEAR:
            partners = [names[i] for i in range(j) if abs(loadings[i]) > 1e-4]
            raise EstimationError(
                f"{context}regressor {name!r} is collinear with {listed(partners, 5)} within {inside}; leave "
                "one out, or its spatial lag out of `lagged`"
            )


def check_lag(y: Array, weights: PreparedWeights, outcome: str, absorb: Sequence[str], context: str) -> None:
    """Stop where the lag of y is the same multiple of y in all cities and years within the effects.

    So it is with two cities, or equal weights for all, and effects of years: W then is -1 / (n - 1) times the
    identity, and the likelihood rises towards the lower end of rho's interval whatever the data. Source: Kelejian
    & Prucha (2002), 2SLS and OLS in a spatial autoregressive model with equal spatial weights, RSUE 32.
    """
    if "year" not in absorb:
        return
    deviations = within(np.stack([y, weights.lag(y)], axis=2), absorb)
    own, lag = deviations[:, :, 0].ravel(), deviations[:, :, 1].ravel()
    ratio = -1 / (weights.n - 1)
    if ((lag - ratio * own) ** 2).sum() <= COLLINEAR * ratio**2 * (own @ own):
        raise EstimationError(
            f"{context}within {' and '.join(absorb)} the spatial lag of {outcome!r} is {ratio:.3g} times itself: with "
            "two cities, or equal weights for all, nothing tells rho or lambda; leave out effects of years, or choose "
            "another `matrix` or more cities"
        )
