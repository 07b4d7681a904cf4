"""Numerics that several estimators share: functions on arrays, without frames, names of studies or files."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
"""(n,) group of each row, numbered from 0 without gaps."""
Mask = NDArray[np.bool_]
