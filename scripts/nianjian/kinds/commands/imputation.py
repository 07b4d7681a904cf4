"""Imputation: ``did_imputation``, and R's didimputation."""

from __future__ import annotations

from typing import Any

from nianjian.export.commands import Commands, Spec, r_effect, stata_effect
from nianjian.export.staggered import Cities, r_start, r_unchecked, stata_start

LEADS = 3
"""Years that are tested where neither ``leads`` nor ``window`` says how many."""


def leads(params: Any) -> int:
    """Years before the treatment that are tested."""
    if params.leads is not None:
        return int(params.leads)
    return -params.window[0] if params.window else LEADS


def stata(params: Any, spec: Spec) -> Commands:
    """``did_imputation``: the effect over all, then by event time with the leads."""
    own = Cities.of(params, spec)
    weights = f" [aw = {own.weights}]" if own.weights else ""
    head = f"did_imputation {own.y} {own.city} {own.year} {own.first}{weights}"
    fixed = " ".join(stata_effect(spec, each) for each in params.absorb)
    options = [
        f"fe({fixed})",
        *([f"controls({' '.join(own.x)})"] if own.x else []),
        f"cluster({own.cluster})",
        *([f"shift({own.anticipation})"] if own.anticipation else []),
        *("autosample", "minn(0)"),
    ]
    last = own.shown(params.window)[-1] + own.anticipation
    before = [f"pretrends({leads(params)})"] if leads(params) else []
    lines = [
        *stata_start(params, spec, own),
        f"{head}, {' '.join(options)}",
        f"estimates store {spec.name}",
        f"{head}, {' '.join([*options, f'horizons(0/{last})', *before])}",
        "restore",
    ]
    return Commands(
        lines,
        [spec.name],
        ["did_imputation", "reghdfe", "ftools"],
        [
            "Standard errors average effects within cohort and event time, as the package does by default; intervals are pointwise."
        ],
    )


def r(params: Any, spec: Spec) -> Commands:
    """``did_imputation``."""
    own = Cities.of(params, spec)
    fixed = " + ".join(r_effect(spec, each) for each in params.absorb)
    arguments = [
        *(
            "data = data",
            f'yname = "{own.y}"',
            'gname = "gvar_"',
            f'tname = "{own.year}"',
            f'idname = "{own.city}"',
        ),
        f"first_stage = ~ {' + '.join(own.x) or '0'} | {fixed}",
        f'cluster_var = "{own.cluster}"',
        *([f'wname = "{own.weights}"'] if own.weights else []),
    ]
    given = ", ".join(arguments)
    before = f", pretrends = -{leads(params)}:-1" if leads(params) else ""
    lines = [
        f"print(didimputation::did_imputation({given}))",
        f"print(didimputation::did_imputation({given}, horizon = TRUE{before}))",
    ]
    cannot = ["didimputation leaves singletons in or out by fixest's default; compare numbers of rows."]
    if own.anticipation:
        cannot.append("didimputation knows no anticipation.")
    return r_unchecked(r_start(params, spec, own), lines, ["didimputation"], cannot)
