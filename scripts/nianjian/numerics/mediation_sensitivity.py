"""How an indirect effect changes if errors of the mediator's and the outcome's equation go together.

m = a d + e1 and y = c d + b m + e2, after fixed effects and controls are taken out, with corr(e1, e2) = rho: what an omitted
cause of both does. Given rho, a is least squares' and b follows from the second moments of what d leaves of m and y: with s1,
s2 the standard deviations of these and r their correlation,

    b(rho) = s2 / s1 (r - rho sqrt((1 - r^2) / (1 - rho^2))).

The indirect effect a b(rho) is zero at rho = r. It is the fixed point of the iterated feasible generalised least squares of
the two equations with the errors' correlation held at rho, as R's mediation (``medsens``) computes it.

References
----------
Imai, K., Keele, L. & Yamamoto, T. (2010). Identification, inference and sensitivity analysis for causal mediation effects.
Statistical Science 25, theorem 4 and section 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nianjian.numerics import Array
from nianjian.numerics.collinear import COLLINEAR


@dataclass(frozen=True)
class Sensitivity:
    """Indirect effects at R correlations; leading axes are those of the moments.

    Attributes
    ----------
    effects : (..., R)
    at_zero : (...) correlation at which the indirect effect is zero
    """

    effects: Array
    at_zero: Array


def sensitivity(products: Array, rho: Array) -> Sensitivity:
    """Indirect effects at correlations of the errors.

    Parameters
    ----------
    products : (..., 3, 3) cross products of treatment, mediator and outcome without fixed effects and controls
    rho : (R,) correlations between -1 and 1, both excluded

    Returns
    -------
    Sensitivity
        NaN where the treatment or the mediator does not vary.
    """
    d_d, d_m, d_y = products[..., 0, 0], products[..., 0, 1], products[..., 0, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        m_m = products[..., 1, 1] - d_m**2 / d_d
        m_y = products[..., 1, 2] - d_m * d_y / d_d
        y_y = products[..., 2, 2] - d_y**2 / d_d
        solid = (d_d > COLLINEAR * d_d.max()) & (m_m > COLLINEAR * products[..., 1, 1])
        correlation = np.where(solid, np.clip(m_y / np.sqrt(m_m * y_y), -1, 1), np.nan)
        slope = np.sqrt(y_y / m_m) * (d_m / d_d)
        spread = np.sqrt(np.maximum(1 - correlation**2, 0))
        effects = slope[..., None] * (correlation[..., None] - spread[..., None] * rho / np.sqrt(1 - rho**2))
    return Sensitivity(np.where(solid[..., None], effects, np.nan), correlation)


def grid(step: float) -> Array:
    """Correlations from the first multiple of a step above -1 to the last below 1, zero among them."""
    most = int(np.ceil(1 / step - 1e-9)) - 1
    return np.round(np.arange(-most, most + 1) * step, 12)
