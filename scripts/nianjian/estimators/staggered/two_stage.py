"""Two-stage: the outcome less what untreated rows let expect, regressed on dummies of the treatment.

Stage 1 estimates a_i + b_t + x_it'd on untreated rows; stage 2 regresses Y_it - a_i - b_t - x_it'd on q dummies that no row has two
of, so that coefficients are means. Errors account for both stages.

References
----------
Gardner, J. (2022). Two-stage differences in differences. arXiv:2207.05943: the moments' joint covariance, as R's did2s 1.2.0
computes it.
"""

from __future__ import annotations

import numpy as np

from nianjian.estimators.staggered.counterfactual import Counterfactual
from nianjian.estimators.staggered.effects import Influenced
from nianjian.numerics import Array, Mask
from nianjian.numerics.columns import group_sums


def influences(first_stage: Counterfactual, shares: Array, targets: Mask, at: tuple[int, ...]) -> Influenced:
    """Coefficients of the second stage, and what each city adds to their errors.

    Parameters
    ----------
    first_stage : of n rows
    shares : (n, q) from :func:`nianjian.estimators.staggered.imputation.averages` of the targets
    targets : (n, q) the dummies, of identified rows; event times before the treatment are allowed
    at : q labels
    """
    rest = np.where(first_stage.identified, first_stage.rest, 0.0)
    params = shares.T @ rest
    second = np.where(targets, rest[:, None] - params, 0.0)
    untreated = np.where(first_stage.untreated, rest, 0.0)
    errors = shares * second - first_stage.through_first_stage(shares) * untreated[:, None]
    return Influenced(at, params, group_sums(errors, first_stage.city))
