"""What a study declares of its sample, complete: with the rows of ``config/reference`` that it needs.

:func:`declared` makes it where a study is read and checks all that it names; the job that builds the sample reads it back from
one JSON file (:func:`read`). Labels, specifications, tables and rows of other policies are no part of it, so they rerun nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict

from nianjian import formulas
from nianjian.declarations.columns import DISTRICTS, FIRST
from nianjian.declarations.models import sample as models
from nianjian.declarations.models.items import Item
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.reference import attributes, cities, events, policies
from nianjian.reference.cities import Cities, UnknownCity
from nianjian.reference.events import Event
from nianjian.sample.values import check_values, known_values


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class City(NamedTuple):
    """A city of ``cities.csv``; ``from_year`` and ``to_year`` are None where it exists throughout."""

    code: int
    name: str
    province: int
    from_year: int | None
    to_year: int | None


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
    """A fixed property: (code of a city or province, value)."""

    name: str
    by: Literal["city", "province"]
    unit: str
    values: tuple[tuple[int, str | float], ...]


class Policy(_Part):
    """A policy's dummy; ``members`` are (city, year of approval), ``main`` marks the treatment."""

    name: str
    main: bool
    policy: str
    coding: str | None
    starts: Literal["approval_year", "year_after"]
    first_by: Literal["earliest", "latest"]
    members: tuple[tuple[int, int], ...]


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
    """How gaps are filled; ``edges`` is the number of years that the nearest value is carried outwards."""

    method: Literal["linear", "growth_chain", "none"] = "none"
    fill: Literal["items", "variables"] = "items"
    edges: int = 0
    max_gap: int | None = None
    chain: tuple[Chain, ...] = ()


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
    """

    study: str
    file: str
    years: tuple[int, int]
    rules: CityRules
    missing: Missing
    suspects: Literal["keep", "missing"]
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

    @property
    def treatment(self) -> Policy | None:
        """The policy that the study is about."""
        return next((policy for policy in self.policies if policy.main), None)

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return self.model_dump(mode="json")

    def to_json(self) -> str:
        """As JSON with sorted keys: what means the same gives the same text."""
        return json.dumps(self.plain(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def read(path: str | Path) -> SampleDeclaration:
    """From a file that holds :meth:`SampleDeclaration.to_json`."""
    return SampleDeclaration.model_validate_json(Path(path).read_bytes())


class StudyModel(Protocol):
    """The sections of a study's file that its sample depends on."""

    @property
    def sample(self) -> models.Sample: ...
    @property
    def attributes(self) -> Mapping[str, models.Attribute]: ...
    @property
    def variables(self) -> Mapping[str, models.Variable]: ...
    @property
    def treatment(self) -> models.Treatment | None: ...
    @property
    def policies(self) -> Mapping[str, models.Policy]: ...
    @property
    def groups(self) -> Mapping[str, models.Group]: ...


class Study(Protocol):
    """What :func:`declared` asks of a study.

    Attributes
    ----------
    name : its id
    shown : how messages call its file
    model : the file's sections
    formulas : parsed formula of every variable and group
    """

    @property
    def name(self) -> str: ...
    @property
    def shown(self) -> str: ...
    @property
    def model(self) -> StudyModel: ...
    @property
    def formulas(self) -> Mapping[str, formulas.Formula]: ...


def declared(study: Study, items: Mapping[str, Item], layers: Sequence[Path]) -> SampleDeclaration:
    """What a study declares of its sample, checked against the files that it names.

    Parameters
    ----------
    study : with its formulas parsed
    items : the dictionary
    layers : folders of declarations, a workspace's before the project's

    Raises
    ------
    DeclarationError
        If a policy, coding, file, column, city or compared value is not there, or a row of a file cannot be read; with the
        study's key, the file and its line, and what to do.
    """
    model, sample = study.model, study.model.sample
    book = cities.load(layers)
    first, last = sample.years
    found = SampleDeclaration(
        study=study.name,
        file=study.shown,
        years=(first, last),
        rules=_rules(study, book),
        missing=_missing(sample.missing),
        suspects=sample.suspects,
        balance=sample.balance,
        variables=tuple(
            Variable(
                name=name,
                expr=study.formulas[name].text,
                unit=each.unit,
                on_zero=each.on_zero,
                required=each.required,
            )
            for name, each in model.variables.items()
        ),
        groups=tuple(Group(name=name, expr=study.formulas[name].text) for name in model.groups),
        attributes=tuple(_attribute(study, name, layers, book) for name in sorted(model.attributes)),
        policies=tuple(_policies(study, layers, book)),
        units=_units(study, items),
        items=tuple(sorted(name for name in _used(study) if name.removesuffix(DISTRICTS) in items)),
        book=tuple(
            City(city.code, city.name, city.province, city.from_year, city.to_year)
            for city in book.by_code.values()
        ),
        events=events.boundary_changes(layers, book, first, last, f"{study.shown}, sample.cities.boundary")
        if sample.cities.boundary == "drop"
        else (),
        published=Published(**sample.published.plain()) if sample.published else None,
    )
    _check_compared(study, found)
    return found


def _rules(study: Study, book: Cities) -> CityRules:
    rules = study.model.sample.cities
    return CityRules(
        min_coverage=rules.min_coverage,
        max_missing=rules.max_missing,
        exist=None if rules.exist is None else (rules.exist[0], rules.exist[1]),
        boundary=rules.boundary,
        drop=tuple(
            Drop(cities=_dropped(study, position, each, book), where=each.where, reason=each.reason)
            for position, each in enumerate(rules.drop)
        ),
    )


def _dropped(study: Study, position: int, drop: models.Drop, book: Cities) -> tuple[int, ...]:
    """Codes of the cities that an exclusion names."""
    found = []
    for city in drop.city if isinstance(drop.city, list) else [] if drop.city is None else [drop.city]:
        try:
            found.append(book.code(city))
        except UnknownCity as error:
            raise DeclarationError(f"{study.shown}, sample.cities.drop[{position}].city: {error}") from None
    return tuple(sorted(found))


def _missing(missing: models.Missing) -> Missing:
    _, _, years = missing.edges.partition(":")
    return Missing(
        method=missing.method,
        fill=missing.fill,
        edges=int(years or 0),
        max_gap=missing.max_gap,
        chain=tuple(Chain(item=each.item, growth=each.growth) for each in missing.chain),
    )


def _attribute(study: Study, name: str, layers: Sequence[Path], book: Cities) -> Attribute:
    each = study.model.attributes[name]
    context = f"{study.shown}, attributes.{name}"
    held = attributes.values(
        layers, book, each.file, each.column or name, context, by=each.by, words=each.unit == formulas.TEXT
    )
    real = {value if isinstance(value, str) else f"{value:g}" for _, value in held}
    for value in each.values:
        if value not in real:
            hint = suggestion(value, real) or f"; its values are {', '.join(sorted(real))}"
            raise DeclarationError(f"{context}.values: no {each.by} has the value '{value}'{hint}")
    return Attribute(name=name, by=each.by, unit=each.unit, values=held)


def _dummies(study: Study) -> dict[str, models.Policy]:
    """Every dummy by its column, the treatment first."""
    treatment = study.model.treatment
    return {**({treatment.name: treatment} if treatment else {}), **study.model.policies}


def _policies(study: Study, layers: Sequence[Path], book: Cities) -> list[Policy]:
    found = []
    for name, each in _dummies(study).items():
        main = isinstance(each, models.Treatment)
        context = f"{study.shown}, {'treatment' if main else f'policies.{name}'}"
        found.append(
            Policy(
                name=name,
                main=main,
                policy=each.policy,
                coding=each.coding,
                starts=each.starts,
                first_by=each.first_by,
                members=policies.members(layers, book, each.policy, each.coding, context),
            )
        )
    return found


def _used(study: Study) -> set[str]:
    """Names that the formulas and chains use."""
    chains = study.model.sample.missing.chain
    return {name for formula in study.formulas.values() for name in formula.names} | {
        name for chain in chains for name in (chain.item, chain.growth)
    }


def _units(study: Study, items: Mapping[str, Item]) -> dict[str, str]:
    """Units of the columns that formulas use and no formula makes."""
    dummies = dict.fromkeys([*_dummies(study), *([FIRST] if study.model.treatment else [])], "1")
    fixed = {**{name: each.unit for name, each in study.model.attributes.items()}, "province": "1", **dummies}
    panel = {
        name: items[name.removesuffix(DISTRICTS)].unit
        for name in _used(study)
        if name.removesuffix(DISTRICTS) in items
    }
    return {name: unit for name, unit in {**panel, **fixed}.items() if name in _used(study)}


def _check_compared(study: Study, declaration: SampleDeclaration) -> None:
    """What variables, groups and exclusions compare attributes with must be values that these have."""
    known = known_values(declaration)
    for section, parts in (("variables", declaration.variables), ("groups", declaration.groups)):
        for each in parts:
            check_values(each.expr, known, f"{study.shown}, {section}.{each.name}")
    for position, drop in enumerate(declaration.rules.drop):
        if drop.where is not None:
            check_values(drop.where, known, f"{study.shown}, sample.cities.drop[{position}].where")
