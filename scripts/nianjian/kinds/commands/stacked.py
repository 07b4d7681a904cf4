"""Each cohort with clean controls, stacked: ``reghdfe`` and fixest's ``feols`` on data that the script stacks itself."""

from __future__ import annotations

from typing import Any

from nianjian.estimators.staggered.stacked import WIDEST
from nianjian.export import inference
from nianjian.export.commands import Commands, Spec, feols, reghdfe
from nianjian.export.staggered import Cities, r_start, r_vector, regression, stata_start


def _window(params: Any, own: Cities) -> tuple[int, int]:
    """That of the specification, or the widest that holds every cohort."""
    if params.window:
        return params.window[0], params.window[1]
    before = min(g - own.years[0] for g in own.cohorts)
    after = min(own.years[1] - g for g in own.cohorts)
    return -min(max(before, 1 + own.anticipation), WIDEST), min(after, WIDEST)


def _stacks(own: Cities, low: int, high: int) -> list[int]:
    return [g for g in own.cohorts if g + low >= own.years[0] and g + high <= own.years[1]]


def _names(own: Cities, low: int, high: int) -> dict[int, str]:
    base = -1 - own.anticipation
    return {k: f"event_{'m' if k < 0 else 'p'}{abs(k)}" for k in own.times if low <= k <= high and k != base}


def stata(params: Any, spec: Spec) -> Commands:
    """``append`` and ``reghdfe``."""
    own = Cities.of(params, spec)
    low, high = _window(params, own)
    lines = [*stata_start(params, spec, own), "tempfile whole stacked", "save `whole'"]
    clean = "gvar_ == 0"
    if params.control_group == "not_yet":
        clean = f"(gvar_ == 0 | gvar_ > {{g}} + {high + own.anticipation})"
    for number, g in enumerate(_stacks(own, low, high)):
        lines += [
            "use `whole', clear",
            f"keep if inrange({own.year}, {g + low}, {g + high}) & (gvar_ == {g} | {clean.format(g=g)})",
            f"generate stack_ = {g}",
            f"generate byte own_ = gvar_ == {g}",
            f"generate event_ = {own.year} - {g}",
            *(["append using `stacked'"] if number else []),
            "save `stacked', replace",
        ]
    lines.append(f"generate sampling_ = {own.weights or 1}")
    if params.weighting == "corrected":
        lines += [
            "bysort own_ event_ stack_: egen part_ = total(sampling_)",
            "bysort own_ event_: egen whole_ = total(sampling_)",
            "generate of_treated_ = part_ / whole_ if own_ == 1",
            "bysort event_ stack_: egen target_ = max(of_treated_)",
            "replace sampling_ = sampling_ * cond(missing(target_), 0, target_ / (part_ / whole_)) if own_ == 0",
        ]
    lines.append("generate byte post_ = own_ == 1 & event_ >= 0")
    names = _names(own, low, high)
    lines += [f"generate byte {name} = own_ == 1 & event_ == {k}" for k, name in names.items()]
    absorb = ["own_", "event_"] if params.level == "group" else [f"stack_#{own.city}", f"stack_#{own.year}"]
    as_regression = regression(params, spec)
    for stored, regressors in ((spec.name, ["post_"]), (f"{spec.name}_events", list(names.values()))):
        line = reghdfe(as_regression, own.y, [*regressors, *own.x], absorb=absorb, weights="sampling_")
        lines += [line, f"estimates store {stored}"]
    made = Commands([*lines, "restore"], [spec.name], ["reghdfe", "ftools"])
    # Behind the event times, the last regression.
    return inference.with_boottest(
        params, made, " ".join(f"{{{name}}}" for name in names.values()), own.cluster
    )


def r(params: Any, spec: Spec) -> Commands:
    """``rbind`` and ``feols``."""
    own = Cities.of(params, spec)
    low, high = _window(params, own)
    clean = "is.na(own$first_)"
    if params.control_group == "not_yet":
        clean += f" | own$first_ > g + {high + own.anticipation}"
    names = _names(own, low, high)
    lines = [
        *r_start(params, spec, own),
        f"data <- do.call(rbind, lapply({r_vector(_stacks(own, low, high))}, function(g) {{",
        f"  own <- data[data${own.year} >= g + {low} & data${own.year} <= g + {high}, ]",
        "  own$own_ <- as.numeric(own$first_ %in% g)",
        f"  own <- own[own$own_ == 1 | {clean}, ]",
        f"  own$stack_ <- g; own$event_ <- own${own.year} - g",
        "  own",
        "}))",
        f"data$weight_ <- {f'data${own.weights}' if own.weights else '1'}",
    ]
    if params.weighting == "corrected":
        lines += [
            "share <- ave(data$weight_, data$own_, data$event_, data$stack_, FUN = sum) /",
            "  ave(data$weight_, data$own_, data$event_, FUN = sum)",
            "cell <- paste(data$event_, data$stack_)",
            "target <- tapply(share[data$own_ == 1], cell[data$own_ == 1], function(s) s[1])[cell]",
            "target[is.na(target)] <- 0",
            "data$weight_ <- data$weight_ * ifelse(data$own_ == 1, 1, target / share)",
        ]
    lines.append("data$post_ <- as.numeric(data$own_ == 1 & data$event_ >= 0)")
    lines += [f"data${name} <- as.numeric(data$own_ == 1 & data$event_ == {k})" for k, name in names.items()]
    absorb = ["own_", "event_"] if params.level == "group" else [f"stack_^{own.city}", f"stack_^{own.year}"]
    as_regression = regression(params, spec)
    terms = ", ".join(f'"{name}" = "event[{k}]"' for k, name in names.items())
    for stored, regressors, kept in (
        (spec.name, ["post_"], '"post_" = "att"'),
        (f"{spec.name}_events", list(names.values()), terms),
    ):
        line = feols(as_regression, own.y, [*regressors, *own.x], absorb=absorb, weights="weight_")
        model = f'models[["{stored}"]]'
        lines += [f"{model} <- {line}", f'keep_model("{spec.name}", {model}, c({kept}), kind = "effect")']
    return inference.beside(params, Commands(lines, [spec.name, f"{spec.name}_events"], ["fixest"]))
