"""Local Moran's I of every city in chosen years: scatter plot and clusters.

Rows: see :func:`nianjian.spatial.local_moran.tidy`; the ``fit`` row ``islands`` counts cities without neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from nianjian.declarations.models.base import Year
from nianjian.spatial.params import PatternParams

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.declarations.study import Study
    from nianjian.kinds.context import EstimatorContext

FORMERLY = ("local_association",)
BY_CITY = True
"""Its rows are of city-years, which the catalogue shows as a table of their own."""
TABLE_ROWS = ()
"""Tables of coefficients show nothing of it, see :func:`nianjian.publish.regressors.table_rows`."""


class Params(PatternParams):
    """Local spatial autocorrelation."""

    years: Annotated[list[Year], Field(min_length=1)] = Field(description="years of the sample")
    alpha: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.05, description="level at which a city belongs to a cluster"
    )
    false_discovery: bool = Field(
        False, description="compare with Benjamini and Hochberg's level instead of alpha itself"
    )


def complete(params: Params, study: Study) -> Params:
    """The years must be the sample's."""
    first, last = study.years
    for position, year in enumerate(params.years):
        if not first <= year <= last:
            raise study.fail(
                f"years[{position}]",
                f"{year} lies outside the sample's years {first} to {last}; choose one inside",
            )
    return params


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.spatial import local_moran

    weights = context.weights(params.matrix, data)
    found = local_moran.local_by_year(
        data,
        params.outcome,
        weights,
        years=params.years,
        draws=params.permutations,
        rng=context.rng("permutation"),
        alpha=params.alpha,
        false_discovery=params.false_discovery,
    )
    about = {"draws": params.permutations, "alpha": params.alpha, "islands": len(weights.islands)}
    return local_moran.tidy(found, context.study, context.name, **about)
