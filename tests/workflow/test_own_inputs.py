"""A study on columns, a policy list, an attribute, a group and a weight matrix of one's own, beside small books."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from nianjian import plan
from nianjian.publish.sources import Source
from nianjian.sample.declared import chain_of
from nianjian.trace.books import PanelBooks
from nianjian.trace.steps import Step
from nianjian.trace.study import StudyResults
from nianjian.trace.walking import Walker
from small_books import BODY, HEADER
from workflow.conftest import ENVIRONMENT, ROOT, planned, snakemake

NAMES = ["北京", "上海", "Tianjin", "襄樊", "济南市", "2102", "广州", "深圳", "南京", "苏州", "西安", "成都"]
S, CHECK = "results/real/studies/mine", "results/real/sources.txt"
"""All but the check of the panel is asked for: the small books lack most cities."""
PAGE = "results/real/panel/coverage.en.html"
SOURCE = """
type: panel
title: {zh: 自有数据, en: Own data}
file: data/mine.xlsx
city: 城市
year: 年份
values:
  result: {column: 结果, unit: "1", label: {zh: 结果, en: Result}}
  control: {column: 控制, unit: "1", label: {zh: 控制, en: Control}}
source: own work
"""
STUDY = """
title: {en: Mine, zh: 我的}
sample: {years: [2010, 2015], suspects: keep, balance: true}
attributes:
  stations: {file: data/stations.csv, column: 站数, unit: "1"}
variables:
  y: {expr: result, label: {en: Result, zh: 结果}}
  x: {expr: control, label: {en: Control, zh: 控制}}
  shift: {expr: stations * (year - 2009), required: false}
treatment: {name: did, policy: mine, waves: [1], label: {en: Pilot, zh: 试点}}
groups:
  core: {cities: [北京, 上海, Guangzhou], label: {en: Core, zh: 核心}}
spatial_weights:
  mine: {kind: file, file: data/w.csv, label: {en: Mine, zh: 自有}}
specs:
  base: {estimator: twfe, outcome: y, controls: [x, shift]}
  rest: {extends: base, where: not core}
  sar: {estimator: spatial_panel, outcome: y, controls: [x], matrix: mine, model: sar}
tables:
  1: {kind: regression, title: {en: Results, zh: 结果}, columns: [base, rest, sar]}
  2: {kind: matrices, title: {en: Weights, zh: 权重}}
"""


def write(workspace: Path) -> None:
    """The files of a user, each in another form."""
    texts = {
        "config/config.yaml": "studies: [mine]\n",
        "config/sources/mine.yaml": SOURCE,
        "config/studies/mine.yaml": STUDY,
        "config/policies/mine.csv": "城市,年份,结束年份,批次\n北京,2012,,1\n襄阳,2013,2014,1\n大连,2011,,2\n西安市,2012,,1\n",
    }
    for name, text in texts.items():
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_text(text, encoding="utf8")
    (workspace / "data").mkdir()
    rng = np.random.default_rng(4)
    keys = pd.MultiIndex.from_product([[*NAMES, "苏洲"], range(2010, 2016)], names=["城市", "年份"])
    frame = keys.to_frame(index=False)
    frame["结果"], frame["控制"] = (
        rng.normal(10, 1, len(frame)).round(3),
        rng.normal(10, 1, len(frame)).round(3),
    )
    frame.to_excel(workspace / "data/mine.xlsx", index=False)
    stations = "城市,站数\n" + "".join(f"{name},{at}\n" for at, name in enumerate(NAMES))
    (workspace / "data/stations.csv").write_bytes(stations.encode("gbk"))
    weights = pd.DataFrame(
        1 / (1 + np.abs(np.subtract.outer(range(12), range(12)))), index=NAMES, columns=NAMES
    )
    np.fill_diagonal(values := weights.to_numpy(copy=True), 0)
    pd.DataFrame(values, index=NAMES[::1], columns=NAMES).iloc[::-1].to_csv(workspace / "data/w.csv")


def weight(workspace: Path, city: int, neighbour: int) -> Step:
    """The walk from a weight to where it is written."""
    with contextlib.chdir(workspace):
        made = plan.load({"books": "real"})
        study = made.studies.registry.study("mine")
        walker = Walker(StudyResults("mine", study.folder, chain_of(study)), PanelBooks(made.folder))
        source = Source.row("spatial_weights/mine.parquet", "weight", city=city, neighbour=neighbour)
        return walker.source(source)


def test_own_inputs_reach_tables_that_say_so_and_lead_back_to_their_cells(tmp_path, write_book) -> None:
    for edition in (2013, 2014):
        write_book([*HEADER, *BODY], edition=edition)
    workspace = tmp_path / "my work"
    write(workspace)
    asked = ["--snakefile", str(ROOT / "Snakefile"), "--config", f"raw_root={tmp_path}", "--", CHECK, PAGE]
    run = snakemake(workspace, *asked)
    assert "failed" not in run.stdout + run.stderr
    checked = (workspace / CHECK).read_text(encoding="utf8")
    assert "(100.00 %)" in checked
    sample = pd.read_parquet(workspace / f"{S}/sample.parquet")
    assert sample["city"].nunique() == 12
    treated = sample.set_index(["city", "year"])["did"]
    assert treated.loc[420600].tolist() == [0, 0, 0, 1, 1, 0] and treated.loc[210200].sum() == 0
    page = (workspace / f"{S}/tables/1.en.html").read_text(encoding="utf8")
    assert "own data mine.xlsx, stations.csv, w.csv." in page
    log = (workspace / "logs/real/build_panel/mine.log").read_text(encoding="utf8")
    assert (
        "苏洲: 12 cells, first mine.xlsx, sheet Sheet1, row 74" in log.replace("data/", "")
        and "苏州市" in log
    )
    told = subprocess.run(
        [sys.executable, str(ROOT / "scripts/trace.py"), "襄阳", "2012", "result", "--books", "real"],
        cwd=workspace, env=ENVIRONMENT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "mine.xlsx" in told and "C22" in told
    step = weight(workspace, 110000, 310000)
    assert (step.facts["file"], step.facts["cell"]) == ("data/w.csv", "C13") and not step.first_problem
    # One column more: it is read, its panel made, and the study that uses it follows; the books' panel stays.
    source = workspace / "config/sources/mine.yaml"
    source.write_text(
        SOURCE.replace("label: {zh: 控制, en: Control}", "label: {zh: 控制, en: Controls}"), encoding="utf8"
    )
    jobs = planned(snakemake(workspace, "--dry-run", *asked))
    assert jobs["build_panel"] == jobs["report_coverage"] == 1 and "check_panel" not in jobs
