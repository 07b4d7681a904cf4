"""p-values of several hypotheses that keep the chance of any false rejection.

References
----------
Romano, J. P. & Wolf, M. (2005). Exact and approximate stepdown methods for multiple hypothesis testing. JASA 100.
Romano, J. P. & Wolf, M. (2016). Efficient computation of adjusted p-values for resampling-based stepdown multiple
testing. Statistics & Probability Letters 113.
"""

from __future__ import annotations

import numpy as np

from nianjian.numerics import Array


def romano_wolf(observed: Array, drawn: Array) -> Array:
    """Adjusted p-values of K hypotheses, from the largest statistic down.

    Parameters
    ----------
    observed : (K,) absolute statistics
    drawn : (K, B) absolute statistics under the null, each draw the same for all hypotheses

    Returns
    -------
    (K,) array
        (1 + draws whose largest statistic among this and all smaller ones is at least this) / (1 + B), made monotone.
    """
    order = np.argsort(-observed, kind="stable")
    largest = np.maximum.accumulate(drawn[order][::-1], axis=0)[::-1]
    # Ties of an enumerated draw with the observed one count, whatever rounding made of them.
    beyond = (largest >= observed[order][:, None] * (1 - 1e-9)).sum(axis=1)
    adjusted = np.maximum.accumulate((1 + beyond) / (1 + drawn.shape[1]))
    found: Array = np.empty(len(observed))
    found[order] = adjusted
    return found
