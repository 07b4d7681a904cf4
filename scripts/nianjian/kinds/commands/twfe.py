"""Least squares with fixed effects: ``reghdfe`` and fixest's ``feols``."""

from __future__ import annotations

from typing import Any

from nianjian.export.commands import Commands, Spec, feols, r_data, r_terms, reghdfe


def stata(params: Any, spec: Spec) -> Commands:
    """``reghdfe``."""
    line = reghdfe(spec, spec.column(params.outcome), spec.all(params.regressors), condition=spec.where_stata)
    return Commands([line, f"estimates store {spec.name}"], [spec.name], ["reghdfe", "ftools"])


def r(params: Any, spec: Spec) -> Commands:
    """``feols``."""
    regressors = spec.all(params.regressors)
    terms = dict(zip(regressors, params.regressors, strict=True))
    return Commands(
        [
            r_data(spec),
            f'models[["{spec.name}"]] <- {feols(spec, spec.column(params.outcome), regressors)}',
            f'keep_model("{spec.name}", models[["{spec.name}"]], {r_terms(terms)})',
        ],
        [spec.name],
        ["fixest"],
    )
