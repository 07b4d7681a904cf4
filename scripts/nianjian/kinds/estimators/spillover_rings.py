"""Effects of a treatment and of treated neighbours within bands of kilometres.

Rows: see :meth:`nianjian.estimators.twfe.TwfeFit.tidy`; a ring is a coefficient ``ring`` of the treatment with its band as group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.estimators.inference_params import InferredParams
from nianjian.kinds.base import Column

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

BATCH = "diagnostics"
"""It shares a job with what else is asked about the same regressions."""
TABLE_ROWS = (("coefficient", "regressors"), ("coefficient", "ring"), ("coefficient", "_cons"))
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""

Band = Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=2, max_length=2)]


def needs_cities(params: Params) -> bool:
    """It always needs the seats of the cities."""
    return True


class Params(InferredParams):
    """Least squares with fixed effects, the treatment and rings around the treated cities."""

    treatment: Column = Field(description="whose effect it is; left out: the study's treatment")
    bands: Annotated[list[Band], Field(min_length=1)] = Field(
        description="[[0, 100], [100, 200]]: kilometres between seats of government, the nearer end left out"
    )
    exposure: Literal["any", "count", "share"] = Field(
        "any",
        description="of the neighbours in the band, among the city-years used: any is treated, how many, which share",
    )
    whom: Literal["untreated", "all"] = Field(
        "untreated", description="untreated: treated city-years have no rings, so that effects do not overlap"
    )

    @model_validator(mode="after")
    def _bands(self) -> Self:
        for low, high in self.bands:
            if low >= high:
                what = f"two distances for each of bands, the smaller first, not {[low, high]}"
                raise PydanticCustomError("pattern", "{what}", {"what": what})
        if len({tuple(band) for band in self.bands}) < len(self.bands):
            raise PydanticCustomError("pattern", "{what}", {"what": "each of bands once"})
        return self


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators import twfe
    from nianjian.estimators.inference import inferred
    from nianjian.estimators.report import report
    from nianjian.estimators.rings import exposures, ring_name

    bands = [(low, high) for low, high in params.bands]
    seats = context.seats(data["city"])
    options = {"exposure": params.exposure, "whom": params.whom, "spec": context.name}
    columns = exposures(data, params.treatment, seats.cities, seats.distances, bands, **options)  # type: ignore[arg-type]
    names = {f"{params.treatment}[{ring_name(*band)}]": ring_name(*band) for band in bands}
    joined = data.assign(**dict(zip(names, columns.T, strict=True)))
    fitted = twfe.fit(
        joined,
        **params.options,
        regressors=[params.treatment, *names, *params.controls],
        treatment=params.treatment,
        spec=context.name,
        inference=inferred(params.inference, context),
    )
    report(fitted)
    groups = {name: (params.treatment, band) for name, band in names.items()}
    rows = fitted.tidy(context.study, context.name, in_groups=groups)
    return rows.assign(term=rows["term"].where(rows["kind"].ne("coefficient") | rows["group"].isna(), "ring"))
