"""What is made from everything: pages of samples, the check of sources, the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from nianjian.codes import code_digest
from nianjian.declarations.study import Study
from nianjian.plan.catalogue import CataloguePlan
from nianjian.plan.jobs import Job
from nianjian.plan.multiverses import MultiversesPlan
from nianjian.plan.papers import PapersPlan, breaks_of
from nianjian.plan.reading import ReadingPlan
from nianjian.plan.studies import StudiesPlan
from nianjian.sample.declared import chain_of


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
            },
            {"pages": pages},
            {
                "about": self.reading.keep(about, f"about-{study.name}"),
                "origin": self.studies.origin(study),
                "code": code_digest("report_sample.py"),
            },
        )

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
    def catalog(self) -> Job:
        """Everything in one DuckDB file."""
        return CataloguePlan(self.reading, self.studies, self.papers, (self.multiverses,)).job
