"""From the books to the panel: sources, their extracts, and what the panel stage is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nianjian import books
from nianjian.books import Finder, Sets, YearbookSet
from nianjian.codes import code_digest
from nianjian.declarations import store
from nianjian.declarations.layers import Layers
from nianjian.declarations.loading import read_words
from nianjian.declarations.models.config import Config
from nianjian.declarations.models.items import Item, PanelUse, PanelValue
from nianjian.declarations.models.reading import Reading
from nianjian.declarations.reading import suggestion, validate
from nianjian.errors import DeclarationError
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import Kinds
from nianjian.panel.declared import PanelDeclarations
from nianjian.plan.jobs import Job
from nianjian.plan.quoting import check_path
from nianjian.schemas import BESIDE, LEVELS
from nianjian.text import Text, said_in_all, word

YEARBOOK = "city_yearbook"
"""Source whose editions make the set of books."""
COVERAGE = {
    "by_table": "coverage",
    "by_item": "coverage_items",
    "by_column": "coverage_columns",
    "by_label": "coverage_labels",
    "breaks": "breaks",
}


def read_sources(layers: Layers, kinds: Kinds) -> dict[str, Entry]:
    """All declared sources by id."""
    return {name: read_source(layers, kinds, name) for name in layers.ids("sources")}


def read_source(layers: Layers, kinds: Kinds, name: str) -> Entry:
    """A declared source."""
    shown = f"config/sources/{name}.yaml"
    raw = layers.yaml(f"sources/{name}.yaml")
    if not isinstance(raw, Mapping):
        raise DeclarationError(f"{shown}: expected a mapping; see docs/reference/sources.md")
    raw = dict(raw)
    kind = kinds.get("sources", str(raw.pop("type", None)), f"{shown}, type")
    return Entry(name, kind, kind.read(raw, shown))


def choose_books(sources: dict[str, Entry], config: Config, workspace: Path) -> tuple[YearbookSet, Sets]:
    """The set of books that a run reads."""
    yearbook = sources[YEARBOOK]
    module, params = yearbook.kind.module, yearbook.params
    finder = Finder(
        lambda root: module.editions(params, root), lambda root, folder: module.files(params, root, folder)
    )
    sets = Sets(workspace, finder)
    name, root = sets.choose(config)
    below = books.panel_root(sets, name, config, root)
    if name == books.SIMULATED:
        from nianjian.simulate import folder_name
        from nianjian.simulate.outline import outline

        printed = {edition: folder_name(edition) for edition in outline().editions}
        place = Path("results") / name / books.BOOKS / "yearbooks"
    else:
        place = Path("results") / name / books.BOOKS
        printed = finder.editions(workspace / place)
    key = "books" if below is None or name == books.SIMULATED else "books_and_panels"
    title = Text.of(**params.title.plain())
    label = word(f"origin.{key}", title=title, editions=books.spans(sorted(printed)))
    return YearbookSet(name, place, printed, below, said_in_all(label)), sets


@dataclass(frozen=True)
class ReadingPlan:
    """Jobs from the books to the panel.

    Attributes
    ----------
    books : the set of books
    sources : all declared sources
    """

    books: YearbookSet
    layers: Layers
    sources: dict[str, Entry]

    @property
    def folder(self) -> str:
        return self.books.folder.as_posix()

    def keep(self, content: Any, name: str) -> str:
        """Keep plain content for jobs; see :mod:`nianjian.declarations.store`."""
        return store.keep(content, f"{self.folder}/declared", name)

    @cached_property
    def units(self) -> dict[tuple[str, str], dict[str, Any]]:
        """(source, unit) to its files and what its job is told, of all sources at hand."""
        found = {}
        for name, entry in self.sources.items():
            if getattr(entry.params, "books", self.books.kind) != self.books.kind:
                continue
            root = self._root(entry)
            if root is None:
                continue
            for unit, own in self._units(name, entry, root).items():
                found[name, unit] = {**own, "root": root}
        return found

    def _root(self, entry: Entry) -> Path | None:
        places = {"books": self.books.root, "panels": self.books.panel_root, "workspace": Path()}
        asked = entry.kind.option("FOLDER", "workspace")
        if asked not in places:
            raise DeclarationError(
                f"kinds/sources/{entry.kind.file.name}: FOLDER is {asked!r}; it must be one of {', '.join(places)}"
            )
        own: Path | None = places[asked]
        return own

    def _units(self, name: str, entry: Entry, root: Path) -> dict[str, dict[str, Any]]:
        if self.books.simulated and name == YEARBOOK:
            # Simulated books are printed by rules of this run: they need not be there yet.
            return {
                str(year): {"files": [folder], "about": {"edition": year, "folder": folder}}
                for year, folder in self.books.editions.items()
            }
        if self.books.simulated and getattr(entry.params, "file", None) in self._simulated_panels:
            return {"panel": {"files": [entry.params.file], "about": {"file": entry.params.file}}}
        found: dict[str, dict[str, Any]] = entry.kind.member("units")(
            entry.params, root, f"config/sources/{name}.yaml"
        )
        return found

    @cached_property
    def _simulated_panels(self) -> list[str]:
        from nianjian.simulate.outline import outline

        return outline().panels

    @cached_property
    def missing(self) -> list[str]:
        """Declared panels that are not at hand."""
        at_hand = {name for name, _ in self.units}
        return [
            name
            for name, entry in self.sources.items()
            if name not in at_hand and getattr(entry.params, "books", self.books.kind) == self.books.kind
        ]

    @cached_property
    def panels(self) -> dict[str, dict[str, PanelValue]]:
        """What each column of the sources at hand holds, by source; the yearbook's stand in the dictionary."""
        at_hand = {name for name, _ in self.units}
        found = {}
        for name, entry in self.sources.items():
            own = entry.kind.option("values", None)
            if name in at_hand and own is not None:
                shown = self.layers.shown(f"sources/{name}.yaml")
                found[name] = validate(dict[str, PanelValue], own(entry.params), shown, "values")
        return found

    @cached_property
    def uses(self) -> dict[str, PanelUse]:
        """What the values of each source in :attr:`panels` are for.

        Raises
        ------
        DeclarationError
            If one copies a source that is not declared, or that copies another.
        """
        found = {}
        for name in self.panels:
            params = self.sources[name].params
            use = PanelUse(fills=getattr(params, "fills", True), copies=getattr(params, "copies", None))
            self._check_copies(name, use.copies)
            found[name] = use
        return found

    def _check_copies(self, name: str, copied: str | None) -> None:
        where = f"{self.layers.shown(f'sources/{name}.yaml')}, copies"
        if copied is None:
            return
        if copied not in self.sources or copied == name:
            raise DeclarationError(
                f"{where}: no other source '{copied}'{suggestion(copied, self.sources)}; name a file of config/sources"
            )
        first = getattr(self.sources[copied].params, "copies", None)
        if first is not None:
            raise DeclarationError(f"{where}: '{copied}' copies '{first}' itself; write {first}")

    @cached_property
    def words(self) -> Reading:
        """Words by which books are read."""
        return read_words(self.layers)

    @cached_property
    def declarations(self) -> PanelDeclarations:
        """What the panel stage is told."""
        corrections = ("simulated.yaml",) if self.books.simulated else ("city_yearbook.yaml",)
        return PanelDeclarations.load(self.layers, corrections, self.panels, self.words, self.uses)

    @property
    def items(self) -> Mapping[str, Item]:
        """The dictionary."""
        return self.declarations.items

    @cached_property
    def printed(self) -> dict[str, tuple[int | None, int | None]]:
        """Items that the yearbook has headers for, or that a panel at hand prints, and from which data year to which."""
        of_panels = {each.item for panel in self.panels.values() for each in panel.values()}
        found = {
            name: (None, None) if item.printed is None else (item.printed[0], item.printed[1])
            for name, item in self.items.items()
            if item.headers
        }
        return found | dict.fromkeys(of_panels, (None, None))

    @property
    def page_words(self) -> dict[str, Any]:
        """What pages are read by; see :class:`~nianjian.declarations.models.reading.PageWords`."""
        cities = self.declarations.cities
        return {
            "sheets": self.words.sheets.plain(),
            "regions": self.words.regions.plain(),
            "cities": cities.city_names(),
            "provinces": sorted({row.province_zh for row in cities.cities}),
        }

    @cached_property
    def extracts(self) -> list[Job]:
        """One job an edition or panel."""
        words = self.keep(self.page_words, "reading")
        jobs = []
        for (name, unit), own in self.units.items():
            entry, stem = self.sources[name], f"{self.folder}/extracts/{name}/{unit}"
            content = {
                "source": name,
                "entry": entry.plain(),
                "root": own["root"].as_posix(),
                "about": own["about"],
            }
            jobs.append(
                Job(
                    f"{name}_{unit}",
                    "",
                    {"books": [check_path(f"{own['root'].as_posix()}/{file}") for file in own["files"]]},
                    {"cells": [f"{stem}.parquet"], "sheets": [f"{stem}.sheets.parquet"]},
                    {
                        "declared": self.keep(content, f"source-{name}-{unit}"),
                        "reading": words,
                        "kinds": kind_folders(self.layers),
                        "code": store.digest_of([code_digest("extract_source.py"), entry.kind.digest]),
                    },
                )
            )
        return jobs

    def _extracted(self, part: str) -> list[str]:
        return [path for job in self.extracts for path in job.outputs[part]]

    @cached_property
    def panel(self) -> Job:
        """Everything extracted → the panel."""
        stem = f"{self.folder}/panel"
        outputs = {name: [f"{stem}/{name}.parquet"] for name in ("observations", *LEVELS.values(), *BESIDE)}
        outputs |= {name: [f"{stem}/{file}.parquet"] for name, file in COVERAGE.items()}
        return Job(
            "panel",
            "",
            {"cells": self._extracted("cells"), "sheets": self._extracted("sheets")},
            outputs,
            {
                "declared": self.keep_text(self.declarations.to_json(), "panel.json"),
                "code": code_digest("build_panel.py"),
            },
        )

    def keep_text(self, text: str, name: str) -> str:
        """Keep text for jobs."""
        return store.keep_text(text, f"{self.folder}/declared", name)

    def _of_panel(self, *names: str) -> dict[str, list[str]]:
        return {name: self.panel.outputs[name] for name in names}

    @cached_property
    def coverage(self) -> Job:
        """The page on what was read."""
        return Job(
            "coverage",
            "",
            {**self._of_panel(*COVERAGE, *BESIDE), "sheets": self._extracted("sheets")},
            {"page": [f"{self.folder}/panel/coverage.html"]},
            {"origin": self.books.origin, "code": code_digest("report_coverage.py")},
        )

    @cached_property
    def panel_check(self) -> Job:
        """What must hold of every panel."""
        roster = self.keep(self.declarations.cities.roster(), "roster")
        return Job(
            "panel_check",
            "",
            self._of_panel("observations", *LEVELS.values(), "by_table", "by_label"),
            {"report": [f"{self.folder}/panel/check.txt"]},
            {"roster": roster, "code": code_digest("check_panel.py")},
        )


def kind_folders(layers: Layers) -> list[str]:
    """A workspace's folders of kinds, relative to it."""
    here = Path.cwd()
    found = [path for path in layers.kinds if path.is_dir()]
    return [path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path) for path in found]
