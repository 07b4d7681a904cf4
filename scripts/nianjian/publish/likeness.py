"""What a table's columns have in common with other specifications: the same estimates, or a matrix that a comparison puts behind
another. Both are read off stored estimates, which a kind of table gets by :func:`inputs`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from nianjian.kinds.base import names, references
from nianjian.publish import marked, notes
from nianjian.publish.estimated import Estimated
from nianjian.publish.regressors import CONSTANT
from nianjian.text import Text, in_sentence, listed, word

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.entries import Entry

SAME = 1e-12
"""Relative difference up to which two numbers are the same."""
REGRESSED = ("outcome", "treatment", "controls", "absorb")
"""Keys by which a specification is a variant of another: what it regresses on what."""
CRITERIA = ("aic", "bic")


def inputs(params: Any, study: Study) -> dict[str, list[str]]:
    """What a table of specifications reads: its columns' estimates, and those that it is compared with."""
    found = study.files(references(params))
    more = study.estimates(_compared(params.columns, study.specs, study.matrices))
    return {
        **found,
        "estimates": list(dict.fromkeys([*found.get("estimates", []), *more])),
        marked.INPUT: [study.gaps_file],
    }


def _compared(
    columns: list[str], specs: Mapping[str, Entry], matrices: Mapping[str, Entry]
) -> dict[str, None]:
    """Specifications that the columns may repeat, and comparisons of the mixtures that they use."""
    found: dict[str, None] = {}
    for spec in columns:
        if (first := _first_like(spec, specs)) is not None:
            found[first] = None
        found.update(dict.fromkeys(_comparisons(spec, specs, matrices)))
    return found


def _first_like(spec: str, specs: Mapping[str, Entry]) -> str | None:
    """The first declared specification that regresses the same on the same, another than ``spec``."""
    own = _regressed(specs[spec])
    first = next((name for name, other in specs.items() if own[0] and _regressed(other) == own), spec)
    return None if first == spec else first


def _regressed(entry: Entry) -> list[list[str]]:
    return [sorted(names(getattr(entry.params, key, None))) for key in REGRESSED]


def _comparisons(spec: str, specs: Mapping[str, Entry], matrices: Mapping[str, Entry]) -> Iterator[str]:
    """Specifications that compare shares of the mixture that ``spec`` uses, for the same outcome."""
    own = specs[spec].params
    mixture = matrices.get(str(getattr(own, "matrix", None)))
    parts = [getattr(mixture.params, key, None) for key in ("first", "second")] if mixture else []
    if mixture is None or not all(parts) or not hasattr(mixture.params, "share"):
        return
    for name, other in specs.items():
        same = getattr(other.params, "outcome", None) == getattr(own, "outcome", None)
        if same and getattr(other.params, "grid", None) == parts:
            yield name


def notes_of(source: Estimated) -> tuple[Text, ...]:
    """Columns that repeat another one, and columns whose mixture of matrices is not the one that fits best."""
    return (*repeated(source), *mixtures(source))


def repeated(source: Estimated) -> tuple[Text, ...]:
    """Columns whose N, estimates and errors are those of a column before, or of a specification that they are a variant of.

    A check that changes nothing, matching that leaves out no city say, is none, and the reader must know.
    """
    found: list[Text] = []
    for column, spec in enumerate(source.columns, start=1):
        earlier = source.columns[: column - 1]
        numbers = [
            n for n, other in enumerate(earlier, start=1) if other != spec and same(source, spec, other)
        ]
        if numbers:
            like = word("tables.number", number=numbers[0])
            found.append(notes.of_columns(source, [column], word("flags.same_column", column=like)))
    # Beside the columns only those have been read that they are variants of, see `inputs`.
    read = {own for own, _, _ in source.rows} - set(source.columns)
    by_other: dict[str, list[int]] = {}
    for column, spec in enumerate(source.columns, start=1):
        for other in sorted(read & set(source.facts.specs)):
            entries = (source.facts.specs[each] for each in (spec, other))
            if len({str(_regressed(each)) for each in entries}) == 1 and same(source, spec, other):
                by_other.setdefault(other, []).append(column)
    for other, columns in by_other.items():
        label = source.facts.specs[other].label or Text.same(other)
        found.append(notes.of_columns(source, columns, word("flags.same_spec", spec=label)))
    return tuple(found)


def same(source: Estimated, one: str, other: str) -> bool:
    """Whether two specifications have the same N, and the same coefficients with the same errors."""
    left, right = _numbers(source, one), _numbers(source, other)
    return (
        len(left) > 1
        and left.keys() == right.keys()
        and all(
            math.isclose(a, b, rel_tol=SAME, abs_tol=0.0)
            for key, pair in left.items()
            for a, b in zip(pair, right[key], strict=True)
            if not (math.isnan(a) and math.isnan(b))
        )
    )


def _numbers(source: Estimated, spec: str) -> dict[tuple[str, str], tuple[float, float]]:
    """Estimates and errors of a specification's coefficients and draws, and its N; the constant follows from them.

    With draws of its own, a placebo that keeps the true estimate beside them is another test.
    """
    return {
        (kind, address): (float(row["estimate"]), float(row["std_error"]))
        for (own, kind, address), row in source.rows.items()
        if own == spec
        and pd.isna(row["equation"])
        and (
            (kind == "coefficient" and row["term"] != CONSTANT)
            or kind == "draw"
            or (kind == "fit" and address == "nobs")
        )
    }


def mixtures(source: Estimated) -> tuple[Text, ...]:
    """Columns that use a mixture of two matrices with another share than the study's own comparison finds best."""
    facts = source.facts
    by_words: dict[Text, list[int]] = {}
    for column, spec in enumerate(source.columns, start=1):
        if source.option(spec, "matrix") is None:
            continue
        for other in _comparisons(spec, facts.specs, facts.matrices):
            own = facts.matrices[str(source.option(spec, "matrix"))].params
            best = _best(source, other, own.share)
            if best:
                parts = {
                    part: source.label(getattr(own, part)).map(in_sentence) for part in ("first", "second")
                }
                what = word("flags.other_share", share=f"{own.share:g}", best=_told(best), **parts)
                by_words.setdefault(what, []).append(column)
    return tuple(notes.of_columns(source, columns, what) for what, columns in by_words.items())


def _best(source: Estimated, spec: str, used: float) -> dict[float, list[str]]:
    """Shares that a comparison's criteria choose, other than the one used; nothing where one chooses that."""
    shares = {str(row["matrix"]): float(row["estimate"]) for row in source.of(spec, "fit", "share").values()}
    found: dict[float, list[str]] = {}
    for criterion in CRITERIA:
        values = {
            shares[str(row["matrix"])]: float(row["estimate"])
            for row in source.of(spec, "fit", criterion).values()
            if str(row["matrix"]) in shares
        }
        if values:
            found.setdefault(min(values, key=lambda share: values[share]), []).append(criterion)
    return {} if any(math.isclose(share, used, abs_tol=1e-9) for share in found) else found


def _told(best: Mapping[float, list[str]]) -> Text:
    return listed(
        word(
            "flags.share_by",
            share=f"{share:g}",
            criteria=listed(word(f"compare_matrices.{name}") for name in criteria),
        )
        for share, criteria in best.items()
    )
