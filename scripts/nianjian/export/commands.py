"""What the modules of ``kinds/commands`` get and give: how a specification is written in Stata and in R.

A module there is called as the estimator that it is for, in the project or in a workspace, and has one function or both::

    def stata(params, spec): ...   # -> Commands
    def r(params, spec): ...       # -> Commands

An estimator without one is said to have no known command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nianjian import fixed_effects
from nianjian.export import conditions
from nianjian.export.conditions import Columns, Untranslatable
from nianjian.kinds.base import ROBUST

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.registry import Kinds

FIRST_YEAR = "first_treated_year"
"""Column of each city's first treated year."""


@dataclass(frozen=True)
class Commands:
    """A specification in one language.

    Attributes
    ----------
    lines : that estimate it on ``data`` (R) or on the data in memory (Stata)
    models : names under which fitted models are stored, which a table shows as columns
    packages : that must be installed: commands of SSC, or packages of R
    cannot : what of the estimates the language cannot give, in sentences
    """

    lines: Sequence[str]
    models: Sequence[str] = ()
    packages: Sequence[str] = ()
    cannot: Sequence[str] = ()


@dataclass(frozen=True)
class Spec:
    """A specification as the modules of commands see it.

    Attributes
    ----------
    name : as declared
    params : of its estimator
    columns : names, codes and gaps of the exported sample
    frame : city-years that it uses, columns as the project calls them
    marker : exported column that is 1 where its condition holds, for conditions that no language says in a line
    """

    name: str
    params: Any
    columns: Columns
    frame: pd.DataFrame = field(repr=False)
    marker: str = ""

    def column(self, name: str) -> str:
        """Exported name of a column."""
        return self.columns.names[name]

    def all(self, names: Sequence[str]) -> list[str]:
        """Exported names of columns."""
        return [self.columns.names[name] for name in names]

    @cached_property
    def where_r(self) -> str:
        """The condition in R; empty where there is none."""
        return self._where(conditions.r)

    @cached_property
    def where_stata(self) -> str:
        """The condition in Stata; empty where there is none."""
        return self._where(conditions.stata)

    def _where(self, write: Callable[[str, Columns], str]) -> str:
        if not self.params.where:
            return ""
        try:
            return write(self.params.where, self.columns)
        except Untranslatable:
            return f"{self.marker} == 1"

    @property
    def first_year(self) -> str:
        """Exported name of the column of first treated years."""
        return self.columns.names[FIRST_YEAR]


# -- regressions with fixed effects, which most estimators are made of


def reghdfe(
    spec: Spec,
    outcome: str,
    regressors: Sequence[str],
    *,
    absorb: Sequence[str] | None = None,
    condition: str = "",
    weights: str = "",
) -> str:
    """A line of Stata; regressors, outcome, weights and ``absorb`` are written as Stata reads them."""
    own = [stata_effect(spec, each) for each in spec.params.absorb] if absorb is None else list(absorb)
    weighted = weights or (spec.column(spec.params.weights) if spec.params.weights else "")
    parts = [f"reghdfe {outcome} {' '.join(regressors)}".rstrip()]
    if condition:
        parts.append(f"if {condition}")
    if weighted:
        parts.append(f"[aw = {weighted}]")
    options = [f"absorb({' '.join(own)})" if own else "noabsorb", *stata_errors(spec)]
    return f"{' '.join(parts)}, {' '.join(options)}"


def stata_errors(spec: Spec) -> list[str]:
    """The option that clusters or is robust, if anything is."""
    if ROBUST in spec.params.clusters:
        return ["vce(robust)"]
    joined = ["#".join(spec.all(each.split("#"))) for each in spec.params.clusters]
    return [f"vce(cluster {' '.join(joined)})"] if joined else []


def stata_effect(spec: Spec, effect: str) -> str:
    """A fixed effect as reghdfe writes it: ``province#year``, ``city##c.year``."""
    levels, slope = fixed_effects.parts(effect)
    joined = "#".join(spec.all(levels))
    return f"{joined}##c.{spec.column(slope)}" if slope else joined


def feols(
    spec: Spec,
    outcome: str,
    regressors: Sequence[str],
    *,
    absorb: Sequence[str] | None = None,
    instruments: str = "",
    data: str = "data",
    weights: str = "",
) -> str:
    """A call of R's ``feols``; regressors, outcome, weights and ``absorb`` are written as R reads them."""
    own = [r_effect(spec, each) for each in spec.params.absorb] if absorb is None else list(absorb)
    formula = f"{outcome} ~ {' + '.join(regressors) or '1'}"
    if own:
        formula += f" | {' + '.join(own)}"
    if instruments:
        formula += f" | {instruments}"
    weighted = weights or (spec.column(spec.params.weights) if spec.params.weights else "")
    parts = [formula, data, r_errors(spec), *([f"weights = ~{weighted}"] if weighted else [])]
    return f"feols({', '.join(parts)})"


def r_errors(spec: Spec) -> str:
    """The argument of standard errors."""
    if ROBUST in spec.params.clusters:
        return 'vcov = "hetero"'
    joined = ["^".join(spec.all(each.split("#"))) for each in spec.params.clusters]
    return f"cluster = ~{' + '.join(joined)}" if joined else 'vcov = "iid"'


def r_effect(spec: Spec, effect: str) -> str:
    """A fixed effect as fixest writes it: ``province^year``, ``city[year]``."""
    levels, slope = fixed_effects.parts(effect)
    joined = "^".join(spec.all(levels))
    return f"{joined}[{spec.column(slope)}]" if slope else joined


def r_data(spec: Spec) -> str:
    """The line that takes the city-years of a specification."""
    return f"data <- subset(sample, {spec.where_r})" if spec.where_r else "data <- sample"


def r_terms(terms: Mapping[str, str]) -> str:
    """Coefficients of R with the names that the project's estimates have: ``c(did = "did")``."""
    return "c(" + ", ".join(f'"{own}" = "{name}"' for own, name in terms.items()) + ")"


def of(kinds: Kinds, estimator: str, language: str, spec: Spec) -> Commands | None:
    """The commands of a specification; None where its estimator has none in this language."""
    kind = kinds.family("commands").get(estimator)
    write = kind.option(language, None) if kind else None
    return None if write is None else write(spec.params, spec)
