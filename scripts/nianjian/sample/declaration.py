"""What a sample depends on beside the panel, as the job that builds it reads it from one JSON file.

:func:`nianjian.sample.declared.declared` makes it where a study is read. Labels, specifications, tables and rows of other
policies are no part of it, so they rerun nothing.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from nianjian.declarations.models.own import OwnSource


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class City(NamedTuple):
    """A city of ``cities.csv``, or a unit of an own file; years are None where it exists throughout, its province if it is no place."""

    code: int
    name: str
    province: int | None
    from_year: int | None
    to_year: int | None


class Event(NamedTuple):
    """A change of a city's territory; ``year`` is the first whose printed figures show it."""

    city: int
    year: int
    event: str


class Variable(_Part):
    """A column that is computed; those above it may be used."""

    name: str
    expr: str
    unit: str | None
    on_zero: Literal["error", "missing"]
    required: bool


class Group(_Part):
    """A condition on the sample's own numbers."""

    name: str
    expr: str


class Attribute(_Part):
    """A property: (code of a city or province, value), or where it changes (code of a city or 0, year, value) in ``dated``."""

    name: str
    by: Literal["city", "province", "city_year", "year"]
    unit: str
    values: tuple[tuple[int, str | float], ...]
    dated: tuple[tuple[int, int, str | float], ...] = ()

    @property
    def held(self) -> list[str | float]:
        """All values."""
        return [*(value for _, value in self.values), *(value for _, _, value in self.dated)]


class Spell(NamedTuple):
    """A time in which a policy holds in a city; ``end`` is None where it stays, ``dose`` stands in place of 1."""

    city: int
    start: int
    end: int | None
    dose: float


class Policy(_Part):
    """A policy's dummy; ``members`` are (city, year of approval), ``main`` marks the treatment.

    ``spells`` say it where the policy ends somewhere or has doses; else they are empty.
    """

    name: str
    main: bool
    policy: str
    coding: str | None
    starts: Literal["approval_year", "year_after"]
    first_by: Literal["earliest", "latest"]
    members: tuple[tuple[int, int], ...]
    spells: tuple[Spell, ...] = ()
    ends: Literal["end_year", "year_before"] = "end_year"


class Drop(_Part):
    """Cities that are left out: those named, or those for which a condition holds."""

    cities: tuple[int, ...]
    where: str | None
    reason: str


class CityRules(_Part):
    """Which cities are kept; ``exist`` is None where the sample's years count."""

    min_coverage: float
    max_missing: float
    exist: tuple[int | None, int | None] | None
    boundary: Literal["keep", "drop"]
    drop: tuple[Drop, ...]


class Published(_Part):
    """What the paper reports, for comparison in the log."""

    cities: int | None = None
    observations: int | None = None
    treated: int | None = None


class Chain(_Part):
    """An item that is continued by its growth rates."""

    item: str
    growth: str


class Missing(_Part):
    """How gaps are filled; ``edges`` is the number of years that the nearest value is carried outwards.

    ``edges_of`` gives it for columns, or variables, that have another.
    """

    method: Literal["linear", "growth_chain", "none"] = "none"
    fill: Literal["items", "variables"] = "items"
    edges: int = 0
    max_gap: int | None = None
    chain: tuple[Chain, ...] = ()
    edges_of: dict[str, int] = {}


class Merger(NamedTuple):
    """A city that became part of another; ``year`` is the first whose printed figures show it."""

    city: int
    name: str
    into: int
    into_name: str
    year: int


class Break(NamedTuple):
    """A change of territory that no sum undoes; ``year`` is the first whose printed figures show it."""

    city: int
    year: int
    told: str


class Ratio(_Part):
    """A column that is a ratio, and one of its two parts; ``plus`` makes it one (100 for a growth in percent)."""

    item: str
    part: str
    by_numerator: bool
    plus: float = 0.0


class Boundary(_Part):
    """How a study that wants one territory throughout gets it; ``additive`` are columns that add up over areas."""

    mergers: tuple[Merger, ...]
    breaks: tuple[Break, ...]
    additive: tuple[str, ...]
    ratios: tuple[Ratio, ...]


class SampleDeclaration(_Part):
    """All that a sample depends on beside the panel.

    Attributes
    ----------
    study : the study's id
    file : how messages call its file
    years : first and last
    rules : which cities are kept
    missing, suspects, balance : what happens to gaps and suspects
    variables, groups, attributes, policies : columns; the treatment is the first policy
    units : of every item, attribute and dummy that formulas use
    items : columns of the panel that are read
    book : all cities
    events : changes of boundaries within the years, if they matter
    published : what the paper reports
    boundary : None where the boundaries are those of each year's book
    own : the user's own file in place of the panel
    """

    study: str
    file: str
    years: tuple[int, int]
    rules: CityRules
    missing: Missing
    suspects: Literal["keep", "misprints", "missing"] | tuple[str, ...]
    balance: bool
    variables: tuple[Variable, ...]
    groups: tuple[Group, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    policies: tuple[Policy, ...] = ()
    units: dict[str, str]
    items: tuple[str, ...]
    book: tuple[City, ...]
    events: tuple[Event, ...] = ()
    published: Published | None = None
    boundary: Boundary | None = None
    own: OwnSource | None = None

    @property
    def treatment(self) -> Policy | None:
        """The policy that the study is about."""
        return next((policy for policy in self.policies if policy.main), None)

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        long: dict[str, Any] = {
            "book": _plain_book(self.book),
            "attributes": [_plain_part(each) for each in self.attributes],
            "policies": [_plain_part(each) for each in self.policies],
        }
        short = self.model_dump(mode="json", exclude={*long})
        return {name: long[name] if name in long else short[name] for name in type(self).model_fields}

    def to_json(self) -> str:
        """As JSON with sorted keys: what means the same gives the same text."""
        return json.dumps(self.plain(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


# Samples of one study, and of the points of its multiverse, share their lists of cities: they are written out once.


@lru_cache(maxsize=16)
def _plain_book(book: tuple[City, ...]) -> list[list[Any]]:
    return [[*city] for city in book]


@lru_cache(maxsize=128)
def _plain_part(part: Attribute | Policy) -> dict[str, Any]:
    return part.model_dump(mode="json")


def read(path: str | Path) -> SampleDeclaration:
    """From a file that holds :meth:`SampleDeclaration.to_json`."""
    return SampleDeclaration.model_validate_json(Path(path).read_bytes())
