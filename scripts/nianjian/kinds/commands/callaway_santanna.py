"""Effects by cohort and year: ``csdid``, and R's did."""

from __future__ import annotations

from typing import Any

from nianjian.export.commands import Commands, Spec
from nianjian.export.staggered import Cities, r_start, r_unchecked, stata_start

STATA_METHODS = {"dr": "dripw", "dr_improved": "drimp", "reg": "reg", "ipw": "stdipw"}
R_METHODS = {"dr": '"dr"', "dr_improved": "DRDID::drdid_imp_panel", "reg": '"reg"', "ipw": '"ipw"'}


def _cannot_stata(params: Any, own: Cities) -> list[str]:
    found = []
    if own.anticipation:
        found.append(f"csdid knows no anticipation; the specification allows for {own.anticipation} years.")
    if params.balance is not None:
        found.append(f"estat event knows no balance; the specification wants event time {params.balance}.")
    if params.bands == "simultaneous":
        found.append("Intervals are pointwise; add wboot for bands by csdid's own bootstrap.")
    if params.unbalanced != "pairs":
        found.append("The specification treats cities with gaps otherwise: " + params.unbalanced + ".")
    return found


def stata(params: Any, spec: Spec) -> Commands:
    """``csdid`` and its averages."""
    own = Cities.of(params, spec)
    weights = f" [iw = {own.weights}]" if own.weights else ""
    options = [
        *(f"ivar({own.city})", f"time({own.year})", "gvar(gvar_)", f"method({STATA_METHODS[params.method]})"),
        *(["notyet"] if params.control_group == "not_yet" else []),
        *(["long2"] if params.base == "universal" else []),
        *([f"cluster({own.cluster})"] if own.cluster != own.city else []),
    ]
    line = " ".join(["csdid", own.y, *own.x]) + f"{weights}, {' '.join(options)}"
    window = f", window({own.shown(params.window)[0]} {own.shown(params.window)[-1]})"
    lines = [*stata_start(params, spec, own), line, "estat simple", f"estat event{window}", "restore"]
    return Commands(lines, [], ["csdid", "drdid"], _cannot_stata(params, own))


def r(params: Any, spec: Spec) -> Commands:
    """``att_gt`` and ``aggte``."""
    own = Cities.of(params, spec)
    clustered = own.cluster != own.city
    drawn = params.bands == "simultaneous" or clustered
    arguments = [
        *(f'yname = "{own.y}"', f'tname = "{own.year}"', f'idname = "{own.city}"', 'gname = "gvar_"'),
        f"xformla = ~ {' + '.join(own.x) or '1'}",
        "data = data",
        f"allow_unbalanced_panel = {'TRUE' if params.unbalanced == 'cross_sections' else 'FALSE'}",
        f'control_group = "{"notyettreated" if params.control_group == "not_yet" else "nevertreated"}"',
        f"anticipation = {own.anticipation}",
        f"est_method = {R_METHODS[params.method]}",
        f'base_period = "{params.base}"',
        *([f'clustervars = c("{own.city}", "{own.cluster}")'] if clustered else []),
        *([f'weightsname = "{own.weights}"'] if own.weights else []),
        f"bstrap = {'TRUE' if drawn else 'FALSE'}, biters = {params.draws}",
        f"cband = {'TRUE' if params.bands == 'simultaneous' else 'FALSE'}",
    ]
    shown = own.shown(params.window)
    balance = f", balance_e = {params.balance}" if params.balance is not None else ""
    lines = [
        f"found_cs <- did::att_gt({', '.join(arguments)})",
        'print(summary(did::aggte(found_cs, type = "simple")))',
        f'print(summary(did::aggte(found_cs, type = "dynamic", min_e = {shown[0]}, max_e = {shown[-1]}{balance})))',
    ]
    cannot = []
    if params.unbalanced == "pairs":
        cannot.append(
            "did leaves out cities with a gap; the specification uses them in years in which they are seen."
        )
    if drawn:
        cannot.append(
            "did draws its standard errors; the project's are analytical and only its bands are drawn."
        )
    packages = ["did", *(["DRDID"] if params.method == "dr_improved" else [])]
    return r_unchecked(r_start(params, spec, own), lines, packages, cannot)
