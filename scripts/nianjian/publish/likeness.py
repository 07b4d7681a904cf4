"""What a table's columns have in common with other specifications: the same estimates, or a matrix that a comparison puts behind
another. Both are read off stored estimates, which a kind of table gets by :func:`comparable.inputs`."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from nianjian.publish import notes
from nianjian.publish.comparable import comparisons, regressed
from nianjian.publish.estimated import Estimated
from nianjian.publish.regressors import CONSTANT
from nianjian.text import Text, in_sentence, listed, word

SAME = 1e-12
"""Relative difference up to which two numbers are the same."""
CRITERIA = ("aic", "bic")


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
    # Beside the columns only those have been read that they are variants of, see `comparable.inputs`.
    read = {own for own, _, _ in source.rows} - set(source.columns)
    by_other: dict[str, list[int]] = {}
    for column, spec in enumerate(source.columns, start=1):
        for other in sorted(read & set(source.facts.specs)):
            entries = (source.facts.specs[each] for each in (spec, other))
            if len({str(regressed(each)) for each in entries}) == 1 and same(source, spec, other):
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
    """Estimates and errors of a specification's coefficients, effects, tests and draws, and its N; the constant follows from them.

    With draws or tests of its own, what keeps the true estimate beside them is another test of it.
    """
    return {
        (kind, address): (float(row["estimate"]), float(row["std_error"]))
        for (own, kind, address), row in source.rows.items()
        if own == spec
        and pd.isna(row["equation"])
        and (
            (kind == "coefficient" and row["term"] != CONSTANT)
            or kind in ("draw", "effect", "test")
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
        for other in comparisons(spec, facts.specs, facts.matrices):
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
