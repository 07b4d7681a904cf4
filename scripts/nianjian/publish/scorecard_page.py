"""The scorecard as a page: what came out first, then table by table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nianjian.publish import headlines, pages
from nianjian.publish.comparison import (
    CLASSES,
    NOT_AVAILABLE,
    STD_ERROR,
    WORD,
    class_meaning,
    class_word,
    decimals,
    family_word,
)
from nianjian.publish.origin import Origin
from nianjian.publish.published import TEXT
from nianjian.publish.tables import MINUS
from nianjian.text import FIRST, Text, word

READS = ("templates/scorecard.html.j2", "templates/classes.css", "templates/headlines.html.j2")
"""Files beside this module that count as its code, see :mod:`nianjian.codes`."""
SAID = (
    "by_table", "by_family", "family", "all", "compared_head", "meaning", "same", "other",
)  # fmt: skip
"""Messages that the page prints as they are."""
HEADS = {
    "panel": "", "column": "", "row": "", "statistic": "", "printed": "n", "ours": "n", "interval": "n",
    "difference": "n", "sign": "yes", "significance": "yes", "class": "", "reason": "",
}  # fmt: skip
"""Columns of the page with their classes."""
HEADLINE_WORDS = ("title", "note", "claim", "verdict", "condition", "numbers", "shown")
"""Messages of the headlines that the page prints."""
APART = (STD_ERROR, WORD)
"""Families that are counted apart."""
LONG = 12
"""Letters of a word from which it is set like text."""


@dataclass(frozen=True)
class Family:
    """A row of the page's first table.

    Attributes
    ----------
    counts : by class
    total, compared : how many there are, and how many of them are not `not available`
    share : of those compared, as printed
    apart : whether they are not in the total: standard errors, and words
    """

    name: str
    label: str
    counts: list[tuple[str, int]]
    total: int
    compared: int
    share: str
    apart: bool


@dataclass(frozen=True)
class Row:
    """A printed number or word beside ours, in the words of the page.

    Attributes
    ----------
    own : columns of ``SCORECARD``, as they are
    word : whether it is set like text
    marks : whether sign and significance are the same, as the page shows it
    """

    own: Mapping[str, Any]
    published: str
    ours: str
    interval: str
    relative: str
    label: str
    reason: str
    word: bool
    marks: tuple[str, str]


@dataclass(frozen=True)
class PrintedTable:
    """One printed table.

    Attributes
    ----------
    panels : whether any row stands in a panel
    number : as it stands in print
    tally : numbers by class
    words : how many of its standard errors are near and of its words the same; empty where there are none
    open : whether the page shows its rows at once
    """

    number: str
    heading: str
    rows: list[Row]
    panels: bool
    tally: list[tuple[str, int]]
    words: str
    open: bool


def page(
    frame: pd.DataFrame,
    counts: pd.DataFrame,
    families: pd.DataFrame,
    findings: tuple[pd.DataFrame, pd.DataFrame] | None,
    language: str,
    *,
    title: Text,
    origin: str,
    titles: Mapping[str, Text],
    links: Sequence[Any] = (),
) -> str:
    """Render the scorecard.

    Parameters
    ----------
    frame : schema ``SCORECARD``
    counts, families : its summaries by table and by family
    findings : the paper's headlines and the numbers that they were decided on; None where it has none
    title : of the study
    titles : of our tables
    links : to the page in other languages
    """
    made, overall = Origin.parse(origin), counts.loc["all"]
    tables = [
        _table(str(number), group, counts.loc[number], titles, language)
        for number, group in frame.sort_values("order").groupby("table", sort=False)
    ]
    data = [made.note] if made.note else []
    calibrated = [word("scorecard.simulated")] if made.simulated else []
    lead = [word("scorecard.lead", paper=frame["paper"].iloc[0]), *calibrated, *data]
    crossed = families_of(families, language)
    numbers = next(each for each in crossed if each.name == "all")
    return pages.page(
        "scorecard.html.j2",
        language=language,
        simulated=made.simulated,
        title=word("scorecard.title", study=title)[language],
        lead=[each[language] for each in lead],
        compared=word("scorecard.compared", **_of(numbers))[language],
        share=numbers.share,
        families=crossed,
        findings=[] if findings is None else headlines.shown(*findings, language),
        found="" if findings is None else headlines.counted(findings[0], language),
        claims={key: word(f"headlines.{key}")[language] for key in HEADLINE_WORDS},
        tables=tables,
        words=_words("scorecard.words", overall, language),
        says={key: word(f"scorecard.{key}")[language] for key in SAID},
        filters=_filters(tables, crossed, language),
        parts=_parts(findings is not None, tables, language),
        links=links,
        names={name: class_word(name)[language] for name in CLASSES},
        meanings={name: class_meaning(name)[language] for name in CLASSES},
        heads={name: (word(f"scorecard.head_{name}")[language], kind) for name, kind in HEADS.items()},
    )


def _filters(
    tables: Sequence[PrintedTable], families: Sequence[Family], language: str
) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Name, label and choices of what the rows can be filtered by."""
    choices = {
        "class": [(class_key(name), class_word(name)[language]) for name in CLASSES],
        "family": [(each.name, each.label) for each in families if each.name != "all"],
        "table": [(each.number, each.heading) for each in tables],
    }
    return [(name, word(f"scorecard.filter_{name}")[language], own) for name, own in choices.items()]


def _parts(claims: bool, tables: Sequence[PrintedTable], language: str) -> list[tuple[str, str]]:
    """Parts of the page: anchor and heading."""
    found = [("families", word("scorecard.by_family")[language])]
    found += [("findings", word("headlines.title")[language])] if claims else []
    return [*found, *((f"table-{each.number}", each.heading) for each in tables)]


def class_key(name: str) -> str:
    """What templates call a class: ``within-1``."""
    return name.replace(" %", "").replace(" ", "-")


def families_of(families: pd.DataFrame, language: str) -> list[Family]:
    """Rows of the table of families and classes: numbers, all of them, then what stands apart."""
    order = [name for name in families.index if name not in ("all", *APART)]
    apart = [name for name in APART if name in families.index]
    return [_family(name, families.loc[name], language) for name in (*order, "all", *apart)]


def _family(name: str, counts: pd.Series, language: str) -> Family:
    total = int(counts[list(CLASSES)].sum())
    compared = total - int(counts[NOT_AVAILABLE])
    share = f"{100 * compared / total:.0f}%" if total else ""
    label = family_word(name)[language]
    return Family(name, label, _tally(counts), total, compared, share, name in APART)


def _of(numbers: Family) -> dict[str, object]:
    return {"compared": numbers.compared, "total": numbers.total}


def _tally(counts: pd.Series) -> list[tuple[str, int]]:
    return [(name, int(counts[name])) for name in CLASSES]


def _words(key: str, counts: pd.Series, language: str) -> str:
    """How many of the words are the same; empty where there are none."""
    same, words = int(counts["same_words"]), int(counts["words"])
    return word(key, same=same, words=words)[language] if words else ""


def _errors(counts: pd.Series, language: str) -> str:
    """How many of the standard errors are near; empty where there are none."""
    near, errors = int(counts["near_errors"]), int(counts["errors"])
    return word("scorecard.table_errors", near=near, errors=errors)[language] if errors else ""


def _table(
    number: str, group: pd.DataFrame, counts: pd.Series, titles: Mapping[str, Text], language: str
) -> PrintedTable:
    """One printed table; its title is that of the table of ours that has most of its numbers."""
    ours = group.loc[group["our_table"] != "", "our_table"].mode()
    title = titles.get(ours.iloc[0]) if number != TEXT and len(ours) else None
    if number == TEXT:
        heading = word("scorecard.prose")
    else:
        heading = word("scorecard.table_untitled", number=number)
        if title is not None:
            heading = word("scorecard.table", number=number, title=title)
    return PrintedTable(
        number=number,
        heading=heading[language],
        rows=[_row(row, language) for row in group.to_dict("records")],
        panels=bool((group["panel"] != "").any()),
        tally=_tally(counts),
        words=" · ".join(
            filter(None, (_errors(counts, language), _words("scorecard.table_words", counts, language)))
        ),
        open=any(counts[name] for name in CLASSES if name != NOT_AVAILABLE),
    )


def _row(row: Mapping[str, Any], language: str) -> Row:
    """From columns of ``SCORECARD``."""
    numeric = row["kind"] == "number"
    digits = decimals(row["published"]) if numeric else 0
    interval = (_shown(row["our_conf_low"], digits), _shown(row["our_conf_high"], digits))
    return Row(
        own=row,
        published=row["published"].replace("-", MINUS) if numeric else row["published"],
        # One digit more than print: equal roundings are visible as such.
        ours=_shown(row["ours"], digits + 1 if digits else 0) or row["ours_text"],
        interval=f"[{interval[0]}, {interval[1]}]" if all(interval) else "",
        relative=_percent(row["relative_difference"]),
        label=class_word(row["class"])[language],
        reason=row["reason" if language == FIRST else f"reason_{language}"],
        word=not numeric and len(row["published"]) > LONG,
        marks=(_mark(row["same_sign"]), _mark(row["same_significance"])),
    )


def _mark(same: Any) -> str:
    """``same``, ``other``, or nothing where a question has no meaning."""
    return "" if pd.isna(same) else "same" if same else "other"


def _shown(value: float, digits: int) -> str:
    return "" if pd.isna(value) else f"{value:,.{digits}f}".replace("-", MINUS)


def _percent(share: float) -> str:
    if pd.isna(share):
        return ""
    text = f"{100 * share:+.1f}%"
    return "0.0%" if float(text[:-1]) == 0 else text.replace("-", MINUS)
