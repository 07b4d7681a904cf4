"""What goes out again, on demand: data and scripts for other programs, replication packages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nianjian.codes import code_digest
from nianjian.declarations import store
from nianjian.declarations.names import scores
from nianjian.declarations.study import Study
from nianjian.kinds.entries import Entry
from nianjian.plan.endings import EndingsPlan
from nianjian.plan.jobs import Job
from nianjian.plan.papers import PapersPlan
from nianjian.plan.quoting import check_path
from nianjian.plan.reading import ReadingPlan
from nianjian.plan.studies import StudiesPlan
from nianjian.sample.declared import chain_of

FORMATS = ("dta", "xlsx", "csv", "codebook.csv", "parquet")
"""Endings of the files of one dataset, see :mod:`nianjian.export.formats`, which loads pandas."""
PANELS = ("city_year", "county_city_year")
"""Wide tables of the panel that are exported."""


def _specs(entry: Entry) -> list[str]:
    """Specifications that a table sets beside each other, under ``columns``; none of any other table."""
    found = [
        each.name
        for each in entry.kind.references(entry.params)
        if each.what == "spec" and each.path.partition("[")[0] == "columns"
    ]
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class ExportsPlan:
    """Jobs that a plain run makes none of."""

    reading: ReadingPlan
    studies: StudiesPlan
    papers: PapersPlan
    endings: EndingsPlan

    @cached_property
    def exports(self) -> list[Job]:
        """One job a study."""
        return [self._export(study) for study in self.studies.studies]

    def _export(self, study: Study) -> Job:
        folder, config = f"{study.folder}/export", self.studies.config
        tables = [self._table(name, entry) for name, entry in study.tables.items() if _specs(entry)]
        stems = [
            *(f"{data}.{form}" for data in ("sample", "estimates") for form in FORMATS),
            *(f"weights_{matrix}.{form}" for matrix in study.matrices for form in ("dta", "csv")),
            *(f"table_{table['name']}.{form}" for table in tables for form in ("do", "R")),
        ]
        content = {
            "study": study.name,
            "title": study.title.plain(),
            "chain": chain_of(study).plain(),
            "facts": study.facts(),
            "tables": tables,
            "languages": config.languages,
            "bom": config.export_bom,
            "of_places": study.own is None or study.model.sample.city is not None,
        }
        commands = self.studies.registry.kinds.family("commands")
        used = {entry.kind.name for entry in study.specs.values()} & set(commands)
        code = [code_digest("export_study.py"), *sorted(commands[name].digest for name in used)]
        return Job(
            study.name,
            study.name,
            {
                "sample": [study.sample_file],
                "indices": [study.part(name) for name, entry in study.indices.items() if scores(entry)],
                "estimates": study.estimates(study.specs),
                "matrices": study.matrix_files(study.matrices),
                "cities": [self.studies.cities],
                # Rows of the sample carry what the user's own file calls their units.
                **({"file": [check_path(study.own.source.file)]} if study.own else {}),
            },
            {"files": [f"{folder}/{stem}" for stem in stems]},
            {
                "declared": self.studies.keep(content, f"export-{study.name}"),
                "kinds": self.studies.kind_folders,
                "origin": self.studies.origin(study),
                "code": store.digest_of(code),
            },
        )

    @staticmethod
    def _table(name: str, entry: Entry) -> dict[str, Any]:
        decimals = entry.params.decimals
        return {
            "name": name,
            "title": entry.params.title.plain(),
            "specs": _specs(entry),
            "decimals": decimals if isinstance(decimals, int) else 3,
        }

    @cached_property
    def panel_export(self) -> Job:
        """The wide panels of cities and county-level cities."""
        folder, config = f"{self.studies.folder}/export", self.studies.config
        # What stands in a panel of its own is no column of these.
        apart = {item for source in self.reading.apart for item in self.reading.own_items[source]}
        items = {name: item.plain() for name, item in self.reading.items.items() if name not in apart}
        wanted = ("zh", "en", "unit", "kind", "notes")
        content = {
            "items": {name: {key: own[key] for key in wanted if own.get(key)} for name, own in items.items()},
            "languages": config.languages,
            "bom": config.export_bom,
        }
        panels = self.reading.panel.outputs
        return Job(
            "panel",
            "",
            {
                **{name: panels[name] for name in PANELS},
                "suspects": panels["suspects"],
                "cities": [self.studies.cities],
            },
            {"files": [f"{folder}/{name}.{form}" for name in PANELS for form in FORMATS]},
            {
                "declared": self.studies.keep(content, "export-panel"),
                "origin": self.studies.books.origin,
                "code": code_digest("export_panel.py"),
            },
        )

    @cached_property
    def packages(self) -> list[Job]:
        """One job a study: its replication package, beside the results of its studies."""
        return [
            Job(
                study.name,
                study.name,
                {"outputs": self._asked_for(study)},
                {"package": [f"{study.results}/packages/{study.name}/package.json"]},
                {
                    "study": study.name,
                    "books": self.studies.books.name,
                    "code": code_digest("package_study.py"),
                },
            )
            for study in self.studies.studies
        ]

    def jobs_of(self, study: Study) -> dict[str, list[Job]]:
        """Jobs whose files belong to a study, and to a package of it, by stage."""
        stages: dict[str, list[Job]] = {
            "samples": self.studies.samples,
            "own_samples": self.studies.own_samples,
            "sample_pages": self.endings.sample_pages,
            "indices": self.studies.indices,
            "matrices": self.studies.matrices,
            "estimates": self.studies.estimates,
            "multiverses": self.endings.multiverses.multiverses,
            "tables": self.studies.tables,
            "figures": self.studies.figures,
            "scorecards": self.papers.scorecards,
            "trace_pages": self.endings.trace_pages,
        }
        return {name: [job for job in jobs if job.study == study.name] for name, jobs in stages.items()}

    def _asked_for(self, study: Study) -> list[str]:
        """One file of each job, which is enough for Snakemake to run it: all of them make the plan a half longer."""
        return [job.files[0] for jobs in self.jobs_of(study).values() for job in jobs]

    @cached_property
    def package_check(self) -> Job:
        """Whether what was made in a replication package is what it says; asked for within one."""
        outputs = [path for study in self.studies.studies for path in self._asked_for(study)]
        return Job(
            "package_check",
            "",
            {"outputs": outputs},
            {"report": [f"{self.studies.folder}/verified.txt"]},
            {"languages": self.studies.config.languages, "code": code_digest("verify_package.py")},
        )
