"""A small study with results of every stage, made as the jobs make them from a made-up panel.

Twelve cities over seven years. Of 济南 (370100) the GDP of 2012 is not printed, that of 2013 was corrected and that of 2014
is suspect; of 襄阳 (420600) the population of 2011 stands in two cells.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from build_sample import build_sample
from build_weights import build_weights
from compute_index import compute_index
from estimate_specs import estimate_specs
from nianjian import schemas, storage
from nianjian.declarations import store
from nianjian.declarations.models.chain import Chain
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Entry, Facts
from nianjian.kinds.registry import kinds
from nianjian.plan.jobs import Job
from nianjian.plan.planning import Plan
from nianjian.publish import batches, making
from nianjian.publish.figures.drawing import points, write_points
from nianjian.reference import cities
from nianjian.reuse import facts_of
from planned import plan_in

STUDY = """
title: {en: A small study, zh: 小研究}
sample:
  years: [2010, 2016]
  suspects: keep
  missing: {method: linear}
  cities: {min_coverage: 0.9}
attributes:
  region: {file: regions.csv, by: province, column: region3_11, values: {east: {en: Eastern, zh: 东部}, centre: {en: Central, zh: 中部}, west: {en: Western, zh: 西部}}}
variables:
  so2: {expr: ind_so2 / gdp, unit_label: t/yuan, label: {en: SO2 intensity, zh: 排放强度}}
  lngdp: {expr: ln(gdp), label: {en: Output, zh: 产出}, note: current prices}
  green: {expr: green_area__districts / pop_hukou__districts, unit_label: m2}
  lnpop: {expr: ln(pop_hukou), unit_label: "1"}
  wealth: lngdp - lnpop
treatment: {name: did, policy: urban_agglomerations, coding: official, label: {en: DID, zh: 双重差分}}
groups:
  eastern: {expr: region == 'east', label: {en: Eastern, zh: 东部}}
indices:
  score:
    method: entropy
    label: {en: Score, zh: 得分}
    sensitivity: {bootstrap: 0}
    dimensions: {resist: {indicators: [-so2]}, adapt: {indicators: [green, lnpop]}}
spatial_weights:
  near: {kind: k_nearest, k: 3, label: {en: Three nearest, zh: 最近三城市}}
  alike: {kind: economic, variable: lngdp, years: [2010, 2011]}
specs:
  baseline: {estimator: twfe, outcome: score, controls: [lngdp]}
  rich: {extends: baseline, where: lngdp > 17.2}
  morans: {estimator: global_autocorrelation, outcome: lngdp, matrix: near, permutations: 0}
tables:
  1: {kind: descriptive, title: Sample, rows: [score, lngdp, did]}
  2: {kind: indicators, index: score, title: Indicators}
  3: {kind: regression, title: {en: Baseline, zh: 基准}, columns: [baseline, rich]}
  4: {kind: matrices, title: Weights}
  5: {kind: groups, groups: region, title: Groups}
  6: {kind: autocorrelation, columns: [morans], title: Autocorrelation}
figures:
  1: {kind: trend, title: {en: Means, zh: 均值}, panels: [{values: score, by: region}, {values: lngdp}]}
  2: {kind: ranking, title: Ranking, values: score, year: 2016}
"""
CITIES = (110000, 130100, 140100, 150100, 210100, 310000, 320500, 370100, 370200, 420100, 420600, 450100)
YEARS = range(2010, 2017)
ITEMS = {
    ("gdp", "city"): (3e7, "10^4 yuan"),
    ("ind_so2", "city"): (5e4, "t"),
    ("pop_hukou", "city"): (600.0, "10^4 person"),
    ("pop_hukou", "districts"): (300.0, "10^4 person"),
    ("green_area", "districts"): (9e3, "hectare"),
}


def observations(names: Mapping[int, str]) -> pd.DataFrame:
    """What the made-up books print, each value with a cell of its own."""
    rng = np.random.default_rng(7)
    rows = []
    for (item, scope), (level, unit) in ITEMS.items():
        for line, city in enumerate(CITIES):
            for year in YEARS:
                value = float(f"{level * np.exp(rng.normal() * 0.4 + 0.05 * (year - 2010)):.6g}")
                edition = year + 1
                rows.append(
                    {
                        "city": city, "city_name": names[city], "level": "city", "year": year, "item": item, "scope": scope, "value": value,
                        "unit": unit, "status": "printed", "raw": f"{value:g}", "edition": edition,
                        "file": f"books/{edition}/{item}.xlsx", "sheet": "1", "cell": f"{'B' if scope == 'city' else 'C'}{line + 4}",
                    }
                )  # fmt: skip
    frame = pd.DataFrame(rows)
    own = (frame["city"] == 370100) & (frame["item"] == "gdp")
    frame.loc[own & (frame["year"] == 2013), "status"] = "corrected"
    frame.loc[own & (frame["year"] == 2014), "status"] = "suspect"
    return frame[~(own & (frame["year"] == 2012))]


def _beside(frame: pd.DataFrame) -> dict[str, tuple[pd.DataFrame, Mapping[str, str]]]:
    """What happened on the way to the observations."""
    keyed = frame.set_index(["city", "year", "item", "scope"])
    fixed = keyed.loc[(370100, 2013, "gdp", "city")]
    odd = keyed.loc[(370100, 2014, "gdp", "city")]
    twice = keyed.loc[(420600, 2011, "pop_hukou", "city")]
    gdp = {"item": "gdp", "scope": "city", "city": 370100}
    corrected = {
        **gdp, "year": 2013, "raw": "999", "before": 999.0, "after": fixed["value"], "action": "set",
        "reason": "a digit lost", "reference": "the province's yearbook", **fixed[["edition", "file", "sheet", "cell"]],
    }  # fmt: skip
    suspect = {
        **gdp, "year": 2014, "value": odd["value"], "rule": "jump", "detail": "ten times its neighbours",
        **odd[["edition", "file", "sheet", "cell"]],
    }  # fmt: skip
    conflicts = [
        {
            "item": "pop_hukou", "scope": "city", "city": 420600, "year": 2011, "value": twice["value"], "kept": kept,
            "source": "city_yearbook", "raw": raw, **twice[["edition", "file", "sheet"]], "cell": cell,
        }
        for kept, raw, cell in ((True, twice["raw"], twice["cell"]), (False, "1", "Z9"))
    ]  # fmt: skip
    contested = {
        **gdp, "year": 2014, "value": odd["value"], "raw": "5770.6", "other": 57706000.0, "relation": "contests",
        "source": "cre_gdp", "file": "panel.xlsx", "sheet": "Sheet1", "cell": "G9",
    }  # fmt: skip
    unit = {
        "edition": 2014, "item": "gdp", "scope": "city", **fixed[["file", "sheet"]], "first_row": 1, "last_row": 999,
        "decision": "unit of the pages beside holds", "log10_ratio": 4.0, "reference": 2013, "cells": 12,
    }  # fmt: skip
    found = {
        "suspects": ([suspect], schemas.SUSPECTS),
        "conflicts": (conflicts, schemas.CONFLICTS),
        "contested": ([contested], schemas.CONTESTED),
        "corrected": ([corrected], schemas.CORRECTED),
        "units": ([unit], schemas.UNIT_DECISIONS),
    }
    return {
        name: (pd.DataFrame(rows).reindex(columns=list(schema)), schema)
        for name, (rows, schema) in found.items()
    }


def write_panel(folder: Path, frame: pd.DataFrame) -> None:
    """The files of the panel stage that a walk reads, and the extract of one edition."""
    panel = folder / "panel"
    frame = frame.assign(level="city")
    storage.write_table(frame, panel / "observations.parquet", schemas.OBSERVATIONS, schemas.OBSERVATION_KEY)
    columns = frame["item"] + frame["scope"].map({"city": "", "districts": "__districts"})
    wide = (
        frame.assign(column=columns)
        .pivot(index=["city", "year"], columns="column", values="value")
        .reset_index()
    )
    wide["city_name"] = wide["city"].map(dict(zip(frame["city"], frame["city_name"], strict=True)))
    storage.write_wide(wide, panel / "city_year.parquet", ["city", "year"])
    for name, (own, schema) in _beside(frame).items():
        key = [column for column in ("item", "scope", "city", "year", "edition", "cell") if column in schema]
        storage.write_table(own, panel / f"{name}.parquet", schema, key)
    own = frame[frame["edition"] == 2014]
    cells = pd.DataFrame(
        {
            "source": "city_yearbook", "edition": 2014, "table": "2-13", "title": "2-13 地区生产总值", "file": own["file"],
            "sheet": own["sheet"], "block": 1, "row": own["cell"].str[1:].astype(int), "col": 2, "cell": own["cell"],
            "label": own["city_name"], "header": own["item"] + " › 全市", "note": "单位：万元", "raw": own["raw"],
            "number": own["value"],
        }
    ).assign(period=None)  # fmt: skip
    cells["col"] = np.where(own["scope"] == "city", 2, 3)
    storage.write_table(
        cells,
        folder / "extracts/city_yearbook/2014.parquet",
        schemas.EXTRACT,
        ("file", "sheet", "row", "col"),
    )


@dataclass(frozen=True)
class Traced:
    """A workspace with results.

    Attributes
    ----------
    folder : of the study's results, relative to the workspace
    chain : how its numbers hang together
    """

    workspace: Path
    plan: Plan
    folder: str
    chain: Chain

    @contextlib.contextmanager
    def here(self) -> Iterator[None]:
        """Within the workspace, where paths lead."""
        with contextlib.chdir(self.workspace):
            yield


def make(workspace: Path) -> Traced:
    """Plan the study and run its jobs."""
    own = workspace / "config" / "studies" / "small.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(STUDY, encoding="utf8")
    planned = plan_in(workspace, studies=["small"])
    study = planned.plan.studies.registry.study("small")
    names = {code: own.name for code, own in cities.load(planned.plan.layers).by_code.items()}
    with contextlib.chdir(workspace):
        write_panel(Path(planned.plan.folder), observations(names))
        for stage in ("samples", "indices", "matrices", "estimates", "tables", "figures"):
            for job in planned.stages[stage]:
                _run(stage, job)
    return Traced(workspace, planned.plan, study.folder, study.chain())


def _run(stage: str, job: Job) -> None:
    declared = store.read(job.params["declared"])
    known, inputs = kinds(job.params.get("kinds", [])), job.inputs
    if stage == "samples":
        outputs = [job.outputs[name][0] for name in ("sample", "cities", "gaps", "boundaries")]
        build_sample(
            inputs["panel"], inputs["suspects"], inputs["corrected"], job.params["declared"], *outputs
        )
    elif stage == "indices":
        outputs = {name: paths[0] for name, paths in job.outputs.items()}
        compute_index(declared, inputs, outputs, known=known, seed=1)
    elif stage == "matrices":
        build_weights(declared, inputs["sample"][0], inputs["cities"][0], known=known)
    elif stage == "estimates":
        estimate_specs(declared, inputs["sample"][0], known=known, seed=1)
    elif stage == "tables":
        batches.make_all(declared, "tables", ("csv",), "cells", making.make, kinds=known, origin="simulated")
    else:
        for name, item in declared["items"].items():
            entry = Entry.read(known, "figures", name, item["entry"])
            facts = Facts.read(facts_of(declared["facts"], item["specs"]), known)
            context = PublishContext("small", "figures", name, facts=facts)
            drawing = entry.kind.build(
                entry.params, Data(item["inputs"], declared["folder"], str(context)), context
            )
            write_points(points(drawing, name), f"{declared['folder']}/figures/{name}.points.parquet")
