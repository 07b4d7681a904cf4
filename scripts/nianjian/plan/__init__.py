"""The plan of a run: which jobs there are, what each reads and writes, what it has to know.

The rules loop over these jobs and add nothing: files, params and digests follow from the declarations and their kinds, so
that a new kind, source or study needs no edit of a rule. Everything here is plain Python without pandas, since each call of
``snakemake`` runs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nianjian.books import Sets, YearbookSet
from nianjian.codes import REMEMBERED, code_digest, package_version
from nianjian.declarations.layers import Layers
from nianjian.declarations.models.config import ASKED
from nianjian.declarations.registry import Registry, read_config
from nianjian.kinds.registry import kinds
from nianjian.plan.checking import check_studies
from nianjian.plan.endings import EndingsPlan
from nianjian.plan.jobs import Job
from nianjian.plan.reading import ReadingPlan, choose_books, read_sources
from nianjian.plan.studies import StudiesPlan

__all__ = ["Plan", "code_digest", "load", "package_version"]


@dataclass(frozen=True)
class Plan:
    """All jobs of a run.

    Attributes
    ----------
    sets : the sets of books of the workspace
    reading, studies, endings : jobs by stage
    asked : which number ``snakemake trace`` asks for
    """

    sets: Sets
    reading: ReadingPlan
    studies: StudiesPlan
    endings: EndingsPlan
    asked: dict[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """Jobs and settings of the stages, under one roof for the rules."""
        for part in (self.reading, self.studies, self.endings):
            if not name.startswith("_") and hasattr(type(part), name):
                return getattr(part, name)
        raise AttributeError(name)

    @property
    def books(self) -> YearbookSet:
        """The set of books."""
        return self.reading.books

    @property
    def folder(self) -> str:
        """Folder of the set's results."""
        return self.reading.folder

    @property
    def jobs(self) -> list[Job]:
        """Every job but those that print simulated books and that prepare the figures."""
        studies, endings = self.studies, self.endings
        return [
            *self.reading.extracts,
            self.reading.panel,
            self.reading.coverage,
            self.reading.panel_check,
            *studies.samples,
            *studies.indices,
            *studies.matrices,
            *studies.estimates,
            *studies.tables,
            *studies.figures,
            *endings.sample_pages,
            *endings.scorecards,
            endings.catalog,
        ]

    @property
    def everything(self) -> list[str]:
        """All files that a plain ``snakemake`` makes."""
        found = [path for job in self.jobs for path in job.files]
        REMEMBERED.save()
        return [*found, f"{self.folder}/sources.txt"]

    def report_labels(self, study: str, section: str, name: str, path: str) -> dict[str, str]:
        """Columns of Snakemake's report: number and title, the same in each language, and the language."""
        resolved = self.studies.registry.study(study)
        title = resolved.titled_text(section, name)
        shown = " / ".join(dict.fromkeys(title[each] for each in self.studies.config.languages))
        return {section[:-1]: name, "title": shown, "language": path.split(".")[-2]}

    def page_labels(self, subcategory: str, path: str) -> dict[str, str]:
        """Columns of Snakemake's report for a page."""
        return {"table": subcategory.lower(), "language": path.split(".")[-2]}

    def remember(self) -> None:
        """Note what the set of books holds, when a run starts."""
        self.sets.remember(self.books)


def load(config: Mapping[str, Any], workspace: str | Path = ".", *, layers: Layers | None = None) -> Plan:
    """Read and check everything that is declared, and plan the run.

    Parameters
    ----------
    config : Snakemake's: what the command line says
    workspace : folder that holds ``results`` and perhaps ``config``
    layers : folders of declarations; None: the workspace's over the project's

    Raises
    ------
    NianjianError
        If a declaration, a reference file or the folder of books is wrong; the message says what to do.
    """
    REMEMBERED.use(Path(workspace) / ".snakemake" / "nianjian_codes.json")
    layers = layers or Layers.of(workspace)
    asked = {key: str(config[key]) for key in ASKED if key in config}
    settings = read_config(layers, {key: value for key, value in config.items() if key not in ASKED})
    known = kinds(layers.kinds)
    sources = read_sources(layers, known)
    books, sets = choose_books(sources, settings, Path(workspace))
    reading = ReadingPlan(books, layers, sources)
    registry = Registry.load(layers, settings, results=reading.folder, items=reading.items, known=known)
    studies = StudiesPlan(books, registry, reading.printed)
    check_studies(studies.studies)
    return Plan(sets, reading, studies, EndingsPlan(reading, studies), asked)
