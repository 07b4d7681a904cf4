"""All tables and figures of a study as one Typst file, which takes in the files beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.publish import typst
from nianjian.publish.origin import SIMULATED
from nianjian.publish.typst import escape, label
from nianjian.text import FIRST

if TYPE_CHECKING:
    from nianjian.publish.documents import Picture, Whole


def document(whole: Whole, language: str) -> str:
    """A document that compiles by itself in its folder."""
    fonts = whole.style.fonts
    lines = [
        f'#set document(title: "{_text(whole.title[language])}")',
        '#set page(paper: "a4", margin: 2.5cm, numbering: "1")',
        f'#set text(font: {typst.fonts(whole.style)}, size: 10.5pt, lang: "{typst.tag(language)}")',
        f"#align(center, text(size: 14pt)[{escape(whole.title[language])}])",
    ]
    if whole.origin.simulated:
        banner = " / ".join(dict.fromkeys(escape(SIMULATED[each]) for each in (FIRST, language)))
        lines.append(f"#align(center, box(stroke: 1pt, inset: 4pt)[#strong[{banner}]])")
    for number, table in enumerate(whole.tables):
        lines += [
            *(["#pagebreak(weak: true)"] if number else []),
            f'#include "tables/{table.id}.{language}.typ"',
        ]
    for picture in whole.pictures:
        lines += ["#pagebreak(weak: true)", *_figure(whole, picture, language, fonts.caption_size)]
    return "\n".join([*lines, ""])


def _figure(whole: Whole, picture: Picture, language: str, size: float) -> list[str]:
    at = label("fig", whole.study, picture.id)
    lines = [
        "#block(breakable: false)[",
        f'#align(center, image("figures/{picture.id}.{language}.svg", width: 100%, alt: "{_text(picture.described(language))}"))',
        f'#metadata(none)<{at}>#align(center, text(size: {size:g}pt, weight: "{typst.weight(whole.style)}")'
        f"[{escape(picture.caption(language))}])",
    ]
    if note := picture.note(language):
        lines.append(f"#text(size: 9pt)[{typst.sentence(note, whole.study, language)}]")
    return [*lines, "]"]


def _text(text: str) -> str:
    """A string of Typst."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
