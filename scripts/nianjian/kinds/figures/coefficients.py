"""Coefficients of several specifications with their intervals, a line a term: a regression table as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.declarations.models.base import Words
from nianjian.kinds.base import Spec
from nianjian.publish import regressors
from nianjian.publish.figures.params import FigureParams
from nianjian.publish.params import DistinctRows, lines, unfold

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Params(FigureParams):
    """Keys of a figure of coefficients."""

    columns: list[Spec] = Field(
        min_length=1, description="specifications in the order of the legend; step* means all of that name"
    )
    column_labels: list[Words] | None = Field(
        None, description="what the specifications are called; left out: their labels, or names"
    )
    rows: DistinctRows | None = Field(
        None,
        description="terms as in a regression table, in groups {label: ..., rows: [...]} if need be; left out: treatment and "
        "controls of the specifications",
    )
    sort: bool = Field(
        False, description="within each group by the estimate of the first specification that has it"
    )
    layout: Literal["together", "panels"] = Field(
        "together", description="specifications beside each other on one axis, or each in a panel of its own"
    )


def complete(params: Params, study: Study) -> Params:
    """The specifications by name, and rows that name what they regress on."""
    done: Params = unfold(params, study)
    entries = [study.specs[spec] for spec in done.columns]
    known = regressors.known_coefficients(entries)
    for line in lines(params.rows or []):
        if line.kind == "coefficient" and not any(mark in line.term for mark in "[*:"):
            study.check_known("rows", line.term, known, "regressor of these columns")
    if params.rows is None and not regressors.of_all(entries):
        shown = ", ".join(sorted({entry.kind.name for entry in entries}))
        raise study.fail("columns", f"estimator {shown} has no regressors; say which terms under rows")
    return done


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.coefficients.build`."""
    from nianjian.publish.figures import coefficients

    return coefficients.build(params, data, context)
