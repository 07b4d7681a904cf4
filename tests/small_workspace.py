"""A small workspace with a study of most kinds, a policy list and attributes of its own, for tests that make mistakes in it."""

from __future__ import annotations

from pathlib import Path

STUDY = "config/studies/mine.yaml"
POLICY = "config/policies/pilots.csv"
ATTRIBUTES = "config/reference/mine.csv"
CONFIG = "config/config.yaml"
ITEMS = "config/items.yaml"
SOURCE = "config/sources/mine.yaml"
CORRECTIONS = "config/corrections/simulated.yaml"

FILES = {
    STUDY: """title: {en: Pilots, zh: 试点}
sample:
  years: [2006, 2014]
  cities:
    min_coverage: 0.8
    drop: [{city: 拉萨市, reason: gaps}]
  missing: {method: linear, max_gap: 3}
  suspects: keep
  balance: true
attributes:
  region: {file: regions.csv, by: province, column: region3_11, values: {east: {en: Eastern, zh: 东部}, west: {en: Western, zh: 西部}}}
  stations: {file: mine.csv, column: stations_1984, unit: "1"}
variables:
  lnso2: {expr: ln(ind_so2), on_zero: missing, label: {en: SO2 (ln), zh: 二氧化硫（对数）}}
  lngdp: {expr: ln(gdp_pc), label: {en: GDP per head (ln), zh: 人均GDP（对数）}}
  density: {expr: pop_hukou / area_admin, unit: person/km^2}
  tool: stations * (year - 2003)
treatment: {name: did, policy: pilots, coding: first_round, starts: approval_year}
policies:
  smart: {policy: smart_city, coding: s1}
groups:
  eastern: region == 'east'
indices:
  score: {method: entropy, dimensions: {air: {indicators: [-lnso2]}, wealth: {indicators: [lngdp]}}}
spatial_weights:
  near: {kind: k_nearest, k: 4}
specs:
  baseline: {estimator: twfe, outcome: lnso2, controls: [lngdp, density]}
  eastern_only: {extends: baseline, where: region == 'east'}
  step: {stepwise: {base: baseline, add: controls}}
  dynamics: {extends: baseline, estimator: event_study, window: [-3, 3]}
  tooled: {extends: baseline, estimator: iv, endogenous: [did], instruments: [tool]}
  sdm: {extends: baseline, estimator: spatial_panel, model: sdm, matrix: near, cluster: null}
tables:
  1: {kind: descriptive, title: Sample, rows: [lnso2, lngdp]}
  2: {kind: regression, title: Baseline, columns: [step*, baseline, eastern_only]}
  3: {kind: regression, title: Others, columns: [dynamics]}
figures:
  1: {kind: event_study, title: Trends, spec: dynamics}
""",
    POLICY: "city,approval_date,first_round\n济南市,2010-01-29,true\n370200,2011,true\n苏州市,2012年7月,false\n",
    ATTRIBUTES: "city,stations_1984\n济南市,3\n青岛市,2\n320500,5\n",
    CONFIG: "languages: [en]\n",
    ITEMS: 'my_index: {zh: 指数, en: Index, unit: "1", kind: index, scopes: [city]}\n',
    SOURCE: """type: panel
title: {zh: 指数, en: Index}
file: "index.csv"
layout: long
city: city
year: year
values:
  value: {item: my_index, unit: "1"}
source: made up
""",
}


def write(folder: Path) -> Path:
    """Write the workspace; returns it."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf8")
    return folder
