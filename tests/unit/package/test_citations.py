"""References in BibTeX and GB/T 7714, of made-up works and of all sources that the project ships."""

from __future__ import annotations

import re

import pytest

from nianjian.declarations.layers import CONFIG, Layers
from nianjian.declarations.models.citation import Citation
from nianjian.kinds.registry import kinds
from nianjian.package.citations import Reference, bibtex, gbt7714
from nianjian.plan.reading import read_sources
from nianjian.text import Text

TITLE = Text.of(en="A panel", zh="一个面板")
ARTICLE = Citation(
    type="article", authors=["Shan, Yuli", "Guan, Yu-Ru", "Hang, Ye", "Zheng, Heran"], original="en",
    title={"en": "Emissions & peaks", "zh": "排放"}, journal="Science Bulletin", year=2022, volume="67", issue="18",
    pages="1910-1920", doi="10.1000/1_2", confidence="verified",
)  # fmt: skip
BOOK = Citation(type="book", authors=["杨正泰"], publisher="出版社", place="上海", year=1994)


def test_an_article_in_english():
    reference = Reference("co2", TITLE, ARTICLE)
    assert gbt7714(reference) == (
        "SHAN Y, GUAN Y R, HANG Y, et al. Emissions & peaks[J/OL]. Science Bulletin, 2022, 67(18): 1910-1920. DOI: 10.1000/1_2."
    )
    entry = bibtex(reference)
    assert entry.startswith("@article{co2,") and entry.endswith("}")
    assert "author = {Shan, Yuli and Guan, Yu-Ru and Hang, Ye and Zheng, Heran}" in entry
    assert r"title = {{Emissions \& peaks}}" in entry and "pages = {1910--1920}" in entry
    assert r"doi = {10.1000/1\_2}" in entry and "not verified" not in entry


def test_a_book_in_chinese_takes_the_title_of_its_source():
    reference = Reference("stations", TITLE, BOOK)
    assert gbt7714(reference) == "杨正泰. 一个面板[M]. 上海: 出版社, 1994."
    assert "author = {{杨正泰}}" in bibtex(reference) and "details not verified" in bibtex(reference)


def test_without_a_citation_the_source_speaks_for_itself():
    reference = Reference("own", TITLE, None, "compiled by hand")
    assert gbt7714(reference) == "一个面板[DS]. compiled by hand"
    assert "no citation declared" in bibtex(reference)


@pytest.mark.parametrize(
    "name", [name for name in read_sources(Layers((CONFIG,)), kinds()) if not name.startswith("simulated_")]
)
def test_every_shipped_source_is_cited_and_says_how_it_is_got(name):
    params = read_sources(Layers((CONFIG,)), kinds())[name].params
    assert params.cite is not None and params.cite.access is not None
    reference = Reference(
        name, Text.of(**params.title.plain()), params.cite, getattr(params, "source", "") or ""
    )
    assert re.search(r"\[(M|J|DS)(/OL)?\]", gbt7714(reference))
    assert bibtex(reference).count("{") == bibtex(reference).count("}")
    assert "cite" not in params.plain()  # a mended citation reads no book anew
