"""Order-m efficiency: a unit against the best of m others drawn at random from those it can be compared with.

For outputs, from the units that use no more of any input; for inputs, from those that make no less of any output. With the N
ratios r by which these units reach further, in ascending order, the expected best of m draws is a sum in closed form::

    output  sum_l r_l ((l / N)^m - ((l - 1) / N)^m)
    input   sum_l r_l (((N - l + 1) / N)^m - ((N - l) / N)^m)

so nothing is drawn. As m grows it goes to the distance to the free disposal hull; for small m single units with extreme values
hardly count, and scores on either side of one are to be expected.

References
----------
Cazals, C., Florens, J.-P. & Simar, L. (2002). Nonparametric frontier estimation: a robust approach. Journal of Econometrics 106.
Daraio, C. & Simar, L. (2005). Introducing environmental variables in nonparametric frontier models. JPA 24.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nianjian.indices.programs import Array
from nianjian.indices.radial import Orientation
from nianjian.indices.solver import Group

BLOCK = 256
"""Units worked on at once: a block of them by all reference units fits into memory."""


def order_m(
    inputs: Array, outputs: Array, groups: Sequence[Group], *, m: int, orientation: Orientation = "output"
) -> tuple[Array, NDArray[np.intp]]:
    """Efficiency of n units and the number of units that each is compared with.

    Parameters
    ----------
    inputs, outputs : (n, k) and (n, s) arrays, positive
    groups : rows to evaluate, with the rows that they are measured against, which must hold them
    m : units drawn, one or more
    orientation : ``output``: one over the expected multiple of outputs; ``input``: the expected share of inputs. Below one the
        unit does worse than the expected best of m, above one better.

    Raises
    ------
    ValueError
        If m is below one.
    """
    if m < 1:
        raise ValueError(f"m must be one or more, not {m}")
    score, counts = np.full(len(inputs), np.nan), np.zeros(len(inputs), dtype=np.intp)
    for rows, reference in groups:
        for i in range(0, len(rows), BLOCK):
            block = rows[i : i + BLOCK]
            score[block], counts[block] = _block(
                inputs[block], outputs[block], inputs[reference], outputs[reference], m, orientation
            )
    return score, counts


def _block(
    x: Array, y: Array, of_x: Array, of_y: Array, m: int, orientation: Orientation
) -> tuple[Array, NDArray[np.intp]]:
    """Scores of some units against a reference set."""
    output = orientation == "output"
    allowed = np.ones((len(x), len(of_x)), dtype=bool)
    reach = np.full(allowed.shape, np.inf if output else -np.inf)
    for own, other in zip(x.T, of_x.T, strict=True):
        if output:
            allowed &= other <= own[:, None]
        else:
            np.maximum(reach, other / own[:, None], out=reach)
    for own, other in zip(y.T, of_y.T, strict=True):
        if output:
            np.minimum(reach, other / own[:, None], out=reach)
        else:
            allowed &= other >= own[:, None]
    counts: NDArray[np.intp] = allowed.sum(axis=1)
    # Units that are not compared come first with rank zero, where all shares are nil.
    ratios = np.sort(np.where(allowed, reach, -np.inf), axis=1)
    rank = np.arange(1, allowed.shape[1] + 1) - (allowed.shape[1] - counts)[:, None]
    upper = np.clip(rank, 0, None) / counts[:, None]
    lower = np.clip(rank - 1, 0, None) / counts[:, None]
    share = upper**m - lower**m if output else (1 - lower) ** m - (1 - upper) ** m
    expected = np.where(rank > 0, ratios, 0.0)
    value = np.einsum("ij,ij->i", share, expected)
    return (1 / value if output else value), counts
