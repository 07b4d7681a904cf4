"""From the books to the panel: sources, their extracts, and what the panel stage is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from nianjian import books
from nianjian.books import Finder, Sets, YearbookSet
from nianjian.codes import code_digest
from nianjian.declarations import store
from nianjian.declarations.layers import Layers
from nianjian.declarations.loading import read_items, read_units, read_words
from nianjian.declarations.models.config import Config
from nianjian.declarations.models.items import Item, PanelUse, PanelValue, PanelValues
from nianjian.declarations.models.reading import Reading
from nianjian.declarations.own_items import own_items
from nianjian.declarations.reading import suggestion, validate
from nianjian.errors import DeclarationError
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import Kinds
from nianjian.panel.declared import PanelDeclarations, check_unit
from nianjian.panel.printed_units import PrintedUnits
from nianjian.plan import naming
from nianjian.plan.jobs import Job
from nianjian.plan.quoting import check_path
from nianjian.schemas import BESIDE, LEVELS
from nianjian.text import Text, languages, said_in_all, word

YEARBOOK = "city_yearbook"
"""Source whose editions make the set of books."""
OWN = "panel/own"
"""Folder of the panels that stand apart, below that of the results."""
COVERAGE = {
    "by_table": "coverage",
    "by_item": "coverage_items",
    "by_column": "coverage_columns",
    "by_label": "coverage_labels",
    "breaks": "breaks",
}


class OwnData(NamedTuple):
    """Where values of an item come from that are not the books': folders of panels apart, files of the workspace."""

    panels: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def folder_of(entry: Entry) -> str:
    """Folder in which a source's files lie: ``books``, ``panels`` or ``workspace``."""
    own = entry.kind.option("place", None)
    found: str = own(entry.params) if own else entry.kind.option("FOLDER", "workspace")
    return found


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
    languages : of the outputs
    """

    books: YearbookSet
    layers: Layers
    sources: dict[str, Entry]
    languages: Sequence[str] = languages()

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
            if not self._meant(entry):
                continue
            root = self._root(entry)
            if root is None:
                continue
            for unit, own in self._units(name, entry, root).items():
                found[name, unit] = {**own, "root": root}
        return found

    def _meant(self, entry: Entry) -> bool:
        """Whether a source is read with these books."""
        own = entry.kind.option("meant_for", None)
        books = own(entry.params) if own else getattr(entry.params, "books", None)
        return books in (None, self.books.kind)

    def _root(self, entry: Entry) -> Path | None:
        places = {"books": self.books.root, "panels": self.books.panel_root, "workspace": Path()}
        asked = folder_of(entry)
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
        return [name for name, entry in self.sources.items() if name not in at_hand and self._meant(entry)]

    @cached_property
    def left_out(self) -> dict[str, str]:
        """Sources that are not read, and why; of those that the project brings for other books nothing is said."""
        found = {
            f"panel {name}": "no file beside the books fits `file` of config/sources/<panel>.yaml"
            for name in self.missing
        }
        for name, entry in self.sources.items():
            if not self._meant(entry) and not self.layers.is_projects(f"sources/{name}.yaml"):
                other = "real" if self.books.simulated else "simulated"
                found[f"panel {name}"] = (
                    f"it is read with {other} books; put its file into data/ of the workspace to have it with any"
                )
        return found

    @cached_property
    def panels(self) -> dict[str, dict[str, PanelValue]]:
        """What each column of the sources at hand holds, by source; the yearbook's stand in the dictionary."""
        at_hand = {name for name, _ in self.units}
        found = {}
        for name, entry in self.sources.items():
            own = entry.kind.option("values", None)
            if name in at_hand and own is not None:
                found[name] = self._values(name)
        return found

    def _values(self, name: str) -> dict[str, PanelValue]:
        entry = self.sources[name]
        own = entry.kind.option("values", None)
        shown = self.layers.shown(f"sources/{name}.yaml")
        found: dict[str, PanelValue] = (
            {} if own is None else validate(PanelValues, own(entry.params), shown, "values")
        )
        return found

    @cached_property
    def own_items(self) -> dict[str, dict[str, Item]]:
        """Items that sources declare themselves, by source, whether it is at hand or not.

        Raises
        ------
        DeclarationError
            If the dictionary or two sources declare one, or its unit is none.
        """
        spellings = PrintedUnits(read_units(self.layers), self.words.units)
        found: dict[str, dict[str, Item]] = {}
        owner: dict[str, str] = {}
        for name in self.sources:
            shown = self.layers.shown(f"sources/{name}.yaml")
            own = own_items(self._values(name), shown, self.dictionary, spellings.spelled)
            for item, declared in own.items():
                if item in owner:
                    raise DeclarationError(
                        f"{shown}: item '{item}' is declared in config/sources/{owner[item]}.yaml too; keep its label in one of "
                        "them, or rename one"
                    )
                owner[item] = name
                check_unit(declared.unit, f"{shown}, unit of '{item}'")
            if own:
                found[name] = own
        return found

    @cached_property
    def dictionary(self) -> dict[str, Item]:
        """The items of ``items.yaml``."""
        return read_items(self.layers)

    @cached_property
    def apart(self) -> list[str]:
        """Sources at hand that print items of their own alone, which no other prints: each gets a panel of its own.

        So such a source reruns nothing but what uses it.
        """
        found = []
        for name, own in self.own_items.items():
            values = self.panels.get(name, {})
            others = {
                each.item for other, held in self.panels.items() if other != name for each in held.values()
            }
            if values and {each.item for each in values.values()} <= own.keys() - others:
                found.append(name)
        return found

    @cached_property
    def own_data(self) -> dict[str, OwnData]:
        """Where the values of items stand that are in a panel apart, or come from a file of the workspace; by item."""
        found: dict[str, OwnData] = {}
        for name, held in self.panels.items():
            entry = self.sources[name]
            apart = [f"{self.folder}/{OWN}/{name}"] if name in self.apart else []
            files = (
                [file for (source, _), unit in self.units.items() if source == name for file in unit["files"]]
                if folder_of(entry) == "workspace"
                else []
            )
            for item in {each.item for each in held.values()} if apart or files else ():
                before = found.get(item, OwnData())
                found[item] = OwnData((*before.panels, *apart), (*before.files, *files))
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
        joint = {name: held for name, held in self.panels.items() if name not in self.apart}
        own = {
            item: declared
            for name, items in self.own_items.items()
            if name not in self.apart
            for item, declared in items.items()
            if any(each.item == item for held in joint.values() for each in held.values())
        }
        uses = {name: self.uses[name] for name in joint}
        return PanelDeclarations.load(self.layers, corrections, joint, self.words, uses, own)

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """The dictionary, with what sources declare themselves."""
        own = {item: declared for items in self.own_items.values() for item, declared in items.items()}
        return {**self.declarations.items, **own}

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
                    {"books": [check_path((own["root"] / file).as_posix()) for file in own["files"]]},
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

    def _extracted(self, part: str, source: str | None = None) -> list[str]:
        """What one source's jobs write, or all that stand in the panel of all."""
        return [
            path
            for (name, _), job in zip(self.units, self.extracts, strict=True)
            if (name == source if source else name not in self.apart)
            for path in job.outputs[part]
        ]

    @cached_property
    def panel(self) -> Job:
        """Everything extracted → the panel."""
        return self._panel("panel", f"{self.folder}/panel", self.declarations)

    @cached_property
    def own_panels(self) -> list[Job]:
        """One job a source that stands apart: the same for it alone."""
        jobs = []
        for name in self.apart:
            told = self.declarations.alone(name, self.panels[name], self.own_items[name])
            jobs.append(self._panel(name, f"{self.folder}/{OWN}/{name}", told, name))
        return jobs

    def _panel(self, name: str, stem: str, told: PanelDeclarations, source: str | None = None) -> Job:
        outputs = {name: [f"{stem}/{name}.parquet"] for name in ("observations", *LEVELS.values(), *BESIDE)}
        outputs |= {name: [f"{stem}/{file}.parquet"] for name, file in COVERAGE.items()}
        return Job(
            name,
            "",
            {"cells": self._extracted("cells", source), "sheets": self._extracted("sheets", source)},
            outputs,
            {
                "declared": self.keep_text(
                    told.to_json(), f"{name}.json" if source is None else f"panel-{name}.json"
                ),
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
        panels = [self.panel, *self.own_panels]
        return Job(
            "coverage",
            "",
            {
                # A source that stands apart is read like any other: what became of it stands on the same page.
                **{name: [job.outputs[name][0] for job in panels] for name in (*COVERAGE, *BESIDE)},
                "sheets": [path for job in panels for path in job.inputs["sheets"]],
            },
            {"pages": [f"{self.folder}/panel/coverage.{language}.html" for language in self.languages]},
            {
                "names": self.names,
                "regions": self.regions,
                "origin": self.books.origin,
                "code": code_digest("report_coverage.py"),
            },
        )

    @cached_property
    def names(self) -> str:
        """What the page on the coverage calls items."""
        return self.keep(naming.items_of_dictionary(self.layers, self.items), "names")

    @cached_property
    def regions(self) -> str:
        """What pages call regions."""
        return self.keep(naming.regions(self.declarations.cities), "regions")

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
