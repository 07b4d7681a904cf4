"""The three equations of mediation, each by least squares with fixed effects; indirect effects are resampled elsewhere."""

from __future__ import annotations

from typing import Any

from nianjian.export import inference
from nianjian.export.commands import Commands, Spec, feols, r_data, r_terms, reghdfe

RESAMPLED = (
    "The standard error, interval and p value of the indirect effect come from resampled clusters and stand in the exported "
    "estimates; other resamples give slightly different ones."
)
SENSITIVITY = (
    "The sensitivity to an omitted cause is not written: medsens of Stata and R takes no fixed effects, and no clusters in its "
    "interval; it stands in the exported estimates."
)


def _cannot(params: Any) -> list[str]:
    return [RESAMPLED] if params.sensitivity is None else [RESAMPLED, SENSITIVITY]


def stata(params: Any, spec: Spec) -> Commands:
    """``reghdfe`` three times a mediator, on city-years that have all mediators."""
    y, t, x = spec.column(params.outcome), spec.column(params.treatment), spec.all(params.controls)
    complete = [f"!missing({', '.join(spec.all(params.mediators))})"]
    kept = " & ".join([*([spec.where_stata] if spec.where_stata else []), *complete])
    total = f"{spec.name}_total"
    lines, models = [reghdfe(spec, y, [t, *x], condition=kept), f"estimates store {total}"], [total]
    for number, mediator in enumerate(spec.all(params.mediators), start=1):
        a, b = f"{spec.name}_a{number}", f"{spec.name}_b{number}"
        lines += [f"* mediator {mediator}", reghdfe(spec, mediator, [t, *x], condition=kept)]
        lines += [f"estimates store {a}", f"scalar a_ = _b[{t}]"]
        lines += [reghdfe(spec, y, [t, mediator, *x], condition=kept), f"estimates store {b}"]
        lines += [f'display "indirect effect: " a_ * _b[{mediator}]']
        models += [a, b]
    return inference.beside(params, Commands(lines, models, ["reghdfe", "ftools"], cannot=_cannot(params)))


def r(params: Any, spec: Spec) -> Commands:
    """``feols`` three times a mediator."""
    y, t, x = spec.column(params.outcome), spec.column(params.treatment), spec.all(params.controls)
    mediators = spec.all(params.mediators)
    whole = ", ".join(f'"{own}"' for own in mediators)
    total = f'models[["{spec.name}_total"]]'
    lines = [
        r_data(spec),
        f"data <- data[complete.cases(data[c({whole})]), ]",
        f"{total} <- {feols(spec, y, [t, *x])}",
        f'keep_model("{spec.name}", {total}, {r_terms({t: "total"})}, kind = "effect")',
    ]
    models = [f"{spec.name}_total"]
    for number, (own, mediator) in enumerate(zip(mediators, params.mediators, strict=True), start=1):
        a, b = f"{spec.name}_a{number}", f"{spec.name}_b{number}"
        second = {t: f"direct[{mediator}]", own: f"b[{mediator}]"}
        lines += [
            f'models[["{a}"]] <- {feols(spec, own, [t, *x])}',
            f'keep_model("{spec.name}", models[["{a}"]], {r_terms({t: f"a[{mediator}]"})}, kind = "effect")',
            f'models[["{b}"]] <- {feols(spec, y, [t, own, *x])}',
            f'keep_model("{spec.name}", models[["{b}"]], {r_terms(second)}, kind = "effect")',
        ]
        models += [a, b]
    return inference.beside(params, Commands(lines, models, ["fixest"], cannot=_cannot(params)))
