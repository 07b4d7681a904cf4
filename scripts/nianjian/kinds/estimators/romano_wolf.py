"""One treatment and several outcomes, with p-values adjusted for their number (Romano and Wolf).

Rows: see :func:`nianjian.estimators.family.fit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.estimators.params import SplitColumns, TreatmentParams
from nianjian.kinds.base import ROBUST

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

BATCH = "diagnostics"
"""It shares a job with what else is asked about the same regressions."""
TABLE_ROWS = (("test", "wild_bootstrap"), ("test", "romano_wolf"))
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
TABLE_STATISTICS = ("hypotheses", "draws")
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""


class Params(TreatmentParams):
    """A family of outcomes."""

    refused: ClassVar[dict[str, str]] = {
        "inference": "its p-values are those of the wild cluster bootstrap: write draws, bootstrap_weights, restricted, scores and "
        "variance themselves"
    }

    outcomes: Annotated[SplitColumns, Field(min_length=1)] = Field(
        description="the other outcomes of the family; each is estimated on the city-years that have it"
    )
    draws: int = Field(9999, ge=99, description="of the wild cluster bootstrap, shared by all outcomes")
    bootstrap_weights: Literal["rademacher", "webb", "mammen"] = Field(
        "rademacher", description="of the clusters in each draw"
    )
    restricted: bool = Field(True, description="residuals under the null")
    scores: Literal["ordinary", "jackknife"] = Field(
        "ordinary", description="jackknife: residuals of each cluster from the others"
    )
    variance: Literal["cv1", "cv3"] = Field("cv1", description="of the t statistics that are compared")

    @model_validator(mode="after")
    def _of_one_way(self) -> Self:
        what = None
        if len(self.clusters) != 1 or self.cluster == ROBUST:
            what = f"one column under cluster, which the bootstrap draws, not {self.cluster}"
        elif self.outcome in self.outcomes or len(set(self.outcomes)) < len(self.outcomes):
            what = f"each outcome once: {self.outcome} under outcome, others under outcomes"
        if what:
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators import family

    return family.fit(
        data,
        outcomes=[params.outcome, *params.outcomes],
        treatment=params.treatment,
        controls=params.controls,
        options={"absorb": params.absorb, "cluster": params.clusters[0], "weights": params.weights},
        draws=params.draws,
        weights=params.bootstrap_weights,
        restricted=params.restricted,
        jackknife_scores=params.scores == "jackknife",
        cv3=params.variance == "cv3",
        rng=context.rng("wild"),
        study=context.study,
        spec=context.name,
    )
