"""Estimates side by side, one specification a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from nianjian.declarations.models.base import short
from nianjian.declarations.models.style import Errors, InBrackets
from nianjian.publish import comparable, regressors
from nianjian.publish.params import (
    ColumnGroup,
    DistinctRows,
    Show,
    SpecsParams,
    Statistic,
    lines,
    unfold,
)

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Params(SpecsParams):
    """Estimates side by side."""

    column_groups: list[ColumnGroup] | None = Field(None, description="headings over neighbouring columns")
    rows: DistinctRows | None = Field(
        None,
        description="left out: what the estimators of the columns report, such as treatment, controls, constant",
    )
    constant: bool = Field(True, description="print the constant, where rows are left out")
    statistics: Annotated[list[Annotated[Statistic, short("term")]], Field(min_length=1)] | None = Field(
        None,
        description="lines below the coefficients; left out: those that the estimators of the columns report",
    )
    show: Show | None = Field(None, description="what else is printed")
    errors: Errors = Field("below", description="where standard errors stand")
    brackets: InBrackets = Field(
        "std_error", description="what stands in brackets: standard errors, t statistics or p-values"
    )


def complete(params: Params, study: Study) -> Params:
    """The columns by name, and rows that name what the columns regress on."""
    done: Params = unfold(params, study)
    width = sum(group.span for group in params.column_groups or [])
    if width and width != len(done.columns):
        raise study.fail("column_groups", f"covers {width} columns, the table has {len(done.columns)}")
    entries = [study.specs[spec] for spec in done.columns]
    if params.rows is None and not any(regressors.table_rows(entry) for entry in entries):
        shown = ", ".join(sorted({entry.kind.name for entry in entries}))
        raise study.fail(
            "columns", f"estimator {shown} reports no coefficients; choose another kind of table"
        )
    known = regressors.known_coefficients(entries)
    for line in lines(params.rows or []):
        if (
            line.kind == "coefficient"
            and "[" not in line.term
            and "*" not in line.term
            and ":" not in line.term
        ):
            study.check_known("rows", line.term, known, "regressor of these columns")
    for statistic in params.statistics or []:
        for spec in statistic.columns or []:
            study.check_known("statistics", spec, done.columns, "column of this table")
        if statistic.family is not None:
            study.check_known("statistics", statistic.family, study.specs, "spec")
    return done


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """Estimates of the columns, and of what they are compared with."""
    return comparable.inputs(params, study)


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """Set the estimates of the columns side by side; see :func:`nianjian.publish.regression.table`."""
    from nianjian.publish import regression
    from nianjian.publish.estimated import Estimated

    return regression.table(params, Estimated.read(params, params.columns, data, context))
