"""A small workspace that reaches every stage: a few small books, and a study with a kind of each family."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import openpyxl

REFERENCE = Path(__file__).resolve().parents[2] / "config" / "reference" / "cities.csv"
EDITIONS = range(2013, 2016)
TABLES = {
    "2-13_地区生产总值": ("地区生产总值(当年价格)(万元)", {"全市": 3e7, "市辖区": 1.8e7}),
    "2-1_人口": ("年末户籍人口(万人)", {"全市": 600.0, "市辖区": 300.0}),
    "2-30_园林绿地面积": ("绿地面积(公顷)", {"市辖区": 9e3}),
    "2-35_工业二氧化硫排放量": ("工业二氧化硫排放量(吨)", {"全市": 5e4}),
}
"""File to the head of its columns, and a scope's level."""
STUDY = """
title: {en: A small study, zh: 小研究}
sample:
  years: [2012, 2014]
  suspects: keep
  missing: {method: linear}
attributes:
  region: {file: regions.csv, by: province, column: region3_11, values: {east: {en: Eastern, zh: 东部}, centre: {en: Central, zh: 中部}, west: {en: Western, zh: 西部}}}
variables:
  so2: {expr: ind_so2 / gdp, unit_label: t/yuan, label: {en: SO2 intensity, zh: 排放强度}}
  lngdp: {expr: ln(gdp), label: {en: Output, zh: 产出}}
  green: {expr: green_area__districts / pop_hukou__districts, unit_label: m2, label: {en: Green, zh: 绿地}}
  lnpop: {expr: ln(pop_hukou), unit_label: "1", label: {en: People, zh: 人口}}
treatment: {name: did, policy: smart_city, coding: s1, label: {en: DID, zh: 双重差分}}
indices:
  score:
    method: entropy
    label: {en: Score, zh: 得分}
    sensitivity: {bootstrap: 5}
    dimensions: {resist: {indicators: [-so2]}, adapt: {indicators: [green, lnpop]}}
spatial_weights:
  near: {kind: k_nearest, k: 3, label: {en: Three nearest, zh: 最近三城市}}
specs:
  baseline: {estimator: twfe, outcome: score, controls: [lngdp]}
  placebo: {extends: baseline, estimator: placebo, draws: 20}
  moran: {estimator: global_autocorrelation, outcome: lngdp, matrix: near, permutations: 19}
tables:
  1: {kind: descriptive, title: {en: Sample, zh: 样本}, rows: [score, lngdp, did]}
  2: {kind: regression, title: {en: Baseline, zh: 基准}, columns: [baseline]}
  3: {kind: autocorrelation, columns: [moran], title: {en: Autocorrelation, zh: 自相关}}
figures:
  1: {kind: trend, title: {en: Means, zh: 均值}, panels: [{values: score, by: region}]}
"""
CONFIG = "studies: [small]\n"
CORRECTIONS = "patterns: []\ncorrections: []\n"
OTHER = """patterns: []
corrections:
  - {item: gdp, city: 370100, years: [2012], action: scale, factor: 2, expect: {gt: 0}, reason: another edition says otherwise, reference: made up}
"""
"""Corrections that change the panel, and so all that follows from it."""
SCREEN = 12
"""Digits of what the books print follow from this seed."""


def write_books(folder: Path, editions: range = EDITIONS) -> Path:
    """Books of some editions; returns their folder."""
    for edition in editions:
        place = folder / f"中国城市统计年鉴{edition}（excel）" / "二、地级及以上城市统计资料"
        place.mkdir(parents=True)
        for name, (head, levels) in TABLES.items():
            write_table(place / f"{name}.xlsx", name, head, levels, edition)
    return folder


def write_table(path: Path, name: str, head: str, levels: dict[str, float], edition: int) -> None:
    """One workbook: a title, two rows of header, the cities below their provinces."""
    draws = np.random.default_rng([SCREEN, edition, len(name)])
    book = openpyxl.Workbook()
    book.active.append([name.replace("_", " ")])
    book.active.append(["城市", head])
    book.active.append([None, *levels])
    for province, cities in printed_cities(edition - 1).items():
        book.active.append([province])
        for city in cities:
            numbers = [round(level * float(np.exp(draws.normal() * 0.3)), 2) for level in levels.values()]
            book.active.append([f"  {city}", *numbers])
    book.save(path)


def printed_cities(year: int) -> dict[str, list[str]]:
    """Province to its cities of a year, as the books list them."""
    found: dict[str, list[str]] = {}
    with open(REFERENCE, encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            if int(row["from_year"] or 0) <= year <= int(row["to_year"] or 9999):
                found.setdefault(row["province_zh"], []).append(row["name_zh"])
    return found


def write_workspace(folder: Path, corrections: str = CORRECTIONS) -> Path:
    """The declarations of the small study in a folder of its own; returns it."""
    config = folder / "config"
    for name, text in {
        "config.yaml": CONFIG,
        "studies/small.yaml": STUDY,
        "corrections/city_yearbook.yaml": corrections,
    }.items():
        (config / name).parent.mkdir(parents=True, exist_ok=True)
        (config / name).write_text(text, encoding="utf8")
    return folder
