"""Which tables the catalogue holds: all Parquet of the panel, of studies and papers, whatever stage made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from nianjian.codes import code_digest
from nianjian.declarations import store
from nianjian.declarations.study import Study
from nianjian.kinds.entries import Entry
from nianjian.plan.jobs import Job
from nianjian.plan.papers import PapersPlan
from nianjian.plan.reading import ReadingPlan
from nianjian.plan.studies import StudiesPlan
from nianjian.sample.declared import chain_of

PANEL = {
    "by_table": "coverage",
    "by_item": "coverage_items",
    "by_column": "coverage_columns",
    "by_label": "coverage_labels",
    "units": "unit_decisions",
    "checksums": "province_sums",
    "city_year": "panel",
    "county_city_year": "county_cities",
    "province_year": "provinces",
}
"""Outputs of the panel that the catalogue calls otherwise."""
WIDE = ("city_year", "county_city_year", "province_year")
APART = ("observations", "suspects")
"""Outputs of the panel in which panels that stand apart have rows too."""
ORDER = {"observations": ("item", "scope", "level", "city", "year")}
"""How rows of a large table are sorted: most questions are about some item."""
SAMPLE = {"cities": "sample_cities", "gaps": "sample_gaps", "boundaries": "sample_boundaries"}
SCORECARDS = {"parquet": "scorecard", "headlines": "headlines", "numbers": "headline_numbers"}
RECORDS = {"tables": ("table_cells", "cells"), "figures": ("figure_points", "points")}
PAGES = {"tables": ("table", "html"), "figures": ("figure", "svg")}
PARQUET = ".parquet"

Table = dict[str, Any]
"""``name``, ``parts`` (list of files and constants), ``about``, ``study``, ``says``, ``sparse``, ``order``, as the job reads it."""


def table(name: str, parts: Iterable[tuple[list[str], dict[str, str]]], about: str, **more: Any) -> Table:
    """One table; parts are files with what is the same in all of their rows."""
    found = [{"files": files, "constants": constants} for files, constants in parts if files]
    return {"name": name, "parts": found, "about": about, **more}


@dataclass(frozen=True)
class CataloguePlan:
    """The job that gathers everything.

    Attributes
    ----------
    others : further parts of the plan with jobs of studies
    """

    reading: ReadingPlan
    studies: StudiesPlan
    papers: PapersPlan
    others: tuple[object, ...] = field(default=())

    @cached_property
    def job(self) -> Job:
        """Everything in one DuckDB file."""
        tables = [each for each in self._tables() if each["parts"]]
        content = {
            "tables": tables,
            "local": self._local(),
            "stacked": self._stacked(),
            "items": [[name, own.plain()] for name, own in self.reading.items.items()],
            "sources": {name: _source(entry) for name, entry in self.reading.sources.items()},
            "studies": {study.name: self._told(study) for study in self.studies.studies},
            "order": [study.name for study in self.studies.studies],
        }
        files = [path for each in tables for part in each["parts"] for path in part["files"]]
        return Job(
            "catalog",
            "",
            {"tables": list(dict.fromkeys(files))},
            {"catalog": [f"{self.studies.folder}/nianjian.duckdb"]},
            {
                "declared": self.reading.keep(content, "catalog"),
                "cities": self.studies.cities,
                "origin": self.studies.origins,
                "code": code_digest("build_catalog.py"),
            },
        )

    def _tables(self) -> Iterator[Table]:
        if self.studies.needs_panel:
            yield from self._of_panel()
        for job in self.reading.own_panels:
            name, files = job.name, job.outputs["city_year"]
            yield table(f"own.{name}", [(files, {})], "own", says={"source": name}, sparse=True)
        studies = self.studies.studies
        yield table(
            "estimates", [([path for job in self.studies.estimates for path in job.files], {})], "estimates"
        )
        for section, (name, record) in RECORDS.items():
            parts = [
                ([f"{study.folder}/{section}/{each}.{record}{PARQUET}" for each in getattr(study, section)], {"study": study.name})
                for study in studies
            ]  # fmt: skip
            yield table(name, parts, name)
        for output, name in SAMPLE.items():
            jobs = [*self.studies.samples, *self.studies.own_samples]
            yield table(name, [(job.outputs[output], {"study": job.study}) for job in jobs], name)
        for output, name in SCORECARDS.items():
            files = [path for job in self.papers.scorecards for path in job.outputs.get(output, ())]
            yield table(name, [(files, {})], name)
        yield self._summaries()
        for study in studies:
            yield from self._of_study(study)

    def _of_panel(self) -> Iterator[Table]:
        for output, files in self.reading.panel.outputs.items():
            name = PANEL.get(output, output)
            apart = [path for job in self.reading.own_panels for path in job.outputs[output]]
            own = [*files, *(apart if output in APART else ())]
            more = {"order": list(ORDER[output])} if output in ORDER else {}
            yield table(name, [(own, {})], name, sparse=output in WIDE, **more)
        sheets = [path for job in self.reading.extracts for path in job.outputs["sheets"]]
        yield table("sheets", [(sheets, {})], "sheets")

    def _summaries(self) -> Table:
        parts = [
            (study.matrix_summaries(study.matrices), {"study": study.name}) for study in self.studies.studies
        ]
        return table("weights_summary", parts, "weights_summary")

    def _of_study(self, study: Study) -> Iterator[Table]:
        """Tables in a study's own schema: sample, indices with their parts, weights, and whatever else its jobs make."""
        schema, own = study.name, {"study": study.name}
        yield table(f"{schema}.sample", [([study.sample_file], {})], "sample", **own)
        for name, entry in study.indices.items():
            says = {"index": name}
            yield table(f"{schema}.{name}", [([study.part(name)], {})], "index", says=says, **own)
            for part in entry.kind.option("PARTS", ()):
                files = [study.part(name, part)]
                about = f"index_{part}"
                yield table(
                    f"{schema}.{name}_{part}", [(files, {})], about, says={**says, "part": part}, **own
                )
        for name in study.matrices:
            files, says = study.matrix_files([name]), {"matrix": name}
            yield table(f"{schema}.weights_{name}", [(files, {})], "weights", says=says, **own)
        for path in self._others(study):
            stem = PurePosixPath(path).relative_to(study.folder).as_posix().removesuffix(PARQUET)
            name = "_".join(stem.replace(".", "/").split("/"))
            yield table(f"{schema}.{name}", [([path], {})], name, says={"name": name}, **own)

    def _others(self, study: Study) -> list[str]:
        """Parquet below a study's folder that its jobs make and no other table of the catalogue holds.

        A stage that comes to a plan later is found too: what a plan's properties list as jobs are jobs.
        """
        found: dict[str, None] = {}
        for plan in (self.studies, self.papers, *self.others):
            for name, own in vars(type(plan)).items():
                if isinstance(own, cached_property) and not name.endswith("parts"):
                    for job in _jobs(getattr(plan, name)):
                        if job.study == study.name:
                            found |= dict.fromkeys(path for path in job.files if path.endswith(PARQUET))
        inside = f"{study.folder}/"
        return [path for path in found if path.startswith(inside) and path not in self._known(study)]

    def _known(self, study: Study) -> set[str]:
        """Files of a study that have a table already, and rows of a user's own file, which are that file's."""
        jobs = [
            *self.studies.samples, *self.studies.own_samples, *self.studies.indices, *self.studies.estimates,
            *self.studies.tables, *self.studies.figures, *self.papers.scorecards,
        ]  # fmt: skip
        files = {path for job in jobs if job.study == study.name for path in job.files}
        return files | {*study.matrix_files(study.matrices), *study.matrix_summaries(study.matrices)}

    def _stacked(self) -> list[dict[str, Any]]:
        """Views over the parts of all indices: one a part that several may have, such as weights."""
        found: dict[str, list[list[str]]] = {}
        for study in self.studies.studies:
            for name, entry in study.indices.items():
                for part in entry.kind.option("PARTS", ()):
                    found.setdefault(part, []).append([study.name, name, f"{study.name}.{name}_{part}"])
        return [{"part": part, "members": members} for part, members in found.items()]

    def _local(self) -> dict[str, list[str]]:
        """Specifications with estimates of city-years, which get a view of their own a study."""
        found = {
            study.name: [name for name, each in study.specs.items() if each.kind.option("BY_CITY", False)]
            for study in self.studies.studies
        }
        return {study: specs for study, specs in found.items() if specs}

    def _told(self, study: Study) -> dict[str, Any]:
        """What there is to say of a study and of its columns."""
        return {
            "title": study.title.plain(),
            "paper": study.model.paper,
            "labels": study.labels,
            "chain": chain_of(study).plain(),
            "origin": self.studies.origin(study),
            "policies": self._members(study),
            "specs": {name: each.label.plain() for name, each in study.specs.items() if each.label},
            "outputs": list(self._outputs(study)),
        }

    def _members(self, study: Study) -> dict[str, list[list[int]]]:
        """Cities of each policy with the years in which it starts, as the sample's job reads them."""
        jobs = [*self.studies.samples, *self.studies.own_samples]
        (told,) = [job.params["declared"] for job in jobs if job.study == study.name]
        read = store.read(told)
        return {each["name"]: each["members"] for each in read["policies"]}

    def _outputs(self, study: Study) -> Iterator[dict[str, Any]]:
        first = self.studies.config.languages[0]
        for section, (kind, form) in PAGES.items():
            for name, entry in getattr(study, section).items():
                file = f"{study.folder}/{section}/{name}.{first}.{form}"
                title = study.titled_text(section, name).plain()
                yield {"kind": kind, "name": name, "type": entry.kind.name, "title": title, "file": file}


def _source(entry: Entry) -> dict[str, Any]:
    """What there is to say of a source; its citation is nothing that its own jobs are told."""
    cite = getattr(entry.params, "cite", None)
    return {**entry.params.plain(), "type": entry.kind.name, "cite": cite.plain() if cite else None}


def _jobs(value: object) -> list[Job]:
    """Jobs in a property of a plan."""
    if isinstance(value, Job):
        return [value]
    return [each for each in value if isinstance(each, Job)] if isinstance(value, list) else []
