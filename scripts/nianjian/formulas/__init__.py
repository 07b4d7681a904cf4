"""Formulas of the studies: ``so2_intensity: ind_so2 / gdp``.

The text is parsed with Python's grammar and walked node by node over a closed list; it is never run as
Python. Each column stands in its item's declared unit and the result is plain arithmetic on those numbers,
so its unit follows: ``deposits / pop_hukou`` in 10^4 yuan and 10^4 person is ``yuan/person``.

What may stand in a formula:

* numbers, text in quotes, names (items, ``item__districts``, earlier variables, attributes, city, year);
* ``+ - * / **``, brackets, ``< <= > >= == !=``, ``in``/``not in`` with a list, ``and or not``;
* the functions of :data:`FUNCTIONS`, which :func:`catalogue` describes.

A bare number takes the unit of what it is added to or compared with: ``ln(1 + fdi)``, ``gdp > 0``.
Missing cells stay missing, also through comparisons: ``not (x > 3)`` does not hold where x is missing.

``nodes`` reads single nodes of the tree, ``functions`` is the registry of functions, ``parsing`` checks the form of a
formula, ``derivation`` its units, ``evaluation`` computes it, ``formula`` is what all this is used through.
The Snakefile imports this package: neither pandas, numpy nor pint is loaded before a formula is evaluated or
its unit derived.
"""

from nianjian.formulas.formula import Evaluation, Formula
from nianjian.formulas.functions import FUNCTIONS, Function, FunctionEntry, catalogue
from nianjian.formulas.nodes import BUILT_IN, NUMBER, TEXT, natural
from nianjian.formulas.parsing import known_names, parse

__all__ = [
    "BUILT_IN",
    "FUNCTIONS",
    "NUMBER",
    "TEXT",
    "Evaluation",
    "Formula",
    "Function",
    "FunctionEntry",
    "catalogue",
    "known_names",
    "natural",
    "parse",
]
