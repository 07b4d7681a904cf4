"""Effects by years of treatment: ``did_multiplegt_dyn``, and R's DIDmultiplegtDYN."""

from __future__ import annotations

from typing import Any

from nianjian.export.commands import Commands, Spec
from nianjian.export.staggered import Cities, r_start, r_unchecked, stata_start


def _counts(params: Any, own: Cities) -> tuple[int, int]:
    """Effects and placebos: effect l stands at event time l - 1, placebo l at -1 - l."""
    low, high = params.window or (own.times[0], own.times[-1])
    effects = high + 1
    return effects, max(0, min(-1 - low, effects))


def stata(params: Any, spec: Spec) -> Commands:
    """``did_multiplegt_dyn``."""
    own = Cities.of(params, spec)
    effects, placebos = _counts(params, own)
    options = [
        f"effects({effects})",
        *([f"placebo({placebos})"] if placebos else []),
        *([f"controls({' '.join(own.x)})"] if own.x else []),
        *([f"cluster({own.cluster})"] if own.cluster != own.city else []),
        *([f"weight({own.weights})"] if own.weights else []),
        *(["normalized"] if params.normalised else []),
        *(["same_switchers"] if params.same_switchers else []),
        *(["trends_lin"] if params.city_trends else []),
        "graph_off",
    ]
    line = f"did_multiplegt_dyn {own.y} {own.city} {own.year} treated_, {' '.join(options)}"
    lines = [*stata_start(params, spec, own), line, "restore"]
    return Commands(lines, [], ["did_multiplegt_dyn"], _cannot(params))


def _cannot(params: Any) -> list[str]:
    more = (
        "" if params.window else " Where it cannot estimate as many effects it says so; lower their number."
    )
    return [f"Effect 1 is event time 0, placebo 1 event time -2.{more}"]


def r(params: Any, spec: Spec) -> Commands:
    """The same in R."""
    own = Cities.of(params, spec)
    effects, placebos = _counts(params, own)
    controls = ", ".join(f'"{name}"' for name in own.x)
    arguments = [
        *("df = data", f'outcome = "{own.y}"', f'group = "{own.city}"', f'time = "{own.year}"'),
        *('treatment = "treated_"', f"effects = {effects}", f"placebo = {placebos}"),
        *([f"controls = c({controls})"] if controls else []),
        *([f'cluster = "{own.cluster}"'] if own.cluster != own.city else []),
        *([f'weight = "{own.weights}"'] if own.weights else []),
        *(["normalized = TRUE"] if params.normalised else []),
        *(["same_switchers = TRUE"] if params.same_switchers else []),
        *(["trends_lin = TRUE"] if params.city_trends else []),
        "graph_off = TRUE",
    ]
    lines = [f"print(DIDmultiplegtDYN::did_multiplegt_dyn({', '.join(arguments)}))"]
    return r_unchecked(r_start(params, spec, own), lines, ["DIDmultiplegtDYN"], _cannot(params))
