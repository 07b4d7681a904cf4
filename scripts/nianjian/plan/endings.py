"""What is made from everything: pages, scorecards, the check of sources, the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nianjian.codes import code_digest
from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.study import Study
from nianjian.plan.jobs import Job
from nianjian.plan.reading import ReadingPlan
from nianjian.plan.studies import StudiesPlan
from nianjian.sample.declared import chain_of, used_names


@dataclass(frozen=True)
class EndingsPlan:
    """Jobs that read what several stages made."""

    reading: ReadingPlan
    studies: StudiesPlan

    @property
    def folder(self) -> str:
        return self.reading.folder

    @property
    def origin(self) -> str:
        return self.reading.books.origin

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
            "breaks": _breaks(study),
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
                "origin": self.origin,
                "code": code_digest("report_sample.py"),
            },
        )

    @cached_property
    def scorecards(self) -> list[Job]:
        """One job a study that has a paper with numbers."""
        return [self._scorecard(study) for study in self.studies.studies if study.published_file]

    def _scorecard(self, study: Study) -> Job:
        tables = next(job for job in self.studies.tables if job.study == study.name)
        cells = [f"{study.folder}/tables/{name}.cells.parquet" for name in tables.names]
        titles = {name: entry.params.title.plain() for name, entry in study.tables.items()}
        content = {
            "study": study.name,
            "paper": study.model.paper,
            "title": study.title.plain(),
            "titles": titles,
            "languages": self.studies.config.languages,
        }
        return Job(
            study.name,
            study.name,
            {"published": [study.published_file], "cells": cells},
            {
                "csv": [f"{study.folder}/scorecard.csv"],
                "parquet": [f"{study.folder}/scorecard.parquet"],
                "pages": [
                    f"{study.folder}/scorecard.{language}.html" for language in self.studies.config.languages
                ],
            },
            {
                "declared": self.reading.keep(content, f"scorecard-{study.name}"),
                "origin": self.origin,
                "code": code_digest("make_scorecard.py"),
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

    @cached_property
    def source_check(self) -> Job:
        """Every cell and point is walked to its end."""
        content = {study.name: chain_of(study).plain() for study in self.studies.studies}
        return Job(
            "sources",
            "",
            {
                "records": self.records,
                "observations": self.reading.panel.outputs["observations"],
                "samples": [study.sample_file for study in self.studies.studies],
            },
            {},
            {
                "declared": self.reading.keep(content, "chain"),
                "origin": self.origin,
                "code": code_digest("check_sources.py"),
            },
        )

    @cached_property
    def catalog(self) -> Job:
        """Everything in one DuckDB file."""
        panel = self.reading.panel.outputs
        views: dict[str, list[str]] = {
            "breaks": panel["breaks"],
            "conflicts": panel["conflicts"],
            "contested": panel["contested"],
            "coverage": panel["by_table"],
            "coverage_items": panel["by_item"],
            "estimates": [path for job in self.studies.estimates for path in job.files],
            "observations": panel["observations"],
            "panel": panel["city_year"],
            "county_cities": panel["county_city_year"],
            "provinces": panel["province_year"],
            "suspects": panel["suspects"],
        }
        for study in self.studies.studies:
            views |= self._views(study)
        content = {
            "views": views,
            "local": self._local(),
            "items": [[name, own.plain()] for name, own in self.reading.items.items()],
        }
        return Job(
            "catalog",
            "",
            {"views": list(dict.fromkeys(path for paths in views.values() for path in paths))},
            {"catalog": [f"{self.folder}/nianjian.duckdb"]},
            {
                "declared": self.reading.keep(content, "catalog"),
                "cities": self.studies.cities,
                "origin": self.origin,
                "code": code_digest("build_catalog.py"),
            },
        )

    def _views(self, study: Study) -> dict[str, list[str]]:
        found = {f"{study.name}.sample": [study.sample_file]}
        for name, entry in study.indices.items():
            found[f"{study.name}.{name}"] = [study.part(name)]
            for part in entry.kind.option("PARTS", ()):
                found[f"{study.name}.{name}_{part}"] = [study.part(name, part)]
        for name in study.matrices:
            found[f"{study.name}.{name}"] = study.matrix_files([name])
        return found

    def _local(self) -> dict[str, list[str]]:
        """Estimates of city-years, which get a view of their own a study."""
        found: dict[str, Any] = {}
        for study in self.studies.studies:
            own = [name for name, each in study.specs.items() if each.kind.option("BY_CITY", False)]
            if own:
                found[study.name] = study.estimates(own)
        return found


def _breaks(study: Study) -> list[tuple[dict[str, str], int, dict[str, str]]]:
    """Items of a study that change their meaning within its years: name, first year, new meaning."""
    first, last = study.years
    used = {name.removesuffix(DISTRICTS) for name in used_names(study) & set(study.item_units)}
    return [
        ({"zh": item.zh, "en": item.en}, each.year, each.what.plain())
        for name, item in study.items.items()
        if name in used
        for each in item.breaks
        if first < each.year <= last
    ]
