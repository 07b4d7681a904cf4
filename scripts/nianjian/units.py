"""Units: what the yearbooks print, what the dictionary declares, and the factor between the two.

A unit expression is an optional power of ten and names joined by ``*``, ``/`` and ``^``:
``10^4 yuan``, ``m^3/person``, ``t/(10^4 yuan)``. Names come from a closed list, so that a typing
error is caught. Printed spellings, Chinese and English, stand in ``config/reference/units.yaml``.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from nianjian.errors import DeclarationError

if TYPE_CHECKING:
    import pint

SPELLINGS = Path(__file__).resolve().parents[2] / "config" / "reference" / "units.yaml"

# What is counted has a dimension of its own: beds plus schools is as wrong as tonnes plus yuan.
_COUNTED = ("firm", "bed", "book", "vehicle", "school", "patent", "case", "count")

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
def registry() -> pint.UnitRegistry:
    """The closed pint registry of this domain, built once (pint takes half a second to import)."""
    import pint

    units = pint.UnitRegistry(None)
    for line in _DEFINITIONS:
        units.define(line)
    return units


@cache
def known_units() -> tuple[str, ...]:
    """Every name that a unit expression may use, sorted."""
    names = {part.strip() for line in _DEFINITIONS for i, part in enumerate(line.split("=")) if i != 1}
    return tuple(sorted(names - {"_"}))


_EXPRESSION = re.compile(r"[A-Za-z_0-9^*/(). +-]{1,120}")
_EXPONENT = re.compile(r"(?:\^|\*\*)\s*[-+]?\d{3,}|\d{13,}")


@lru_cache(maxsize=4096)
def parse_unit(expression: str) -> pint.Quantity:
    """One of this unit, as a pint quantity: ``10^4 yuan`` is 10000 yuan.

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
    units = registry()
    try:
        return units.Quantity(units.parse_expression(text))
    except Exception as error:  # pint raises whatever its tokenizer meets
        raise DeclarationError(
            f"'{expression}' is no unit ({error}); write for example '10^4 yuan'"
        ) from error


def format_unit(quantity: pint.Quantity) -> str:
    """Write a quantity as a unit expression that :func:`parse_unit` reads back; ``1`` if it has none."""
    size = float(quantity.magnitude)
    names = sorted(dict(quantity.unit_items()).items())
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
def factor(source: str, unit: str, *, per: str | None = None, medium: str | None = None) -> float:
    """What to multiply a number in ``source`` with to get it in ``unit``.

    Parameters
    ----------
    source : a printed spelling (万元, ``10 000 yuan``) or a unit expression
    unit : unit expression of the item
    per : what the header says the number is per (:func:`implied_per`). 人均绿地面积 is printed in 平方米
        by some editions and in 平方米/人 by others: the first counts as ``m^2/person`` if the item does.
    medium : ``water`` if a tonne of it is a cubic metre (供水总量 is printed in 万立方米 and in 万吨)

    Returns
    -------
    float
        ``factor("亿元", "10^4 yuan")`` is 10000.

    Raises
    ------
    DeclarationError
        If one of the two is no unit or they measure different things.
    """
    units = registry()
    have, want = parse_unit(spelled(source) or source), parse_unit(unit)
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
    raise DeclarationError(f"'{source}'{per_text} cannot be converted to '{unit}': it measures {have_dims}")


def factor_or_none(
    source: str, unit: str, *, per: str | None = None, medium: str | None = None
) -> float | None:
    """:func:`factor`, or None where it would raise."""
    try:
        return factor(source, unit, per=per, medium=medium)
    except DeclarationError:
        return None


def _bridges(have: pint.Quantity, want: pint.Quantity, medium: str | None) -> list[pint.Quantity]:
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


# -- printed units ---------------------------------------------------------------------------------


_BRACKETS = str.maketrans("[]{}【】〔〕〖〗﹙﹚", "()()()()()()")
_SPACE = re.compile(r"\s+")
_SEGMENT = re.compile(r"\(([^()]*)(\)|(?=\()|$)")
_NOTE = re.compile(r"单\s*位\s*:\s*\(?\s*([^\s()]+)\s*\)?")
_TAIL = re.compile(r"[_/]\s*([^\s_()›]+)\s*$")
_LEVEL = "›"


@cache
def _spellings(path: Path = SPELLINGS) -> Mapping[str, Mapping[str, str]]:
    """Sections of the YAML file with their spellings normalised."""
    with open(path, encoding="utf8") as stream:
        sections: dict[str, dict[str, Any]] = yaml.safe_load(stream)
    return {
        section: {_normal(str(spelling)): str(unit) for spelling, unit in table.items()}
        for section, table in sections.items()
    }


def _normal(text: str) -> str:
    """NFKC, lower case, no spaces, no level marks; ``μ`` (Greek) and ``µ`` (micro) become one."""
    text = unicodedata.normalize("NFKC", text).translate(_BRACKETS).replace(_LEVEL, "")
    return _SPACE.sub("", text).replace("，", ",").replace("\u00b5", "\u03bc").lower().strip("·.:。")


@lru_cache(maxsize=65536)
def _look_up(text: str) -> tuple[str, str] | None:
    """(section, unit expression) of a spelling, ``both`` for symbols that stand in either language."""
    key = _normal(text)
    if not key or len(key) > 40:
        return None
    tables = _spellings()
    # OCR writes l0 OOO for 10 000; only tried where the spelling as printed is unknown.
    for spelling in (
        key,
        re.sub(r"(?<=\d)o+", lambda run: "0" * len(run[0]), re.sub(r"^[li](?=[0o])", "1", key)),
    ):
        for section, language in (("symbols", "both"), ("chinese", "chinese"), ("english", "english")):
            if spelling in tables[section]:
                return language, tables[section][spelling]
        if spelling in tables["misprints"]:
            return ("english" if spelling.isascii() and not spelling.endswith("/人") else "chinese"), tables[
                "misprints"
            ][spelling]
    return None


def spelled(text: str) -> str | None:
    """Unit expression of a printed spelling (``万元``, ``10 000 yuan``), None if it is not known."""
    found = _look_up(text)
    return found[1] if found else None


_PER = (
    (re.compile(r"每\s*百\s*人"), "10^2 person"),
    (re.compile(r"每\s*千\s*人"), "10^3 person"),
    (re.compile(r"每\s*万\s*人"), "10^4 person"),
    (re.compile(r"每\s*平方公里"), "km^2"),
    (re.compile(r"户\s*均"), "household"),
    (re.compile(r"人\s*均|每\s*人"), "person"),
)


def implied_per(header: str) -> str | None:
    """What a header says that its number is per, though its unit does not: 人均 -> ``person``."""
    text = unicodedata.normalize("NFKC", header)
    return next((unit for pattern, unit in _PER if pattern.search(text)), None)


@lru_cache(maxsize=65536)
def parse_printed(header_text: str) -> tuple[str | None, str | None, str]:
    """Units printed in a header path or in a line such as 单位：万元.

    Parameters
    ----------
    header_text : a header's text, bilingual or not, levels joined by ``›`` or spaces

    Returns
    -------
    (chinese, english, text)
        The unit expressions of the Chinese and of the English spelling, None where there is none, and the
        header (NFKC, single spaces) without them. Of several units the last stands: it belongs to the lowest
        level. Brackets that hold no unit (当年价格, 法人数) stay.

    Notes
    -----
    ASSUME: where the two disagree, callers take the Chinese one.
    """
    text = unicodedata.normalize("NFKC", header_text).translate(_BRACKETS)
    hits: list[tuple[int, str, str]] = []  # position, language, unit
    cuts: list[tuple[int, int]] = []

    def take(start: int, end: int, printed: str) -> bool:
        found = _look_up(printed)
        if found is None:
            return False
        hits.append((start, *found))
        cuts.append((start, end))
        return True

    for note in _NOTE.finditer(text):
        take(note.start(), note.end(), note[1])
    for segment in _SEGMENT.finditer(text):
        if any(start <= segment.start() < end for start, end in cuts):
            continue
        if not take(segment.start(), segment.end(), segment[1]) and not segment[2]:
            # A bracket that is never closed ends with its level.
            head, mark, _ = segment[1].partition(_LEVEL)
            if mark:
                take(segment.start(), segment.start() + 1 + len(head), head)
    for level in re.finditer(rf"[^{_LEVEL}]+", text):
        bare = level[0].strip()
        start = level.start() + level[0].index(bare) if bare else level.start()
        if not bare or any(a < start + len(bare) and start < b for a, b in cuts):
            continue
        # A level that is nothing but a unit; one sign alone could be a label, unless a bracket is left of it.
        inner = bare.strip("() ")
        alone = (len(inner) > 1 or inner in "%‰" or inner != bare) and take(start, start + len(bare), inner)
        tail = None if alone else _TAIL.search(bare)
        if tail and not tail[1].isascii():
            take(start + tail.start(), start + tail.end(), tail[1])
    hits.sort()
    chinese = [unit for _, language, unit in hits if language in ("chinese", "both")]
    english = [unit for _, language, unit in hits if language in ("english", "both")]
    symbols = sum(language == "both" for _, language, _ in hits)
    if symbols == len(english) == 1:
        english = []  # one lone symbol is the Chinese header's
    for start, end in sorted(cuts, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    text = re.sub(rf"(?:\s*{_LEVEL}\s*)+", f" {_LEVEL} ", text).strip(f" {_LEVEL}")
    return chinese[-1] if chinese else None, english[-1] if english else None, _SPACE.sub(" ", text).strip()
