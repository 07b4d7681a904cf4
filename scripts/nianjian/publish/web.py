"""Tables and scorecards as self-contained HTML pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from nianjian.declarations import references
from nianjian.publish.layout import Alignment, Page, Widths, alignments, fitted, is_aligned, widths
from nianjian.publish.origin import BANNER
from nianjian.publish.parts import Cell, Number
from nianjian.publish.places import anchor
from nianjian.publish.tables import Table
from nianjian.text import word

READS = ("templates/page.html.j2", "templates/table.html.j2")
"""Files beside this module that count as its code, see :mod:`nianjian.codes`."""
PRINTED = tuple(Page(room, 0.53, 9, turned) for room, turned in ((480.0, False), (755.0, True)))
"""A4 upright and on its side, as pages are printed."""
LABEL = 26.0
"""Letters of a label that stand in one line."""
Alignments = dict[tuple[int, int], tuple[Alignment, bool]]
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Script:
    """Script and style of long pages.

    Attributes
    ----------
    digest : of the script: a page names the one script that it runs
    """

    text: str
    digest: str
    style: str


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def page(
    template: str, *, language: str, simulated: bool, script: Script | None = None, **values: Any
) -> str:
    """Fill one of the templates; every page gets its banner here, so that none can forget it.

    Parameters
    ----------
    script : what a long page does beside standing there; a page without one runs none, and none asks for anything
    """
    return (
        _environment()
        .get_template(template)
        .render(
            tag=word("language.html")[language],
            language=language,
            banner=BANNER if simulated else "",
            script=script,
            **values,
        )
    )


@dataclass(frozen=True)
class _Aligned:
    """Room left and right of a column's decimal points, in widths of a digit."""

    left: float
    right: float


def _parts(
    cell: Cell, table: Table, at: tuple[int, int, int], language: str, aligned: Alignments, linked: bool
) -> list[dict[str, Any]]:
    """Texts of a cell in row, line and column, each with its place on the page that says where it comes from."""
    found: list[dict[str, Any]] = []
    column = at[2]
    for place, part in enumerate(cell):
        own = aligned.get((column, place))
        link = anchor(table.id, *at, place) if part.shows and linked else ""
        if not isinstance(part, Number):
            found.append(
                {"text": part.printed(language, table.style), "stars": "", "room": None, "anchor": link}
            )
            continue
        pieces = part.pieces(language, table.style)
        room = None
        if own is not None and own[1] and is_aligned(part, True) and table.columns[column].align != "left":
            # Half a letter more than counted: brackets and signs of some fonts are wide.
            room = _Aligned(round(own[0].left + 0.3, 1), round(own[0].right + 0.3, 1))
        found.append(
            {
                "left": pieces.left,
                "right": pieces.right,
                "text": pieces.left + pieces.right,
                "stars": part.stars,
                "room": room,
                "anchor": link,
            }
        )
    return found


def _note(text: str, language: str) -> list[dict[str, str]]:
    """A note in pieces; references are links to the pages beside this one."""
    folders = {"table": "", "figure": "../figures/"}
    endings = {"table": "html", "figure": "svg"}
    return [
        {"text": each, "link": ""}
        if isinstance(each, str)
        else {
            "text": each.printed(language),
            "link": f"{folders[each.what]}{each.id}.{language}.{endings[each.what]}",
        }
        for each in references.split(text)
    ]


def table_page(table: Table, language: str) -> str:
    """Render one table as a page that needs nothing beside it and prints on paper: a table too wide for a page in parts."""
    note = table.footnote(language)
    fit = fitted(table, language, PRINTED)
    parts = [
        _grid(part.table, language, widths(part.table, language), _continued(table, language, number))
        for number, part in enumerate(fit.parts)
    ]
    return page(
        "table.html.j2",
        language=language,
        simulated=table.source.simulated,
        caption=table.caption(language).replace("\n", " "),
        style=table.style,
        whole=_grid(table, language, widths(table, language), _captions(table, language), linked=True),
        parts=parts if len(parts) > 1 else [],
        note=_note(note, language) if note else [],
        turned=fit.turned,
        points=fit.size,
    )


def _captions(table: Table, language: str) -> list[list[str]]:
    """Captions in lines."""
    return [each.split("\n") for each in table.captions(language)]


def _continued(table: Table, language: str, number: int) -> list[list[str]]:
    """What stands over a part of a table."""
    return [table.continued(language).split("\n")] if number else _captions(table, language)


def _grid(
    table: Table, language: str, needed: Widths, captions: list[list[str]], *, linked: bool = False
) -> dict[str, Any]:
    """What the template prints of a table, or of a part of one.

    Parameters
    ----------
    linked : numbers lead to where they come from
    """
    aligned = alignments(table, language)
    panels, place = [], count()
    for panel in table.panels:
        rows = []
        for row, labels in zip(panel.rows, table.printed_labels(panel, language), strict=True):
            at = next(place)
            for number, line in enumerate(row.lines):
                # A label covers the lines of its row, and of the rows below that share it.
                heads = (
                    [] if number else [(text, covers * len(row.lines)) for text, covers in labels if covers]
                )
                cells = [
                    {
                        "parts": _parts(cell, table, (at, number, across), language, aligned, linked),
                        "align": column.align,
                    }
                    for across, (column, cell) in enumerate(zip(table.columns, line, strict=True))
                ]
                rows.append({"heads": heads, "cells": cells, "below": number > 0})
        panels.append({"label": table.says(panel.label, language) if panel.label else "", "rows": rows})
    return {
        "captions": captions,
        "stubs": [
            (head, min(natural, LABEL) / 2)
            for head, natural in zip(table.stub_heads(language), needed.natural, strict=False)
        ],
        "least": [each / 2 for each in needed.narrow[needed.stubs :]],
        "levels": table.levels(language),
        "aligns": [column.align for column in table.columns],
        "panels": panels,
        "width": len(table.stubs) + len(table.columns),
    }
