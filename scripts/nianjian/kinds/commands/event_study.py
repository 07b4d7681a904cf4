"""Effects by years since the treatment: dummies of event times, or cohort by event time as Sun and Abraham average them."""

from __future__ import annotations

from typing import Any

from nianjian.estimates import EVENTS
from nianjian.estimators.adoption import FIRST
from nianjian.estimators.event_times import EventTimes, event_times
from nianjian.export.commands import Commands, Spec, feols, r_data, r_terms, reghdfe

R_HELPERS = """
# The average of cells of cohort and event time, by their numbers of city-years, as sunab takes it for single event times.
keep_average <- function(spec, model, data, times, address, errors = TRUE) {
  cells <- model$coefficients
  matched <- regmatches(names(cells), regexec("::(-?[0-9]+):cohort::([0-9]+)", names(cells)))
  time <- vapply(matched, function(m) as.numeric(if (length(m)) m[2] else NA), 0)
  cohort <- vapply(matched, function(m) as.numeric(if (length(m)) m[3] else NA), 0)
  inside <- which(time %in% times)
  size <- vapply(inside, function(i) sum(data$time_ == time[i] & data$cohort_ == cohort[i], na.rm = TRUE), 0)
  share <- size / sum(size)
  variance <- vcov(model)[inside, inside, drop = FALSE]
  error <- if (errors) sqrt(c(share %*% variance %*% share)) else NA
  keep(spec, "effect", address, sum(share * cells[inside]), error)
}
"""


def _times(params: Any, spec: Spec) -> EventTimes:
    return event_times(
        spec.frame,
        FIRST,
        ("city", "year"),
        window=params.window,
        base=params.base,
        outside=params.outside,
        context=f"spec {spec.name!r}: ",
    )


def _dummies(times: EventTimes) -> dict[int, tuple[str, str]]:
    """Event time to the name of its dummy and the name that the estimates have for it."""
    import numpy as np

    present = sorted({int(k) for k in np.unique(times.shown[np.isfinite(times.shown)])} - {times.base})
    terms = times.terms(present, times.time)
    return {
        k: (f"event_{'m' if k < 0 else 'p'}{abs(k)}", f"event[{EVENTS[term]}{k}]")
        for k, term in zip(present, terms, strict=True)
    }


def dummies_of(params: Any, spec: Spec) -> dict[int, tuple[str, str]]:
    """Event time to the name of its dummy and the name that the estimates have for it; end bins under their last time."""
    return _dummies(_times(params, spec))


def stata(params: Any, spec: Spec) -> Commands:
    """``reghdfe`` on dummies, or ``eventstudyinteract``."""
    times = _times(params, spec)
    dummies = _dummies(times)
    year, first = spec.column("year"), spec.first_year
    lines = ["preserve"]
    if spec.where_stata:
        lines.append(f"keep if {spec.where_stata}")
    lines += [
        f"summarize {year}",
        f"replace {first} = . if {first} > r(max)",
        f"generate time_ = {year} - {first}",
    ]
    low, high = params.window
    for k, (name, term) in dummies.items():
        sign = {"event_until": "<=", "event_from": ">="}.get(
            next(own for own, mark in EVENTS.items() if term.startswith(f"event[{mark}{k}]")), "=="
        )
        lines.append(f"generate byte {name} = time_ {sign} {k} & !missing(time_)")
    if params.outside == "omit":
        lines.append(f"* treated city-years outside {low} to {high} have no dummy and stay in the sample")
    names, controls = [name for name, _ in dummies.values()], spec.all(params.controls)
    if params.method == "twfe":
        line = reghdfe(spec, spec.column(params.outcome), [*names, *controls])
        lines += [line, f"estimates store {spec.name}"]
        leads = [name for k, (name, _) in dummies.items() if k < min(params.base, 0)]
        lines += [f"test {' '.join(leads)}"] if leads else []
        return Commands([*lines, "restore"], [spec.name], ["reghdfe", "ftools"], _otherwise(params))
    whole = reghdfe(spec, spec.column(params.outcome), names)
    options = whole.partition(", ")[2]
    lines += [
        f"bysort {spec.column('city')}: egen earliest_ = min(time_)",
        "drop if earliest_ >= 0 & !missing(earliest_)",
        f"generate byte never_ = missing({first})",
        f"eventstudyinteract {spec.column(params.outcome)} {' '.join(names)}, cohort({first}) "
        f"control_cohort(never_) covariates({' '.join(controls)}) {options}",
        "matrix list e(b_iw)",
        "restore",
    ]
    cannot = [
        "eventstudyinteract stores its averages in e(b_iw) and e(V_iw), so that esttab shows no column of it."
    ]
    return Commands(lines, [], ["eventstudyinteract", "avar", "reghdfe", "ftools"], cannot=cannot)


def r(params: Any, spec: Spec) -> Commands:
    """``feols`` on dummies, or ``sunab``."""
    times = _times(params, spec)
    dummies = _dummies(times)
    first, year, model = spec.first_year, spec.column("year"), f'models[["{spec.name}"]]'
    lines = [
        r_data(spec),
        f"data${first}[data${first} > max(data${year})] <- NA",
        f"data$time_ <- data${year} - data${first}",
    ]
    if params.method == "interaction_weighted":
        return _by_cohort(params, spec, lines, times)
    for k, (name, term) in dummies.items():
        sign = "<=" if "<=" in term else ">=" if ">=" in term else "=="
        lines.append(f"data${name} <- as.numeric(!is.na(data$time_) & data$time_ {sign} {k})")
    controls = spec.all(params.controls)
    terms = dict(dummies.values())
    terms |= dict(zip(controls, params.controls, strict=True))
    names = [name for name, _ in dummies.values()]
    lines += [
        f"{model} <- {feols(spec, spec.column(params.outcome), [*names, *controls])}",
        f'keep_model("{spec.name}", {model}, {r_terms(terms)}{", errors = FALSE" if params.inference else ""})',
    ]
    return Commands(lines, [spec.name], ["fixest"], _otherwise(params))


def _otherwise(params: Any) -> list[str]:
    """What to say of a specification whose errors are made otherwise."""
    if params.inference is None:
        return []
    return [
        f"Errors here are by clusters, the project's by {params.inference.method}: only coefficients are the same."
    ]


def _by_cohort(params: Any, spec: Spec, lines: list[str], times: EventTimes) -> Commands:
    """Sun and Abraham's averages, by fixest's ``sunab``; city-years of cities always treated are left out."""
    import numpy as np

    year, city, model = spec.column("year"), spec.column("city"), f'models[["{spec.name}"]]'
    if not np.isnan(times.first[~times.always]).any():
        return Commands(
            [],
            cannot=["Without cities that are never treated, sunab takes another control than the project."],
        )
    seen = times.time[np.isfinite(times.time) & ~times.always]
    low, high = params.window
    inside = [int(k) for k in np.unique(np.clip(seen, low, high) if params.outside == "bin" else seen)]
    inside = [k for k in inside if low <= k <= high and k != params.base]
    terms = dict(zip(inside, times.terms(inside, times.time), strict=True))
    sunab = f"sunab(cohort_, {year}, ref.p = {params.base})"
    regressors = [sunab, *spec.all(params.controls)]
    lines += [
        f"earliest <- ave(data$time_, data${city}, FUN = min)",
        "data <- data[is.na(earliest) | earliest < 0, ]",
        f"data$cohort_ <- ifelse(is.na(data${spec.first_year}), 10000, data${spec.first_year})",
        f"{model} <- {feols(spec, spec.column(params.outcome), regressors)}",
    ]
    lines[:0] = R_HELPERS.strip().splitlines()
    if params.inference is not None:
        return Commands(lines, [spec.name], ["fixest"], _otherwise(params))
    for k in inside:
        beyond = {"event_until": seen[seen <= k], "event_from": seen[seen >= k]}.get(terms[k], np.array([k]))
        cells = ", ".join(str(int(each)) for each in np.unique(beyond))
        lines.append(
            f'keep_average("{spec.name}", {model}, data, c({cells}), "event[{EVENTS[terms[k]]}{k}]")'
        )
    return Commands(lines, [spec.name], ["fixest"])
