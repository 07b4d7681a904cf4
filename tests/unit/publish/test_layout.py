"""Wide tables: heads wrap before type shrinks, no type is below the smallest, what is wider still is continued."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn

from nianjian.publish import latex, layout, making, word
from nianjian.publish.sources import Source
from nianjian.publish.tables import Column, Number, Panel, Row, Table
from nianjian.text import BLANK, Text
from styled import shipped, table

SHOWS = (Source.declared("demo", "x"),)


def wide(columns: int, head: str = "Sample of cities along the river", group: int = 0) -> Table:
    """One row of so many columns, in groups of some under a common head."""
    heads = [
        ((Text.same(f"Group {at // group}"),) if group else ()) + (Text.same(f"{head} {at}"),)
        for at in range(columns)
    ]
    cell = (Number(0.1234, 4, "coef", stars="***", shows=SHOWS),)
    error = (Number(0.0123, 4, "se", brackets="()", shows=SHOWS),)
    rows = (
        Row(
            "x",
            (Text.of(en="Regional integration", zh="区域一体化"),),
            ((cell,) * columns, (error,) * columns),
        ),
        Row("last", (Text.of(en="Only last", zh="仅末列"),), (((),) * (columns - 1) + (cell,),)),
    )
    return Table(
        "demo", "5", Text.of(en="Wide", zh="宽表"), (BLANK,),
        tuple(Column(f"({at})", own) for at, own in enumerate(heads)), (Panel(rows),), "real: books",
        notes=(Text.of(en="A note.", zh="注释。"),),
    )  # fmt: skip


def test_heads_wrap_before_type_shrinks() -> None:
    fit = word.layout(wide(5), "en")
    assert (fit.turned, fit.size, len(fit.parts)) == (False, 9, 1)
    own = layout.widths(wide(5), "en")
    assert sum(own.natural) > sum(fit.parts[0].widths) >= sum(own.narrow)


@pytest.mark.parametrize("pages", [word.PAGES, latex.PAGES], ids=["word", "latex"])
@pytest.mark.parametrize("columns", range(3, 40, 4))
def test_no_type_is_below_the_smallest_and_every_column_is_there_once(columns: int, pages: Any) -> None:
    made = wide(columns)
    fit = layout.fitted(made, "en", pages)
    assert fit.size >= made.style.fonts.smallest == 8
    keys = [column.key for part in fit.parts for column in part.table.columns]
    assert keys == [column.key for column in made.columns]
    page = [each for each in pages if each.turned is fit.turned][-1]
    for part in fit.parts:
        assert sum(part.widths) <= page.letters(len(part.widths), fit.size) + 0.01


def test_columns_under_one_head_stay_together() -> None:
    fit = layout.fitted(wide(24, group=4), "en", latex.PAGES)
    assert len(fit.parts) > 1
    assert all(len(part.table.columns) % 4 == 0 for part in fit.parts)


def test_rows_that_are_empty_in_a_part_are_left_out() -> None:
    first, *_, last = layout.fitted(wide(24), "en", latex.PAGES).parts
    assert [row.key for row in first.table.rows()] == ["x"]
    assert [row.key for row in last.table.rows()] == ["x", "last"]


@pytest.mark.parametrize(("language", "again"), [("en", "Table 5 (continued)"), ("zh", "续表5")])
def test_later_parts_say_that_they_continue_and_repeat_the_labels(language: str, again: str) -> None:
    document = Document(io.BytesIO(making.render(wide(40), "docx", language)))
    captions = [each.text for each in document.paragraphs if each.style.name == "Caption"]
    assert len(document.tables) == len(captions) > 1
    assert set(captions[1:]) == {again}
    label = "Regional integration" if language == "en" else "区域一体化"
    assert all(label in [cell.text for cell in grid.columns[0].cells] for grid in document.tables)
    notes = [each.text for each in document.paragraphs if "note" in each.text or "注释" in each.text]
    assert len(notes) == 1
    tex = making.render(wide(40), "tex", language).decode()
    assert tex.count(r"\begin{table}") > 1 and tex.count(r"\caption{") == tex.count(r"\item ") == 1
    assert again.replace("5", r"\ref{tab:demo-5}").replace(" \\", "~\\") in tex
    typ = making.render(wide(40), "typ", language).decode()
    assert again in typ


def test_word_sets_no_type_below_eight_points() -> None:
    for columns in (4, 9, 14, 20, 30):
        document = Document(io.BytesIO(making.render(wide(columns), "docx", "en")))
        sizes = {
            int(size.get(qn("w:val"))) / 2
            for size in document.element.body.iter(qn("w:sz"))
            if size.getparent().tag == qn("w:rPr")
        }
        assert min(sizes) >= 8


def test_stars_hang_and_decimal_points_stand_under_each_other_in_word() -> None:
    grid = Document(io.BytesIO(making.render(table(shipped("default")), "docx", "en"))).tables[0]
    column = [row.cells[1].paragraphs[0] for row in grid.rows]
    numbers = [each for each in column if "." in each.text]
    stops = {
        (tab.get(qn("w:val")), tab.get(qn("w:pos"))) for each in numbers for tab in each._p.iter(qn("w:tab"))
    }
    assert len(numbers) == 3 and len(stops) == 1 and next(iter(stops))[0] == "decimal"
    settings = Document(io.BytesIO(making.render(table(shipped("default")), "docx", "en"))).settings.element
    assert settings.find(qn("w:decimalSymbol")).get(qn("w:val")) == "."


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("Excluding overlap with the belt", 16, ["Excluding overlap", "with the belt"]),
        ("剔除长江经济带重叠城市", 12, ["剔除长江经济", "带重叠城市"]),
        ("产业结构（对数）", 10, ["产业结构", "（对数）"]),
        ("one", 2, ["one"]),
    ],
)
def test_lines_end_where_words_end(text: str, room: float, lines: list[str]) -> None:
    assert layout.wrapped(text, room) == lines


def printed_size(page: str) -> float:
    """Points of the type of a page's table on paper."""
    import re

    (points,) = re.findall(r"table \{ font-size: ([\d.]+)pt", page)
    return float(points)


def test_html_turns_the_page_for_wide_tables_and_prints_wider_ones_in_parts() -> None:
    small, turned, parts = (making.render(wide(n), "html", "en").decode() for n in (3, 12, 20))
    assert "A4 landscape" not in small and 'class="parts"' not in small
    assert "A4 landscape" in turned and 'class="parts"' not in turned
    assert "A4 landscape" not in parts and 'class="parts" aria-hidden="true"' in parts
    assert all(printed_size(page) >= 8 for page in (small, turned, parts))
    # On the screen the whole table, on paper each column once more; a link only where one clicks.
    assert all(parts.count(f"Sample of cities along the river {at}<") == 2 for at in range(20))
    assert parts.count("Table 5 (continued)") == parts.count("<table") - 2
    assert parts.count('href="../trace') == making.render(wide(20), "csv", "en").decode().count("\n") - 1


def test_html_gives_each_side_of_a_column_s_points_one_width() -> None:
    page = making.render(replace(table(shipped("default"))), "html", "en").decode()
    import re

    sides = re.findall(r'<span class="l" style="width: ([\d.]+)ch">([^<]*)</span>', page)
    firsts = {width for width, text in sides if text in ("−0", "(0")}
    assert len(firsts) == 1
    assert all(float(width) >= len(text) for width, text in sides)
