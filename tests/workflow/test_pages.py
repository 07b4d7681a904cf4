"""Links of all pages of a run lead somewhere: within a page, from page to page, and to tables and figures."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote

PAGES = ("studies/*/*.html", "studies/*/tables/*.html", "papers/*.html", "panel/*.html")
LINK = re.compile(r'href="(?!https?:|data:|javascript:|mailto:)([^"#]*)(?:#([^"]*))?"')


@cache
def anchors(page: Path) -> frozenset[str]:
    return frozenset(map(unescape, re.findall(r'\bid="([^"]+)"', page.read_text(encoding="utf8"))))


def dead(page: Path) -> list[str]:
    """Links of a page that lead nowhere."""
    found = []
    for file, part in dict.fromkeys(LINK.findall(page.read_text(encoding="utf8"))):
        target = (page.parent / unquote(unescape(file))).resolve() if file else page
        if not target.is_file() or (
            part and "=" not in part and target.suffix == ".html" and unescape(part) not in anchors(target)
        ):
            found.append(f"{page.name}: {file}#{part}")
    return found


def test_no_link_of_a_page_leads_nowhere(project: Path) -> None:
    pages = [
        page.resolve() for pattern in PAGES for page in sorted((project / "results/simulated").glob(pattern))
    ]
    assert len(pages) > 300
    assert [link for page in pages for link in dead(page)] == []


def test_every_table_and_figure_has_its_part_of_the_page_on_where_numbers_come_from(project: Path) -> None:
    for study in sorted((project / "results/simulated/studies").iterdir()):
        wanted = {f"table-{path.name.split('.')[0]}" for path in study.glob("tables/*.cells.parquet")}
        wanted |= {f"figure-{path.name.split('.')[0]}" for path in study.glob("figures/*.points.parquet")}
        for language in ("en", "zh"):
            assert wanted <= anchors((study / f"trace.{language}.html").resolve()), (study, language)
