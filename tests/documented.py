"""Examples of the documents, and the study that those of the pages for Stata users make up, with a file as they describe it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
HEAD = re.compile(r"^# (\S+)\n")
PORTS = ("青岛市", "宁波市", "厦门市")
STEP = 7
"""Of the cities of today the first in so many is in the file, and the ports that a page names."""
YEARS = range(2008, 2021)
"""Marks of what needs all examples."""


class Example(NamedTuple):
    """A block of YAML of a page."""

    page: str
    number: int
    text: str

    @property
    def name(self) -> str:
        return f"{self.page}:{self.number}"

    @property
    def file(self) -> str:
        """Where it is to stand, if its first line says so."""
        head = HEAD.match(self.text)
        return head[1] if head else ""

    @property
    def content(self) -> Any:
        return plain(yaml.safe_load(self.text))


def plain(value: Any) -> Any:
    """With keys as JSON has them."""
    if isinstance(value, dict):
        return {str(key): plain(own) for key, own in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def over(first: Any, second: Any) -> Any:
    """The second laid over the first, as a workspace's file over the project's."""
    if isinstance(first, dict) and isinstance(second, dict):
        return {**first, **{key: over(first.get(key), own) for key, own in second.items()}}
    return second


def examples(page: Path) -> list[Example]:
    """Its blocks of YAML, in their order."""
    text = page.read_text(encoding="utf8")
    found = re.findall(r"^```ya?ml\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    name = page.relative_to(ROOT).as_posix()
    return [Example(name, number, block) for number, block in enumerate(found, start=1)]


def thesis(*pages: str) -> dict[str, Any]:
    """The study of the quickstart, with all that the examples of some pages add to it."""
    found: dict[str, Any] = examples(ROOT / "docs" / "quickstart.md")[0].content
    for page in pages:
        for example in examples(ROOT / "docs" / f"{page}.md"):
            if not example.file:
                found = over(found, example.content)
    return found


def cities() -> pd.DataFrame:
    """Cities of the file, as the project knows them."""
    known = pd.read_csv(ROOT / "config" / "reference" / "cities.csv")
    known = known[known["to_year"].isna()].reset_index(drop=True)
    kept = (known.index % STEP == 0) | known["name_zh"].isin(PORTS)
    return known[kept].reset_index(drop=True)


def data() -> pd.DataFrame:
    """A file with the columns that these pages name: cities by their Chinese names, a reform in three waves."""
    rng = np.random.default_rng(20180101)
    known = cities()
    count = len(known)
    at = np.repeat(np.arange(count), len(YEARS))
    year = np.tile(np.array(YEARS), count)
    first = rng.choice([np.nan, 2012, 2014, 2016], count)[at]
    size, n = rng.normal(size=count)[at], len(at)
    frame = pd.DataFrame({"city": known["name_zh"].to_numpy()[at], "year": year})
    frame["gdp"] = np.exp(9 + size + 0.08 * (year - 2008) + 0.05 * rng.normal(size=n))
    frame["pop"] = np.exp(5 + 0.5 * size + 0.02 * rng.normal(size=n))
    frame["fdi"] = rng.lognormal(3, 1, n)
    frame["region"] = 1 + at % 3
    frame["province"] = known["city"].to_numpy()[at] // 10000
    frame["did"] = (year >= first).astype(float)
    frame["first"] = first
    frame["stations"] = rng.poisson(3, count)[at]
    frame["fiscal"] = rng.uniform(0.1, 0.3, n)
    frame["patents"] = rng.poisson(20, n)
    for name in ("so2", "labour", "capital"):
        frame[name] = rng.lognormal(4, 0.5, n)
    frame["weight"] = rng.uniform(1, 2, n)
    trend = 0.01 * frame["stations"] * (year - 2008)
    frame["debt"] = np.exp(5 + 0.3 * size + trend + 0.2 * frame["did"] + 0.1 * rng.normal(size=n))
    return frame


def files(folder: Path) -> None:
    """The files of ``data/`` that these pages name."""
    folder.mkdir()
    data().to_stata(folder / "thesis.dta", write_index=False, version=118)
    names = cities()["name_zh"]
    pilots = pd.DataFrame({"城市": names[::3], "批准年份": 2013})
    pilots.to_excel(folder / "pilots.xlsx", index=False)
    relief = pd.DataFrame({"city": names, "relief": np.linspace(10, 900, len(names))})
    relief.to_csv(folder / "relief.csv", index=False)
    near = np.abs(np.subtract.outer(range(len(names)), range(len(names))))
    trade = pd.DataFrame(np.where(near == 0, 0, 1 / np.maximum(near, 1)), index=names, columns=names)
    trade.to_excel(folder / "w.xlsx")


def write(folder: Path, declared: dict[str, Any]) -> Path:
    """A workspace with the study and its files."""
    (folder / "config" / "studies").mkdir(parents=True)
    files(folder / "data")
    (folder / "config" / "config.yaml").write_text("studies: [thesis]\n", encoding="utf8")
    text = yaml.safe_dump(declared, allow_unicode=True, sort_keys=False)
    (folder / "config" / "studies" / "thesis.yaml").write_text(text, encoding="utf8")
    return folder
