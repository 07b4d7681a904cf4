"""Extracted cells: what is read off their print."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nianjian.panel.cells import half_unit


@pytest.mark.parametrize("dtype", ["str", "category"])
def test_rounding_hides_half_a_unit_of_the_last_digit(dtype):
    raw = pd.Series(
        ["1", "12.5", "12.50", "3.", "1.234.5", "-.125%", "0.２５", "1 234.5 万", "—"], dtype=dtype
    )
    decimals = [0, 1, 2, 0, 3, 3, 2, 1, 0]
    np.testing.assert_array_equal(half_unit(raw), [0.5 * 10.0**-each for each in decimals])


def test_no_cell_has_no_unit():
    assert half_unit(pd.Series([], dtype="str")).shape == (0,)
