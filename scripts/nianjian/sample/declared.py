"""From a study's file to the declaration of its sample, with the rows of ``config/reference`` that it needs.

All that it names is checked here, before anything runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nianjian import formulas
from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.layers import DATA
from nianjian.declarations.models import sample as models
from nianjian.declarations.models.chain import Chain as StudyChain
from nianjian.declarations.models.chain import Merged
from nianjian.declarations.models.items import ADDITIVE, Checks
from nianjian.declarations.reading import suggestion, validate
from nianjian.errors import DeclarationError, Mistakes
from nianjian.language import Text, said_in_all
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
    Spell,
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
        groups=Mistakes().each(lambda name: _group(study, name, book), model.groups),
        attributes=Mistakes().each(lambda name: _attribute(study, name, book), sorted(model.attributes)),
        policies=Mistakes().each(lambda each: _policy(study, *each, book), study.policies.items()),
        units={
            name: unit for name, unit in {**study.item_units, **study.fixed_units}.items() if name in used
        },
        items=tuple(sorted(used & set(study.item_units))),
        book=_book(study, book),
        events=_events(study, book, boundary),
        published=Published(**sample.published.plain()) if sample.published else None,
        boundary=boundary,
        own=study.own.source if study.own else None,
    )
    known = known_values(found)
    Mistakes().each(lambda each: check_values(each[0], known, each[1]), study.conditions())
    return found


def _book(study: Study, book: Cities) -> tuple[City, ...]:
    """All cities, or the units of an own file; a place of one is never too young or too old."""
    if study.own is None:
        return tuple(
            City(city.code, city.name, city.province, city.from_year, city.to_year)
            for city in book.by_code.values()
        )
    of_places = study.model.sample.city is not None
    return tuple(
        City(code, name, book.by_code[code].province if of_places else None, None, None)
        for code, name in sorted(study.own.units.names.items())
    )


def chain_of(study: Study) -> StudyChain:
    """How a study's numbers hang together, with what its sample puts together."""
    chain, boundary = _with_files(study, study.chain()), None
    if study.model.sample.boundary == "harmonised":
        boundary = declared(study).boundary
    if boundary is None:
        return chain
    merged = [Merged(city=each.city, into=each.into, year=each.year) for each in boundary.mergers]
    parts = {each.item: each.part for each in boundary.ratios}
    return chain.model_copy(update={"merged": merged, "parts": parts})


def _with_files(study: Study, chain: StudyChain) -> StudyChain:
    """The chain with the files of policies and attributes as they were found."""
    lists = {}
    for name, own in chain.policies.items():
        policy = study.policies[name].policy
        found = None if policy is None else policies.find(study.layers, policy)
        lists[name] = own if found is None else own.model_copy(update={"file": found[1]})
    columns = {
        name: own.model_copy(update={"file": study.model.attributes[name].file})
        if study.model.attributes[name].file.startswith(DATA)
        else own
        for name, own in chain.attributes.items()
    }
    groups = {
        name: own
        if study.model.groups[name].expr is not None
        else own.model_copy(
            update={"expr": _group(study, name, cities.load(study.layers, study.model.sample.level)).expr}
        )
        for name, own in chain.groups.items()
    }
    return chain.model_copy(update={"policies": lists, "attributes": columns, "groups": groups})


def _rules(study: Study, book: Cities) -> CityRules:
    rules = study.model.sample.cities
    return CityRules(
        min_coverage=rules.min_coverage,
        max_missing=rules.max_missing,
        # Of an own file all units exist.
        exist=(None, None)
        if study.own
        else None
        if rules.exist is None
        else (rules.exist[0], rules.exist[1]),
        boundary=rules.boundary,
        drop=tuple(
            Drop(
                cities=_dropped(study, position, each, book),
                where=each.where,
                reason=said_in_all(Text.of(**each.reason.plain())),
            )
            for position, each in enumerate(rules.drop)
        ),
    )


def _dropped(study: Study, position: int, drop: models.Drop, book: Cities) -> tuple[int, ...]:
    """Codes of the cities that an exclusion names."""
    given = drop.city if isinstance(drop.city, list) else [] if drop.city is None else [drop.city]
    key = f"sample.cities.drop[{position}].city"
    if study.own is None or study.model.sample.unit is None:
        return _codes(given, book, f"{study.shown}, {key}")
    units = study.own.units.codes
    for unit in given:
        study.check_known(key, str(unit), units, "unit of the file")
    return tuple(sorted(units[str(unit)] for unit in given))


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
    _check_places(study, context, "a file of attributes names places")
    said = "unit" in each.model_fields_set or bool(each.values) or not each.file.startswith(DATA)
    found = attributes.values(
        study.layers,
        book,
        each.file,
        each.column or name,
        context,
        by=each.by,
        words=(each.unit == formulas.TEXT) if said else None,
        city=each.city,
        year=each.year,
        sheet=each.sheet,
    )
    real = {value if isinstance(value, str) else f"{value:g}" for _, value in found}
    for value in each.values:
        if value not in real:
            hint = suggestion(value, real) or f"; its values are {', '.join(sorted(real))}"
            raise DeclarationError(f"{context}.values: no {each.by} has the value '{value}'{hint}")
    return Attribute(
        name=name,
        by=each.by,
        unit=each.unit,
        values=() if each.dated else tuple((code, value) for (code, _), value in found),
        dated=tuple((code, year, value) for (code, year), value in found) if each.dated else (),
    )


def _group(study: Study, name: str, book: Cities) -> Group:
    """A group's condition; of listed cities that it is one of them."""
    group = study.model.groups[name]
    if group.expr is not None:
        return Group(name=name, expr=study.formulas[name].text)
    context = f"{study.shown}, groups.{name}"
    if group.file is not None:
        codes = attributes.listed(study.layers, book, group.file, context, city=group.city, sheet=group.sheet)
    else:
        codes = _codes(group.cities, book, f"{context}.cities")
    return Group(name=name, expr=f"city in [{', '.join(map(str, codes))}]")


def _codes(given: Sequence[int | str], book: Cities, context: str) -> tuple[int, ...]:
    """Codes of cities that are given by code or name; all that are none are named at once."""
    found, wrong = [], []
    for city in given:
        try:
            found.append(book.code(city))
        except UnknownCity as error:
            wrong.append(str(error))
    if wrong:
        raise DeclarationError(f"{context}: {'; '.join(wrong)}")
    return tuple(sorted(set(found)))


def _policy(study: Study, name: str, policy: models.Policy, book: Cities) -> Policy:
    main = name == study.treatment
    context = f"{study.shown}, {'treatment' if main else f'policies.{name}'}"
    if policy.policy is None:
        assert study.own is not None, "a treatment without a policy is a column of an own file"
        return Policy(
            name=name, main=main, policy=f"{study.model.sample.file}", coding=None, starts="approval_year", first_by="earliest",
            members=study.own.members,
        )  # fmt: skip
    _check_places(study, f"{context}.policy", "a policy list names places")
    asked = policies.Asked(
        policy.city,
        policy.date,
        policy.end_date,
        policy.wave,
        tuple(map(str, policy.waves)),
        policy.dose,
        policy.sheet,
    )
    found = policies.listed(study.layers, book, policy.policy, policy.coding, context, asked)
    if found.spells:
        _check_spells(study, policy, found, main, context)
    return Policy(
        name=name,
        main=main,
        policy=policy.policy,
        coding=policy.coding,
        starts=policy.starts,
        first_by=policy.first_by,
        members=found.members,
        spells=tuple(Spell(*each) for each in found.spells),
        ends=policy.ends,
    )


def _check_places(study: Study, key: str, what: str) -> None:
    """What knows places can say nothing of other units."""
    if study.own is not None and study.model.sample.unit is not None:
        raise DeclarationError(
            f"{key}: {what}, but the units of this study are any identifiers (sample.unit); declare a column of the file, or "
            "`city` in place of `unit` if they are places"
        )


def _check_spells(
    study: Study, policy: models.Policy, found: policies.Listed, main: bool, context: str
) -> None:
    """What is estimated by the year of a policy's start needs one that comes once and stays, the same everywhere."""
    what = (
        f"has ends ({found.file})"
        if any(each.end is not None for each in found.spells) and policy.dose is None
        else f"has doses (column '{policy.dose}')"
    )
    if policy.first_by == "latest":
        raise DeclarationError(
            f"{context}.first_by: the policy {what}, so all rows of a city count; take first_by out"
        )
    absorbing = [
        f"{name} ({entry.kind.name})"
        for name, entry in study.specs.items()
        if main and entry.kind.option("NEEDS_TREATMENT", False)
    ]
    if absorbing:
        raise DeclarationError(
            f"{context}.policy: the policy {what}; {', '.join(absorbing)} need one that comes once and stays: take them out, or "
            "keep the rows without an end and no dose in a list of its own"
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
