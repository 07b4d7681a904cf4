"""Which fixed effects a table's columns absorb: by name, within a finer effect, or without a row of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nianjian import fixed_effects
from nianjian.errors import DeclarationError
from nianjian.kinds.base import names
from nianjian.publish import notes
from nianjian.publish.estimated import Estimated, known
from nianjian.publish.sources import Source
from nianjian.publish.tables import EMPTY, Cell, Row, Word
from nianjian.text import Text, in_sentence, listed, word


def within(effect: str, absorbed: Sequence[str]) -> str | None:
    """The fixed effect among ``absorbed`` that takes out all that ``effect`` does; None if there is none.

    ``city[year]`` has a level for each city beside its slope, and ``province#year`` one for each year (and province); whether
    each city stays in its province, so that its effects take out the province's, is the data's business and not asked.
    """
    if effect in absorbed:
        return effect
    levels, slope = fixed_effects.parts(effect)
    for other in absorbed:
        finer, its_slope = fixed_effects.parts(other)
        same_slope = slope is None or slope == its_slope
        if (set(levels) <= set(finer) and same_slope) or ({*levels, slope} <= set(finer)):
            return other
    return None


def rows(source: Estimated, shown: bool | Sequence[str]) -> list[Row]:
    """One row for each fixed effect of ``shown``, or for each that any column absorbs."""
    absorbed = _by_column(source)
    found = list(dict.fromkeys(effect for own in absorbed.values() for effect in own or ()))
    if shown is False:
        return []
    made = []
    for effect in found if shown is True else shown:
        holders = {spec: None if own is None else within(effect, own) for spec, own in absorbed.items()}
        if not any(holders.values()):
            raise DeclarationError(
                f"{source.context}: show.absorb: no column absorbs '{effect}'{known(effect, found)}"
            )
        cells = tuple(
            # What has no such key, an estimator that compares cohorts say, absorbs nothing and leaves nothing out.
            EMPTY
            if absorbed[spec] is None
            else yes_or_no(source, spec, bool(holder), "absorb", holder or effect)
            for spec, holder in holders.items()
        )
        made.append(Row(f"absorb:{effect}", (notes.capital(called(source, effect)),), (cells,)))
    return made


def note(source: Estimated, shown: bool | Sequence[str]) -> tuple[Text, ...]:
    """What columns absorb that no row says, with the columns."""
    if shown is True:
        return ()
    listed_rows = [] if shown is False else list(shown)
    by_words: dict[Text, list[int]] = {}
    for column, own in enumerate(_by_column(source).values(), start=1):
        # A row "city" says nothing of the trends of cities.
        if more := [effect for effect in own or () if effect not in listed_rows]:
            effects = listed(called(source, effect).map(in_sentence) for effect in more)
            key = "regression.absorbed_too" if listed_rows else "regression.absorbed"
            by_words.setdefault(word(key, effects=effects), []).append(column)
    every = len(source.columns)
    return tuple(
        word("flags.alone", what=notes.capital(what))
        if len(columns) == every
        else notes.of_columns(source, columns, what)
        for what, columns in by_words.items()
    )


def called(source: Estimated, name: str) -> Text:
    """``city fixed effects``, ``city trends``."""
    levels, slope = fixed_effects.parts(name)
    unit = notes.unit(source, "#".join(levels))
    if slope is None:
        return word("regression.fixed_effects", unit=unit)
    if slope == "year":
        return word("regression.trends", unit=unit)
    return word("regression.slopes", unit=unit, of=source.label(slope))


def yes_or_no(source: Estimated, spec: str, value: bool, key: str, name: str | None = None) -> Cell:
    """A cell that says what a specification declares under ``key``."""
    where = Source.declared(source.context.study, f"specs.{spec}.{key}", name)
    told = word("tables.yes" if value else "tables.no")
    return (Word(told, "flag", "Yes" if value else "No", shows=(where,)),)


def _by_column(source: Estimated) -> Mapping[str, list[str] | None]:
    """Fixed effects of each column; None where its estimator has no such key."""
    return {
        spec: names(source.option(spec, "absorb")) if hasattr(source.spec(spec), "absorb") else None
        for spec in source.columns
    }
