"""The formulas of a study's variables and groups, parsed and checked."""

from __future__ import annotations

from nianjian import formulas
from nianjian.declarations.names import StudyNames
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError

LISTED = "city == city"
"""Stands for a group whose cities are listed until their codes are known, see :mod:`nianjian.sample.declared`."""


def parse_formulas(study: StudyNames) -> dict[str, formulas.Formula]:
    """Formula of every variable and group, with the names that stand above it known to it.

    Raises
    ------
    DeclarationError, FormulaError
        If a formula is wrong, or uses a name that is unknown or stands further down.
    """
    parsed: dict[str, formulas.Formula] = {}
    known = {**study.item_units, **study.fixed_units}
    declared = list(study.model.variables)
    for position, (name, variable) in enumerate(study.model.variables.items()):
        where = f"{study.shown}, variables.{name}"
        if variable.expr is None and name not in study.item_units:
            raise DeclarationError(
                f"{where}: no item '{name}'{suggestion(name, study.item_units)}, or give it an expr"
            )
        redefined = variable.expr is not None and variable.expr.strip() != name and study.own is None
        if redefined and name in study.item_units:
            # Another quantity needs another name: `gdp` must mean the same in every study.
            raise DeclarationError(
                f"{where}: '{name}' is an item and may not be redefined; choose another name"
            )
        formula = formulas.parse(variable.expr or name, where, known={*known, *declared})
        below = set(declared[position:]) - set(study.item_units)
        if study.own is not None:
            # A column that is made anew under its own name must not mean two things: what uses it stands below.
            below |= {each for each in declared[position + 1 :] if study.model.variables[each].expr}
        later = sorted(formula.names & below)
        if later:
            raise DeclarationError(f"{where}: '{later[0]}' is declared further down; move it above")
        parsed[name] = formula
        known[name] = ""
    for name, group in study.model.groups.items():
        parsed[name] = formulas.parse(
            group.expr or LISTED, f"{study.shown}, groups.{name}", known={*known, *declared}
        )
        known[name] = ""
    for index, drop in enumerate(study.model.sample.cities.drop):
        if drop.where:
            formulas.parse(
                drop.where,
                f"{study.shown}, sample.cities.drop[{index}].where",
                known=[*(each for each, own in study.model.attributes.items() if not own.dated), "province"],
            )
    return parsed


def check_chains(study: StudyNames) -> None:
    """Items that are continued by their growth rates, and these, must be in the dictionary; so what has edges of its own."""
    for index, chain in enumerate(study.model.sample.missing.chain):
        for key in (chain.item, chain.growth):
            study.check_known(f"sample.missing.chain[{index}]", key, study.item_units, "item")
    missing = study.model.sample.missing
    known = study.item_units if missing.fill == "items" else study.model.variables
    for name in missing.edges_of:
        study.check_known("sample.missing.edges_of", name, known, missing.fill.removesuffix("s"))
