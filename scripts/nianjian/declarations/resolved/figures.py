"""Figures, checked, and what each is drawn from."""

from __future__ import annotations

from typing import Any

from nianjian.declarations.resolved.names import StudyNames
from nianjian.declarations.resolved.specs import Specs

DRAWN_FROM = {
    "event_study": "event_study",
    "placebo": "placebo",
    "balance": "psm_did",
    "moran_scatter": "local_association",
    "cluster_map": "local_association",
    "weight_choice": "weight_choice",
}
"""The estimator whose results a figure draws."""
MAPS = ("group_map", "value_map", "cluster_map", "link_map")


def drawn_columns(figure: Any) -> list[tuple[str, str | None]]:
    """Columns that a figure draws, each with the groups that it is split by."""
    if figure.kind == "trend":
        return [(panel.values, panel.by) for panel in figure.panels]
    return [(figure.values, getattr(figure, "by", None))]


def check_figure(study: StudyNames, specs: Specs, key: str, figure: Any) -> None:
    """What a figure draws must be declared, and be of the kind that it can draw."""
    where, kind = f"figures.{key}", figure.kind
    if kind in DRAWN_FROM:
        study.check_known(f"{where}.spec", figure.spec, specs, "spec")
        estimator = specs[figure.spec]["estimator"]
        if estimator != DRAWN_FROM[kind]:
            what = (
                f"a figure of this kind needs estimator {DRAWN_FROM[kind]}, '{figure.spec}' has {estimator}"
            )
            raise study.fail(f"{where}.spec", what)
        own = specs[figure.spec].get("years") or []
        if (year := getattr(figure, "year", None)) is not None and year not in own:
            raise study.fail(f"{where}.year", f"'{figure.spec}' has no year {year}; there is {own}")
    elif kind == "inequality":
        study.check_known(f"{where}.inequality", figure.inequality, study.model.inequality, "inequality")
    elif kind == "weights":
        study.check_known(f"{where}.index", figure.index, study.model.indices, "index")
    elif kind in ("link_map", "matrix"):
        for matrix in figure.matrices:
            study.check_known(
                f"{where}.matrices", matrix, study.model.spatial_weights, "matrix of spatial_weights"
            )
    else:
        for values, by in drawn_columns(figure):
            study.check_known(where, values, study.columns, "variable, attribute or index")
            if by:
                study.check_groups(where, by)


def figure_plain(study: StudyNames, specs: Specs, figure: Any) -> dict[str, Any]:
    """A figure's declaration as plain values, with what its drawing needs to know of the study."""
    plain = figure.model_dump(mode="json", exclude_none=True)
    if figure.kind in DRAWN_FROM:
        plain["treatment"] = specs[figure.spec]["treatment"]
        if figure.kind in ("moran_scatter", "cluster_map"):
            plain["outcome"] = specs[figure.spec]["outcome"]
            plain.setdefault("year", max(specs[figure.spec]["years"]))
        elif figure.kind == "weight_choice":
            plain["grid"] = specs[figure.spec]["grid"]
    elif figure.kind == "inequality":
        declared = study.model.inequality[figure.inequality]
        plain |= {"groups": declared.groups, "components": study.components(figure.inequality)}
    elif figure.kind == "weights":
        plain["dimensions"] = list(study.model.indices[figure.index].dimensions)
    elif figure.kind == "ranking":
        plain["dimensions"] = [
            column for column, index in study.dimension_columns.items() if index == figure.values
        ]
    return plain


def figure_inputs(study: StudyNames, figure: Any) -> dict[str, Any]:
    """What a figure is drawn from: ``specs``, ``inequality``, ``weights``, ``matrices``, or ``sample`` with
    ``indices``; and ``shapes`` if it is a map."""
    return _drawn_from(study, figure) | ({"shapes": True} if figure.kind in MAPS else {})


def _drawn_from(study: StudyNames, figure: Any) -> dict[str, Any]:
    if figure.kind == "cluster_map":
        return {"specs": [figure.spec], "sample": True}
    if figure.kind in DRAWN_FROM:
        return {"specs": [figure.spec]}
    if figure.kind == "inequality":
        return {"inequality": figure.inequality}
    if figure.kind == "weights":
        return {"weights": figure.index}
    if figure.kind in ("link_map", "matrix"):
        return {"matrices": figure.matrices}
    used = [values for values, _ in drawn_columns(figure)]
    return {"sample": True, "indices": study.indices_of(used)}
