"""Synthetic difference-in-differences: ``sdid``, and R's synthdid cohort by cohort."""

from __future__ import annotations

from typing import Any

from nianjian.export.commands import Commands, Spec, r_data
from nianjian.export.staggered import r_unchecked

STATA_ERRORS = {"placebo": "placebo", "jackknife": "jackknife", "none": "noinference"}
FUNCTIONS = {"sdid": "synthdid_estimate", "sc": "sc_estimate", "did": "did_estimate"}
DRAWN = "Placebo errors are drawn by a generator of its own: they differ from the project's as two draws do."


def stata(params: Any, spec: Spec) -> Commands:
    """``sdid``, which takes cohorts one by one as the project does."""
    y, city, year, did = spec.all([params.outcome, "city", "year", params.treatment])
    lines = ["preserve"]
    if spec.where_stata:
        lines.append(f"keep if {spec.where_stata}")
    reps = f" reps({params.draws}) seed(1)" if params.errors == "placebo" else ""
    lines += [
        f"sdid {y} {city} {year} {did}, vce({STATA_ERRORS[params.errors]}){reps} method({params.weighting})",
        "restore",
    ]
    return Commands(lines, [], ["sdid"], [DRAWN] if params.errors == "placebo" else [])


def r(params: Any, spec: Spec) -> Commands:
    """``synthdid`` of each cohort with the cities never treated, averaged by treated city-years."""
    y, city, year, did = spec.all([params.outcome, "city", "year", params.treatment])
    lines = [
        f"first <- ave(ifelse(data${did} == 1, data${year}, Inf), data${city}, FUN = min)",
        "parts <- lapply(sort(unique(first[is.finite(first)])), function(g) {",
        f'  own <- data[first == g | !is.finite(first), c("{city}", "{year}", "{y}", "{did}")]',
        "  panel <- synthdid::panel.matrices(own)",
        f"  found <- synthdid::{FUNCTIONS[params.weighting]}(panel$Y, panel$N0, panel$T0)",
        f"  c(cohort = g, effect = c(found), treated = sum(own${did}))",
        "})",
        "parts <- as.data.frame(do.call(rbind, parts))",
        "print(parts)",
        "print(weighted.mean(parts$effect, parts$treated))",
    ]
    cannot = [
        'The script gives estimates; synthdid has errors for one cohort alone: vcov(found, method = "placebo").'
    ]
    return r_unchecked([r_data(spec)], lines, ["synthdid"], cannot)
