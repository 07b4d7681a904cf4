"""An effect for each cohort and year: ``jwdid``, and R's etwfe."""

from __future__ import annotations

from typing import Any

from nianjian.export import inference
from nianjian.export.commands import Commands, Spec
from nianjian.export.staggered import Cities, r_start, r_unchecked, stata_start


def stata(params: Any, spec: Spec) -> Commands:
    """``jwdid`` and its averages."""
    own = Cities.of(params, spec)
    by_cohort = params.level == "cohort" or params.family == "poisson"
    controls = "" if not params.interact else " ".join(own.x)
    options = [
        *(f"ivar({own.city})", f"tvar({own.year})", "gvar(gvar_)", f"cluster({own.cluster})"),
        *(["never"] if params.control_group == "never" else []),
        *(["group"] if by_cohort else []),
        *(["method(poisson)"] if params.family == "poisson" else []),
        *([f"exogvar({' '.join(own.x)})"] if own.x and not params.interact else []),
        *([f"anti({own.anticipation})"] if own.anticipation else []),
    ]
    weights = f" [pw = {own.weights}]" if own.weights else ""
    line = f"{' '.join(f'jwdid {own.y} {controls}'.split())}{weights}, {' '.join(options)}"
    lines = [*stata_start(params, spec, own), line, "estat simple", "estat event", "restore"]
    cannot = [
        "jwdid keeps columns that the data cannot tell apart by its own order; effects of cells that are not identified may count "
        "there as zero, where the project leaves them out."
    ]
    if params.window:
        cannot.append(
            f"estat event shows all event times, not {params.window[0]} to {params.window[1]} alone."
        )
    return inference.beside(params, Commands(lines, [], ["jwdid", "hdfe", "reghdfe", "ftools"], cannot))


def r(params: Any, spec: Spec) -> Commands:
    """``etwfe`` and ``emfx``."""
    own = Cities.of(params, spec)
    by_city = params.level == "city" and params.family != "poisson"
    arguments = [
        f"fml = {own.y} ~ {' + '.join(own.x) if params.interact and own.x else '1'}",
        *(f"tvar = {own.year}", "gvar = gvar_", "data = data", f"vcov = ~ {own.cluster}"),
        *([f"ivar = {own.city}"] if by_city else []),
        f'cgroup = "{"notyet" if params.control_group == "not_yet" else "never"}"',
        *(['family = "poisson"'] if params.family == "poisson" else []),
        *([f"weights = ~ {own.weights}"] if own.weights else []),
    ]
    lines = [
        f"found_etwfe <- etwfe::etwfe({', '.join(arguments)})",
        'print(etwfe::emfx(found_etwfe, type = "simple"))',
        'print(etwfe::emfx(found_etwfe, type = "event"))',
    ]
    cannot = ["Errors of emfx are numerical derivatives."]
    if own.x and not params.interact:
        cannot.append(
            "etwfe interacts all controls; the specification has one slope each, so that they are left out here."
        )
    if own.anticipation:
        cannot.append("etwfe knows no anticipation.")
    return inference.beside(params, r_unchecked(r_start(params, spec, own), lines, ["etwfe"], cannot))
