"""A referee's question is answered down to the cell, and the cell holds the number."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from nianjian.declarations import store
from nianjian.declarations.models.chain import Chain
from nianjian.publish.sources import Source
from nianjian.trace.books import PanelBooks
from nianjian.trace.steps import Step
from nianjian.trace.study import StudyResults
from nianjian.trace.walking import Walker
from workflow.conftest import ENVIRONMENT

R = "results/simulated"
CELLS = 500
PLACE = ["path", "panel", "row", "line", "cell", "part"]


def trace(project: Path, *arguments: str, check: bool = True) -> str:
    """What the command prints."""
    run = subprocess.run(
        [sys.executable, "scripts/trace.py", *arguments],
        cwd=project, env=ENVIRONMENT, capture_output=True, text=True,
    )  # fmt: skip
    if check:
        assert run.returncode == 0, run.stderr
    else:
        assert run.returncode != 0 and "Traceback" not in run.stderr
    return run.stdout + run.stderr


def leaves(step: Step) -> list[Step]:
    """Ends of a walk."""
    return [end for each in step.steps for end in leaves(each)] if step.steps else [step]


def test_five_hundred_random_cells_are_walked_and_their_workbooks_opened(project: Path) -> None:
    """Each cell's number is that of its source; what the observations behind it say is printed where they say."""
    chains = store.read(next((project / R / "declared").glob("chain-*.json")))
    frames = []
    for path in sorted((project / R / "studies").glob("*/tables/*.cells.parquet")):
        frames.append(pd.read_parquet(path).assign(path=str(path)))
    cells = pd.concat(frames, ignore_index=True)
    # Smallest and largest values are those of one city-year, which leads to a workbook by itself: all of them are walked.
    extremes = cells.loc[cells["how"].isin(["min", "max"]), PLACE].drop_duplicates()
    unique = cells[PLACE].drop_duplicates()
    drawn = unique.iloc[np.random.default_rng(7).choice(len(unique), CELLS - len(extremes), replace=False)]
    chosen = pd.concat([extremes, drawn]).drop_duplicates()
    books, walkers, opened = PanelBooks(project / R), {}, 0
    for row in cells.merge(chosen, on=PLACE).to_dict("records"):
        study = Path(row["path"]).parents[1]
        if study.name not in walkers:
            walkers[study.name] = Walker(
                StudyResults(study.name, study, Chain.model_validate(chains[study.name])), books, cells=False
            )
        walker = walkers[study.name]
        source = Source.read(row)
        step = walker.source(source)
        assert not list(step.problems()), (row["path"], row["row_key"], list(step.problems())[:2])
        if row["how"] == "value" and row["statistic"] not in ("observed_pct",) and not pd.isna(row["value"]):
            own = walker.study.rows(source)[row["field"]][0]
            if row["field"] == "sign":
                assert own in "+-"
                continue
            own = float(own)
            # Shares are printed in per cent.
            assert np.isclose(abs(row["value"]), abs(own)) or np.isclose(abs(row["value"]), 100 * abs(own)), (
                row
            )
        for end in leaves(step):
            if end.what == "observation" and "cell" in end.facts and opened < 60:
                opened += holds(project, end.facts)
    assert opened >= 20


@lru_cache(maxsize=8)
def workbook(path: str) -> Any:
    return openpyxl.load_workbook(path, read_only=False)


def holds(project: Path, facts: dict[str, Any]) -> int:
    """The workbook's cell prints what the observation says; 0 for what is no workbook."""
    for folder in ("yearbooks", "panels"):
        path = project / R / "books" / folder / facts["file"]
        if path.is_file() and path.suffix == ".xlsx":
            value = workbook(str(path))[facts["sheet"]][facts["cell"]].value
            assert str(value).strip() == str(facts["printed"]).strip() or float(value) == float(
                facts["printed"]
            )
            return 1
    return 0


def test_a_number_is_traced_to_its_cell_and_the_cell_holds_it(project: Path) -> None:
    for city in ("济南", "Jinan", "370100"):
        found = json.loads(trace(project, city, "2012", "gdp", "--json"))
        assert "SIMULATED" in found["books"]
        assert holds(project, found["steps"][0]) == 1
    assert "did you mean 'gdp'?" in trace(project, "济南", "2012", "gpd", check=False)
    assert "襄阳" in trace(project, "襄樊", "2012", "gdp")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["resilience_integration", "3", "integration", "baseline"], ["estimate", "clusters", "twfe"]),
        (["uer_integration", "3", "区域一体化政策（DID）", "1"], ["estimate", "city_effects"]),
        (["icr_ecopark", "2", "Eco-industrial park", "(1)"], ["estimate", "pooled_bare"]),
        (["resilience_integration", "3", "N", "(3)"], ["nobs"]),
        (["resilience_integration", "7", "integration", "(3)"], ["where", "3132"]),
        (["resilience_integration", "2", "lnconsumption", "min"], ["cell", "formula", "ln(retail)"]),
        (["uer_integration", "3", "DID", "(1)"], ["estimate", "rip"]),
        (["uer_inequality", "5", "2009", "gini"], ["indices"]),
        (["gie_cluster", "A2", "did", "(1)"], ["estimate"]),
    ],
)  # fmt: skip
def test_tables_are_asked_with_what_is_printed(project: Path, asked: list[str], words: list[str]) -> None:
    study, table, row, column = asked
    shown = trace(project, "--study", study, "--table", table, "--row", row, "--column", column)
    assert "SIMULATED" in shown
    for word in words:
        assert word in shown, shown[:1500]


def test_figures_are_asked_by_point(project: Path) -> None:
    study = project / R / "studies/resilience_integration"
    points = pd.concat(
        [
            pd.read_parquet(path).assign(figure=path.name.split(".")[0])
            for path in (study / "figures").glob("*.points.parquet")
        ]
    )
    event = points[points["event_time"].notna()].iloc[0]
    shown = trace(
        project, "--study", "resilience_integration", "--figure", event["figure"],
        "--point", str(int(event["event_time"])),
    )  # fmt: skip
    assert f"event_time   {int(event['event_time'])}" in shown
    assert "specification" in shown
    city = trace(project, "--study", "uer_inequality", "--figure", "4", "--point", "济南")
    assert "济南市" in city and "weight" in city and "cell" in city
    assert "there is" in trace(project, "--study", "uer_inequality", "--figure", "99", check=False)
