"""All jobs of a run, from the declarations and their kinds. Plain Python without pandas: ``snakemake`` waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nianjian import books
from nianjian.books import Sets, YearbookSet
from nianjian.codes import REMEMBERED, shared
from nianjian.declarations.layers import DATA, Layers
from nianjian.declarations.loading import read_resources
from nianjian.declarations.models.config import Config
from nianjian.declarations.registry import Registry, read_config
from nianjian.kinds.registry import kinds
from nianjian.plan.checking import check_studies
from nianjian.plan.endings import EndingsPlan
from nianjian.plan.exports import ExportsPlan
from nianjian.plan.jobs import Job
from nianjian.plan.multiverses import MultiversesPlan
from nianjian.plan.papers import PapersPlan
from nianjian.plan.printing import PrintingPlan
from nianjian.plan.reading import ReadingPlan, choose_books, read_sources
from nianjian.plan.remembered import ASKED, RESULTS, RunPlan
from nianjian.plan.report import ReportPlan
from nianjian.plan.studies import StudiesPlan

STAGES = {
    **dict.fromkeys(("truths", "printed_editions", "printed_panels"), "printing"),
    **dict.fromkeys(("extracts", "panel", "own_panels", "coverage", "panel_check"), "reading"),
    **dict.fromkeys(
        (
            "samples",
            "own_samples",
            "parts",
            "indices",
            "matrices",
            "estimates",
            "drawing",
            "tables",
            "figures",
            "documents",
        ),
        "studies",
    ),
    **dict.fromkeys(("multiverse_parts", "multiverses"), "multiverses"),
    **dict.fromkeys(("sample_pages", "trace_pages", "source_check", "catalog"), "endings"),
    **dict.fromkeys(("scorecards", "papers"), "papers"),
    **dict.fromkeys(("exports", "panel_export", "packages", "package_check"), "exporting"),
}
"""Properties that give a job or several, and the part of the plan that has them."""
ON_DEMAND = (
    *("truths", "printed_editions", "printed_panels", "parts", "multiverse_parts", "drawing", "source_check"),
    "documents",
    *("exports", "panel_export", "packages", "package_check"),
)
"""Stages that run where another needs them, or the user; the check of sources is asked for by its report."""
OF_BOOKS = ("extracts", "panel", "coverage", "panel_check")
"""Stages from the books to the panel."""


@dataclass(frozen=True)
class Plan:
    """All jobs of a run.

    Attributes
    ----------
    sets : the sets of books of the workspace
    printing, reading, studies, multiverses, papers, endings, exporting : jobs by stage
    report : what stands in Snakemake's report
    """

    sets: Sets
    printing: PrintingPlan
    reading: ReadingPlan
    studies: StudiesPlan
    multiverses: MultiversesPlan
    papers: PapersPlan
    endings: EndingsPlan
    exporting: ExportsPlan
    report: ReportPlan

    @property
    def books(self) -> YearbookSet:
        """The set of books."""
        return self.reading.books

    @property
    def folder(self) -> str:
        """Folder of the set's results."""
        return self.reading.folder

    @property
    def layers(self) -> Layers:
        """Folders of declarations."""
        return self.reading.layers

    def stage(self, name: str) -> list[Job]:
        """Jobs of one of :data:`STAGES`."""
        own = getattr(getattr(self, STAGES[name]), name)
        return own if isinstance(own, list) else [own]

    @property
    def everything(self) -> list[str]:
        """All files that a plain ``snakemake`` makes."""
        # Own files alone need no books.
        without = () if self.studies.needs_panel else OF_BOOKS
        asked = [job for stage in STAGES if stage not in (*ON_DEMAND, *without) for job in self.stage(stage)]
        return [*(path for job in asked for path in job.files), f"{self.folder}/sources.txt"]

    @property
    def exported(self) -> list[str]:
        """All files that ``snakemake export`` makes: of the panel only where the run makes it."""
        jobs = [*self.stage("exports"), *(self.stage("panel_export") if self.studies.needs_panel else ())]
        return [path for job in jobs for path in job.files]

    def for_rules(self) -> RunPlan:
        """The plan as the rules read it."""
        config = self.studies.config
        found = RunPlan(
            books=self.books.name,
            simulated=self.books.simulated,
            folder=self.folder,
            seed=config.seed,
            jobs={stage: self.stage(stage) for stage in STAGES},
            everything=self.everything,
            reported=self.report.reported,
            welcome=self.report.page,
            needs=read_resources(self.layers).model_dump(),
            left_out=self.left_out,
            exported=self.exported,
            places=sorted({study.results for study in self.studies.studies}) or [self.folder],
        )
        REMEMBERED.save()
        return found

    @property
    def left_out(self) -> dict[str, str]:
        """Studies and compiled panels that the run leaves out, and why."""
        found = {**self.studies.left_out, **self.reading.left_out}
        if self.books.simulated and self.studies.config.panel_root:
            found["panel_root"] = (
                "the simulated books have panels of their own; put a file of yours into data/ of the workspace"
            )
        return found

    def watched(self) -> list[tuple[str, str]] | None:
        """Places outside the declarations that the plan depends on; None if it cannot be told which."""
        own = [("file", path) for path in self.studies.own_files]
        known = ("books", "panels")
        if any(entry.kind.option("FOLDER", None) not in known for entry in self.reading.sources.values()):
            return None  # such a kind alone knows which files its source has
        data = [("tree", DATA.rstrip("/"))]
        if self.books.simulated:
            return [*data, *own]
        config, links = self.studies.config, Path(RESULTS) / self.books.name
        root = self.sets.workspace / links / books.BOOKS
        beside = root.resolve().parent / books.PANELS
        given = [Path(each).expanduser() for each in (config.raw_root, config.panel_root) if each]
        # The same folder by another name is looked through once.
        trees = {
            (self.sets.workspace / each).resolve(): each
            for each in (*given, beside, links / books.PANELS, links / books.BOOKS)
        }
        return [*data, ("sets", RESULTS), *(("tree", str(each)) for each in trees.values()), *own]

    def kept(self) -> list[str]:
        """Files of what jobs are told."""
        below = f"{self.folder}/declared/"
        all_jobs = [job for stage in STAGES for job in self.stage(stage)]
        told = [value for job in all_jobs for value in job.params.values() if isinstance(value, str)]
        read = [path for job in all_jobs for paths in job.inputs.values() for path in paths]
        return sorted({path for path in (*told, *read, self.report.page) if path.startswith(below)})


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
    REMEMBERED.use(Path(workspace) / ".snakemake" / "nianjian_codes.json", *shared())
    layers = layers or Layers.of(workspace)
    settings = _settings(config, layers)
    known = kinds(layers.kinds)
    sources = read_sources(layers, known)
    books, sets = choose_books(sources, settings, Path(workspace))
    reading = ReadingPlan(books, layers, sources, settings.languages)
    registry = Registry.load(layers, settings, results=reading.folder, items=reading.items, known=known)
    studies = StudiesPlan(books, registry, reading.printed, own=reading.own_data)
    check_studies(studies.studies)
    printing = PrintingPlan(books, settings.seed)
    multiverses = MultiversesPlan(studies)
    papers = PapersPlan(reading, studies)
    endings = EndingsPlan(reading, studies, papers, multiverses)
    exporting = ExportsPlan(reading, studies, papers, endings)
    report = ReportPlan(reading, studies, papers, endings)
    return Plan(sets, printing, reading, studies, multiverses, papers, endings, exporting, report)


def remember_books(config: Mapping[str, Any], workspace: str | Path = ".") -> None:
    """Note what the set of books of a run holds, when it starts."""
    layers = Layers.of(workspace)
    sources = read_sources(layers, kinds(layers.kinds))
    books, sets = choose_books(sources, _settings(config, layers), Path(workspace))
    sets.remember(books)


def _settings(config: Mapping[str, Any], layers: Layers) -> Config:
    return read_config(layers, {key: value for key, value in config.items() if key not in ASKED})
