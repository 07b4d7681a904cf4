"""Specifications: as a study writes them, and what each estimator takes once they are complete."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Declared, FormulaText, Names, Words, Year, Years, ascending

EFFECTS = "columns: city; several joined: province#year; or a trend of its own for each city: city[year]"


class Ladder(Declared):
    """Stepwise columns: ``step: {ladder: {base: baseline, add: controls}}``.

    Makes step1 … stepN from a base with N controls: step1 has none of them, stepk the first k - 1; the base
    itself, with all of them, closes the ladder.
    """

    base: str
    add: Literal["controls"] = "controls"


class SpecEntry(Declared):
    """A specification as written: what it leaves out it inherits from ``extends``; null takes a key away."""

    extends: str | None = None
    ladder: Ladder | None = None
    label: Words | None = None
    note: str | None = None
    estimator: (
        Literal[
            "twfe",
            "event_study",
            "placebo",
            "psm_did",
            "iv",
            "mediation",
            "heterogeneity",
            "spatial_panel",
            "spatial_association",
            "local_association",
            "weight_choice",
        ]
        | None
    ) = None
    outcome: str | None = None
    treatment: str | None = None
    controls: list[str] | None = None
    add_controls: list[str] | None = Field(None, description="controls behind the inherited ones")
    effects: list[str] | None = Field(None, description=EFFECTS)
    add_effects: list[str] | None = Field(None, description="effects behind the inherited ones")
    cluster: str | list[str] | None = None
    where: FormulaText | None = None
    weights: str | None = None
    missing: Literal["error", "drop"] | None = None
    window: list[int] | None = None
    base: int | None = None
    outside: Literal["omit", "bin"] | None = None
    method: str | None = None
    scheme: str | None = None
    draws: int | None = None
    treated: int | None = None
    leads: list[int] | None = None
    endogenous: Names | None = None
    instruments: Names | None = None
    covariates: list[str] | None = None
    unit: str | None = None
    period: str | list[int] | None = None
    kernel: str | None = None
    bandwidth: float | None = None
    neighbours: int | None = None
    caliper: float | None = None
    caliper_in_sd: bool | None = None
    scale: str | None = None
    replacement: bool | None = None
    ties: bool | None = None
    common_support: str | None = None
    regression: str | None = None
    mediators: Names | None = None
    by: str | None = None
    groups: list[Any] | None = None
    shared: bool | None = None
    matrix: str | None = None
    matrices: list[str] | None = None
    grid: list[str] | None = None
    model: str | None = None
    lagged: list[str] | None = None
    errors: str | None = None
    lee_yu: str | None = None
    tests: list[str] | None = None
    effect_errors: str | None = None
    values: Names | None = None
    statistics: list[str] | None = None
    permutations: int | None = None
    years: list[int] | None = None
    alpha: float | None = None
    false_discovery: bool | None = None


class Twfe(Declared):
    """Least squares with fixed effects."""

    estimator: Literal["twfe"]
    outcome: str = Field(description="variable, index, index_dimension or treatment")
    treatment: str | None = Field(None, description="left out: the study's treatment")
    controls: list[str] = Field([])
    effects: list[str] = Field(["city", "year"], description=EFFECTS)
    cluster: str | Annotated[list[str], Field(max_length=2)] | None = Field(
        "city", description="null: no clustering"
    )
    where: FormulaText | None = Field(None, description="condition that city-years must meet")
    weights: str | None = None
    missing: Literal["error", "drop"] = Field(
        "error", description="city-years with a gap in a column that is used"
    )


class EventStudy(Twfe):
    """Effects by years since the treatment."""

    estimator: Literal["event_study"]  # type: ignore[assignment]
    window: Annotated[list[int], Field(min_length=2, max_length=2), AfterValidator(ascending)]
    base: int = -1
    outside: Literal["omit", "bin"] = Field(
        "bin", description="treated city-years beyond the window: end bins, or no dummy"
    )
    method: Literal["twfe", "interaction_weighted"] = Field(
        "twfe", description="interaction_weighted: by cohort, then averaged (Sun and Abraham 2021)"
    )


class Placebo(Twfe):
    """The effect of treatments assigned at random."""

    estimator: Literal["placebo"]  # type: ignore[assignment]
    scheme: Literal["permute", "simple", "in_time"] = Field(
        "permute",
        description="permute: cities swap their adoption years; simple: pseudo-treated cities are drawn; "
        "in_time: adoption moved ahead",
    )
    draws: int = Field(500, ge=1)
    treated: int | None = Field(
        None, ge=1, description="number of pseudo-treated cities (simple); null: as many as are treated"
    )
    leads: list[Annotated[int, Field(ge=1)]] = Field([], description="years (in_time)")


class PsmDid(Twfe):
    """Match on the propensity to be treated, then difference-in-differences on what matched."""

    estimator: Literal["psm_did"]  # type: ignore[assignment]
    covariates: list[str] = Field([], description="of the logit; left out: the controls")
    unit: Literal["city", "city_year"] = Field(
        "city",
        description="city: each once, on pre-treatment means; city_year: rows, as papers that pool years do",
    )
    period: Literal["pre_treatment"] | Years = "pre_treatment"
    method: Literal["kernel", "nearest"] = "kernel"
    kernel: Literal["epanechnikov", "gaussian"] = "epanechnikov"
    bandwidth: float = Field(0.06, gt=0)
    neighbours: int = Field(1, ge=1)
    caliper: float | None = Field(None, gt=0)
    caliper_in_sd: bool = False
    scale: Literal["score", "index"] = "score"
    replacement: bool = True
    ties: bool = False
    common_support: Literal["minmax", "overlap", "none"] = "minmax"
    regression: Literal["weighted", "matched", "common_support"] = "weighted"
    weights: None = None  # type: ignore[assignment]


class Iv(Twfe):
    """Two-stage least squares with fixed effects."""

    estimator: Literal["iv"]  # type: ignore[assignment]
    endogenous: Names = Field(description="left out: the treatment")
    instruments: Names = Field(min_length=1)

    @model_validator(mode="after")
    def _identified(self) -> Self:
        if len(self.instruments) < len(self.endogenous):
            what = f"at least as many instruments as endogenous variables ({len(self.endogenous)})"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


class Mediation(Twfe):
    """The three equations of mediation, one mediator at a time."""

    estimator: Literal["mediation"]  # type: ignore[assignment]
    mediators: Names = Field(min_length=1)
    draws: int = Field(500, ge=2, description="bootstrap of the indirect effect")


class Heterogeneity(Twfe):
    """The effect in each group, and the test of their difference."""

    estimator: Literal["heterogeneity"]  # type: ignore[assignment]
    by: str = Field(description="group, attribute or dummy")
    groups: list[str | int | bool] | None = Field(None, description="its values in order; left out: all")
    shared: bool = Field(False, description="city-years without a group belong to every group")


class SpatialPanel(Twfe):
    """A spatial panel model by maximum likelihood."""

    estimator: Literal["spatial_panel"]  # type: ignore[assignment]
    cluster: Literal["city"] | None = Field(  # type: ignore[assignment]
        None, description="null: errors from the information matrix; city: clustered beside the likelihood"
    )
    matrix: str = Field(description="one of the study's spatial_weights")
    model: Literal["sar", "sem", "sdm", "sac", "slx", "sdem"] = "sdm"
    lagged: list[str] | None = Field(
        None, description="regressors with a spatial lag; left out: all, in Durbin forms"
    )
    lee_yu: Literal["none", "sigma2", "correct", "transform"] = Field(
        "none", description="incidental parameters of the effects, Lee and Yu (2010)"
    )
    tests: list[Literal["lm", "lr", "wald", "hausman"]] = Field([])
    effect_errors: Literal["simulated", "delta"] = "simulated"
    draws: int = Field(1000, ge=100, description="of the effects' simulated errors")
    weights: None = None  # type: ignore[assignment]


class WeightChoice(Twfe):
    """One spatial model under several weight matrices, compared by their likelihood."""

    estimator: Literal["weight_choice"]  # type: ignore[assignment]
    cluster: None = None  # type: ignore[assignment]
    matrices: Annotated[list[str], Field(min_length=2)] = Field(description="of the study's spatial_weights")
    grid: Annotated[list[str], Field(min_length=2, max_length=2)] | None = Field(
        None, description="two of them, mixed as a·first + (1 - a)·second for a = 0, 0.1, …, 1"
    )
    model: Literal["sar", "sem", "sdm", "sac", "sdem"] = "sdm"
    lee_yu: Literal["none", "sigma2", "correct", "transform"] = "none"

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for matrix in self.matrices:
            if self.matrices.count(matrix) > 1:
                what = f"each matrix once; '{matrix}' stands in matrices twice"
                raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self

    weights: None = None  # type: ignore[assignment]


class SpatialAssociation(Declared):
    """Moran's I and Geary's C of a variable by year."""

    estimator: Literal["spatial_association"]
    outcome: str = Field(description="variable or index")
    matrix: str = Field(description="one of the study's spatial_weights")
    statistics: list[Literal["moran", "geary", "getis_ord"]] = Field(["moran", "geary"], min_length=1)
    permutations: int = Field(999, ge=0)
    treatment: None = None
    controls: list[str] = Field([], max_length=0)
    effects: list[str] = Field([], max_length=0)
    cluster: None = None
    where: FormulaText | None = None
    weights: None = None
    missing: Literal["error"] = "error"


class LocalAssociation(Declared):
    """Local Moran's I of every city in chosen years: scatter plot and clusters."""

    estimator: Literal["local_association"]
    outcome: str = Field(description="variable or index")
    matrix: str = Field(description="one of the study's spatial_weights")
    years: Annotated[list[Year], Field(min_length=1)]
    permutations: int = Field(999, ge=0)
    alpha: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.05, description="level at which a city belongs to a cluster"
    )
    false_discovery: bool = Field(
        False, description="compare with Benjamini and Hochberg's level instead of alpha itself"
    )
    treatment: None = None
    controls: list[str] = Field([], max_length=0)
    effects: list[str] = Field([], max_length=0)
    cluster: None = None
    where: FormulaText | None = None
    weights: None = None
    missing: Literal["error"] = "error"


ESTIMATORS: dict[str, type[Declared]] = {
    "twfe": Twfe,
    "event_study": EventStudy,
    "placebo": Placebo,
    "psm_did": PsmDid,
    "iv": Iv,
    "mediation": Mediation,
    "heterogeneity": Heterogeneity,
    "spatial_panel": SpatialPanel,
    "spatial_association": SpatialAssociation,
    "local_association": LocalAssociation,
    "weight_choice": WeightChoice,
}
