"""Direct, indirect and total impacts of spatial models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.declarations.models.style import Errors, InBrackets
from nianjian.publish import comparable, regressors
from nianjian.publish.params import DistinctRows, SpecsParams, lines, needs, unfold

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table

FORMERLY = ("effects",)


class Params(SpecsParams):
    """Impacts of spatial models."""

    rows: DistinctRows | None = Field(None, description="regressors; left out: treatment, then controls")
    errors: Errors = Field("below", description="where standard errors stand")
    brackets: InBrackets = Field(
        "std_error", description="what stands in brackets: standard errors, t statistics or p-values"
    )


def complete(params: Params, study: Study) -> Params:
    """The specifications by name, each with impacts."""
    done: Params = unfold(params, study)
    needs(study, "columns", done.columns, "impact_errors")
    known = regressors.of_all(study.specs[spec] for spec in done.columns)
    for line in lines(params.rows or []):
        study.check_known("rows", line.term, known, "regressor of these specs")
    return done


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """Estimates of the columns, and of what they are compared with."""
    return comparable.inputs(params, study)


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """See :func:`nianjian.publish.impacts.table`."""
    from nianjian.publish import impacts
    from nianjian.publish.estimated import Estimated

    return impacts.table(params, Estimated.read(params, params.columns, data, context))
