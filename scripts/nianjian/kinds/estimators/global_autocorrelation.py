"""Moran's I, Geary's C and Getis and Ord's G of a variable by year.

Rows: see :func:`nianjian.spatial.global_autocorrelation.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.spatial.params import PatternParams

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

FORMERLY = ("spatial_association",)
TABLE_ROWS = ()
"""Tables of coefficients show nothing of it, see :func:`nianjian.publish.regressors.table_rows`."""


class Params(PatternParams):
    """Global spatial autocorrelation."""

    statistics: list[Literal["moran", "geary", "getis_ord"]] = Field(
        ["moran", "geary"],
        min_length=1,
        description="Moran's I; Geary's C; Getis and Ord's G, of positive values",
    )


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.spatial import global_autocorrelation

    weights = context.weights(params.matrix, data)
    found = global_autocorrelation.by_year(
        data,
        params.outcome,
        weights,
        statistics=params.statistics,
        draws=params.permutations,
        rng=context.rng("permutation"),
    )
    return global_autocorrelation.tidy(found, context.study, context.name, islands=len(weights.islands))
