"""Comparisons behind two-way fixed effects: ``bacondecomp`` of Stata and of R."""

from __future__ import annotations

from typing import Any

from nianjian.export.commands import Commands, Spec, r_data
from nianjian.export.staggered import r_unchecked


def stata(params: Any, spec: Spec) -> Commands:
    """``bacondecomp``."""
    columns = spec.all([params.outcome, params.treatment, *params.controls])
    lines = ["preserve"]
    if spec.where_stata:
        lines.append(f"keep if {spec.where_stata}")
    if params.missing == "drop":
        lines.append(f"drop if missing({', '.join(columns)})")
    detail = " ddetail" if not params.controls else ""
    lines += [
        f"xtset {spec.column('city')} {spec.column('year')}",
        f"bacondecomp {' '.join(columns)},{detail} nograph",
        "restore",
    ]
    return Commands(lines, [], ["bacondecomp"], ["The panel must be balanced."])


def r(params: Any, spec: Spec) -> Commands:
    """``bacon``."""
    outcome, *regressors = spec.all([params.outcome, params.treatment, *params.controls])
    start = [r_data(spec)]
    if params.missing == "drop":
        named = ", ".join(f'"{name}"' for name in (outcome, *regressors))
        start.append(f"data <- data[complete.cases(data[c({named})]), ]")
    line = (
        f"print(bacondecomp::bacon({outcome} ~ {' + '.join(regressors)}, data = data, "
        f'id_var = "{spec.column("city")}", time_var = "{spec.column("year")}"))'
    )
    return r_unchecked(start, [line], ["bacondecomp"])
