"""Global spatial autocorrelation by year: Moran's I, Geary's C, Getis and Ord's G."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.publish import comparable
from nianjian.publish.params import Decimals, SpecsParams, needs, unfold

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table

FORMERLY = ("association",)


class Params(SpecsParams):
    """Spatial autocorrelation by year."""

    permutation: bool = Field(False, description="print the p-value over permutations too")
    decimals: Decimals = Field(3, description="digits after the point")


def complete(params: Params, study: Study) -> Params:
    """The specifications by name, each with statistics by year."""
    done: Params = unfold(params, study)
    needs(study, "columns", done.columns, "statistics")
    return done


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """Estimates of the columns, and of what they are compared with."""
    return comparable.inputs(params, study)


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """See :func:`nianjian.publish.autocorrelation.table`."""
    from nianjian.publish import autocorrelation
    from nianjian.publish.estimated import Estimated

    return autocorrelation.table(params, Estimated.read(params, params.columns, data, context))
