"""Bias-reduced clustered errors with Satterthwaite degrees of freedom.

V = B [sum_g X_g' A_g u_g u_g' A_g X_g] B with A_g = (I - H_gg)^(-1/2), which is unbiased if errors are independent with
one variance. Degrees of freedom match the first two moments of V's distribution under that same model.

References
----------
Bell, R. M. & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with multi-stage
samples. Survey Methodology 28.
Pustejovsky, J. E. & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and hypothesis
testing in fixed effects models. JBES 36.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nianjian.numerics import Array
from nianjian.numerics.by_cluster import ByCluster

Reduction = Literal["cr0", "cr1", "cr1s", "cr2", "cr3"]


@dataclass(frozen=True)
class Reduced:
    """Slopes with their bias-reduced covariance.

    Attributes
    ----------
    slopes : (k,) array
    vcov : (k, k) array
    df : (k,) Satterthwaite degrees of freedom of each slope's t
    """

    slopes: Array
    vcov: Array
    df: Array


def bias_reduced(
    data: ByCluster,
    kind: Reduction = "cr2",
    *,
    parameters: int | None = None,
    combinations: Array | None = None,
) -> Reduced:
    """Covariance and degrees of freedom.

    Parameters
    ----------
    data : the regression by cluster
    kind : ``cr0``, none; ``cr1``, G/(G - 1); ``cr1s``, Stata's factor with all ``parameters``; ``cr2``;
        ``cr3`` as clubSandwich has it, (I - H_gg)^-1 without (G - 1)/G
    parameters : regressors and all fixed effects, for ``cr1s``
    combinations : (q, k) rows of weights of the slopes, for their sums in place of the slopes

    Notes
    -----
    With weights the working model has variances of one over the weights.
    """
    rows = np.eye(data.x.shape[1]) if combinations is None else combinations
    directions = data.x @ data.bread @ rows.T
    groups = data.groups
    if kind in ("cr2", "cr3"):
        adjusted = data.adjusted(directions, 0.5 if kind == "cr2" else 1.0)
    else:
        factor = 1.0 if kind == "cr0" else groups / (groups - 1)
        if kind == "cr1s":
            if parameters is None:
                raise ValueError("cr1s needs the number of parameters")
            factor *= (len(data.y) - 1) / (len(data.y) - parameters)
        adjusted = directions * np.sqrt(factor)
    scores = data.sums(adjusted * data.residuals[:, None])
    df = np.array([_satterthwaite(data, column) for column in adjusted.T])
    return Reduced(rows @ data.slopes, scores.T @ scores, df)


def _satterthwaite(data: ByCluster, column: Array) -> float:
    """Degrees of freedom of the sum over g of (a_g'u_g)^2, for an (n,) column a, if errors are white.

    u = (I - H) e, so the sum is a quadratic form whose moments are those of the Gram matrix of (I - H)_.g a_g.
    """
    loads = data.sums(data.basis * column[:, None])
    gram = -loads @ loads.T
    gram[np.diag_indices(data.groups)] += data.sums((column**2)[:, None])[:, 0]
    return float(np.trace(gram) ** 2 / (gram**2).sum())
