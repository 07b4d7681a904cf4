"""Two-stage least squares with fixed effects: ``ivreghdfe`` and fixest's ``feols``."""

from __future__ import annotations

from typing import Any

from nianjian.export import inference
from nianjian.export.commands import (
    Commands,
    Spec,
    feols,
    r_data,
    r_terms,
    stata_effect,
    stata_errors,
)

SENSITIVITY = {
    "tf": "The tF error and interval are not written: no command used here has Lee et al.'s factors; they stand in the exported "
    "estimates.",
    "plausibly_exogenous": "Bounds with direct effects are not written: plausexog takes no fixed effects and other small-sample "
    "factors; they stand in the exported estimates.",
}
"""Why what a key asks for has no command."""


def _cannot(params: Any, first: str) -> list[str]:
    """What the commands leave out."""
    return [first, *(reason for key, reason in SENSITIVITY.items() if getattr(params, key))]


def _exogenous(params: Any) -> list[str]:
    """Regressors that are not instrumented."""
    return [name for name in params.controls if name not in params.endogenous]


def stata(params: Any, spec: Spec) -> Commands:
    """``ivreghdfe``, with both stages."""
    y, controls = spec.column(params.outcome), " ".join(spec.all(_exogenous(params)))
    instrumented = f"({' '.join(spec.all(params.endogenous))} = {' '.join(spec.all(params.instruments))})"
    condition = f" if {spec.where_stata}" if spec.where_stata else ""
    weights = f" [aw = {spec.column(params.weights)}]" if params.weights else ""
    absorb = " ".join(stata_effect(spec, each) for each in params.absorb)
    # ivreghdfe calls errors as ivreg2 does.
    ivreg2 = {"vce(robust)": "robust"}
    errors = " ".join(
        ivreg2.get(each, each.replace("vce(cluster ", "cluster(")) for each in stata_errors(spec)
    )
    options = [*([f"absorb({absorb})"] if absorb else []), *([errors] if errors else []), "first"]
    line = " ".join(f"ivreghdfe {y} {controls} {instrumented}{condition}{weights}".split())
    made = Commands(
        [f"{line}, {' '.join(options)}", f"estimates store {spec.name}"],
        [spec.name],
        ["ivreghdfe", "ivreg2", "ranktest", "reghdfe", "ftools"],
        cannot=_cannot(
            params,
            "The effective F of Montiel Olea and Pflueger comes from weakivtest, the Anderson-Rubin interval from weakiv.",
        ),
    )
    cluster = " ".join(spec.column(each) for each in params.clusters if each in spec.columns.names)
    return inference.with_boottest(params, made, spec.column(params.endogenous[0]), cluster)


def r(params: Any, spec: Spec) -> Commands:
    """``feols`` with instruments, and each first stage."""
    y, controls = spec.column(params.outcome), spec.all(_exogenous(params))
    endogenous, instruments = spec.all(params.endogenous), spec.all(params.instruments)
    stages = f"{' + '.join(endogenous)} ~ {' + '.join(instruments)}"
    terms = {f"fit_{own}": name for own, name in zip(endogenous, params.endogenous, strict=True)}
    terms |= dict(zip(controls, _exogenous(params), strict=True))
    model = f'models[["{spec.name}"]]'
    lines = [
        r_data(spec),
        f"{model} <- {feols(spec, y, controls, instruments=stages)}",
        f'keep_model("{spec.name}", {model}, {r_terms(terms)})',
    ]
    for own, name in zip(endogenous, params.endogenous, strict=True):
        first = {
            column: f"first_stage[{name}|{instrument}]"
            for column, instrument in zip(instruments, params.instruments, strict=True)
        }
        lines += [
            f"first <- {feols(spec, own, [*instruments, *controls])}",
            f'keep_model("{spec.name}", first, {r_terms(first)}, kind = "effect")',
        ]
    made = Commands(
        lines,
        [spec.name],
        ["fixest"],
        cannot=_cannot(
            params,
            "fitstat(models, ~ ivf + ivwald + kpr) gives fixest's own tests of weak instruments, which are other ones.",
        ),
    )
    return inference.beside(params, made)
