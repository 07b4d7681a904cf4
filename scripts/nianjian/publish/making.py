"""Make a table of a study and write it in every language and format, with its cells."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from nianjian.declarations.models.style import Style
from nianjian.errors import DeclarationError
from nianjian.files import replacing
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Entry
from nianjian.publish import cells
from nianjian.publish.formats import TABLE_FORMATS
from nianjian.publish.tables import Table, to_csv
from nianjian.text import Text, worded

CELLS = "cells"
"""Key of the output that holds the cells; every other is ``<language>.<format>``."""


def render(table: Table, form: str, language: str) -> bytes:
    """Render as ``csv``, ``tex``, ``html``, ``docx``, ``xlsx`` or ``typ``; the same table gives the same bytes."""
    with worded(wording(table.style)):
        return _rendered(table, form, language)


def wording(style: Style | None) -> dict[str, Text]:
    """What a style says otherwise than the catalogue."""
    words = {} if style is None else style.words
    return {key: Text.of(**own.plain()) for key, own in words.items()}


def _rendered(table: Table, form: str, language: str) -> bytes:
    # The writers are imported inside: a job that writes CSV need not load those of Word and Excel.
    if form == "csv":
        return to_csv(table, language)
    if form == "tex":
        from nianjian.publish import latex

        return latex.fragment(table, language).encode()
    if form == "html":
        from nianjian.publish import web

        return web.table_page(table, language).encode()
    if form == "docx":
        from nianjian.publish import word

        return word.document(table, language)
    if form == "xlsx":
        from nianjian.publish import excel

        return excel.workbook(table, language)
    if form == "typ":
        from nianjian.publish import typst

        return typst.fragment(table, language).encode()
    raise DeclarationError(f"table format {form!r}: expected {', '.join(TABLE_FORMATS)}")


def write(table: Table, outputs: Mapping[str, Path]) -> None:
    """Write ``table`` to each of ``outputs``, whole or not at all.

    Parameters
    ----------
    outputs : files by ``<language>.<format>``, and ``cells``
    """
    # All are rendered before the first is written: what cannot be printed leaves no half of a table behind.
    rendered = {
        path: render(table, form, language)
        for key, path in outputs.items()
        if key != CELLS
        for language, _, form in [key.partition(".")]
    }
    for path, content in rendered.items():
        with replacing(path) as part:
            part.write_bytes(content)
    if CELLS in outputs:
        cells.write(table, outputs[CELLS])


def built(entry: Entry, data: Data, context: PublishContext) -> Table:
    """A declared table, worded as its style has it."""
    with worded(wording(context.style)):
        table: Table = entry.kind.build(entry.params, data, context)
    return table


def make(entry: Entry, data: Data, context: PublishContext, outputs: Mapping[str, Path]) -> None:
    """Build a declared table and write it.

    Parameters
    ----------
    entry : the table's declaration, complete
    data : files that its kind's inputs name
    context : the table's place; its facts are the study's
    outputs : see :func:`write`

    Raises
    ------
    DeclarationError, EstimationError, SampleError
        If it asks for what is not there.
    """
    table = built(entry, data, context)
    write(table, outputs)
    logging.info("table %s: %d rows, %d columns", table.id, len(list(table.rows())), len(table.columns))
