"""Number of cities by their first treated year, within the sample and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.publish.params import TableParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Params(TableParams):
    """What a table of cohorts says."""


def complete(params: Params, study: Study) -> Params:
    """The study needs a treatment."""
    if study.treatment is None:
        raise study.fail("", "a table of kind cohorts needs key 'treatment' of the study")
    return params


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The sample."""
    return {"sample": [study.sample_file]}


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """One row a first treated year, then totals."""
    from nianjian.publish import cohorts

    return cohorts.table(params, data, context)
