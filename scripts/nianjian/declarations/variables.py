"""The formulas of a study's variables and groups, parsed and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nianjian import formulas
from nianjian.declarations.names import StudyNames
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError, FormulaError, Mistakes

LISTED = "city == city"
"""Stands for a group whose cities are listed until their codes are known, see :mod:`nianjian.sample.declared`."""


def parse_formulas(study: StudyNames, mistakes: Mistakes) -> dict[str, formulas.Formula]:
    """Formula of every variable and group, with the names that stand above it known to it.

    Parameters
    ----------
    mistakes : gets those of every formula that is wrong, or uses a name that is unknown or stands further down
    """
    parsed: dict[str, formulas.Formula] = {}
    places = {name: position for position, name in enumerate(study.model.variables)}
    names = formulas.known_names({*study.item_units, *study.fixed_units, *places})
    for name, position in places.items():
        with mistakes.caught():
            parsed[name] = _variable(study, name, names)
            _check_order(study, parsed[name], position, places)
    for name, group in study.model.groups.items():
        with mistakes.caught():
            parsed[name] = formulas.parse(group.expr or LISTED, f"{study.shown}, groups.{name}", known=names)
        names = formulas.known_names({*names, name})
    for index, drop in enumerate(study.model.sample.cities.drop):
        if drop.where:
            with mistakes.caught():
                formulas.parse(
                    drop.where,
                    f"{study.shown}, sample.cities.drop[{index}].where",
                    known=[
                        *(each for each, own in study.model.attributes.items() if not own.dated),
                        "province",
                    ],
                )
    return parsed


def _variable(study: StudyNames, name: str, known: frozenset[str]) -> formulas.Formula:
    """Formula of a variable."""
    where, variable = f"{study.shown}, variables.{name}", study.model.variables[name]
    if variable.expr is None and name not in study.item_units:
        raise DeclarationError(
            f"{where}: no item '{name}'{suggestion(name, study.item_units)}, or give it an expr"
        )
    redefined = variable.expr is not None and variable.expr.strip() != name and study.own is None
    if redefined and name in study.item_units:
        # Another quantity needs another name: `gdp` must mean the same in every study.
        raise DeclarationError(f"{where}: '{name}' is an item and may not be redefined; choose another name")
    return _parsed(study, variable.expr or name, where, known)


def _check_order(
    study: StudyNames, formula: formulas.Formula, position: int, places: Mapping[str, int]
) -> None:
    """A variable's formula may use none that stands further down."""

    def is_later(name: str) -> bool:
        place = places.get(name, -1)
        if place >= position and name not in study.item_units:
            return True
        # A column that is made anew under its own name must not mean two things: what uses it stands below.
        return study.own is not None and place > position and bool(study.model.variables[name].expr)

    if wrong := sorted(filter(is_later, formula.names)):
        raise DeclarationError(f"{formula.where}: '{wrong[0]}' is declared further down; move it above")


def _parsed(study: StudyNames, text: str, where: str, known: frozenset[str]) -> formulas.Formula:
    try:
        return formulas.parse(text, where, known=known)
    except FormulaError as error:
        # Whoever knows an item by its Chinese name looks for its id.
        called = {item.zh: name for name, item in study.items.items()}
        meant = next((word for word in re.findall(r"\w+", text) if word in called), None)
        if meant is None:
            raise
        raise FormulaError(f"{error}; {meant} is called '{called[meant]}'") from None


def check_chains(study: StudyNames) -> None:
    """Items that are continued by their growth rates, and these, must be in the dictionary; so what has edges of its own."""
    for index, chain in enumerate(study.model.sample.missing.chain):
        for key in (chain.item, chain.growth):
            study.check_known(f"sample.missing.chain[{index}]", key, study.item_units, "item")
    missing = study.model.sample.missing
    known = study.item_units if missing.fill == "items" else study.model.variables
    for name in missing.edges_of:
        study.check_known("sample.missing.edges_of", name, known, missing.fill.removesuffix("s"))
