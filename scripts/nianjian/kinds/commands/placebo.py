"""A placebo: the regression that it tests, and adoption moved ahead; what is drawn at random is not drawn again."""

from __future__ import annotations

from typing import Any

from nianjian.export.commands import Commands, Spec, feols, r_terms, reghdfe
from nianjian.kinds.commands import twfe

DRAWN = (
    "The random assignments of the placebo come from a generator of their own and are not drawn again here; the p value of the "
    "randomisation stands in the exported estimates (kind test, terms randomisation and randomisation_t), the draws in those of "
    "kind draw. ritest draws others in Stata."
)


def stata(params: Any, spec: Spec) -> Commands:
    """The regression; with leads that on untreated city-years with adoption moved ahead."""
    base = twfe.stata(params, spec)
    if params.scheme != "in_time":
        return Commands(base.lines, base.models, base.packages, cannot=[DRAWN])
    year, treatment = spec.column("year"), spec.column(params.treatment)
    lines, models = list(base.lines), list(base.models)
    for lead in params.leads:
        moved, stored = f"lead_{lead}", f"{spec.name}_lead{lead}"
        kept = " & ".join([*([spec.where_stata] if spec.where_stata else []), f"{treatment} == 0"])
        last = f"summarize {year}" + (f" if {spec.where_stata}" if spec.where_stata else "")
        adopted = f"{year} >= {spec.first_year} - {lead} & {spec.first_year} <= r(max)"
        lines += [
            last,
            f"generate byte {moved} = {adopted}",
            reghdfe(spec, spec.column(params.outcome), [moved, *spec.all(params.controls)], condition=kept),
            f"estimates store {stored}",
            f"drop {moved}",
        ]
        models.append(stored)
    return Commands(lines, models, base.packages)


def r(params: Any, spec: Spec) -> Commands:
    """The same with ``feols``."""
    base = twfe.r(params, spec)
    if params.scheme != "in_time":
        return Commands(base.lines, base.models, base.packages, cannot=[DRAWN])
    year, treatment = spec.column("year"), spec.column(params.treatment)
    lines, models = list(base.lines), list(base.models)
    lines += [
        f"first <- ifelse(data${spec.first_year} <= max(data${year}), data${spec.first_year}, Inf)",
        "first[is.na(first)] <- Inf",
        f"untreated <- data${treatment} == 0",
    ]
    for lead in params.leads:
        stored = f"{spec.name}_lead{lead}"
        formula = feols(
            spec, spec.column(params.outcome), [treatment, *spec.all(params.controls)], data="moved"
        )
        lines += [
            "moved <- data[untreated, ]",
            f"moved${treatment} <- as.numeric(moved${year} >= first[untreated] - {lead})",
            f'models[["{stored}"]] <- {formula}',
            f'keep_model("{spec.name}", models[["{stored}"]], {r_terms({treatment: f"lead[{lead}]"})})',
        ]
        models.append(stored)
    return Commands(lines, models, base.packages)
