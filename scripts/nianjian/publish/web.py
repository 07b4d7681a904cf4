"""Tables and scorecards as self-contained HTML pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from nianjian.publish.origin import BANNER
from nianjian.publish.places import anchor
from nianjian.publish.tables import Cell, Number, Table
from nianjian.text import word

READS = ("templates/page.html.j2", "templates/table.html.j2")
"""Files beside this module that count as its code, see :mod:`nianjian.codes`."""
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


def _cell(cell: Cell, language: str, place: tuple[str, int, int, int]) -> list[dict[str, str]]:
    """Texts of a cell, each with its place on the page that says where it comes from."""
    return [
        {
            "text": part.digits(language) if isinstance(part, Number) else part.printed(language),
            "stars": part.stars if isinstance(part, Number) else "",
            "anchor": anchor(*place, number) if part.shows else "",
        }
        for number, part in enumerate(cell)
    ]


def table_page(table: Table, language: str) -> str:
    """Render one table as a page that needs nothing beside it and prints on paper."""
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
                    {"parts": _cell(cell, language, (table.id, at, number, across)), "align": column.align}
                    for across, (column, cell) in enumerate(zip(table.columns, line, strict=True))
                ]
                rows.append({"heads": heads, "cells": cells, "below": number > 0})
        panels.append({"label": panel.label[language] if panel.label else "", "rows": rows})
    return page(
        "table.html.j2",
        language=language,
        simulated=table.source.simulated,
        caption=table.caption(language),
        stubs=[stub[language] for stub in table.stubs],
        levels=table.levels(language),
        aligns=[column.align for column in table.columns],
        panels=panels,
        note=table.footnote(language),
        width=len(table.stubs) + len(table.columns),
    )
