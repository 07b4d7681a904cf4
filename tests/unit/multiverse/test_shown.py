"""The table and figure of a multiverse, and walks from their cells and points."""

from __future__ import annotations

import contextlib
import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from check_sources import walk_file
from nianjian import storage
from nianjian.declarations import store
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Facts
from nianjian.kinds.registry import kinds
from nianjian.publish import making as tables
from nianjian.publish.figures import making as figures
from nianjian.sample.declared import chain_of
from nianjian.trace.own_file import OwnBooks
from nianjian.trace.study import StudyResults
from nianjian.trace.walking import Walker
from own_studies import Made, run, workspace
from run_multiverse import run_multiverse
from unit.multiverse.test_equality import STUDY as WHOLE
from unit.own.test_own_studies import panel, write

STUDY: dict[str, Any] = copy.deepcopy(WHOLE)
KEPT = ("years", "weights", "scaling", "controls", "estimator", "errors")
STUDY["multiverse"]["dimensions"] = {name: STUDY["multiverse"]["dimensions"][name] for name in KEPT}
STUDY["multiverse"]["dimensions"]["errors"]["silence"] = "they are not said"
STUDY["multiverse"]["draws"] = 10
STUDY["tables"] = {"1": {"kind": "multiverse", "title": "Other choices"}}
STUDY["figures"] = {"1": {"kind": "multiverse", "title": "Curve"}}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("shown")
    write(folder, "firms.csv", panel())
    ran = run(workspace(folder, STUDY), ("own_samples", "indices", "estimates"))
    (job,) = ran.planned.stages["multiverses"]
    with contextlib.chdir(folder):
        outputs = {name: paths[0] for name, paths in job.outputs.items()}
        declared = store.read(job.params["declared"])
        run_multiverse(declared, job.inputs, outputs, known=kinds([]), items=job.params["of_panel"], seed=1)
        study = ran.planned.plan.studies.registry.study("mine")
        facts = Facts.read(study.facts(), study.kinds)
        for section, maker, record in (("tables", tables, "cells"), ("figures", figures, "points")):
            entry = getattr(study, section)["1"]
            context = PublishContext("mine", section, "1", facts=facts, origin="real: firms.csv")
            data = Data(entry.kind.inputs(entry.params, study), study.folder, str(context))
            form = {"en.html": Path("1.en.html")} if section == "tables" else {"zh.png": Path("1.zh.png")}
            below = Path(study.folder) / section
            below.mkdir(parents=True, exist_ok=True)
            maker.make(entry, data, context, {**form, record: below / f"1.{record}.parquet"})
    return ran


def curve(made: Made, name: str) -> pd.DataFrame:
    return made.frame("mine", f"multiverse/{name}")


def test_every_cell_and_point_is_walked_to_its_end(made: Made) -> None:
    with contextlib.chdir(made.workspace):
        study = made.planned.plan.studies.registry.study("mine")
        chain = chain_of(study)
        results = StudyResults("mine", study.folder, chain)
        assert chain.own is not None
        walker = Walker(results, OwnBooks(chain.own, results.folder), cells=False)
        for section, record in (("tables", "cells"), ("figures", "points")):
            row, problems = walk_file(walker, Path(study.folder) / section / f"1.{record}.parquet", section)
            assert problems == [] and row["walked"] == row["cells"] > 50
            assert row["depth"] >= 3


def test_the_table_says_what_the_curve_is(made: Made) -> None:
    cells = storage.read_table(made.workspace / "results/own/studies/mine/tables/1.cells.parquet")
    summary = curve(made, "summary").set_index("property")
    whole = cells[cells["row_key"] == "all"].set_index(["column_key", "statistic"])["value"]
    assert whole["median", "median"] == summary.loc["median", "value"]
    assert whole["median", "p_value"] == summary.loc["median", "p_value"]
    assert whole["share", "share"] == pytest.approx(100 * summary.loc["share", "value"])
    assert whole["alone", "coef"] == summary.loc["own", "value"]
    options = curve(made, "options")
    for option in options.to_dict("records"):
        own = cells[cells["row_key"] == f"{option['dimension']}:{option['choice']}"].set_index("column_key")[
            "value"
        ]
        assert own["points"] == option["points"]
        assert option["points"] == 0 or own["median"] == option["median"]
    text = (made.workspace / "1.en.html").read_text(encoding="utf8")
    assert "▸ E" in text and "they are not said" in text
    assert "z × E" in text or "E × z" in text


def test_the_figure_has_every_point_in_order_with_its_choices(made: Made) -> None:
    points = storage.read_table(made.workspace / "results/own/studies/mine/figures/1.points.parquet")
    upper = points[(points["panel"] == 0) & (points["source"] == 0)].sort_values("x")
    assert (np.diff(upper["y"]) >= 0).all() and (upper["series"] == "own").sum() == 1
    shown = curve(made, "points")
    assert len(upper) == (shown["drawn"] | shown["own"]).sum()
    lower = points[points["panel"] == 1]
    assert set(lower["series"]) == set(KEPT) and len(lower) == len(upper) * len(KEPT)
    assert (made.workspace / "1.zh.png").stat().st_size > 10_000
