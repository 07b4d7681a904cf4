"""Groups: conditions on the sample's own numbers, as columns."""

from __future__ import annotations

import pandas as pd

from nianjian.sample.parsed import Formulas
from nianjian.sample.variables import Evaluated


def group_columns(parsed: Formulas, result: Evaluated) -> dict[str, pd.Series]:
    """Each group by name on the grid's rows: 1 where its condition holds, 0 where it does not, NaN where it is open."""
    known = dict(result.columns)
    found: dict[str, pd.Series] = {}
    for name, formula in parsed.groups.items():
        found[name] = known[name] = formula.evaluate(known, parsed.units, result.grid.rows)
    return found
