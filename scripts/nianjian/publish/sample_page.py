"""The sample of a study as a page: its size beside the paper's, what was filled, which cities are out and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nianjian.books import spans
from nianjian.kinds.labels import Label, read_labels
from nianjian.publish import web
from nianjian.publish.origin import Origin
from nianjian.text import FIRST, Text, word

READS = ("templates/sample.html.j2",)
"""Files beside this module that count as its code, see :mod:`nianjian.codes`."""
WORDS = (
    "title", "size", "reached", "paper", "filled", "filled_note", "variable", "cells", "missing", "inside", "chained",
    "edges", "left", "share", "out", "reason", "cities", "names", "observations", "treated", "years", "boundaries", "boundaries_note", "city", "what", "columns", "detail",
    "meaning", "meaning_note", "from_year", "new_meaning",
)  # fmt: skip
"""Messages that the page prints."""
GAPS_LEFT = re.compile(r"^\d+ gaps are left, first (\w+) \d+$")


@dataclass(frozen=True)
class About:
    """The study whose sample it is.

    Attributes
    ----------
    title, labels : what it and its variables are called
    treatment : column of the treatment, if the study has one
    published : what the paper reports: ``cities``, ``observations``, ``treated``
    breaks : items of the sample that change their meaning within its years: name, first year, new meaning
    """

    title: Text
    labels: Mapping[str, Label]
    treatment: str | None
    published: Mapping[str, int | None]
    breaks: Sequence[tuple[Text, int, Text]] = ()

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> About:
        """From plain values, as the job has them."""
        title = Text.read(plain["title"], "title of the study")
        labels = read_labels(plain["labels"], title[FIRST])
        breaks = [
            (Text.read(name, "name of an item"), int(year), Text.read(what, "new meaning"))
            for name, year, what in plain["breaks"]
        ]
        return cls(title, labels, plain["treatment"], plain["published"] or {}, breaks)


def page(
    sample: pd.DataFrame,
    cities: pd.DataFrame,
    gaps: pd.DataFrame,
    boundaries: pd.DataFrame,
    about: About,
    *,
    origin: str,
    language: str,
) -> str:
    """The page as HTML.

    Parameters
    ----------
    sample, cities, gaps, boundaries : the sample stage's tables
    origin : which books these are
    language : of the catalogue
    """
    words, made = {key: word(f"sample_page.{key}")[language] for key in WORDS}, Origin.parse(origin)
    labels = about.labels
    names = [labels[name].text[language] if name in labels else name for name in gaps["variable"]]
    return web.page(
        "sample.html.j2",
        language=language,
        simulated=made.simulated,
        words=words,
        title=about.title[language],
        data="" if made.note is None else made.note[language],
        size=_size(sample, about, words),
        gaps=list(gaps.assign(label=names).itertuples()),
        meaning=[(name[language], year, what[language]) for name, year, what in about.breaks],
        out=_left_out(cities, language),
        boundaries=_boundaries(boundaries, cities, language),
    )


def _size(sample: pd.DataFrame, about: About, words: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Name, ours and the paper's of what says how large the sample is."""
    paper = about.published
    size = [
        (words["cities"], sample["city"].nunique(), paper.get("cities")),
        (words["observations"], len(sample), paper.get("observations")),
    ]
    if about.treatment:
        treated = sample.loc[sample[about.treatment] == 1, "city"].nunique()
        size.append((words["treated"], treated, paper.get("treated")))
    shown = [(name, f"{ours:,}", "" if theirs is None else f"{theirs:,}") for name, ours, theirs in size]
    return [*shown, (words["years"], f"{sample['year'].min()}–{sample['year'].max()}", "")]


def _left_out(cities: pd.DataFrame, language: str) -> list[tuple[str, int, str]]:
    """Reasons why cities are out, those of most cities first, with their number and names."""
    dropped, comma = cities[~cities["kept"]], word("punctuation.comma")[language]
    # "2 gaps are left, first lnopen 2020" and "... first lnopen 2019" are one reason.
    kind = dropped["reason"].map(lambda reason: GAPS_LEFT.sub(r"gaps are left, first in \1", reason))
    return [
        (reason, len(group), comma.join(group["city_name"]))
        for reason, group in sorted(dropped.groupby(kind), key=lambda pair: (-len(pair[1]), pair[0]))
    ]


def _boundaries(
    boundaries: pd.DataFrame, cities: pd.DataFrame, language: str
) -> list[tuple[str, str, str, str, str]]:
    """City, years, what was done, columns and detail; columns and years for which the same was done are one row."""
    name, comma = cities.set_index("city")["city_name"], word("punctuation.comma")[language]
    by = ["city", "what", "detail"]
    rows = []
    for (city, what, detail), own in boundaries.groupby(by, sort=True):
        years_of = own.groupby("column")["year"].agg(lambda years: spans(sorted(set(years))))
        for years, columns in years_of.groupby(years_of):
            shown = comma.join(sorted(columns.index))
            rows.append(
                (name.get(city, str(city)), years, word(f"sample_page.{what}")[language], shown, detail)
            )
    return sorted(rows)
