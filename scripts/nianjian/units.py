"""Unit expressions, as the dictionary and the studies declare them, and the factor between two of them.

A unit expression is an optional power of ten and names joined by ``*``, ``/`` and ``^``:
``10^4 yuan``, ``m^3/person``, ``t/(10^4 yuan)``. Names come from a closed list, so that a typing
error is caught. What the books print is read by :mod:`nianjian.panel.printed_units`.
"""

from __future__ import annotations

import difflib
import math
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from nianjian.errors import DeclarationError

if TYPE_CHECKING:
    import pint

# What is counted has a dimension of its own: beds plus schools is as wrong as tonnes plus yuan.
_COUNTED = ("firm", "bed", "book", "vehicle", "school", "patent", "case", "head", "count")

_DEFINITIONS = (
    "m = [length] = _ = meter = metre",
    "kg = [mass] = _ = kilogram",
    "s = [time] = _ = second",
    "K = [temperature] = _ = kelvin",
    "A = [current] = _ = ampere",
    "mol = [substance] = _ = mole",
    "cd = [luminosity] = _ = candela",
    "yuan = [yuan] = _ = rmb = cny",
    "usd = [usd]",  # another dimension: yuan and dollars meet only through an exchange rate
    "person = [person] = _ = people = doctor = teacher = student = employee",
    "person_time = [person_time] = _ = visit = trip",  # 人次: one person counts as often as he comes
    "household = [household] = _ = subscriber",
    *(f"{name} = [{name}]" for name in _COUNTED),
    "mm = 0.001 m",
    "cm = 0.01 m",
    "km = 1000 m",
    "hectare = 10000 m**2 = ha",
    "mu = 10000 / 15 m**2",
    "liter = 0.001 m**3 = _ = litre",
    "ug = 1e-9 kg",
    "mg = 1e-6 kg",
    "g = 0.001 kg",
    "t = 1000 kg = _ = ton = tonne",
    "jin = 0.5 kg",
    "minute = 60 s",
    "hour = 3600 s",
    "day = 86400 s",
    "N = kg * m / s**2",
    "Pa = N / m**2",
    "J = N * m",
    "W = J / s",
    "kW = 1000 W",
    "MW = 1000000 W",
    "kWh = 3600000 J",
    "MWh = 3600000000 J",
    "kJ = 1000 J",
    "GJ = 1000000000 J",
    "tce = 29307600000 J",  # tonne of standard coal, 7000 kcal/kg (GB/T 2589)
    "percent = 0.01",
    "per_mille = 0.001 = _ = permille",
    "ratio = 1",
    "index = 1",
    "dB = [sound_level]",
    "degree = [angle]",
)


@cache
def registry() -> pint.UnitRegistry[Any]:
    """The closed pint registry of this domain, built once (pint takes half a second to import)."""
    import pint

    units: pint.UnitRegistry[Any] = pint.UnitRegistry(None)
    for line in _DEFINITIONS:
        units.define(line)
    return units


@cache
def known_units() -> tuple[str, ...]:
    """Every name that a unit expression may use, sorted."""
    names = {part.strip() for line in _DEFINITIONS for i, part in enumerate(line.split("=")) if i != 1}
    return tuple(sorted(names - {"_"}))


_EXPRESSION = re.compile(r"[A-Za-z_0-9^*/(). +-]{1,120}")
# A power is one short number behind a name or number: powers of powers (9^9^9) have more digits than a memory holds.
_POWER = r"(?:\^|\*\*)"
_EXPONENT = re.compile(
    rf"{_POWER}\s*[-+]?\d{{3,}}|\d{{13,}}|{_POWER}(?!\s*[-+]?[\d.])|\)\s*{_POWER}|{_POWER}\s*[-+]?[\d.]+\s*{_POWER}"
)


def check_unit(expression: str) -> str:
    """The expression without blanks around, if its form is right and its names are known; needs no pint.

    Raises
    ------
    DeclarationError
        If the expression cannot be read or names an unknown unit.
    """
    text = expression.strip()
    if not _EXPRESSION.fullmatch(text) or _EXPONENT.search(text):
        raise DeclarationError(f"'{expression}' is no unit; write for example '10^4 yuan' or 'm^3/person'")
    # `t/10^4 yuan` would be read from left to right as (t/10^4) yuan.
    if re.search(r"/\s*[\d.]+(\s*\^\s*-?\d+)?\s*[A-Za-z]", text):
        raise DeclarationError(
            f"unit '{expression}' is ambiguous; put what stands below the line in brackets: 't/(10^4 yuan)'"
        )
    for name in re.findall(r"[A-Za-z_]+", re.sub(r"\d[eE][-+]?\d+", "", text)):
        if name not in known_units():
            near = difflib.get_close_matches(name, known_units(), n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known units are {', '.join(known_units())}"
            place = "" if name == text else f" in '{expression}'"
            raise DeclarationError(f"unknown unit '{name}'{place}; {hint}")
    return text


@lru_cache(maxsize=4096)
def parse_unit(expression: str) -> pint.Quantity[Any]:
    """One of this unit, as a pint quantity: ``10^4 yuan`` is 10000 yuan.

    Raises
    ------
    DeclarationError
        If the expression cannot be read or names an unknown unit.
    """
    text, units = check_unit(expression), registry()
    try:
        one: pint.Quantity[Any] = units.Quantity(units.parse_expression(text))
        if not 0 < float(one.magnitude) < math.inf:
            raise ValueError("nothing or no end of it")
        return one
    except Exception as error:  # pint raises whatever its tokenizer meets
        raise DeclarationError(
            f"'{expression}' is no unit ({error}); write for example '10^4 yuan'"
        ) from error


def format_unit(quantity: pint.Quantity[Any]) -> str:
    """Write a quantity as a unit expression that :func:`parse_unit` reads back; ``1`` if it has none."""
    size = float(quantity.magnitude)
    names = sorted((name, float(power)) for name, power in quantity.unit_items())  # type: ignore[arg-type]
    above = "*".join(_power(name, power) for name, power in names if power > 0)
    below = "".join(f"/{_power(name, -power)}" for name, power in names if power < 0)
    if abs(size - 1) < 1e-12:
        return f"{above or '1'}{below}"
    digits = f"{size:e}".partition("e")
    power = abs(float(digits[0]) - 1) < 1e-9
    number = f"10^{int(digits[2])}" if power else f"{size:.12g}"
    return f"{number} {above}{below}" if above else f"{number}{below}"


def _power(name: str, power: float) -> str:
    return name if power == 1 else f"{name}^{power:g}"


@lru_cache(maxsize=8192)
def factor(
    source: str, unit: str, *, per: str | None = None, medium: str | None = None, printed: str | None = None
) -> float:
    """What to multiply a number in ``source`` with to get it in ``unit``.

    Parameters
    ----------
    source : unit expression of the number
    unit : unit expression that is wanted
    per : what the header says the number is per (:func:`implied_per`). 人均绿地面积 is printed in 平方米
        by some editions and in 平方米/人 by others: the first counts as ``m^2/person`` if the item does.
    medium : ``water`` if a tonne of it is a cubic metre (供水总量 is printed in 万立方米 and in 万吨)
    printed : how messages call the source

    Returns
    -------
    float
        ``factor("10^8 yuan", "10^4 yuan")`` is 10000.

    Raises
    ------
    DeclarationError
        If one of the two is no unit or they measure different things.
    """
    units = registry()
    have, want = parse_unit(source), parse_unit(unit)
    if medium not in (None, "water"):
        raise DeclarationError(f"unknown medium '{medium}'; the only one with a known density is 'water'")
    candidates = [have]
    if per is not None:
        candidates.append(have / parse_unit(per))
    for candidate in candidates:
        for bridge in _bridges(candidate, want, medium):
            if (candidate * bridge).dimensionality == want.dimensionality:
                # Whole powers of ten come out exactly.
                return float(f"{(candidate * bridge / want).to_base_units().magnitude:.15g}")
    per_text = f" (per {per})" if per else ""
    have_dims = format_unit(units.Quantity(1, have.units))
    raise DeclarationError(
        f"'{printed or source}'{per_text} cannot be converted to '{unit}': it measures {have_dims}"
    )


def _bridges(
    have: pint.Quantity[Any], want: pint.Quantity[Any], medium: str | None
) -> list[pint.Quantity[Any]]:
    """Equalities beyond pint's that let a printed unit stand for the item's own."""
    units = registry()
    bridges = [units.Quantity(1)]
    have_dims, want_dims = dict(have.dimensionality), dict(want.dimensionality)
    if have_dims.get("[count]") == 1:
        # 个, 所, 处, 件 are measure words: they take the kind of what they count.
        bridges += [
            units.Quantity(1, f"{kind} / count") for kind in _COUNTED if want_dims.get(f"[{kind}]") == 1
        ]
    if have_dims.get("[person]") == 1 and want_dims.get("[person_time]") == 1:
        # ASSUME: passengers printed in 万人 are person-times, the same series is 万人次 in other editions.
        bridges.append(units.Quantity(1, "person_time / person"))
    if medium == "water":
        bridges += [units.Quantity(1, "m**3 / t"), units.Quantity(1, "t / m**3")]
    return bridges
