"""Figures, one model a kind."""

from typing import Annotated, Literal

from pydantic import Field

from nianjian.declarations.models.base import Declared, Words, Year


class _Figure(Declared):
    title: Words
    notes: Words | None = None


class TrendPanel(Declared):
    """One panel of a trend figure."""

    values: str
    by: str | None = Field(None, description="attribute: one line a group")
    style: Literal["bars", "lines"] = "lines"
    growth: bool = Field(False, description="yearly growth rates on a second axis")


class TrendFigure(_Figure):
    """Means by year."""

    kind: Literal["trend"]
    panels: list[TrendPanel] = Field(min_length=1)


class GroupMap(_Figure):
    """Map of the sample's cities by category."""

    kind: Literal["group_map"]
    values: str = Field(description="text attribute, group or dummy")
    year: Year | None = Field(None, description="of a dummy; left out: the last")
    others: Words | None = Field(None, description="what cities without a value are; left out: no data")
    rest: str | None = Field(None, description="the value that stands for the rest, painted pale")


class ValueMap(_Figure):
    """Maps of a value in one or more years, classified alike."""

    kind: Literal["value_map"]
    values: str
    years: list[Year] = Field(min_length=1)
    classes: int = Field(5, ge=2, le=9)
    scheme: Literal["equal", "quantiles", "natural"] = "natural"
    breaks: list[float] | None = Field(None, description="upper ends of the classes but the last")


class InequalityFigure(_Figure):
    """A decomposition of inequality over time."""

    kind: Literal["inequality"]
    inequality: str
    show: Literal["total", "groups", "within_between", "components", "pairs", "dagum", "theil"]
    style: Literal["bars", "lines", "area"] | None = None
    benchmark: bool = Field(False, description="the share that random labels would have")


class DensityFigure(_Figure):
    """Kernel densities over cities."""

    kind: Literal["density"]
    values: str
    years: list[Year] | None = None
    by: str | None = None
    year: Year | None = None


class RankingFigure(_Figure):
    """Cities by their score."""

    kind: Literal["ranking"]
    values: str
    year: Year
    top: int = Field(20, ge=0)
    bottom: int = Field(0, ge=0)
    contributions: bool = True


class WeightsFigure(_Figure):
    """Weights of an index."""

    kind: Literal["weights"]
    index: str


class SpecFigure(_Figure):
    """A figure of one specification's results."""

    kind: Literal["event_study", "placebo", "balance"]
    spec: str


class MoranScatter(_Figure):
    """Moran's scatter plot: a city's value and that of its neighbours."""

    kind: Literal["moran_scatter"]
    spec: str = Field(description="of estimator local_association")
    year: Year | None = Field(None, description="one of the spec's years; left out: the last")


class ClusterMap(_Figure):
    """Map of local clusters: high among high, low among low, and the exceptions."""

    kind: Literal["cluster_map"]
    spec: str = Field(description="of estimator local_association")
    year: Year | None = Field(None, description="one of the spec's years; left out: the last")


class WeightChoiceFigure(_Figure):
    """An information criterion over the mixing share of two weight matrices, with the others beside."""

    kind: Literal["weight_choice"]
    spec: str
    criterion: Literal["aic", "bic"] = "aic"


class LinkMap(_Figure):
    """Maps of the links of weight matrices, side by side."""

    kind: Literal["link_map"]
    matrices: list[str] = Field(min_length=1, description="of spatial_weights")
    strongest: int = Field(3, ge=1, description="how many links of each city are drawn, the heaviest first")


class MatrixFigure(_Figure):
    """Heat maps of weight matrices, cities by code."""

    kind: Literal["matrix"]
    matrices: list[str] = Field(min_length=1, description="of spatial_weights")


Figure = Annotated[
    TrendFigure
    | GroupMap
    | ValueMap
    | InequalityFigure
    | DensityFigure
    | RankingFigure
    | WeightsFigure
    | MoranScatter
    | ClusterMap
    | WeightChoiceFigure
    | LinkMap
    | MatrixFigure
    | SpecFigure,
    Field(discriminator="kind"),
]
