"""Two stages: ``did2s`` of Stata and of R."""

from __future__ import annotations

from typing import Any

from nianjian import fixed_effects
from nianjian.export.commands import Commands, Spec, r_effect
from nianjian.export.staggered import Cities, r_start, r_unchecked, stata_start

ONLY_AFTER = "Only effects from the treatment on: event times before it are no part of these two calls."


def _dummies(spec: Spec, effect: str) -> str:
    """A fixed effect as Stata's dummies."""
    levels, slope = fixed_effects.parts(effect)
    joined = "#".join(f"i.{name}" for name in spec.all(levels))
    return f"{joined}#c.{spec.column(slope)}" if slope else joined


def stata(params: Any, spec: Spec) -> Commands:
    """``did2s``: over all, then by event time."""
    own = Cities.of(params, spec)
    first = " ".join([*(_dummies(spec, each) for each in params.absorb), *own.x])
    weights = f" [aw = {own.weights}]" if own.weights else ""
    after = [k for k in own.shown(params.window) if k >= 0]
    names = [f"after_{k}" for k in after]
    lines = stata_start(params, spec, own)
    if own.anticipation:
        lines.append(f"replace treated_ = 1 if time_ >= {-own.anticipation} & !missing(time_)")
    lines += [f"generate byte after_{k} = time_ == {k}" for k in after]
    for second in (["treated_"], names):
        lines.append(
            f"did2s {own.y}{weights}, first_stage({first}) second_stage({' '.join(second)}) "
            f"treatment(treated_) cluster({own.cluster})"
        )
    lines.append("restore")
    return Commands(lines, [], ["did2s"], [ONLY_AFTER])


def r(params: Any, spec: Spec) -> Commands:
    """``did2s``."""
    own = Cities.of(params, spec)
    fixed = " + ".join(r_effect(spec, each) for each in params.absorb)
    weights = f', weights = "{own.weights}"' if own.weights else ""
    given = (
        f'data, yname = "{own.y}", first_stage = ~ {" + ".join(own.x) or "0"} | {fixed}, second_stage = ~ %s, '
        f'treatment = "untreated_not", cluster_var = "{own.cluster}"{weights}'
    )
    lines = [
        f"data$untreated_not <- as.numeric(data$gvar_ > 0 & data$time_ >= {-own.anticipation})",
        "data$after_ <- ifelse(data$untreated_not == 1, data$time_, -1000)",
        f"print(did2s::did2s({given % 'i(treated_, ref = 0)'}))",
        f"print(did2s::did2s({given % 'i(after_, ref = -1000)'}))",
    ]
    return r_unchecked(r_start(params, spec, own), lines, ["did2s"], [ONLY_AFTER])
