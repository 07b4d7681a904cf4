"""Print one edition: its tables as workbooks, what lies beside them, and the record of its misprints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from nianjian import simulate
from nianjian.files import writing
from nianjian.simulate import NOTICE, misprints
from nianjian.simulate.compose import print_table
from nianjian.simulate.edition import Edition, read_edition
from nianjian.simulate.workbook import Cell, Page, write_workbook


def write_edition(truth: Path, folder: Path, edition: int, seed: int, root: Path) -> pd.DataFrame:
    """Write the folder of one edition below ``root``.

    Parameters
    ----------
    truth : Parquet of :data:`nianjian.simulate.truth.TRUTH`
    folder : ``config/simulation``

    Returns
    -------
    Rows of the MISPRINTS schema.
    """
    book = read_edition(truth, folder, edition)
    name = simulate.folder_name(edition)
    top = root / name
    found: list[misprints.Misprint] = []
    place = top / book.plan.folders.prefecture
    place.mkdir(parents=True, exist_ok=True)
    for table in book.plan.tables:
        file, sheets, slips = print_table(book, table, seed, name)
        write_workbook(place / file, sheets)
        found += slips
    _write_beside(top, book)
    return pd.DataFrame(found, columns=list(misprints.MISPRINTS))


def _write_beside(top: Path, book: Edition) -> None:
    """What lies beside the prefecture-level tables and is no part of them: a reader has to leave it out."""
    county = top / book.plan.folders.county
    county.mkdir(parents=True, exist_ok=True)
    rows: list[list[Cell]] = [[NOTICE], ["3-1 县级城市人口"], ["城市", "年末总人口(万人)"]]
    rows += [[f"某县{n}市", 40 + n] for n in range(1, 6)]
    write_workbook(county / "3-1_人口.xlsx", [Page("1", rows)])
    ranking = top / book.plan.folders.ranking
    ranking.mkdir(parents=True, exist_ok=True)
    population = book.values["pop_hukou", "city"]
    best = np.argsort(-population, kind="stable")[:10]
    rows = [[NOTICE], ["4-1 城市年末总人口排序"], ["位次", "城市", "万人"]]
    rows += [
        [n, book.cities[place]["name_zh"], round(float(population[place]), 1)]
        for n, place in enumerate(best, start=1)
    ]
    write_workbook(ranking / "4-1_年末总人口.xlsx", [Page("1", rows)])
    with writing(top):
        (top / "说明.txt").write_text(
            f"{NOTICE}\n{simulate.folder_name(book.plan.edition)}\n", encoding="utf8"
        )
        (top / "目录.pdf").write_bytes(_pdf())


def _pdf() -> bytes:
    """An empty page: a file that is no workbook."""
    body = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    body += b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF\n"
