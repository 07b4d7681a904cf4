"""What tables say of the values that they were made from: how many no source prints, how many are doubtful, how many corrected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from nianjian.text import Text, enumerated, word

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.declarations.study import Study
    from nianjian.kinds.data import Data
    from nianjian.kinds.entries import Entry, Facts
    from nianjian.publish.estimated import Estimated

INPUT = "gaps"
"""Name of the input that holds the counts, of :func:`nianjian.sample.marks.counted`."""
MARKS = ("filled", "suspect", "corrected")
EXTREMES = ("min", "max")


def inputs(params: Any, study: Study) -> dict[str, list[str]]:
    """What a table reads by the names in its declaration, and what became of the sample's values."""
    from nianjian.kinds.base import references

    return {**study.files(references(params)), INPUT: [study.gaps_file]}


def read(data: Data) -> pd.DataFrame | None:
    """Counts by variable; None where the table's kind does not ask for them."""
    return data.frame(INPUT).set_index("variable") if INPUT in data else None


def count(number: float) -> Text:
    """A whole number in a sentence: ``5,130``, with the language's own mark between thousands."""
    return word("punctuation.thousands").map(lambda mark, _: f"{round(number):,}".replace(",", mark))


def percent(share: float) -> Text:
    """A share as ``1.2%``; one that rounds to nothing says that it is something."""
    return Text.same("< 0.1%" if 0 < share < 0.0005 else f"{100 * share:.1f}%")


def number_of(counts: pd.DataFrame | None, name: str, mark: str) -> int:
    """How many values of a variable are filled in, suspect or corrected; what is no variable of the sample has none."""
    return 0 if counts is None or name not in counts.index else int(counts.loc[name, mark])


def by_variable(
    counts: pd.DataFrame | None,
    labels: Mapping[str, Text],
    extremes: Iterable[str],
    marks: Iterable[str] = ("suspect", "corrected"),
) -> list[Text]:
    """One note a mark: which variables have such values and how many, then which printed extremes are doubtful.

    Parameters
    ----------
    labels : of the table's variables, in its order
    extremes : those of ``min``, ``max`` that the table prints
    """

    notes = []
    for mark in marks:
        numbers = {name: number_of(counts, name, mark) for name in labels}
        if any(numbers.values()):
            parts = [
                word("marked.of", name=label, what=count(numbers[name]))
                for name, label in labels.items()
                if numbers[name]
            ]
            notes.append(word(f"marked.{mark}", each=enumerated(parts, "punctuation.semicolon")))
    doubtful = [
        word(f"marked.{extreme}", name=label)
        for name, label in labels.items()
        for extreme in EXTREMES
        if extreme in set(extremes) and number_of(counts, name, f"suspect_{extreme}")
    ]
    if doubtful:
        notes.append(word("marked.extremes", each=enumerated(doubtful)))
    return notes


def behind(source: Estimated) -> tuple[Text, ...]:
    """How many values of the variables that a table's columns use are filled in, suspect and corrected, in the whole sample."""
    return of_specs(source.facts, source.marks, source.columns)


def of_specs(facts: Facts, counts: pd.DataFrame | None, specs: Iterable[str]) -> tuple[Text, ...]:
    """The same of some specifications of the study."""
    if counts is None:
        return ()
    return total(facts, counts, [name for spec in specs for name in _columns(facts.specs[spec])])


def total(facts: Facts, counts: pd.DataFrame | None, names: Iterable[str]) -> tuple[Text, ...]:
    """The same of some columns of the sample; an index counts by the variables that it is made of."""
    if counts is None:
        return ()
    used = _used(facts, names)
    own = counts.loc[[name for name in counts.index if name in used]]
    if own.empty:
        return ()
    values = float(own["values"].sum())
    numbers = {mark: _with_share(float(own[mark].sum()), values) for mark in MARKS}
    key = "marked.behind" if own[list(MARKS)].to_numpy().any() else "marked.behind_none"
    return (word(key, variables=count(len(own)), values=count(values), **numbers),)


def _with_share(number: float, of: float) -> Text:
    """``327 (0.5%)``; nothing has no share."""
    if not number:
        return count(number)
    share = word("punctuation.between_brackets", inside=percent(number / of))
    return count(number) + share


def _columns(entry: Entry) -> list[str]:
    return entry.kind.columns(entry.params)


def _used(facts: Facts, names: Iterable[str]) -> set[str]:
    """Columns of the sample behind some names: those of indices in place of them."""
    scores = {
        column: name
        for name, entry in facts.indices.items()
        for column in (name, *(entry.kind.option("scores", lambda *_: ())(entry.params, name)))
    }
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            if name in scores:
                waiting += _columns(facts.indices[scores[name]])
    return found
