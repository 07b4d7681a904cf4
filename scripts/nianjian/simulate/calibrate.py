"""Give a simulated quantity the moments that a paper prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from nianjian.simulate.declared.planted import Moment

Transform = Callable[[NDArray[np.float64]], NDArray[np.float64]]
TRANSFORMS: Mapping[str, tuple[Transform, Transform]] = {
    "ln": (np.log, np.exp),
    "log1p": (np.log1p, np.expm1),
    "log10": (np.log10, lambda x: 10.0**x),
    "log10p": (lambda x: np.log10(1 + x), lambda x: 10.0**x - 1),
    "level": (lambda x: x, lambda x: x),
}
"""How a paper writes the quantity, and back."""

EXTREMES = 0.25
"""Weight of a miss of the minimum or maximum by one sd, against a bend of the shape."""


def bend(z: NDArray[np.float64], skew: float, tail: float) -> NDArray[np.float64]:
    """Sinh-arcsinh of Jones and Pewsey (2009); epsilon (``skew``) 0 and delta (``tail``) 1 leave the shape as it is."""
    return np.sinh(tail * np.arcsinh(z) + skew)


def match_moments(sample: NDArray[np.float64], target: Moment) -> Transform:
    """Fit the map that gives ``sample`` the target's mean and sd, and its extremes as nearly as it can.

    Parameters
    ----------
    sample : (n,) values as the paper writes them; NaN is left out
    target : published mean, sd and perhaps extremes

    Notes
    -----
    The map standardises, bends, standardises and places. It is increasing, so cities keep their ranks and series their
    shape. An extreme that the data reach only through a printing error is left out of the target.
    """
    sample = sample[np.isfinite(sample)]
    centre, scale = sample.mean(), sample.std()
    z = (sample - centre) / scale
    extremes = [(np.min, target.min), (np.max, target.max)]
    wanted = [(of, (value - target.mean) / target.sd) for of, value in extremes if value is not None]

    def misses(shape: NDArray[np.float64]) -> NDArray[np.float64]:
        bent = bend(z, *shape)
        bent = (bent - bent.mean()) / bent.std()
        found = [EXTREMES * (of(bent) - value) for of, value in wanted]
        return np.array([*found, 0.02 * shape[0], 0.02 * (shape[1] - 1)])

    skew, tail = 0.0, 1.0
    if wanted:
        skew, tail = least_squares(misses, x0=[skew, tail], bounds=([-2.0, 0.4], [2.0, 1.6])).x.tolist()
    bent = bend(z, skew, tail)
    middle, width = bent.mean(), bent.std()
    return lambda x: target.mean + target.sd * (bend((x - centre) / scale, skew, tail) - middle) / width


def moments(sample: NDArray[np.float64]) -> dict[str, float]:
    """Mean, sd, minimum and maximum of the finite values."""
    sample = sample[np.isfinite(sample)]
    return {"mean": sample.mean(), "sd": sample.std(ddof=1), "min": sample.min(), "max": sample.max()}
