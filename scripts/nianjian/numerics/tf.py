"""A t test that is right whatever the strength of the one instrument: the tF procedure.

The standard error of two-stage least squares with one instrument is stretched by a factor that depends on the first stage's
F. With it the usual normal test has at most its nominal size whatever the instrument's strength and the endogeneity.

References
----------
Lee, D. S., McCrary, J., Moreira, M. J. & Porter, J. (2022). Valid t-ratio inference for IV. American Economic Review 112,
table 3 (panel A: 5 %, panel B: 1 %).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri

Level = Literal[95, 99]

TABLE: Mapping[Level, tuple[tuple[float, float], ...]] = {
    95: (
        (4, 9.519), (4.008, 9.305), (4.015, 9.095), (4.023, 8.891), (4.031, 8.691),
        (4.04, 8.495), (4.049, 8.304), (4.059, 8.117), (4.068, 7.934), (4.079, 7.756),
        (4.09, 7.581), (4.101, 7.411), (4.113, 7.244), (4.125, 7.081), (4.138, 6.922),
        (4.151, 6.766), (4.166, 6.614), (4.18, 6.465), (4.196, 6.319), (4.212, 6.177),
        (4.229, 6.038), (4.247, 5.902), (4.265, 5.77), (4.285, 5.64), (4.305, 5.513),
        (4.326, 5.389), (4.349, 5.268), (4.372, 5.149), (4.396, 5.033), (4.422, 4.92),
        (4.449, 4.809), (4.477, 4.701), (4.507, 4.595), (4.538, 4.492), (4.57, 4.391),
        (4.604, 4.292), (4.64, 4.195), (4.678, 4.101), (4.717, 4.009), (4.759, 3.919),
        (4.803, 3.83), (4.849, 3.744), (4.897, 3.66), (4.948, 3.578), (5.002, 3.497),
        (5.059, 3.418), (5.119, 3.341), (5.182, 3.266), (5.248, 3.193), (5.319, 3.121),
        (5.393, 3.051), (5.472, 2.982), (5.556, 2.915), (5.644, 2.849), (5.738, 2.785),
        (5.838, 2.723), (5.944, 2.661), (6.056, 2.602), (6.176, 2.543), (6.304, 2.486),
        (6.44, 2.43), (6.585, 2.375), (6.741, 2.322), (6.907, 2.27), (7.085, 2.218),
        (7.276, 2.169), (7.482, 2.12), (7.702, 2.072), (7.94, 2.025), (8.196, 1.98),
        (8.473, 1.935), (8.773, 1.892), (9.098, 1.849), (9.451, 1.808), (9.835, 1.767),
        (10.253, 1.727), (10.711, 1.688), (11.214, 1.65), (11.766, 1.613), (12.374, 1.577),
        (13.048, 1.542), (13.796, 1.507), (14.631, 1.473), (15.566, 1.44), (16.618, 1.407),
        (17.81, 1.376), (19.167, 1.345), (20.721, 1.315), (22.516, 1.285), (24.605, 1.256),
        (27.058, 1.228), (29.967, 1.2), (33.457, 1.173), (37.699, 1.147), (42.93, 1.121),
        (49.495, 1.096), (57.902, 1.071), (68.93, 1.047), (83.823, 1.024), (104.67, 1),
    ),
    99: (
        (6.67, 35.366), (6.673, 34.135), (6.676, 32.946), (6.679, 31.798), (6.682, 30.691),
        (6.685, 29.622), (6.689, 28.591), (6.693, 27.595), (6.697, 26.634), (6.701, 25.706),
        (6.706, 24.811), (6.711, 23.947), (6.717, 23.113), (6.723, 22.308), (6.729, 21.531),
        (6.736, 20.781), (6.743, 20.058), (6.751, 19.359), (6.759, 18.685), (6.768, 18.034),
        (6.778, 17.406), (6.788, 16.8), (6.799, 16.215), (6.811, 15.65), (6.824, 15.105),
        (6.837, 14.579), (6.852, 14.072), (6.867, 13.581), (6.884, 13.109), (6.901, 12.652),
        (6.92, 12.211), (6.941, 11.786), (6.963, 11.376), (6.986, 10.98), (7.011, 10.597),
        (7.038, 10.228), (7.066, 9.872), (7.097, 9.528), (7.129, 9.196), (7.164, 8.876),
        (7.202, 8.567), (7.242, 8.269), (7.285, 7.981), (7.331, 7.703), (7.38, 7.435),
        (7.432, 7.176), (7.489, 6.926), (7.549, 6.685), (7.614, 6.452), (7.683, 6.227),
        (7.757, 6.01), (7.836, 5.801), (7.922, 5.599), (8.013, 5.404), (8.111, 5.216),
        (8.216, 5.034), (8.329, 4.859), (8.451, 4.69), (8.581, 4.526), (8.721, 4.369),
        (8.872, 4.217), (9.035, 4.07), (9.21, 3.928), (9.399, 3.791), (9.603, 3.659),
        (9.824, 3.532), (10.062, 3.409), (10.32, 3.29), (10.6, 3.176), (10.904, 3.065),
        (11.235, 2.958), (11.595, 2.855), (11.988, 2.756), (12.418, 2.66), (12.889, 2.567),
        (13.407, 2.478), (13.979, 2.392), (14.61, 2.308), (15.312, 2.228), (16.094, 2.15),
        (16.969, 2.076), (17.953, 2.003), (19.067, 1.934), (20.333, 1.866), (21.783, 1.801),
        (23.455, 1.739), (25.399, 1.678), (27.68, 1.62), (30.383, 1.563), (33.624, 1.509),
        (37.56, 1.456), (42.416, 1.406), (48.511, 1.357), (56.324, 1.309), (66.592, 1.264),
        (80.502, 1.22), (100.069, 1.177), (128.95, 1.136), (174.37, 1.097), (252.342, 1.059),
    ),
}  # fmt: skip
"""Confidence in per cent to pairs of the first stage's F and the factor of the standard error."""


@dataclass(frozen=True)
class TF:
    """A coefficient's standard error and interval, made right for the strength of the instrument.

    Attributes
    ----------
    factor : by which the error is stretched; infinite where F tells nothing
    std_error : stretched
    low, high : ends of the interval, infinite with the factor
    """

    factor: float
    std_error: float
    low: float
    high: float


def tf_factor(f: float, level: Level = 95) -> float:
    """By how much the standard error is stretched, given the first stage's F.

    Parameters
    ----------
    f : squared t of the instrument in the first stage, with errors clustered as in the second
    level : 95 for a 5 % test, 99 for a 1 % test

    Notes
    -----
    Between two rows of the table lies a straight line; as the factor is convex in F, it errs on the safe side.
    ASSUME: below the table's first row (F = 4; 6.67 at 1 %) the factor counts as infinite, though it is only so from 3.84 (6.63)
    down; beyond the last row of the 1 % table it stays at its value, 1.059.
    """
    at, factors = np.array(TABLE[level]).T
    if not f >= at[0]:
        return float("inf")
    return float(np.interp(f, at, factors))


def tf(estimate: float, std_error: float, f: float, level: Level = 95) -> TF:
    """The interval at a level; parameters as :func:`tf_factor`, and the coefficient with its usual error."""
    factor = tf_factor(f, level)
    stretched = factor * std_error
    half = float(ndtri((1 + level / 100) / 2)) * stretched
    return TF(factor, stretched, estimate - half, estimate + half)
