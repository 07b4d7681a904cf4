"""Give a simulated quantity the moments that a paper prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Match:
    """A strictly increasing map: standardise, bend by sinh-arcsinh, standardise, place.

    Attributes
    ----------
    centre, scale : of the sample before
    skew, tail : epsilon and delta of Jones and Pewsey (2009); 0 and 1 leave the shape as it is
    bent_centre, bent_scale : of the sample after bending
    mean, sd : what the sample gets
    """

    centre: float
    scale: float
    skew: float
    tail: float
    bent_centre: float
    bent_scale: float
    mean: float
    sd: float

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        bent = _bend((x - self.centre) / self.scale, self.skew, self.tail)
        return self.mean + self.sd * (bent - self.bent_centre) / self.bent_scale


def _bend(z: NDArray[np.float64], skew: float, tail: float) -> NDArray[np.float64]:
    return np.sinh(tail * np.arcsinh(z) + skew)


def match_moments(sample: NDArray[np.float64], target: Moment) -> Match:
    """Fit the map that gives ``sample`` the target's mean and sd, and its extremes as nearly as it can.

    Parameters
    ----------
    sample : (n,) values as the paper writes them; NaN is left out
    target : published mean, sd and perhaps extremes

    Notes
    -----
    The map is increasing, so cities keep their ranks and series their shape. An extreme that the data reach
    only through a printing error is left out of the target.
    """
    sample = sample[np.isfinite(sample)]
    centre, scale = float(sample.mean()), float(sample.std())
    z = (sample - centre) / scale
    extremes = {"min": target.min, "max": target.max}
    wanted = {
        key: (extreme - target.mean) / target.sd for key, extreme in extremes.items() if extreme is not None
    }

    def misses(shape: NDArray[np.float64]) -> NDArray[np.float64]:
        bent = _bend(z, *shape)
        bent = (bent - bent.mean()) / bent.std()
        found = {"min": bent.min(), "max": bent.max()}
        return np.array(
            [EXTREMES * (found[key] - wanted[key]) for key in wanted]
            + [0.02 * shape[0], 0.02 * (shape[1] - 1)]
        )

    shape = (
        least_squares(misses, x0=[0.0, 1.0], bounds=([-2.0, 0.4], [2.0, 1.6])).x
        if wanted
        else np.array([0.0, 1.0])
    )
    bent = _bend(z, *shape)
    return Match(
        centre, scale, float(shape[0]), float(shape[1]), float(bent.mean()), float(bent.std()),
        target.mean, target.sd,
    )  # fmt: skip


def moments(sample: NDArray[np.float64]) -> dict[str, float]:
    """Mean, sd, minimum and maximum of the finite values."""
    sample = sample[np.isfinite(sample)]
    return {"mean": sample.mean(), "sd": sample.std(ddof=1), "min": sample.min(), "max": sample.max()}
