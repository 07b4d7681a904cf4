"""Least squares with fixed effects: ``reghdfe`` and fixest's ``feols``."""

from __future__ import annotations

from typing import Any

from nianjian.export import inference
from nianjian.export.commands import Commands, Spec, feols, r_data, r_terms, reghdfe


def stata(params: Any, spec: Spec) -> Commands:
    """``reghdfe``."""
    line = reghdfe(spec, spec.column(params.outcome), spec.all(params.regressors), condition=spec.where_stata)
    lines, packages = [line, f"estimates store {spec.name}"], ["reghdfe", "ftools"]
    if (own := _inference(params)) is None:
        return Commands(lines, [spec.name], packages)
    more = inference.stata(params, spec, spec.column(params.regressors[0]))
    return Commands(
        [*lines, *more.lines], [spec.name], [*packages, *more.packages], [_other(own), *more.cannot]
    )


def _inference(params: Any) -> Any:
    """How errors are made otherwise, of estimators that can; None: by clusters."""
    return getattr(params, "inference", None)


def _other(own: Any) -> str:
    return inference.OTHER.format(own.method)


def r(params: Any, spec: Spec) -> Commands:
    """``feols``."""
    regressors = spec.all(params.regressors)
    terms = dict(zip(regressors, params.regressors, strict=True))
    model, own = f'models[["{spec.name}"]]', _inference(params)
    lines = [r_data(spec), f"{model} <- {feols(spec, spec.column(params.outcome), regressors)}"]
    kept = "" if own is None else ", errors = FALSE"
    if own is None or own.method in ("wild_cluster", "conley", "randomisation"):
        lines.append(f'keep_model("{spec.name}", {model}, {r_terms(terms)}{kept})')
    if own is None:
        return Commands(lines, [spec.name], ["fixest"])
    more = inference.r(params, spec, model, regressors[0])
    return Commands([*lines, *more.lines], [spec.name], ["fixest"], [_other(own), *more.cannot])
