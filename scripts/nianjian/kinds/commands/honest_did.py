"""An event study when trends need not be parallel: ``honestdid``, and R's HonestDiD, behind the event study's own commands."""

from __future__ import annotations

from typing import Any

from nianjian.export.commands import Commands, Spec
from nianjian.export.staggered import UNCHECKED, r_vector
from nianjian.kinds.commands import event_study

METHODS = {"hybrid": "C-LF", "conditional": "Conditional", "flci": "FLCI"}
COHORTS = "Of averages over cohorts the script makes the event study alone: hand honestdid e(b_iw) and e(V_iw) by b() and vcov()."


def _times(params: Any, spec: Spec) -> tuple[list[int], list[int]]:
    """Event times before and after the base, end bins among them, in the order of the dummies."""
    shown = sorted(event_study.dummies_of(params, spec))
    return [k for k in shown if k < params.base], [k for k in shown if k > params.base]


def _weights(params: Any, after: int) -> list[float]:
    """Of each effect after the base in what is asked about."""
    if isinstance(params.target, list):
        return [float(each) for each in params.target]
    if params.target == "first":
        return [1.0, *[0.0] * (after - 1)]
    return [1 / after] * after


def _method(params: Any) -> str:
    return METHODS[params.interval or ("hybrid" if params.restriction == "rm" else "flci")]


def stata(params: Any, spec: Spec) -> Commands:
    """``honestdid`` behind ``reghdfe``."""
    base = event_study.stata(params, spec)
    if params.method != "twfe":
        return Commands(base.lines, base.models, base.packages, [*base.cannot, COHORTS])
    before, after = _times(params, spec)
    first = len(before)
    weights = " \\ ".join(f"{each:.17g}" for each in _weights(params, len(after)))
    delta = "" if params.restriction == "rm" else " delta(sd)"
    line = (
        f"honestdid, pre(1/{first}) post({first + 1}/{first + len(after)}) mvec({' '.join(f'{b:g}' for b in params.bounds)}) "
        f"l_vec(l_vec_) method({_method(params)}){delta}"
    )
    at = len(base.lines) - 1 - base.lines[::-1].index("restore")
    lines = [
        *base.lines[:at],
        f"estimates restore {spec.name}",
        f"matrix l_vec_ = ({weights})",
        line,
        *base.lines[at:],
    ]
    return Commands(lines, base.models, [*base.packages, "honestdid"], base.cannot)


def r(params: Any, spec: Spec) -> Commands:
    """HonestDiD behind ``feols``; the event study alone is set beside the project's."""
    base = event_study.r(params, spec)
    if params.method != "twfe" or not base.models:
        return Commands(base.lines, base.models, base.packages, [*base.cannot, COHORTS])
    before, after = _times(params, spec)
    names = [event_study.dummies_of(params, spec)[k][0] for k in [*before, *after]]
    own = ", ".join(f'"{name}"' for name in names)
    model = f'models[["{spec.name}"]]'
    relative = params.restriction == "rm"
    function = "createSensitivityResults_relativeMagnitudes" if relative else "createSensitivityResults"
    bounds = f"{'Mbarvec' if relative else 'Mvec'} = {r_vector(params.bounds)}"
    weights = ", ".join(f"{each:.17g}" for each in _weights(params, len(after)))
    lines = [
        *base.lines,
        'if (!requireNamespace("HonestDiD", quietly = TRUE)) {',
        "  message('left out: install.packages(\"HonestDiD\")')",
        "} else {",
        f"  named <- c({own})",
        f"  print(HonestDiD::{function}(betahat = coef({model})[named], sigma = vcov({model})[named, named],",
        f"    numPrePeriods = {len(before)}, numPostPeriods = {len(after)}, {bounds},",
        f'    l_vec = matrix(c({weights})), method = "{_method(params)}"))',
        "}",
    ]
    return Commands(lines, base.models, base.packages, [*base.cannot, UNCHECKED.format(packages="HonestDiD")])
