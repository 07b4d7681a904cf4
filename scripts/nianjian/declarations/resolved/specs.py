"""Specifications with what they inherit and their estimator's defaults, ladders unfolded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nianjian import fixed_effects, formulas
from nianjian.declarations.models.base import listed
from nianjian.declarations.models.specs import ESTIMATORS
from nianjian.declarations.reading import suggestion, validate
from nianjian.declarations.resolved.names import StudyNames

USED = ("treatment", "controls", "endogenous", "instruments", "covariates", "mediators", "by")
"""Keys of a specification that name columns beside the outcome."""
UNCLUSTERED = ("spatial_panel", "spatial_association", "local_association", "weight_choice")
"""Estimators whose errors are not clustered unless asked for."""
DESCRIPTIVE = ("spatial_association", "local_association")
"""Estimators of one variable's pattern: they have no treatment."""
STAGGERED = ("event_study", "placebo", "psm_did")
"""Estimators that read the first treated year of every city."""

Specs = Mapping[str, Mapping[str, Any]]
"""Complete specifications by name."""


def matrices_of(spec: Mapping[str, Any]) -> list[str]:
    """Spatial weight matrices that a specification names."""
    return [*(listed(spec.get("matrix")) or []), *(spec.get("matrices") or [])]


def resolve_specs(study: StudyNames) -> dict[str, dict[str, Any]]:
    """Complete specifications by name, in the order in which they are declared, rungs of ladders last.

    Raises
    ------
    DeclarationError
        If a specification extends what is not there, or does not fit its estimator.
    """
    written = {name: entry.model_dump(exclude_unset=True) for name, entry in study.model.specs.items()}
    resolved: dict[str, dict[str, Any]] = {}
    for name, entry in written.items():
        if "ladder" not in entry:
            resolved[name] = _complete(study, name, _inherited(study, written, name, ()))
    for name, entry in written.items():
        if "ladder" in entry:
            if set(entry) > {"ladder"}:
                raise study.fail(f"specs.{name}", "a ladder has no other keys; change its base")
            base = entry["ladder"]["base"]
            study.check_known(f"specs.{name}.ladder.base", base, resolved, "spec")
            for step, _ in enumerate(resolved[base]["controls"], start=1):
                if f"{name}{step}" in written:
                    raise study.fail(
                        f"specs.{name}", f"the ladder makes '{name}{step}', which stands there already"
                    )
                rung = {key: value for key, value in resolved[base].items() if key not in ("label", "note")}
                resolved[f"{name}{step}"] = rung | {"controls": rung["controls"][: step - 1]}
    return resolved


def _inherited(
    study: StudyNames, written: Mapping[str, Mapping[str, Any]], name: str, path: tuple[str, ...]
) -> dict[str, Any]:
    """A specification's keys with those of the one that it extends; ``path`` leads to it."""
    if name in path:
        circle = " → ".join([*path[path.index(name) :], name])
        raise study.fail(f"specs.{path[-1]}.extends", f"specs extend each other in a circle: {circle}")
    entry = dict(written[name])
    parent = entry.pop("extends", None)
    if parent is None:
        base: dict[str, Any] = {}
    else:
        if parent not in written:
            raise study.fail(f"specs.{name}.extends", f"'{parent}' is no spec{suggestion(parent, written)}")
        if "ladder" in written[parent]:
            raise study.fail(f"specs.{name}.extends", f"'{parent}' is a ladder, extend its base")
        base = dict(_inherited(study, written, parent, (*path, name)))
        base.pop("label", None)
        base.pop("note", None)
    for key in ("controls", "effects"):
        extra = entry.pop(f"add_{key}", None) or []
        if extra:
            entry[key] = [
                *(entry.get(key, base.get(key)) or (["city", "year"] if key == "effects" else [])),
                *extra,
            ]
    # A key set to null goes back to its default, except cluster: null, which means no clustering.
    result = {**base, **entry}
    return {key: value for key, value in result.items() if value is not None or key == "cluster"}


def _complete(study: StudyNames, name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """A specification with its estimator's defaults."""
    key = f"specs.{name}"
    words = {label: entry.pop(label, None) for label in ("label", "note")}
    estimator = entry.get("estimator")
    if estimator is None:
        raise study.fail(key, f"key 'estimator' is missing; write one of {', '.join(ESTIMATORS)}, or extends")
    model = ESTIMATORS[estimator]
    extra = [each for each in entry if each not in model.model_fields]
    if extra:
        raise study.fail(
            key,
            f"estimator {estimator} has no key '{extra[0]}'; set it to null if it is inherited",
        )
    if "treatment" not in entry and study.model.treatment and estimator not in DESCRIPTIVE:
        entry["treatment"] = study.model.treatment.name
    if estimator in UNCLUSTERED:
        entry.setdefault("cluster", None)
    if estimator == "iv" and entry.get("treatment"):
        entry.setdefault("endogenous", [entry["treatment"]])
    if estimator == "psm_did":
        entry.setdefault("covariates", entry.get("controls", []))
    checked: Any = validate(model, entry, study.shown, key)
    return checked.plain() | {label: value for label, value in words.items() if value}


def check_specs(study: StudyNames, specs: Specs) -> None:
    """Columns, years and matrices that specifications name must be there, and stand in one role only."""
    first, last = study.model.sample.years
    for name, spec in specs.items():
        key = f"specs.{name}"
        study.check_known(f"{key}.outcome", spec["outcome"], study.columns, "variable, index or treatment")
        for part in USED:
            for column in listed(spec.get(part)) or []:
                study.check_known(f"{key}.{part}", column, study.columns, "variable")
                if column == spec["outcome"]:
                    raise study.fail(f"{key}.{part}", f"'{column}' is the outcome")
        if spec["estimator"] in STAGGERED and (
            study.model.treatment is None or spec["treatment"] != study.model.treatment.name
        ):
            what = f"estimator {spec['estimator']} needs the study's treatment, not {spec['treatment']!r}"
            raise study.fail(f"{key}.treatment", what)
        for year in spec.get("years") or []:
            if not first <= year <= last:
                raise study.fail(f"{key}.years", f"{year} lies outside the sample's years {first} to {last}")
        _check_spatial(study, key, spec)
        regressors = [*(listed(spec["treatment"]) or []), *spec["controls"]]
        for column in regressors:
            if regressors.count(column) > 1:
                raise study.fail(f"{key}.controls", f"'{column}' stands there twice")
        for effect in listed(spec.get("effects")) or []:
            for each in fixed_effects.columns(effect):
                study.check_known(f"{key}.effects", each, study.columns, "column")
            if fixed_effects.parts(effect)[1] in ("province", *study.model.groups):
                raise study.fail(f"{key}.effects", f"'{effect}': a slope needs a column of numbers")
        for cluster in listed(spec.get("cluster")) or []:
            for each in cluster.split("#"):
                study.check_known(f"{key}.cluster", each, study.columns, "column")
        if spec.get("weights"):
            study.check_known(f"{key}.weights", spec["weights"], study.columns, "variable")
        if spec.get("where"):
            formulas.parse(spec["where"], f"{study.shown}, {key}.where", known=study.columns)


def _check_spatial(study: StudyNames, key: str, spec: Mapping[str, Any]) -> None:
    for matrix in matrices_of(spec):
        study.check_known(f"{key}.matrix", matrix, study.model.spatial_weights, "matrix of spatial_weights")
    for matrix in spec.get("grid") or []:
        study.check_known(f"{key}.grid", matrix, spec["matrices"], "entry of matrices")
    for column in spec.get("lagged") or []:
        own = [*(listed(spec["treatment"]) or []), *spec["controls"]]
        study.check_known(f"{key}.lagged", column, own, "regressor of this spec")
