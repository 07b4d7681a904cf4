"""The level at which a study's policy is assigned, by which errors may be clustered: ``cluster: assignment``.

References
----------
Abadie, A., Athey, S., Imbens, G. W. & Wooldridge, J. M. (2023). When should you adjust standard errors for clustering? QJE 138.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nianjian.errors import DeclarationError
from nianjian.kinds.base import names

if TYPE_CHECKING:
    from nianjian.declarations.study import Study

ASSIGNMENT = "assignment"
"""Under ``cluster``: the column of the level of assignment."""
PROVINCE, CITY = "province", "city"


def assigned_by(study: Study) -> str | None:
    """Column of the level at which the study's policy is assigned; None where nothing says it.

    ASSUME: a policy that names provinces, if only for some of its cities, is assigned by province, the coarsest of its levels.
    """
    treatment = study.model.treatment
    if treatment is None or treatment.assigned_by is not None:
        return None if treatment is None else treatment.assigned_by
    if treatment.policy is None or (study.own is not None and study.model.sample.unit is not None):
        return None
    from nianjian.reference import cities, policies

    book = cities.load(study.layers, study.model.sample.level)
    asked = policies.Asked(
        treatment.city, treatment.date, treatment.end_date, treatment.wave, tuple(map(str, treatment.waves)),
        treatment.dose, treatment.sheet,
    )  # fmt: skip
    context = f"{study.shown}, treatment"
    levels = policies.listed(study.layers, book, treatment.policy, treatment.coding, context, asked).levels
    if not levels:
        return None
    return PROVINCE if PROVINCE in levels else CITY


def known_assignment(study: Study) -> str | None:
    """The same for readers of tables; a list that cannot be read is told where the sample is made."""
    try:
        return assigned_by(study)
    except DeclarationError:
        return None


def resolved(study: Study, spec: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """A specification with the level of assignment in place of ``assignment`` under ``cluster``."""
    given = own.get("cluster")
    if not isinstance(given, str | list) or ASSIGNMENT not in names(given) or ASSIGNMENT in study.columns:
        return dict(own)
    level = assigned_by(study)
    if level is None:
        raise study.fail(
            f"specs.{spec}.cluster",
            f"'{ASSIGNMENT}' asks what the policy is assigned by, which neither its list (a column `level` of cities and provinces) nor "
            "treatment.assigned_by says; write that: assigned_by: agglomeration",
        )
    found = list(dict.fromkeys(level if each == ASSIGNMENT else each for each in names(given)))
    return {**own, "cluster": found[0] if len(found) == 1 else found}
