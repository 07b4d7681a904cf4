"""From a study's file to the declaration of its sample, with the rows of ``config/reference`` that it needs.

All that it names is checked here, before anything runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian import formulas
from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.models import sample as models
from nianjian.declarations.models.chain import Chain as StudyChain
from nianjian.declarations.models.chain import Merged
from nianjian.declarations.models.items import ADDITIVE, Checks
from nianjian.declarations.reading import suggestion, validate
from nianjian.errors import DeclarationError, Mistakes
from nianjian.reference import attributes, cities, events, policies
from nianjian.reference.cities import Cities, UnknownCity
from nianjian.sample.declaration import (
    Attribute,
    Boundary,
    Break,
    Chain,
    City,
    CityRules,
    Drop,
    Event,
    Group,
    Merger,
    Missing,
    Policy,
    Published,
    Ratio,
    SampleDeclaration,
    Variable,
)
from nianjian.sample.values import check_values, known_values

if TYPE_CHECKING:
    from nianjian.declarations.study import Study


def declared(study: Study) -> SampleDeclaration:
    """What a study declares of its sample, checked against the files that it names.

    Values that conditions compare attributes with are checked too, those of specifications, tables and figures among them.

    Raises
    ------
    DeclarationError
        If a policy, coding, file, column, city or compared value is not there, or a row of a file cannot be read; with the
        study's key, the file and its line, and what to do.
    """
    model, sample = study.model, study.model.sample
    book = cities.load(study.layers, sample.level)
    used = used_names(study)
    boundary = _boundary(study, book, used)
    found = SampleDeclaration(
        study=study.name,
        file=study.shown,
        years=study.years,
        rules=_rules(study, book),
        missing=_missing(sample.missing),
        suspects=sample.suspects if isinstance(sample.suspects, str) else tuple(sample.suspects),
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
        attributes=Mistakes().each(lambda name: _attribute(study, name, book), sorted(model.attributes)),
        policies=Mistakes().each(lambda each: _policy(study, *each, book), study.policies.items()),
        units={
            name: unit for name, unit in {**study.item_units, **study.fixed_units}.items() if name in used
        },
        items=tuple(sorted(used & set(study.item_units))),
        book=tuple(
            City(city.code, city.name, city.province, city.from_year, city.to_year)
            for city in book.by_code.values()
        ),
        events=_events(study, book, boundary),
        published=Published(**sample.published.plain()) if sample.published else None,
        boundary=boundary,
    )
    known = known_values(found)
    Mistakes().each(lambda each: check_values(each[0], known, each[1]), study.conditions())
    return found


def chain_of(study: Study) -> StudyChain:
    """How a study's numbers hang together, with what its sample puts together."""
    chain, boundary = study.chain(), None
    if study.model.sample.boundary == "harmonised":
        boundary = declared(study).boundary
    if boundary is None:
        return chain
    merged = [Merged(city=each.city, into=each.into, year=each.year) for each in boundary.mergers]
    parts = {each.item: each.part for each in boundary.ratios}
    return chain.model_copy(update={"merged": merged, "parts": parts})


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
        edges_of=dict(missing.edges_of),
    )


def _attribute(study: Study, name: str, book: Cities) -> Attribute:
    each = study.model.attributes[name]
    context = f"{study.shown}, attributes.{name}"
    held = attributes.values(
        study.layers,
        book,
        each.file,
        each.column or name,
        context,
        by=each.by,
        words=each.unit == formulas.TEXT,
    )
    real = {value if isinstance(value, str) else f"{value:g}" for _, value in held}
    for value in each.values:
        if value not in real:
            hint = suggestion(value, real) or f"; its values are {', '.join(sorted(real))}"
            raise DeclarationError(f"{context}.values: no {each.by} has the value '{value}'{hint}")
    return Attribute(name=name, by=each.by, unit=each.unit, values=held)


def _policy(study: Study, name: str, policy: models.Policy, book: Cities) -> Policy:
    main = name == study.treatment
    context = f"{study.shown}, {'treatment' if main else f'policies.{name}'}"
    return Policy(
        name=name,
        main=main,
        policy=policy.policy,
        coding=policy.coding,
        starts=policy.starts,
        first_by=policy.first_by,
        members=policies.members(study.layers, book, policy.policy, policy.coding, context),
    )


def _events(study: Study, book: Cities, boundary: Boundary | None) -> tuple[Event, ...]:
    # Changes of boundaries are known of prefecture-level cities.
    if study.model.sample.cities.boundary == "keep" or study.model.sample.level != "city":
        return ()
    context = f"{study.shown}, sample.cities.boundary"
    mergers = boundary.mergers if boundary else ()
    solved = {(each.city, each.year) for each in mergers} | {(each.into, each.year) for each in mergers}
    changes = events.boundary_changes(study.layers, book, *study.years, context, solved)
    return tuple(Event(*each) for each in changes)


def _boundary(study: Study, book: Cities, used: set[str]) -> Boundary | None:
    """What a study with harmonised boundaries puts together, and the changes that it cannot undo."""
    if study.model.sample.boundary == "as_printed":
        return None
    context = f"{study.shown}, sample.boundary"
    first, last = study.years
    told = events.read(study.layers, book, context)
    merged = events.mergers(told, last)
    solved = {*((city, year) for city, (_, year) in merged.items()), *merged.values()}
    ratios = _ratios(study, used)
    columns = used | {ratio.part for ratio in ratios}
    name = {code: city.name for code, city in book.by_code.items()}
    return Boundary(
        mergers=tuple(
            Merger(city, name[city], into, name[into], year) for city, (into, year) in merged.items()
        ),
        breaks=tuple(
            Break(each.city, each.year, f"{each.event}: {each.description}")
            for each in told
            if first < each.year <= last and (each.city, each.year) not in solved
        ),
        additive=tuple(
            sorted(
                column
                for column in columns & set(study.item_units)
                if study.items[column.removesuffix(DISTRICTS)].kind in ADDITIVE
            )
        ),
        ratios=ratios,
    )


def _ratios(study: Study, used: set[str]) -> tuple[Ratio, ...]:
    """The study's columns that ``checks.yaml`` knows as ratios, each with its part of the same scope."""
    checks: Checks = validate(Checks, study.layers.yaml("checks.yaml"), study.layers.shown("checks.yaml"))
    return tuple(
        Ratio(
            item=each.item + suffix,
            part=each.part + suffix,
            by_numerator=each.numerator is not None,
            plus=each.plus,
        )
        for each in checks.ratios
        for suffix in ("", DISTRICTS)
        if each.item + suffix in used and each.part + suffix in study.item_units
    )


def used_names(study: Study) -> set[str]:
    """Names that the formulas and chains use."""
    chains = study.model.sample.missing.chain
    return {name for formula in study.formulas.values() for name in formula.names} | {
        name for chain in chains for name in (chain.item, chain.growth)
    }
