"""What is made from everything: pages of samples, the check of sources, the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nianjian.codes import code_digest
from nianjian.declarations.study import Study
from nianjian.kinds.entries import Entry
from nianjian.language import Text
from nianjian.plan import naming
from nianjian.plan.catalogue import CataloguePlan
from nianjian.plan.jobs import Job
from nianjian.plan.multiverses import MultiversesPlan
from nianjian.plan.papers import PapersPlan, breaks_of, items_of
from nianjian.plan.reading import ReadingPlan
from nianjian.plan.studies import StudiesPlan
from nianjian.sample.declared import chain_of
from nianjian.text import has, word

DOUBTS = ("suspects", "contested", "corrected")
"""Tables of the panel stage that the page of a sample shows its part of."""
OF_A_VALUE = ("observations", "suspects", "conflicts", "contested", "corrected", "units")
"""Tables of the panel stage that say what became of a value."""


@dataclass(frozen=True)
class EndingsPlan:
    """Jobs that read what several stages made."""

    reading: ReadingPlan
    studies: StudiesPlan
    papers: PapersPlan
    multiverses: MultiversesPlan

    @cached_property
    def sample_pages(self) -> list[Job]:
        """One job a study: the page on its sample."""
        return [self._sample_page(study) for study in self.studies.studies]

    def _sample_page(self, study: Study) -> Job:
        published = study.model.sample.published
        about = {
            "title": study.title.plain(),
            "labels": study.labels,
            "treatment": study.treatment,
            "published": published.plain() if published else None,
            "breaks": breaks_of(study),
            "suspects": study.model.sample.suspects,
            **self._made_from(study),
        }
        pages = [f"{study.folder}/sample.{language}.html" for language in self.studies.config.languages]
        return Job(
            study.name,
            study.name,
            {
                "sample": [study.sample_file],
                "cities": [f"{study.folder}/sample_cities.parquet"],
                "gaps": [f"{study.folder}/sample_gaps.parquet"],
                "boundaries": [f"{study.folder}/sample_boundaries.parquet"],
                # No rule of the panel stage looks at a user's own file.
                **({} if study.own else {name: self.studies.of_panel(study, name) for name in DOUBTS}),
            },
            {"pages": pages},
            {
                "about": self.reading.keep(about, f"about-{study.name}"),
                "regions": self.reading.regions,
                "origin": self.studies.origin(study),
                "code": code_digest("report_sample.py"),
            },
        )

    def _made_from(self, study: Study) -> dict[str, Any]:
        """Items of the panel behind each variable, and what they are called."""
        items = {} if study.own else items_of(study)
        used = {item for pairs in items.values() for item, _ in pairs}
        return {"items": items, "names": naming.of_items(self.reading.items, used)}

    @cached_property
    def records(self) -> list[str]:
        """Sources of all cells and points."""
        return [
            f"{study.folder}/{section}/{name}.{record}.parquet"
            for study in self.studies.studies
            for section, record in (("tables", "cells"), ("figures", "points"))
            for name in getattr(study, section)
        ]

    @property
    def _observations(self) -> list[str]:
        """Of the panel, and of those apart that studies use."""
        own = dict.fromkeys(
            place for study in self.studies.studies for place in self.studies.own_panels(study)
        )
        return [
            *self.reading.panel.outputs["observations"],
            *(f"{place}/observations.parquet" for place in own),
        ]

    @cached_property
    def source_check(self) -> Job:
        """Every cell and point is walked to its end."""
        content = {study.name: chain_of(study).plain() for study in self.studies.studies}
        rows = [path for job in self.studies.own_samples for path in job.outputs["rows"]]
        of_books = any(study.own is None for study in self.studies.studies)
        return Job(
            "sources",
            "",
            {
                "records": self.records,
                **({"observations": self._observations} if of_books else {}),
                **({"rows": rows} if rows else {}),
                "samples": [study.sample_file for study in self.studies.studies],
            },
            {},
            {
                "declared": self.reading.keep(content, "chain"),
                "origin": self.studies.origins,
                "code": code_digest("check_sources.py"),
            },
        )

    @cached_property
    def trace_pages(self) -> list[Job]:
        """One job a study with tables or figures: the page on where their numbers come from."""
        return [self._trace_page(study) for study in self.studies.studies if study.tables or study.figures]

    def _trace_page(self, study: Study) -> Job:
        tables, languages = f"{study.folder}/tables", self.studies.config.languages
        content = {
            "study": study.name,
            "title": study.title.plain(),
            "folder": study.folder,
            "panel": self.studies.folder,
            "books": self.studies.books.name,
            "chain": chain_of(study).plain(),
            "labels": study.labels,
            "specs": {name: _called(entry) for name, entry in study.specs.items()},
            "titles": [[name, study.titled_text("tables", name).plain()] for name in study.tables],
            "figures": [[name, study.titled_text("figures", name).plain()] for name in study.figures],
        }
        of_study = (self.studies.estimates, self.studies.indices, self.studies.matrices)
        made = [path for jobs in of_study for job in jobs if job.study == study.name for path in job.files]
        rows = [
            path
            for job in self.studies.own_samples
            if job.study == study.name
            for path in job.outputs["rows"]
        ]
        inputs = {
            "records": [f"{tables}/{name}.cells.parquet" for name in study.tables],
            "words": [f"{tables}/{name}.{language}.csv" for name in study.tables for language in languages],
            "points": [f"{study.folder}/figures/{name}.points.parquet" for name in study.figures],
            "sample": [study.sample_file],
            "results": made,
            **(
                {"rows": rows}
                if study.own
                else {name: self.studies.of_panel(study, name) for name in OF_A_VALUE}
            ),
        }
        return Job(
            study.name,
            study.name,
            {name: paths for name, paths in inputs.items() if paths},
            {"pages": [f"{study.folder}/trace.{language}.html" for language in languages]},
            {
                "declared": self.reading.keep(content, f"trace-{study.name}"),
                "regions": self.reading.regions,
                "origin": self.studies.origin(study),
                "code": code_digest("report_traces.py"),
            },
        )

    @cached_property
    def catalog(self) -> Job:
        """Everything in one DuckDB file."""
        return CataloguePlan(self.reading, self.studies, self.papers, (self.multiverses,)).job


def _called(spec: Entry) -> dict[str, str]:
    """A specification by its label, or its estimator and its name."""
    if spec.label is not None:
        return spec.label.plain()
    method = f"methods.{spec.kind.name}"
    if not has(method):
        return Text.same(spec.name).plain()
    return word("trace_page.spec_of", method=word(method), spec=spec.name).plain()
