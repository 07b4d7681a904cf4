"""What a regression may say of its standard errors beyond clustering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.estimators.params import EstimatorParams, TreatmentParams
from nianjian.kinds.base import ROBUST, Params

KEYS = {
    "wild_cluster": ("weights", "draws", "restricted", "scores", "variance"),
    "cr2": (),
    "cv3": (),
    "conley": ("cutoff_km", "kernel", "pairs", "lag_years"),
    "randomisation": ("scheme", "draws"),
}
"""Keys of each method."""
NEEDS_CLUSTER = ("wild_cluster", "cr2", "cv3")


class Inference(Params):
    """How errors, p-values and intervals are made."""

    method: Literal["wild_cluster", "cr2", "cv3", "conley", "randomisation"] = Field(
        description="wild_cluster: wild cluster bootstrap, p-values and intervals only; cr2: bias-reduced clustered errors with "
        "Satterthwaite degrees of freedom; cv3: cluster jackknife; conley: correlated in space; randomisation: p-value and interval of "
        "the treatment from t statistics of random assignments (twfe)"
    )
    weights: Literal["rademacher", "webb", "mammen"] = Field(
        "rademacher", description="of the clusters in each draw (wild_cluster)"
    )
    draws: int = Field(
        9999,
        ge=99,
        description="where there are no more draws than these, each is taken once (wild_cluster); assignments (randomisation)",
    )
    scheme: Literal["permute", "simple"] = Field(
        "permute",
        description="permute: cities swap their adoption years; simple: pseudo-treated cities are drawn (randomisation)",
    )
    restricted: bool = Field(True, description="residuals under the null (wild_cluster)")
    scores: Literal["ordinary", "jackknife"] = Field(
        "ordinary", description="jackknife: residuals of each cluster from the others (wild_cluster)"
    )
    variance: Literal["cv1", "cv3"] = Field(
        "cv1", description="of the t statistics that are compared (wild_cluster)"
    )
    cutoff_km: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description="distance between seats of government beyond which errors are not correlated (conley)",
    )
    kernel: Literal["uniform", "bartlett"] = Field(
        "uniform", description="bartlett falls with distance (conley)"
    )
    pairs: Literal["all", "year", "year_or_place"] = Field(
        "all",
        description="city-years that are paired: all within the cutoff, whatever their years (R's fixest); year: of one year; "
        "year_or_place: of one year, and all of one city (conley)",
    )

    lag_years: int | None = Field(
        None,
        ge=0,
        description="with pairs year_or_place: years up to which city-years of one city are paired, by the same kernel, bartlett as "
        "Newey and West; null: all (conley)",
    )

    @model_validator(mode="after")
    def _of_the_method(self) -> Self:
        what = None
        own = KEYS[self.method]
        known = {key for keys in KEYS.values() for key in keys}
        changed = [
            key for key in known - set(own) if getattr(self, key) != type(self).model_fields[key].default
        ]
        if changed:
            what = f"keys of method {self.method} only ({', '.join(own) or 'it has none'}), not {', '.join(sorted(changed))}"
        elif self.lag_years is not None and self.pairs != "year_or_place":
            what = f"lag_years with pairs: year_or_place, not {self.pairs}"
        elif self.method == "conley" and self.cutoff_km is None:
            what = "cutoff_km with method conley, in kilometres"
        if what:
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


def refuse(what: str) -> None:
    """End the check of a declaration with what was expected."""
    raise PydanticCustomError("pattern", "{what}", {"what": what})


def check_one_way(inference: Inference | None, clusters: Sequence[str], cluster: Any) -> None:
    """Refuse methods by clusters without one column of clusters.

    Multiway: the bootstrap, CR2 and the jackknife leave out or draw whole clusters of one partition of the rows.
    """
    method = inference.method if inference else None
    if method in NEEDS_CLUSTER and (len(clusters) != 1 or cluster == ROBUST):
        refuse(f"one column under cluster with inference {method}, not {cluster}")


def check_not_randomised(inference: Inference | None) -> None:
    """Refuse random assignments where no one coefficient of a treatment is compared with its draws."""
    if inference is not None and inference.method == "randomisation":
        refuse(
            "inference randomisation in a regression on the treatment alone (twfe) or a placebo: elsewhere no single t statistic is "
            "compared with those of random assignments"
        )


def in_space(params: Any) -> bool:
    """Whether errors are correlated in space, for which the seats of the cities are needed."""
    return params.inference is not None and params.inference.method == "conley"


class InferredParams(EstimatorParams):
    """A regression whose errors may be made otherwise than by the sandwich alone."""

    needs_cities: ClassVar[Any] = staticmethod(in_space)
    """Whether ``build`` needs the seats of the cities."""
    RANDOMISED: ClassVar[bool] = False
    """Whether its treatment can be assigned at random."""

    inference: Inference | None = Field(
        None, description="errors, p-values and intervals in place of those by clusters; null: by clusters"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        check_one_way(self.inference, self.clusters, self.cluster)
        if not self.RANDOMISED:
            check_not_randomised(self.inference)
        elif (
            self.inference is not None and self.inference.method == "randomisation" and len(self.clusters) > 1
        ):
            refuse("one column under cluster with inference randomisation: draws are clustered one way")
        return self


class InferredTreatmentParams(TreatmentParams, InferredParams):
    """The same of a regression that is about the effect of a treatment."""


class JointParams(InferredParams):
    """A regression whose effects are tested together, for which the errors' covariance must stand."""

    @model_validator(mode="after")
    def _has_a_covariance(self) -> Self:
        method = self.inference.method if self.inference else None
        what = {
            "wild_cluster": "inference cv3 or conley; the wild bootstrap gives no covariance, which joint tests and bands need",
            "cr2": "inference cv3 or conley; with cr2 each effect has degrees of freedom of its own, which joint tests and bands "
            "cannot have",
        }.get(method or "")
        if what:
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self
