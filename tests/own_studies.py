"""Studies on own files: written to a workspace, and their jobs run in this process as Snakemake would run them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from build_own_sample import build_own_sample
from check_sources import check_sources
from compute_index import compute_index
from estimate_specs import estimate_specs
from nianjian import storage
from nianjian.declarations import store
from nianjian.kinds.registry import kinds
from nianjian.plan.jobs import Job
from nianjian.publish import batches, making
from planned import Planned, plan_in

STAGES = ("own_samples", "indices", "estimates", "tables")


@dataclass(frozen=True)
class Made:
    """A workspace with what its studies on own files made.

    Attributes
    ----------
    planned : the plan and its jobs
    """

    planned: Planned

    @property
    def workspace(self) -> Path:
        """Its folder."""
        return self.planned.workspace

    def frame(self, study: str, file: str) -> pd.DataFrame:
        """A Parquet of a study: ``sample``, ``estimates/baseline``."""
        return storage.read_table(self.workspace / "results/own/studies" / study / f"{file}.parquet")

    def estimate(self, study: str, spec: str, name: str, kind: str = "coefficient") -> pd.Series:
        """The row of a coefficient, by its variable or term."""
        rows = self.frame(study, f"estimates/{spec}")
        rows = rows[(rows["kind"] == kind) & ((rows["variable"] == name) | (rows["term"] == name))]
        assert len(rows) == 1, f"{study}, {spec}: {len(rows)} rows of {name}"
        return rows.iloc[0]

    def walked(self) -> str:
        """What the check of sources says: every cell walked to its end."""
        job = self.planned.plan.endings.source_check
        with contextlib.chdir(self.workspace):
            folder = Path(self.planned.plan.folder)
            report, table = folder / "sources.txt", folder / "sources.parquet"
            declared = store.read(job.params["declared"])
            origin = job.params["origin"]
            check_sources(folder, job.inputs["records"], declared, report, table, origin=origin)
            return report.read_text(encoding="utf8")


def workspace(folder: Path, study: Mapping[str, Any] | str, name: str = "mine", **config: Any) -> Path:
    """Write a study to a workspace."""
    place = folder / "config" / "studies" / f"{name}.yaml"
    place.parent.mkdir(parents=True, exist_ok=True)
    text = (
        study if isinstance(study, str) else yaml.safe_dump(dict(study), allow_unicode=True, sort_keys=False)
    )
    place.write_text(text, encoding="utf8")
    settings = {"studies": [name], **config}
    (folder / "config" / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf8")
    return folder


def run(folder: Path, stages: Sequence[str] = STAGES) -> Made:
    """Plan the workspace's studies and run their jobs."""
    planned = plan_in(folder)
    with contextlib.chdir(folder):
        for stage in stages:
            for job in planned.stages[stage]:
                _run(stage, job)
    return Made(planned)


def _run(stage: str, job: Job) -> None:
    declared = job.params["declared"]
    known = kinds(job.params.get("kinds", []))
    if stage == "own_samples":
        names = ("sample", "cities", "gaps", "boundaries", "rows")
        build_own_sample(declared, *(job.outputs[name][0] for name in names))
    elif stage == "indices":
        outputs = {name: paths[0] for name, paths in job.outputs.items()}
        compute_index(store.read(declared), job.inputs, outputs, known=known, seed=1)
    elif stage == "estimates":
        estimate_specs(store.read(declared), job.inputs["sample"][0], known=known, seed=1)
    else:
        origin = job.params["origin"]
        batches.make_all(
            store.read(declared), "tables", ("csv",), "cells", making.make, kinds=known, origin=origin
        )
