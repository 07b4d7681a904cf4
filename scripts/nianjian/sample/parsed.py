"""A study's formulas, parsed, with the units that they derive: all that is known of them before there is a sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nianjian import formulas, units
from nianjian.errors import DeclarationError
from nianjian.sample.declaration import SampleDeclaration


@dataclass(frozen=True)
class Variable:
    """A formula; its result times ``factor`` is in the declared unit."""

    name: str
    formula: formulas.Formula
    factor: float
    on_zero: str
    required: bool


@dataclass(frozen=True)
class Formulas:
    """The study's formulas, parsed.

    Attributes
    ----------
    variables : in the order in which they are computed
    groups : conditions by name
    units : of everything that a formula may use
    """

    variables: tuple[Variable, ...]
    groups: Mapping[str, formulas.Formula]
    units: Mapping[str, str]

    @property
    def required(self) -> list[str]:
        """Variables that count for coverage and balance."""
        return [variable.name for variable in self.variables if variable.required]


def parse(declaration: SampleDeclaration, columns: Iterable[str]) -> Formulas:
    """Parse a study's formulas and derive their units.

    Parameters
    ----------
    columns : names of the fixed columns

    Raises
    ------
    FormulaError
        If unlike units are added or compared.
    DeclarationError
        If a variable's unit measures something else than its formula.
    """
    found: dict[str, str] = dict(declaration.units)
    known = {*found, *columns}
    variables: list[Variable] = []
    for entry in declaration.variables:
        formula = formulas.parse(entry.expr, f"{declaration.file}, variables.{entry.name}", known=known)
        derived = formula.unit(found)
        factor = (
            1.0
            if entry.unit is None
            else _factor(derived, entry.unit, f"{declaration.file}, variables.{entry.name}.unit")
        )
        found[entry.name] = entry.unit or derived
        known.add(entry.name)
        variables.append(Variable(entry.name, formula, factor, entry.on_zero, entry.required))
    groups: dict[str, formulas.Formula] = {}
    for group in declaration.groups:
        groups[group.name] = formulas.parse(
            group.expr, f"{declaration.file}, groups.{group.name}", known=known
        )
        found[group.name] = groups[group.name].unit(found)
        known.add(group.name)
    return Formulas(tuple(variables), groups, found)


def _factor(derived: str, unit: str, where: str) -> float:
    try:
        return units.factor(derived, unit)
    except DeclarationError as error:
        raise DeclarationError(f"{where}: {error}") from None
