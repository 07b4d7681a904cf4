"""A run as it is planned, in a folder of its own."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nianjian import plan
from nianjian.plan.jobs import Job
from nianjian.plan.planning import STAGES, Plan


@dataclass(frozen=True)
class Planned:
    """A plan with all its jobs, made in the workspace where Snakemake would run them.

    Attributes
    ----------
    stages : jobs by stage
    files : all that a plain ``snakemake`` makes
    """

    workspace: Path
    plan: Plan
    stages: dict[str, list[Job]]
    files: list[str]

    @property
    def jobs(self) -> list[Job]:
        """All jobs."""
        return [job for jobs in self.stages.values() for job in jobs]

    @property
    def params(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Params by stage and job."""
        return {(stage, job.name): job.params for stage, jobs in self.stages.items() for job in jobs}


def plan_in(workspace: Path, **config: Any) -> Planned:
    """Plan a run as Snakemake does, with what the command line says."""
    workspace.mkdir(exist_ok=True)
    with contextlib.chdir(workspace):
        made = plan.load(config)
        stages = {stage: made.stage(stage) for stage in STAGES}
        return Planned(workspace, made, stages, made.everything)


SOURCE = """from nianjian.kinds.base import Params as Base


class Params(Base):
    '''Nothing to say.'''

    books: str = "simulated"


def values(params):
    return {values}


"""
UNITS = """
def units(params, root, shown):
    return {path.stem: {"files": [str(path)], "about": {}} for path in root.glob("mine*.csv")}


"""
"""A workspace's type of source whose files are all that are called mine."""


def own_source(workspace: Path, more: str = "", values: str = "{}") -> Path:
    """Give a workspace a type of source of its own, and a source of that type; returns the workspace."""
    kind = SOURCE.replace("{values}", values) + more
    for name, text in (("kinds/sources/mine.py", kind), ("config/sources/mine.yaml", "type: mine\n")):
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_text(text, encoding="utf8")
    return workspace


def changed(before: Planned, after: Planned) -> dict[str, set[str]]:
    """Jobs whose params differ, by stage."""
    found: dict[str, set[str]] = {}
    for stage, name in before.params.keys() | after.params.keys():
        if before.params.get((stage, name)) != after.params.get((stage, name)):
            found.setdefault(stage, set()).add(name)
    return found


def is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in value) and all(map(is_plain, value.values()))
    if isinstance(value, list):
        return all(map(is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def texts(value: Any) -> list[str]:
    """Every text within plain values."""
    if isinstance(value, dict):
        return [text for own in value.values() for text in texts(own)]
    if isinstance(value, list):
        return [text for own in value for text in texts(own)]
    return [value] if isinstance(value, str) else []


def packed_files(planned: Plan) -> list[str]:
    """Files that a package of the only study holds the digests of."""
    (study,) = planned.studies.studies
    return [path for jobs in planned.exporting.jobs_of(study).values() for job in jobs for path in job.files]
