"""Composite index: a weighted sum of normalised indicators, or closeness to the best (TOPSIS).

Columns: the score, and ``<name>_<dimension>``, its parts, where it is their sum.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Id, Share, Words, Years, ascending
from nianjian.indices.params import called
from nianjian.kinds.base import Labelled, Variable
from nianjian.kinds.base import Params as Part
from nianjian.language import Text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from nianjian.declarations.study import Study
    from nianjian.indices.composite import CompositeIndex
    from nianjian.kinds.context import Context
    from nianjian.kinds.data import Data
    from nianjian.kinds.outputs import Output

PARTS = ("weights", "sensitivity")


class Indicator(Part):
    """A variable, and whether more of it is better."""

    variable: Variable = Field(description="the indicator")
    sign: Literal["+", "-"] = Field("+", description="+: more is better; -: less is")


def _signed(given: Any) -> Any:
    """``so2`` and ``-so2`` stand for an indicator with its sign."""
    if not isinstance(given, str):
        return given
    if not re.fullmatch(r"-?[a-z][a-z0-9]*(_[a-z0-9]+)*", given):
        what = "a variable, with - in front where less is better"
        raise PydanticCustomError("pattern", "{what}", {"what": what})
    return {"variable": given.removeprefix("-"), "sign": "-" if given.startswith("-") else "+"}


Signed = Annotated[Indicator, BeforeValidator(_signed, json_schema_input_type=str | Indicator)]
Quantiles = Annotated[list[Share], Field(min_length=2, max_length=2), AfterValidator(ascending)]
Ends = Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(ascending)]
Weighting = Literal["entropy", "critic", "equal", "pca", "sd", "cv"]


class Component(Part):
    """First-level heading of an index: a few indicators."""

    label: Words | None = Field(None, description="what tables call it")
    indicators: list[Signed] = Field(min_length=1, description="variables; -name where less is better")


class Dimension(Part):
    """A dimension of an index: indicators, or components that hold them."""

    label: Words | None = Field(None, description="what tables call it")
    indicators: list[Signed] = Field([], description="variables; -name where less is better")
    components: dict[Id, Component] = Field({}, description="headings that hold the indicators")
    order: list[str] = Field([], description="filled in: names of the components as they are declared")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.indicators) == bool(self.components):
            raise PydanticCustomError("pattern", "{what}", {"what": "either indicators or components"})
        return self

    @property
    def signed(self) -> list[Indicator]:
        """Its indicators and those of its components, in order."""
        # Scores are sums: in another order they differ in the last digit, and plain values sort their keys.
        held = [self.components[name] for name in self.order or self.components]
        inner = [each for component in held for each in component.indicators]
        return [*self.indicators, *inner]


class Sensitivity(Part):
    """How far an index's weights and ranking depend on its choices."""

    leave_one_out: bool = Field(True, description="leave each indicator out in turn")
    alternatives: list[Weighting] = Field(
        ["entropy", "critic", "equal", "pca", "sd", "cv"], description="other weightings to compare with"
    )
    bootstrap: int = Field(
        200, ge=0, description="resamples of cities for the weights' intervals; 0 for none"
    )


class Params(Labelled):
    """A composite index."""

    method: Weighting | Literal["given"] = Field(description="where weights come from")
    given: dict[str, float] = Field({}, description="weights by indicator, with method given")
    weights_from: Literal["pooled", "year"] | Years = Field(
        "pooled",
        description="rows that weights are taken from: all, each year's for itself, or those of a base period",
    )
    normalise: Literal["pooled", "by_year", "z_score", "rank", "quantiles", "bounds"] = Field(
        "pooled", description="how indicators are brought onto one scale"
    )
    quantiles: Quantiles | None = Field(None, description="ends of the frame with normalise quantiles")
    bounds: dict[str, Ends] = Field(
        {}, description="ends of the frame by indicator, in its unit, with normalise bounds"
    )
    clip: bool = Field(False, description="values beyond the bounds count as the bounds; otherwise an error")
    winsorise: Quantiles | None = Field(
        None, description="pull values beyond these quantiles back to them before they are normalised"
    )
    zero: Literal["limit", "shift"] = Field(
        "limit", description="entropy of zeros: 0 ln 0 = 0, or 0.0001 added to every value"
    )
    aggregate: Literal["sum", "topsis"] = Field(
        "sum", description="sum: weighted sum; topsis: closeness to the best"
    )
    scale: float = Field(1.0, gt=0, description="factor on the scores")
    rescale: Ends | None = Field(
        None, description="stretch the scores to this range, for what may not be zero; no dimensions then"
    )
    sensitivity: Sensitivity = Field(
        default_factory=Sensitivity, description="how far weights and ranking depend on choices"
    )
    dimensions: dict[Id, Dimension] = Field(min_length=1, description="dimensions with their indicators")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for key, owner in (("given", "method"), ("bounds", "normalise")):
            needed = getattr(self, owner) == key
            if bool(getattr(self, key)) != needed:
                what = f"{'key' if needed else 'no key'} '{key}' with {owner} {getattr(self, owner)}"
                raise PydanticCustomError("pattern", "{what}", {"what": what})
        what = ""
        if self.quantiles is not None and self.normalise != "quantiles":
            what = f"no key 'quantiles' with normalise {self.normalise}"
        elif self.aggregate == "topsis" and self.weights_from == "year":
            what = "weights_from pooled or a base period with aggregate topsis"
        elif self.normalise == "z_score" and self.method in ("entropy", "cv"):
            what = f"another normalise with method {self.method}: it needs [0, 1]"
        if what:
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self

    @property
    def sums(self) -> bool:
        """Whether dimensions have scores that add up to the index."""
        return self.aggregate == "sum" and self.rescale is None

    @property
    def indicators(self) -> list[tuple[str, Indicator]]:
        """Each indicator with its dimension, in order."""
        return [(name, each) for name, dimension in self.dimensions.items() for each in dimension.signed]


def scores(params: Params, name: str) -> dict[str, Text]:
    """The score and those of its dimensions, in words."""
    found = {name: called(params, name)}
    if params.sums:
        for key, dimension in params.dimensions.items():
            label = dimension.label
            found[f"{name}_{key}"] = Text.of(**label.plain()) if label is not None else Text.same(key)
    return found


def components(params: Params, name: str) -> list[str]:
    """Columns that add up to the score."""
    return [f"{name}_{key}" for key in params.dimensions] if params.sums else []


def complete(params: Params, study: Study) -> Params:
    """Indicators stand once; weights, bounds and the base period fit them."""
    names = [each.variable for _, each in params.indicators]
    for name in names:
        if names.count(name) > 1:
            raise study.fail("dimensions", f"'{name}' stands there twice")
    for key in ("given", "bounds"):
        own = getattr(params, key)
        for name in own:
            study.check_known(key, name, names, "indicator of this index")
        lacking = [name for name in names if own and name not in own]
        if lacking:
            raise study.fail(key, f"'{lacking[0]}' has no entry")
    if isinstance(params.weights_from, list):
        first, last = study.years
        if params.weights_from[0] < first or params.weights_from[1] > last:
            raise study.fail(
                "weights_from",
                f"the base period {params.weights_from} lies outside the sample's years {first} to {last}",
            )
    dimensions = {
        name: own.model_copy(update={"order": list(own.components)})
        for name, own in params.dimensions.items()
    }
    return params.model_copy(update={"dimensions": dimensions})


def build(params: Params, data: Data, context: Context) -> dict[str, Output]:
    """Scores with those of dimensions, the weights behind them, and how far they carry.

    Raises
    ------
    SampleError
        If the sample lacks an indicator, or an indicator is incomplete or constant.
    """
    import logging

    from nianjian.indices.composite import weighting
    from nianjian.indices.sensitivity import sensitivity_rows
    from nianjian.kinds.outputs import Output
    from nianjian.schemas import SENSITIVITY, SENSITIVITY_KEY

    names, name = [each.variable for _, each in params.indicators], context.name
    frame = data.sample(names)
    given = [params.given[each] for each in names] if params.given else None
    result = _computed(params, frame, given, str(context))
    columns = _scores(params, result, name)
    rows = sensitivity_rows(
        result,
        method=params.method,
        own=weighting(params.method, zero=params.zero, given=given),
        asked=params.sensitivity.plain(),
        blocks=frame["city"].to_numpy(),
        rng=context.rng("bootstrap"),
    )
    score = columns[name]
    logging.info(
        "%s: %d indicators in %d dimensions over %d city-years, mean %.4f, sd %.4f, heaviest %s %.3f",
        *(name, len(names), len(params.dimensions), len(frame), score.mean(), score.std(ddof=1)),
        *(names[result.weights.argmax()], result.weights.max()),
    )
    return {
        "": Output(frame[["city", "year"]].assign(**columns), ("city", "year")),
        "weights": Output(_weights(params, result, rows), ("indicator",)),
        "sensitivity": Output(rows, SENSITIVITY_KEY, SENSITIVITY),
    }


def scores_alone(params: Params, data: Data, context: Context) -> pd.DataFrame:
    """Scores with those of dimensions by city and year, without what stands beside them: a multiverse makes many."""
    names = [each.variable for _, each in params.indicators]
    frame = data.sample(names)
    given = [params.given[name] for name in names] if params.given else None
    result = _computed(params, frame, given, str(context))
    return frame[["city", "year"]].assign(**_scores(params, result, context.name))


def _scores(params: Params, result: CompositeIndex, name: str) -> dict[str, np.ndarray]:
    """Columns of the index."""
    columns = {name: result.scores}
    if params.rescale is not None:
        columns[name] = _stretched(result.scores, *params.rescale)
    elif params.sums:
        columns |= {f"{name}_{key}": part for key, part in result.dimension_scores.items()}
    return columns


def _computed(params: Params, frame: pd.DataFrame, given: list[float] | None, context: str) -> CompositeIndex:
    from nianjian.indices.composite import composite_index
    from nianjian.indices.normalise import winsorise

    names = [each.variable for _, each in params.indicators]
    values, years = frame[names].to_numpy(dtype=float), frame["year"].to_numpy()
    if params.winsorise is not None:
        lower, upper = params.winsorise
        values = winsorise(values, lower=lower, upper=upper, indicators=names, context=context)
    return composite_index(
        values,
        indicators=names,
        signs=[1 if each.sign == "+" else -1 for _, each in params.indicators],
        dimensions=[dimension for dimension, _ in params.indicators],
        method="equal" if given else params.method,
        weights=given,
        groups=None if params.weights_from == "pooled" else years,
        base=_base(params.weights_from, years, context),
        normalise="by_group" if params.normalise == "by_year" else params.normalise,
        options=_options(params, names, years),
        aggregate=params.aggregate,
        zero=params.zero,
        scale=params.scale,
        context=context,
    )


def _base(source: str | list[int], years: np.ndarray, context: str) -> list[int] | None:
    """Years of the base period, if weights are taken from one."""
    from nianjian.errors import SampleError

    if isinstance(source, str):
        return None
    base = sorted({int(year) for year in years if source[0] <= year <= source[1]})
    if not base:
        raise SampleError(f"{context}: the sample has no year of the base period {source[0]} to {source[1]}")
    return base


def _options(params: Params, names: list[str], years: np.ndarray) -> dict[str, Any]:
    """Keywords of the declared normaliser."""
    import numpy as np

    if params.normalise == "by_year":
        return {"groups": years}
    if params.normalise == "quantiles" and params.quantiles is not None:
        return dict(zip(("lower", "upper"), params.quantiles, strict=True))
    if params.normalise == "bounds":
        ends = np.array([params.bounds[name] for name in names], dtype=float)
        return {"lower": ends[:, 0], "upper": ends[:, 1], "clip": params.clip}
    return {}


def _stretched(scores: np.ndarray, low: float, high: float) -> np.ndarray:
    """Scores on [low, high]; they vary, since no indicator is constant."""
    import numpy as np

    stretched: np.ndarray = low + (high - low) * (scores - scores.min()) / np.ptp(scores)
    return stretched


def _weights(params: Params, result: CompositeIndex, rows: pd.DataFrame) -> pd.DataFrame:
    """One row an indicator; the interval is the bootstrap's, empty without one."""
    import pandas as pd

    drawn = rows[rows["choice"] == "bootstrap"].pivot(index="indicator", columns="statistic", values="value")
    drawn = drawn.reindex(index=result.indicators, columns=["conf_low", "conf_high"])
    return pd.DataFrame(
        {
            "indicator": result.indicators,
            "dimension": result.dimensions,
            "sign": [each.sign for _, each in params.indicators],
            "weight": result.weights,
            "conf_low": drawn["conf_low"].to_numpy(dtype=float),
            "conf_high": drawn["conf_high"].to_numpy(dtype=float),
            "entropy": result.entropy,
            "min": result.minimum,
            "max": result.maximum,
        }
    )
