"""Specification tests: statistic, degrees of freedom, p-value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.publish import comparable
from nianjian.publish.params import Decimals, DistinctRows, SpecsParams, unfold

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Params(SpecsParams):
    """Specification tests."""

    rows: DistinctRows | None = Field(
        None,
        description="tests; each is that of the first spec which has it, unless column_labels set the specs apart; "
        "left out: all",
    )
    decimals: Decimals = Field(3, description="digits after the point")


def complete(params: Params, study: Study) -> Params:
    """The specifications by name."""
    done: Params = unfold(params, study)
    return done


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """Estimates of the columns, and of what they are compared with."""
    return comparable.inputs(params, study)


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """See :func:`nianjian.publish.specification_tests.table`."""
    from nianjian.publish import specification_tests
    from nianjian.publish.estimated import Estimated

    return specification_tests.table(params, Estimated.read(params, params.columns, data, context))
