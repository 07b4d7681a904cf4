"""Jobs of a plan by the name of their rule, as Snakemake names them in what it logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nianjian.plan.jobs import Job
    from nianjian.plan.remembered import RunPlan

STEMS = {
    "drawing": "prepare_drawing",
    "truths": "simulate_truth",
    "printed_editions": "simulate_editions",
    "printed_panels": "simulate_panels",
    "extracts": "extract_source",
    "panel": "build_panel",
    "own_panels": "build_panel",
    "coverage": "report_coverage",
    "panel_check": "check_panel",
    "samples": "build_sample",
    "own_samples": "build_own_sample",
    "sample_pages": "report_sample",
    "parts": "draw_part",
    "indices": "compute_index",
    "matrices": "build_weights",
    "estimates": "estimate_specs",
    "multiverse_parts": "estimate_points",
    "multiverses": "run_multiverse",
    "tables": "make_tables",
    "figures": "make_figures",
    "documents": "make_document",
    "scorecards": "make_scorecard",
    "papers": "report_paper",
    "trace_pages": "report_traces",
    "source_check": "check_sources",
    "catalog": "build_catalog",
    "exports": "export_study",
    "panel_export": "export_panel",
    "packages": "package_study",
    "package_check": "verify_package",
}
"""Stage of the plan to the stem of its rules, scripts, logs and benchmarks, in the order of the stages."""
SINGLE = {
    "drawing",
    "truths",
    "printed_panels",
    "panel",
    "coverage",
    "panel_check",
    "source_check",
    "catalog",
    "panel_export",
    "package_check",
}
"""Stages whose rule stands by itself, without the job's name behind the stem."""


@dataclass(frozen=True)
class Work:
    """One job as a run sees it.

    Attributes
    ----------
    rule : its name
    stem : of its rule, script, log and benchmark
    short : what tells it from others of the same stem; empty where there are none
    study : that it belongs to; empty if to none
    names : of the entries that it makes
    inputs, outputs : paths
    code : digest of its code
    log, benchmark : paths
    """

    rule: str
    stem: str
    short: str = ""
    study: str = ""
    names: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    code: str = ""
    log: str = ""
    benchmark: str = ""

    @property
    def name(self) -> str:
        """For readers."""
        return f"{self.stem} {self.short}".rstrip()


def works(plan: RunPlan) -> dict[str, Work]:
    """All jobs by the name of their rule, in the order of the stages."""
    found = [
        work_of(job, stem, stage in SINGLE, plan.books)
        for stage, stem in STEMS.items()
        for job in plan.jobs.get(stage, ())
    ]
    return {work.rule: work for work in found}


def work_of(job: Job, stem: str, single: bool, books: str) -> Work:
    """One job of the plan."""
    place = stem if single else f"{stem}/{job.name}"
    return Work(
        rule=stem if single else f"{stem}_{job.name}",
        stem=stem,
        short="" if single else job.name,
        study=job.study,
        names=job.names,
        inputs=tuple(path for paths in job.inputs.values() for path in paths),
        outputs=tuple(job.files),
        code=str(job.params.get("code", "")),
        log=f"logs/{books}/{place}.log",
        benchmark=f"benchmarks/{books}/{place}.jsonl",
    )


def needs(todo: Mapping[str, Work]) -> dict[str, set[str]]:
    """Which of the jobs each of them waits for."""
    makers = {path: rule for rule, work in todo.items() for path in work.outputs}
    return {
        rule: {makers[path] for path in work.inputs if path in makers} - {rule} for rule, work in todo.items()
    }
