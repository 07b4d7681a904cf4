"""Every number that a paper prints, beside ours.

Ours are the cells of our own tables (:mod:`nianjian.publish.cells`): the scorecard judges what is published, not what was
computed on the way. They are found by what they show, not by where or in what words they stand. A number that is not
reproduced is reported as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import storage
from nianjian.errors import DeclarationError, InputError
from nianjian.files import replacing
from nianjian.publish import pages, spreadsheet
from nianjian.publish.cells import CELLS, POSITION
from nianjian.publish.comparison import (
    CLASSES,
    COUNT,
    DIFFERS,
    EQUAL,
    FAMILIES,
    NEAR,
    NOT_AVAILABLE,
    STD_ERROR,
    WORD,
    Comparison,
    compare,
    family,
    number,
    same_word,
    sign,
    significance,
)
from nianjian.publish.origin import Origin
from nianjian.publish.places import anchor
from nianjian.publish.published import MISSING, TEXT, Key, key_of, key_of_cell, read_published
from nianjian.publish.scorecard_page import page
from nianjian.storage import Schema
from nianjian.text import FIRST, Text, enumerated, has, languages, word

NUMBER = "number"
DROPPED = "dropped"
"""Word of a cell whose term was left out of the regression."""
REASONS = {language: "reason" if language == FIRST else f"reason_{language}" for language in languages()}
"""Column that says why, by language."""

SCORECARD: Schema = {
    "study": "string",  # ours
    "paper": "string",  # theirs: S0 to S4
    "table": "string",  # number in the paper, or text
    "panel": "string",
    "column": "string",
    "row": "string",
    "statistic": "string",
    "kind": "string",  # number, or word: signs, units, yes and no are declared, not computed
    "family": "string",  # coefficient, std_error, count, moment, fit, test, weight, inequality, other, word
    "published": "string",  # as printed
    "published_stars": "string",
    "ours": "float64",
    "ours_text": "string",  # where the published value is a word: a sign, a unit, yes or no
    "our_stars": "string",
    "our_conf_low": "float64",
    "our_conf_high": "float64",
    "same_sign": "bool",  # null but for estimates
    "same_significance": "bool",  # both have stars, or neither; null where the paper's stars are unknown
    "within_interval": "bool",  # the published value lies inside our 95 % interval
    "difference": "float64",  # ours - published
    "relative_difference": "float64",  # difference / |published|
    "class": "string",  # equal, rounding, within 1 %, within 5 %, compatible, differs, not available: the first that is met
    **dict.fromkeys(REASONS.values(), "string"),
    "our_table": "string",  # id of the table that ours was taken from
    "our_column": "string",
    "our_row": "string",
    "our_cell": "string",  # its place there, by which the page on where numbers come from calls it
    "order": "int32",  # place in print
    "data": "string",  # what ours was made from
}
"""Key: paper, table, panel, column, row, statistic."""
SCORECARD_KEY = ("paper", "table", "panel", "column", "row", "statistic")

OTHER_WORD = Comparison(DIFFERS, (word("scorecard.other_word"),))


def read_cells(paths: Iterable[str | Path]) -> pd.DataFrame:
    """Cells of our tables, in the order of the paths."""
    frames = [storage.read_table(path) for path in paths]
    if not frames:
        raise InputError("a scorecard needs the cells of the study's tables; make these first")
    # A table without years would make those of the others 2011.0, which no printed number is called.
    return storage.typed(pd.concat(frames, ignore_index=True), CELLS)


@dataclass(frozen=True)
class OurCell:
    """A number or word of one of our tables.

    Attributes
    ----------
    table, row, column : where it stands: id and keys
    place : its anchor on the page that says where it comes from
    value : of a number; None of a word
    word : of a word; empty of a number
    estimate : whether it is one, which has a sign and a significance
    stars : of an estimate's significance
    interval : of an estimate, 95 %
    """

    table: str
    row: str
    column: str
    place: str
    value: float | None
    word: str
    estimate: bool
    stars: str
    interval: tuple[float, float] | None

    @classmethod
    def read(cls, cell: Mapping[str, Any]) -> OurCell:
        """From columns of ``CELLS``. Stars of what is no estimate mark the largest, which is no significance."""
        number, estimate = not pd.isna(cell["value"]), not pd.isna(cell["spec"])
        low, high = cell["conf_low"], cell["conf_high"]
        return cls(
            table=cell["table"],
            row=cell["row_key"],
            column=cell["column_key"],
            place=anchor(cell["table"], *(int(cell[name]) for name in POSITION[1:])),
            value=float(cell["value"]) if number else None,
            word="" if number else cell["word"],
            estimate=estimate,
            stars=cell["stars"] if number and estimate else "",
            interval=None if pd.isna(low) or pd.isna(high) else (float(low), float(high)),
        )


class Ours:
    """Our printed numbers and words by what they show.

    Parameters
    ----------
    cells : schema ``CELLS``; one row a source, of which the first names the cell
    """

    def __init__(self, cells: pd.DataFrame) -> None:
        self._found: dict[Key, list[OurCell]] = {}
        self._dropped: dict[tuple[str, str], OurCell] = {}
        for cell in cells.to_dict("records"):
            if cell["source"] == 0:
                self._found.setdefault(key_of_cell(cell), []).append(OurCell.read(cell))
            if cell["word"] == DROPPED:
                self._dropped[cell["spec"], cell["variable"]] = OurCell.read(cell)

    @cached_property
    def _shown(self) -> set[tuple[str, ...]]:
        """Specifications, and their terms, that any cell shows."""
        named = [(key[2], key[3]) for key in self._found if key[2]]
        return {part for spec, term in named for part in ((spec,), (spec, term))}

    def find(self, printed: Mapping[str, str]) -> OurCell | Text:
        """Our cell for a printed number, or why there is none.

        Where several tables show it, that which is called like the paper's comes first.

        Raises
        ------
        InputError
            If what names it names several numbers.
        """
        if printed[MISSING]:
            code = f"scorecard.{printed[MISSING]}"
            return word(code) if has(code) else Text.same(printed[MISSING])
        own = self._found.get(key_of(printed), [])
        if own:
            _check_one(printed, own)
            return next((cell for cell in own if cell.table == printed["table"]), own[0])
        return self._absent(printed["spec"], printed["term"], printed["field"])

    def _absent(self, spec: str, term: str, field: str) -> OurCell | Text:
        """The cell that says that a term was dropped, or why there is no cell."""
        if (spec, term) in self._dropped and field in ("", "estimate"):
            return self._dropped[spec, term]
        if not spec or (spec,) not in self._shown:
            return word(f"scorecard.{'no_column' if spec else 'no_row'}")
        return word(f"scorecard.{'no_statistic' if (spec, term) in self._shown else 'no_row'}")


def _check_one(printed: Mapping[str, str], cells: list[OurCell]) -> None:
    """The cells that have a key must be one number or word."""
    if len({cell.word if cell.value is None else cell.value for cell in cells}) > 1:
        places = ", ".join(f"{cell.table} ({cell.row}, {cell.column})" for cell in cells)
        raise InputError(
            f"config/published/{printed['study']}.csv, table {printed['table']}, {printed['row']}: it names several numbers "
            f"of ours, in {places}; say more of it"
        )


def scorecard(
    published: pd.DataFrame, cells: pd.DataFrame, *, study: str, paper: str, origin: str
) -> pd.DataFrame:
    """Set each number that ``paper`` prints beside ours.

    Parameters
    ----------
    published : rows of ``config/published``; values as printed
    cells : of the study's tables, schema ``CELLS``

    Returns
    -------
    DataFrame
        Columns of SCORECARD, one row a published number, in printed order.

    Raises
    ------
    DeclarationError
        If the numbers are those of another paper.
    """
    others = sorted(set(published["study"]) - {paper})
    if others or published.empty:
        held = f"those of {', '.join(others)}" if others else "none"
        raise DeclarationError(
            f"{study}, paper: expected the numbers of {paper}, config/published gives {held}"
        )
    ours, mark = Ours(cells), Origin.parse(origin).mark
    rows = [
        {"study": study, "paper": paper, "order": order, "data": mark, **_judged(number, ours)}
        for order, number in enumerate(published.to_dict("records"))
    ]
    return storage.typed(pd.DataFrame(rows), SCORECARD)


@dataclass(frozen=True)
class Verdict:
    """What follows from a printed number or word and our cell: what the scorecard says of ours, and the comparison."""

    comparison: Comparison
    value: float | None = None
    text: str = ""
    stars: str = ""
    interval: tuple[float, float] | None = None
    cell: OurCell | None = None


def _judged(printed: Mapping[str, str], ours: Ours) -> dict[str, object]:
    """A printed number beside ours: all columns of the scorecard that tell them apart."""
    kind = WORD if number(printed["value"]) is None else NUMBER
    own = WORD if kind == WORD else family_of(printed)
    found = ours.find(printed)
    if isinstance(found, OurCell):
        verdict = replace(_compared(printed, found, own), cell=found)
    else:
        verdict = Verdict(Comparison(NOT_AVAILABLE, (found,)))
    cell, compared, (low, high) = verdict.cell, verdict.comparison, verdict.interval or (None, None)
    return {
        **{name: printed[name] for name in ("table", "panel", "column", "row", "statistic")},
        "kind": kind,
        "family": own,
        "published": printed["value"],
        "published_stars": printed["stars"],
        "ours": verdict.value,
        "ours_text": verdict.text,
        "our_stars": verdict.stars,
        "our_conf_low": low,
        "our_conf_high": high,
        "our_table": cell.table if cell else "",
        "our_column": cell.column if cell else "",
        "our_row": cell.row if cell else "",
        "our_cell": cell.place if cell else "",
        "same_sign": compared.same_sign,
        "same_significance": compared.same_significance,
        "within_interval": compared.within_interval,
        "difference": compared.difference,
        "relative_difference": compared.relative_difference,
        "class": compared.name,
        **{
            column: enumerated(compared.reasons, "punctuation.semicolon")[language]
            for language, column in REASONS.items()
        },
    }


def family_of(printed: Mapping[str, str]) -> str:
    """What a printed number is, by its statistic and by what names ours."""
    named = {name: printed[name] for name in ("measure", "how", "field", "spec")}
    return family(printed["statistic"], **named)


def _compared(printed: Mapping[str, str], cell: OurCell, own: str) -> Verdict:
    """What a printed number or word of a family and our cell say of each other, and why they differ."""
    if cell.word == DROPPED:
        return Verdict(Comparison(NOT_AVAILABLE, (word("scorecard.was_dropped"),)), text=DROPPED)
    if cell.value is None:
        same = same_word(printed["value"], cell.word)
        return Verdict(Comparison(EQUAL) if same else OTHER_WORD, text=cell.word)
    if own != WORD:
        # Stars say nothing where ours is no estimate; prose often leaves them out.
        told = cell.estimate and (printed["table"] != TEXT or printed["stars"] != "")
        stars = printed["stars"] if told else None
        exact = own == COUNT
        compared = compare(printed["value"], stars, cell.value, cell.stars, cell.interval, exact=exact)
        return Verdict(compared, cell.value, "", cell.stars, cell.interval)
    if printed["statistic"] != "significance":
        return Verdict(OTHER_WORD, text=repr(cell.value))
    reasons = significance(printed["value"], cell.value, cell.stars)
    text = f"{sign(cell.value)}, {cell.stars}" if cell.stars else "n.s."
    return Verdict(Comparison(DIFFERS if reasons else EQUAL, reasons), text=text)


def summary(frame: pd.DataFrame, by: str = "table") -> pd.DataFrame:
    """Count by class, with a last row ``all``.

    Parameters
    ----------
    frame : schema :data:`SCORECARD`
    by : ``table``: printed tables, in printed order; ``family``: what the numbers are, in the order of ``FAMILIES``

    Returns
    -------
    DataFrame
        One column a class. By table, and in the row ``all``, numbers without standard errors are counted: that signs and
        units are those declared would only flatter the count, and a standard error follows a choice of its own, how it is
        clustered, whatever its coefficient is. By table, ``words`` and ``same_words`` count the words, ``errors`` and
        ``near_errors`` the standard errors and those within 5 % of print.
    """
    errors = frame[frame["family"] == STD_ERROR]
    numbers = frame[(frame["kind"] == NUMBER) & (frame["family"] != STD_ERROR)]
    words = frame[frame["kind"] == WORD]
    total = numbers["class"].value_counts().reindex(list(CLASSES), fill_value=0)
    if by == "family":
        order: list[str] = [name for name in FAMILIES if (frame["family"] == name).any()]
        counts = _crossed(frame, by, order)
        return pd.concat([counts, total.to_frame("all").T]).astype(int)
    order = list(frame.groupby("table")["order"].min().sort_values().index)
    counts = _crossed(numbers, by, order)
    counts["words"] = words.groupby("table").size().reindex(order, fill_value=0)
    same = words[words["class"] == EQUAL]
    counts["same_words"] = same.groupby("table").size().reindex(order, fill_value=0)
    near = errors[errors["class"].isin(NEAR)]
    for name, own in (("errors", errors), ("near_errors", near)):
        counts[name] = own.groupby("table").size().reindex(order, fill_value=0)
    return pd.concat([counts, counts.sum().to_frame("all").T]).astype(int)


def _crossed(frame: pd.DataFrame, by: str, order: Sequence[str]) -> pd.DataFrame:
    return pd.crosstab(frame[by], frame["class"]).reindex(index=order, columns=list(CLASSES), fill_value=0)


def to_csv(frame: pd.DataFrame) -> bytes:
    """The scorecard in printed order, readable by Excel on Chinese Windows."""
    ordered = frame.sort_values("order", kind="stable").drop(columns="order")
    words = [name for name in ordered if not pd.api.types.is_numeric_dtype(ordered[name].dtype)]
    ordered = ordered.assign(
        **{
            name: ordered[name].map(lambda own: spreadsheet.plain(own) if isinstance(own, str) else own)
            for name in words
        }
    )
    text: str = ordered.to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8-sig")


def make(
    published: str | Path,
    cells: pd.DataFrame,
    findings: tuple[pd.DataFrame, pd.DataFrame] | None,
    *,
    study: str,
    paper: str,
    title: Text,
    titles: Mapping[str, Text],
    origin: str,
    outputs: Mapping[str, str | Path],
) -> pd.DataFrame:
    """Compare, and write the scorecard as CSV, as Parquet and as one page a language.

    Parameters
    ----------
    published : the paper's file of ``config/published``
    cells : of all tables of the study, in their order
    findings : the paper's headlines and the numbers that they were decided on, see :mod:`nianjian.publish.headlines`
    study, title : name of the study, and its title
    paper : what ``config/published`` calls the paper: ``S1``
    titles : titles of our tables
    origin : ``simulated`` or ``real: <label of the books>``
    outputs : files to write: ``csv``, ``parquet`` (schema :data:`SCORECARD`), and pages by ``<language>.html``

    Returns
    -------
    DataFrame
        The scorecard.
    """
    frame = scorecard(read_published(published), cells, study=study, paper=paper, origin=origin)
    for form, path in outputs.items():
        if form == "parquet":
            storage.write_table(frame, path, SCORECARD, SCORECARD_KEY)
            continue
        if form == "csv":
            content = to_csv(frame)
        else:
            counts = summary(frame), summary(frame, "family")
            language = form.removesuffix(".html")
            siblings = pages.siblings(path, [own for name, own in outputs.items() if name.endswith(".html")])
            shown = page(
                frame, *counts, findings, language, title=title, origin=origin, titles=titles, links=siblings
            )
            content = shown.encode()
        with replacing(path) as part:
            part.write_bytes(content)
    return frame
