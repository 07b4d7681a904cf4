"""All jobs of a run, from the declarations and their kinds. Plain Python without pandas: ``snakemake`` waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nianjian import books
from nianjian.books import Sets, YearbookSet
from nianjian.codes import REMEMBERED
from nianjian.declarations.layers import Layers
from nianjian.declarations.models.config import ASKED
from nianjian.declarations.registry import Registry, read_config
from nianjian.kinds.registry import kinds
from nianjian.plan.checking import check_studies
from nianjian.plan.endings import EndingsPlan
from nianjian.plan.jobs import Job
from nianjian.plan.printing import PrintingPlan
from nianjian.plan.reading import ReadingPlan, choose_books, read_sources
from nianjian.plan.remembered import RESULTS, RunPlan
from nianjian.plan.studies import StudiesPlan

STAGES = (
    "truths", "printed_editions", "printed_panels", "extracts", "panel", "coverage", "panel_check", "samples", "indices", "matrices", "estimates", "drawing", "tables",
    "figures", "sample_pages", "scorecards", "source_check", "catalog",
)  # fmt: skip
"""Properties of the plan that give a job or several, in the order of the run."""
REPORTED = {"tables": ".html", "figures": ".svg"}
"""The format that stands in Snakemake's report."""
PAGES = {"sample_pages": "sample", "scorecards": "scorecard"}


@dataclass(frozen=True)
class Plan:
    """All jobs of a run.

    Attributes
    ----------
    sets : the sets of books of the workspace
    printing, reading, studies, endings : jobs by stage
    asked : which number ``snakemake trace`` asks for
    """

    sets: Sets
    printing: PrintingPlan
    reading: ReadingPlan
    studies: StudiesPlan
    endings: EndingsPlan
    asked: dict[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """Jobs and settings of the stages, under one roof for the rules."""
        for part in (self.printing, self.reading, self.studies, self.endings):
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

    def for_rules(self) -> RunPlan:
        """The plan as the rules read it."""
        config = self.studies.config
        return RunPlan(
            books=self.books.name,
            simulated=self.books.simulated,
            folder=self.folder,
            seed=config.seed,
            threads=config.threads,
            jobs={stage: self.stage(stage) for stage in STAGES},
            everything=self.everything,
            labels=self.labels,
            asked=self.asked,
        )

    def stage(self, name: str) -> list[Job]:
        """Jobs of one of :data:`STAGES`."""
        own = getattr(self, name)
        return own if isinstance(own, list) else [own]

    @property
    def labels(self) -> dict[str, dict[str, str]]:
        """Columns of Snakemake's report, by path of what stands in it."""
        found: dict[str, dict[str, str]] = {}
        for section, form in REPORTED.items():
            for job in self.stage(section):
                for name, paths in job.outputs.items():
                    shown = [path for path in paths if path.endswith(form)]
                    found |= {path: self._of_output(job.study, section, name, path) for path in shown}
        for section, word in PAGES.items():
            for job in self.stage(section):
                shown = [path for path in job.files if path.endswith(".html")]
                found |= {path: {"table": word, "language": path.split(".")[-2]} for path in shown}
        return found

    def _of_output(self, study: str, section: str, name: str, path: str) -> dict[str, str]:
        """Number and title, the same in each language, and the language."""
        title = self.studies.registry.study(study).titled_text(section, name)
        shown = " / ".join(dict.fromkeys(title[each] for each in self.studies.config.languages))
        return {section[:-1]: name, "title": shown, "language": path.split(".")[-2]}

    def watched(self) -> list[tuple[str, str]] | None:
        """Places outside the declarations that the plan depends on; None if it cannot be told which."""
        watched = ("books", "panels")
        if any(entry.kind.option("FOLDER", None) not in watched for entry in self.reading.sources.values()):
            return None  # such a kind alone knows which files its source has
        if self.books.simulated:
            return []
        config, links = self.studies.config, Path(RESULTS) / self.books.name
        given = [Path(each).expanduser() for each in (config.raw_root, config.panel_root) if each]
        root = self.sets.workspace / links / books.BOOKS
        places = [links / books.BOOKS, links / books.PANELS, root.resolve().parent / books.PANELS, *given]
        return [("sets", RESULTS), *(("tree", str(each)) for each in dict.fromkeys(places))]

    def kept(self) -> list[str]:
        """Files of what jobs are told."""
        below = f"{self.folder}/declared/"
        all_jobs = [job for stage in STAGES for job in self.stage(stage)]
        told = [value for job in all_jobs for value in job.params.values() if isinstance(value, str)]
        read = [path for job in all_jobs for paths in job.inputs.values() for path in paths]
        return sorted({path for path in (*told, *read) if path.startswith(below)})

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
    printing = PrintingPlan(books, settings.seed)
    return Plan(sets, printing, reading, studies, EndingsPlan(reading, studies), asked)
