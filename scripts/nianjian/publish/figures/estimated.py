"""A specification's estimates as figures read them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from nianjian.estimates import Estimate, NumberName
from nianjian.kinds.context import PublishContext
from nianjian.publish.figures.city_years import axis
from nianjian.publish.sources import Source, Sources
from nianjian.text import Text, in_sentence, word


def rows_of(frame: pd.DataFrame, kind: str, *terms: str) -> pd.DataFrame:
    """Rows of a kind, of all terms or of those named."""
    own = frame[frame["kind"] == kind]
    return own[own["term"].isin(terms)] if terms else own


def row_of(frame: pd.DataFrame, kind: str, term: str) -> Estimate | None:
    """The row of a kind and term; None where there is none."""
    own = rows_of(frame, kind, term)
    return own.iloc[0].to_dict() if len(own) else None


def effect_on(context: PublishContext, specs: Iterable[str], key: str = "figures.effect_on") -> Text:
    """What an axis of estimates is called: the outcome and its unit, if all specifications share it."""
    known = context.study_facts.specs
    outcomes = {getattr(known[spec].params, "outcome", None) if spec in known else None for spec in specs}
    name = next(iter(outcomes)) if len(outcomes) == 1 else None
    if name is None or name not in context.study_facts.labels:
        return word("figures.estimate")
    return word(key, name=axis(context, name).map(in_sentence))


def shows(row: Estimate, *fields: NumberName) -> Sources:
    """Numbers of a row as sources; without names, its estimate."""
    return tuple(Source.estimate(row, field) for field in fields or ("estimate",))
