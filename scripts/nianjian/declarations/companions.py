"""Companions of a specification: estimators of staggered adoption with what it declares.

``baseline: {estimator: twfe, companions: [imputation, sun_abraham]}`` makes ``baseline_imputation`` and
``baseline_sun_abraham``, with the outcome, treatment, controls, … of ``baseline``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nianjian import fixed_effects
from nianjian.declarations.names import StudyNames
from nianjian.declarations.reading import suggestion
from nianjian.kinds.registry import Kind
from nianjian.text import has, word

KEY = __name__.rpartition(".")[2]
"""The key of a specification, called as this module. Tables and figures of them are kinds, which shared code does not name."""
DESCRIPTION = (
    "estimators of staggered adoption beside it, each a specification of its own, called by both names: a list, or a mapping "
    "from each to keys that it changes; not inherited"
)
SHARED = ("outcome", "treatment", "controls", "absorb", "cluster", "where", "weights", "missing", "window")
"""Keys that a companion takes over where its estimator has them."""
PLAIN = ("city", "year")
"""Fixed effects that all companions have."""

Written = Mapping[str, Any]


def names(kinds: Any) -> list[str]:
    """Estimators that may be companions."""
    return [
        name
        for name in kinds.family("estimators")
        if kinds.get("estimators", name).option("COMPANION", False)
    ]


def _that_have(kinds: Any) -> str:
    have = [
        name
        for name in kinds.family("estimators")
        if kinds.get("estimators", name).option("COMPANIONS", False)
    ]
    return f"; {' and '.join(have)} have" if have else ""


def of(spec: str, kinds: Any, specs: Iterable[str]) -> list[str]:
    """The companions of a specification among the specifications of a study, as declared."""
    own = {f"{spec}_{name}" for name in names(kinds)}
    return [name for name in specs if name in own]


def unfold(study: StudyNames, found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Specifications of all companions; the key is taken out of what declares them.

    Parameters
    ----------
    found : all other specifications, with what they inherit

    Raises
    ------
    DeclarationError
        If a name is no companion, stands for a specification that there is, or cannot take over what is declared.
    """
    made: dict[str, dict[str, Any]] = {}
    for name, entry in found.items():
        if (declared := entry.pop(KEY, None)) is None:
            continue
        for kind, own in _declared(study, name, entry, declared).items():
            own_name = f"{name}_{kind}"
            if own_name in found:
                raise study.fail(f"specs.{name}.{KEY}", f"it makes '{own_name}', which stands there already")
            made[own_name] = _companion(study, name, entry, kind, own, listed=isinstance(declared, list))
    return made


def _declared(study: StudyNames, name: str, entry: Written, declared: Any) -> dict[str, Written]:
    key = f"specs.{name}.{KEY}"
    kinds = getattr(study, "kinds", None)
    estimator = entry.get("estimator")
    if kinds is None:
        return {}
    if estimator in kinds.family("estimators") and not kinds.get("estimators", estimator).option(
        "COMPANIONS", False
    ):
        raise study.fail(key, f"estimator {estimator} has no companions{_that_have(kinds)}")
    if isinstance(declared, list):
        declared = dict.fromkeys(declared)
    if not isinstance(declared, dict):
        raise study.fail(key, "expected a list of estimators, or a mapping from each to keys that it changes")
    known = names(kinds)
    for kind, own in declared.items():
        if kind not in known:
            raise study.fail(
                key,
                f"'{kind}' is no companion{suggestion(str(kind), known) or '; there is ' + ', '.join(known)}",
            )
        if not (own is None or isinstance(own, dict)):
            raise study.fail(f"{key}.{kind}", "expected a mapping of keys")
    return {kind: own or {} for kind, own in declared.items()}


def _companion(
    study: StudyNames, name: str, entry: Written, kind: str, own: Written, *, listed: bool
) -> dict[str, Any]:
    """Keys of one companion: what it shares with the specification, then its own."""
    companion: Kind = study.kinds.get("estimators", kind)  # type: ignore[attr-defined]
    fields = companion.params.model_fields
    shared = {key: value for key, value in entry.items() if key in SHARED and key in fields}
    at = f"specs.{name}.{KEY}"
    cluster = shared.get("cluster")
    if isinstance(cluster, list):
        shared["cluster"] = cluster[0] if len(cluster) == 1 else cluster
        if len(cluster) > 1 and "cluster" not in own:
            raise study.fail(
                at, f"{kind} clusters one way; write {KEY}: {{{kind}: {{cluster: {cluster[0]}}}}}"
            )
    lost = [effect for effect in entry.get("absorb") or PLAIN if effect not in PLAIN]
    trends = [
        effect for effect in lost if fixed_effects.parts(effect)[1] and not companion.option("TRENDS", False)
    ]
    if listed and lost and ("absorb" not in fields or trends):
        what = f"{kind} does not absorb {', '.join(trends or lost)}"
        raise study.fail(
            at, f"{what}; to have it with effects of city and year, write {KEY}: {{{kind}: {{}}}}"
        )
    if trends or (lost and "absorb" not in fields):
        shared.pop("absorb", None)
    label = {"label": word(f"methods.{kind}").plain()} if has(f"methods.{kind}") else {}
    return {**label, **shared, **own, "estimator": kind}
