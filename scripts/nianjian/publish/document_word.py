"""All tables and figures of a study as one Word document: numbers are fields, notes refer to bookmarks.

Word counts the tables of each series anew when fields are updated: a table that is put in between, or copied into a paper,
gets its number, and notes follow.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.shared import Cm

from nianjian import printable
from nianjian.declarations import references
from nianjian.declarations.references import Reference
from nianjian.language import has_han
from nianjian.publish import word as writer
from nianjian.publish import word_parts as parts
from nianjian.publish.parts import PLAIN
from nianjian.publish.tables import Table

if TYPE_CHECKING:
    from nianjian.publish.documents import Picture, Whole

MARK = "\0"
"""In place of a number, to find where it stands."""
PICTURE_CM, HIGHEST_CM = 16.0, 19.0


class Fields:
    """Captions with ``SEQ`` fields and bookmarks, notes with ``REF`` fields.

    Attributes
    ----------
    shown : what is printed of each bookmark: ``Table A3``
    """

    def __init__(self, whole: Whole, language: str) -> None:
        self.language = language
        self.style = whole.style
        self.numbers: dict[str, int] = {}
        self.marks = 0
        self.shown: dict[tuple[str, str], str] = {}
        for table in whole.tables:
            self.shown["table", table.id] = self._around(table)[0].strip() + "\N{NO-BREAK SPACE}" + table.id
        for picture in whole.pictures:
            before = replace(picture, id=MARK).caption(language).partition(MARK)[0]
            self.shown["figure", picture.id] = before.strip() + "\N{NO-BREAK SPACE}" + picture.id

    def _around(self, table: Table) -> tuple[str, str]:
        before, _, after = replace(table, id=MARK).caption(self.language).partition(MARK)
        return before, after

    def caption(self, paragraph: Any, table: Table, language: str) -> None:
        """A table's caption."""
        before, after = self._around(table)
        self._numbered(paragraph, "table", table.id, before, after, table)

    def figure(self, paragraph: Any, picture: Picture, dressed: Table) -> None:
        """A figure's caption."""
        before, _, after = replace(picture, id=MARK).caption(self.language).partition(MARK)
        self._numbered(paragraph, "figure", picture.id, before, after, dressed)

    def _numbered(
        self, paragraph: Any, what: str, name: str, before: str, after: str, dressed: Table
    ) -> None:
        fonts, size = dressed.style.fonts, dressed.style.fonts.caption_size
        series, number = _series(name)
        runs = [writer.dress(paragraph.add_run(before + series), before, dressed)]
        if number is not None:
            called = re.sub(r"\W", "", f"{before.strip()}{'_' if series else ''}{series}") or what
            follows = self.numbers.get(called, 0) + 1 == number
            self.numbers[called] = number
            code = f"SEQ {called} \\* ARABIC" + ("" if follows else f" \\r {number}")
            found = parts.field(paragraph, code, str(number), size, fonts, caption=True)
            runs += [writer.dress(run, before, dressed) for run in found]
        self.marks += 1
        parts.bookmark(runs, bookmark(what, name), self.marks)
        writer.caption_words(paragraph, after, dressed)

    def note(self, paragraph: Any, text: str, size: float, table: Table, language: str) -> None:
        """A note whose references follow the numbers."""
        for each in references.split(text):
            if isinstance(each, str):
                parts.write(paragraph, each, size, table.style.fonts)
            elif (each.what, each.id) in self.shown:
                code = f"REF {bookmark(each.what, each.id)} \\h"
                parts.field(paragraph, code, self._shown(each), size, table.style.fonts)
            else:
                parts.write(paragraph, each.printed(language), size, table.style.fonts)

    def _shown(self, each: Reference) -> str:
        return self.shown[each.what, each.id]


def bookmark(what: str, name: str) -> str:
    """What a bookmark is called: at most 40 letters, digits and underscores."""
    return f"{what}_{name}"[:40]


def _series(name: str) -> tuple[str, int | None]:
    """``A3`` is number 3 of series A; a name without a number is printed as it is."""
    found = re.fullmatch(r"(.*?)([1-9][0-9]{0,3})", name)
    return (found[1], int(found[2])) if found else (name, None)


def document(whole: Whole, language: str) -> bytes:
    """Render the document."""
    first = whole.tables[0] if whole.tables else None
    dressed = first or _bare(whole)
    word = writer.started(dressed, dressed.style.fonts.size)
    title = word.add_paragraph()
    run = title.add_run(printable.without_controls(whole.title[language]))
    parts.set_font(run, 14, whole.style.fonts, caption=True)
    run.bold = not has_han(whole.title[language])
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    fields, turned = Fields(whole, language), False
    parts.set_page(word.sections[0], turned)
    for number, table in enumerate(whole.tables):
        fit = writer.layout(table, language)
        if fit.turned is not turned:
            turned = fit.turned
            parts.set_page(word.add_section(WD_SECTION.NEW_PAGE), turned)
        elif number:
            word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        writer.add_table(word, table, fit, language, fields)
    if turned and whole.pictures:
        parts.set_page(word.add_section(WD_SECTION.NEW_PAGE), False)
    for picture in whole.pictures:
        _picture(word, picture, language, fields, dressed)
    return writer.finished(word, whole.title[language], whole.origin.mark, language)


def _bare(whole: Whole) -> Table:
    """A table that holds nothing, of a study without tables: it lends captions its style."""
    from nianjian.text import BLANK

    mark = "simulated" if whole.origin.simulated else f"real: {whole.origin.label}"
    return Table(whole.study, "0", BLANK, (), (), (), mark, style=whole.style or PLAIN)


def _picture(word: Any, picture: Picture, language: str, fields: Fields, dressed: Table) -> None:
    """A figure on its own page, with its caption below."""
    if dressed.source.simulated:
        writer.add_banner(word, dressed)
    place = word.add_paragraph()
    place.alignment = WD_ALIGN_PARAGRAPH.CENTER
    place.paragraph_format.keep_with_next = True
    shape = place.add_run().add_picture(str(picture.file(language, "png")), width=Cm(PICTURE_CM))
    if shape.height > Cm(HIGHEST_CM):
        shape.width, shape.height = int(shape.width * Cm(HIGHEST_CM) / shape.height), Cm(HIGHEST_CM)
    shape._inline.docPr.set("descr", printable.without_controls(picture.described(language)))
    caption = word.add_paragraph(style="Caption")
    parts.space(caption, after=4)
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
    fields.figure(caption, picture, dressed)
    if note := picture.note(language):
        below = parts.tight(word.add_paragraph(), None, before=3)
        fields.note(below, note, dressed.style.fonts.size, dressed, language)
