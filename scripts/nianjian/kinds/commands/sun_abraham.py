"""Cohort by event time, averaged: ``eventstudyinteract``, and fixest's ``sunab``."""

from __future__ import annotations

from typing import Any

from nianjian.export import inference
from nianjian.export.commands import Commands, Spec, feols, r_data, reghdfe
from nianjian.export.staggered import Cities, r_start, regression, stata_start
from nianjian.kinds.commands.event_study import R_HELPERS

NO_NEVER = (
    "Without cities that are never treated the last cohort is the control, in the years before its treatment."
)


def stata(params: Any, spec: Spec) -> Commands:
    """``eventstudyinteract``."""
    own = Cities.of(params, spec)
    base = -1 - own.anticipation
    lines = stata_start(params, spec, own)
    control = "gvar_ == 0"
    if not own.never:
        last = own.cohorts[-1]
        lines.append(f"keep if {own.year} < {last - own.anticipation}")
        control = f"gvar_ == {last}"
    dummies = {k: f"event_{'m' if k < 0 else 'p'}{abs(k)}" for k in own.times if k != base}
    lines += [f"generate byte {name} = time_ == {k}" for k, name in dummies.items()]
    lines.append(f"generate byte control_ = {control}")
    options = reghdfe(regression(params, spec), own.y, list(dummies.values())).partition(", ")[2]
    weights = f" [aw = {own.weights}]" if own.weights else ""
    lines += [
        f"eventstudyinteract {own.y} {' '.join(dummies.values())}{weights}, cohort({own.first}) control_cohort(control_) "
        f"covariates({' '.join(own.x)}) {options}",
        "matrix list e(b_iw)",
        "restore",
    ]
    cannot = [
        "eventstudyinteract stores its averages in e(b_iw) and e(V_iw), so that esttab shows no column of it."
    ]
    cannot += [] if own.never else [NO_NEVER]
    packages = ["eventstudyinteract", "avar", "reghdfe", "ftools"]
    return inference.beside(params, Commands(lines, [], packages, cannot))


def r(params: Any, spec: Spec) -> Commands:
    """``sunab``: the event times that are shown, and the effect over all."""
    own = Cities.of(params, spec)
    if not own.never:
        return Commands([r_data(spec)], cannot=[f"{NO_NEVER} sunab takes another control."])
    base, model = -1 - own.anticipation, f'models[["{spec.name}"]]'
    sunab = f"sunab(cohort_, {own.year}, ref.p = {base})"
    lines = [
        *R_HELPERS.strip().splitlines(),
        *r_start(params, spec, own),
        "data$cohort_ <- ifelse(is.na(data$first_), 10000, data$first_)",
        f"{model} <- {feols(regression(params, spec), own.y, [sunab, *own.x])}",
    ]
    lines += [
        f'keep_average("{spec.name}", {model}, data, c({k}), "event[{k}]")'
        for k in own.shown(params.window)
        if k != base
    ]
    after = ", ".join(str(k) for k in own.times if k >= 0)
    lines.append(f'keep_average("{spec.name}", {model}, data, c({after}), "att")')
    return inference.beside(params, Commands(lines, [spec.name], ["fixest"]))
