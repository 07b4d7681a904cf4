"""The effect in each group: one regression with every regressor and fixed effect by group."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nianjian.export import inference
from nianjian.export.commands import Commands, Spec, feols, r_data, r_effect, r_terms, reghdfe, stata_effect


def _groups(params: Any, spec: Spec) -> dict[str, str]:
    """Name of each group as the estimates have it, and its value as the exported column has it."""
    column = spec.frame[params.by]
    values = sorted(pd.unique(column.dropna()).tolist()) if params.groups is None else params.groups
    codes = spec.columns.codes.get(params.by, {})
    found = {}
    for value in values:
        name = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        shown = codes.get(name, name if not isinstance(value, str) else f'"{value}"')
        found[name] = str(int(value)) if isinstance(value, bool) else str(shown)
    return found


def stata(params: Any, spec: Spec) -> Commands:
    """``reghdfe`` on stacked groups."""
    groups, by = _groups(params, spec), spec.column(params.by)
    shared = f" | missing({by})" if params.shared else ""
    lines = ["preserve"]
    if spec.where_stata:
        lines.append(f"keep if {spec.where_stata}")
    lines.append("tempfile whole stacked")
    lines.append("save `whole'")
    for number, value in enumerate(groups.values(), start=1):
        lines += [
            "use `whole', clear",
            f"keep if {by} == {value}{shared}",
            f"generate byte group_ = {number}",
        ]
        lines += (["append using `stacked'"] if number > 1 else []) + ["save `stacked', replace"]
    regressors = f"ibn.group_#c.({' '.join(spec.all(params.regressors))})"
    absorb = [f"group_#{stata_effect(spec, each)}" for each in params.absorb] or ["group_"]
    lines += [
        reghdfe(spec, spec.column(params.outcome), [regressors], absorb=absorb),
        f"estimates store {spec.name}",
    ]
    treatment = spec.column(params.treatment)
    if len(groups) == 2:
        lines.append(f"lincom 2.group_#c.{treatment} - 1.group_#c.{treatment}")
    else:
        equal = " = ".join(f"{number}.group_#c.{treatment}" for number in range(1, len(groups) + 1))
        lines.append(f"test {equal}")
    lines.append("restore")
    named = ", ".join(f"{number} = {name}" for number, name in enumerate(groups, start=1))
    made = Commands([f"* groups: {named}", *lines], [spec.name], ["reghdfe", "ftools"])
    tested = " ".join(f"{{{number}.group_#c.{treatment}}}" for number in range(1, len(groups) + 1))
    cluster = " ".join(spec.column(each) for each in params.clusters if each in spec.columns.names)
    return inference.with_boottest(params, made, tested, cluster)


def r(params: Any, spec: Spec) -> Commands:
    """``feols`` on stacked groups."""
    groups, by = _groups(params, spec), spec.column(params.by)
    shared = f" | is.na({by})" if params.shared else ""
    parts = [
        f'  cbind(subset(data, {by} == {value}{shared}), group_ = "{name}")' for name, value in groups.items()
    ]
    regressors = spec.all(params.regressors)
    absorb = [f"group_^{r_effect(spec, each)}" for each in params.absorb] or ["group_"]
    model = f'models[["{spec.name}"]]'
    terms, effects = {}, {}
    for name in groups:
        for own, column in zip(regressors, params.regressors, strict=True):
            terms[f"group_::{name}:{own}"] = f"{column}[{name}]"
        effects[f"group_::{name}:{spec.column(params.treatment)}"] = f"effect[{name}]"
    lines = [
        r_data(spec),
        "data <- rbind(",
        ",\n".join(parts),
        ")",
        f"{model} <- {feols(spec, spec.column(params.outcome), [f'i(group_, {own})' for own in regressors], absorb=absorb)}",
        f'keep_model("{spec.name}", {model}, {r_terms(terms)})',
        f'keep_model("{spec.name}", {model}, {r_terms(effects)}, kind = "effect")',
    ]
    if len(groups) == 2:
        first, second = effects
        lines.append(f'keep_difference("{spec.name}", {model}, "{first}", "{second}", "difference")')
    return inference.beside(params, Commands(lines, [spec.name], ["fixest"]))
