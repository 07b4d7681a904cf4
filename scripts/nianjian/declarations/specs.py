"""Specifications as they are written: with what they inherit, stepwise ones and companions unfolded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from nianjian.declarations import companions
from nianjian.declarations.models.base import Declared
from nianjian.declarations.names import StudyNames
from nianjian.declarations.reading import suggestion, validate
from nianjian.errors import Mistakes

Written = Mapping[str, Any]
OWN = ("label", "note", companions.KEY)
"""Keys that a specification does not inherit."""
ADD = "add_"
"""In front of a key that holds a list: behind what is inherited."""
NULLS = ("cluster",)
"""Keys in which null says something; elsewhere it takes back what is inherited."""


class Stepwise(Declared):
    """Columns that add one control after another: ``step: {stepwise: {base: baseline, add: controls}}``.

    Makes step1 … stepN from a base with N controls: step1 has none of them, stepk the first k - 1; the base itself, with
    all of them, comes last.
    """

    base: str = Field(description="the specification with all controls")
    add: Literal["controls"] = Field("controls", description="the list whose entries are added in turn")


def unfold(study: StudyNames, mistakes: Mistakes) -> dict[str, dict[str, Any]]:
    """Specifications by name with all that they inherit, in declared order, then those made by ``stepwise`` and ``companions``.

    Parameters
    ----------
    mistakes : gets those of each that extends what is not there, extends itself, or clashes with a step
    """
    written: Mapping[str, Written] = study.model.specs
    found: dict[str, dict[str, Any]] = {}
    for name, entry in written.items():
        with mistakes.caught():
            if "ladder" in entry:
                raise study.fail(f"specs.{name}", "key 'ladder' is now called 'stepwise'; write that")
            if "stepwise" not in entry:
                found[name] = _inherited(study, written, name, ())
    for name, entry in written.items():
        if "stepwise" in entry:
            with mistakes.caught():
                found |= _steps(study, written, found, name)
    with mistakes.caught():
        found |= companions.unfold(study, found)
    return found


def _steps(
    study: StudyNames, written: Mapping[str, Written], found: Mapping[str, dict[str, Any]], name: str
) -> dict[str, dict[str, Any]]:
    if set(written[name]) > {"stepwise"}:
        raise study.fail(f"specs.{name}", "a stepwise entry has no other keys; change its base")
    declared: Stepwise = validate(Stepwise, written[name]["stepwise"], study.shown, f"specs.{name}.stepwise")
    if declared.base in written and "stepwise" not in written[declared.base] and declared.base not in found:
        return {}  # what is wrong with the base is said there
    study.check_known(f"specs.{name}.stepwise.base", declared.base, found, "spec")
    base = {key: value for key, value in found[declared.base].items() if key not in OWN}
    steps = {}
    for step, _ in enumerate(base.get(declared.add) or [], start=1):
        if f"{name}{step}" in written:
            raise study.fail(f"specs.{name}", f"it makes '{name}{step}', which stands there already")
        steps[f"{name}{step}"] = base | {declared.add: base[declared.add][: step - 1]}
    return steps


def parents(study: StudyNames, name: str) -> list[str]:
    """Specifications that one inherits from, the nearest first."""
    written, found = study.model.specs, list[str]()
    if name not in written:
        makers = [
            own for own, entry in written.items() if "stepwise" in entry and name.removeprefix(own).isdigit()
        ]
        step = written[makers[0]]["stepwise"] if makers else {}
        name = step.get("base", "") if isinstance(step, Mapping) else ""
        found.append(name)
    while (name := str(written.get(name, {}).get("extends", ""))) and name not in found:
        found.append(name)
    return found


def unnamed(message: str, name: str, estimator: Any) -> str:
    """A message without the names of specification and estimator, to tell whether two say the same."""
    return message.replace(f"specs.{name}", "specs.", 1).replace(f"estimator {estimator} ", "estimator ", 1)


def _inherited(
    study: StudyNames, written: Mapping[str, Written], name: str, path: tuple[str, ...]
) -> dict[str, Any]:
    """A specification's keys with those of the one that it extends; ``path`` leads to it."""
    if name in path:
        circle = " → ".join([*path[path.index(name) :], name])
        raise study.fail(f"specs.{path[-1]}.extends", f"specs extend each other in a circle: {circle}")
    entry = dict(written[name])
    base = _base(study, written, name, entry.pop("extends", None), path)
    for key in [key for key in entry if key.startswith(ADD)]:
        extra, target = entry.pop(key) or [], key.removeprefix(ADD)
        if not isinstance(extra, list):
            raise study.fail(f"specs.{name}.{key}", "expected a list")
        inherited = entry.get(target, base.get(target))
        if inherited is None:
            inherited = default_of(study, base | entry, target)
        if not isinstance(inherited, list):
            raise study.fail(f"specs.{name}.{key}", f"'{target}' is no list; write {target}")
        entry[target] = [*inherited, *extra]
    merged = {**base, **entry}
    return {key: value for key, value in merged.items() if value is not None or key in NULLS}


def _base(
    study: StudyNames, written: Mapping[str, Written], name: str, parent: Any, path: tuple[str, ...]
) -> dict[str, Any]:
    if parent is None:
        return {}
    if parent not in written:
        raise study.fail(f"specs.{name}.extends", f"'{parent}' is no spec{suggestion(parent, written)}")
    if "stepwise" in written[parent]:
        raise study.fail(f"specs.{name}.extends", f"'{parent}' is stepwise, extend its base")
    inherited = _inherited(study, written, parent, (*path, name))
    return {key: value for key, value in inherited.items() if key not in OWN}


def default_of(study: StudyNames, entry: Written, key: str) -> list[Any]:
    """What a list of the specification's estimator holds if nothing is said."""
    estimator = entry.get("estimator")
    kinds = getattr(study, "kinds", None)
    if kinds is None or estimator not in kinds.family("estimators"):
        return []
    field = kinds.get("estimators", estimator).params.model_fields.get(key)
    default = field.get_default(call_default_factory=True) if field is not None else []
    return list(default) if isinstance(default, list | tuple) else []
