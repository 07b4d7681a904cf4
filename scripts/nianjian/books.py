"""Which set of books a run reads: simulated ones, or a folder of real ones.

What stands under ``results/`` always comes from one set. Its name is kept in ``results/books.json``; a run
on another set first removes what the old one made.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nianjian.declarations import loading
from nianjian.errors import InputError
from nianjian.extract.city_yearbook import edition_files, find_editions

YEARBOOK = "city_yearbook"
SIMULATED = "simulated"
SIMULATED_ROOT = Path("results/simulated/books")


@dataclass(frozen=True)
class Books:
    """One set of books.

    Attributes
    ----------
    origin : ``simulated`` or ``real: <book, editions>``; printed on every output
    root : folder of the editions
    editions : year on the cover to folder, relative to ``root``
    yearbook : declaration of the yearbook source, as plain values
    panel_root : folder of compiled panels
    panels : source id to declaration of each compiled panel at hand
    missing_panels : declared panels whose file is not there
    corrections : files in config/corrections that apply to these books
    items : items that the yearbook has headers for, or that a panel at hand prints
    """

    origin: str
    root: Path
    editions: dict[int, str]
    yearbook: dict[str, Any]
    panel_root: Path
    panels: dict[str, dict[str, Any]]
    missing_panels: dict[str, str]
    corrections: tuple[str, ...]
    items: frozenset[str]
    yearbook_id: str = YEARBOOK

    @property
    def simulated(self) -> bool:
        """Whether these are simulated books."""
        return self.origin == SIMULATED

    @property
    def panel_settings(self) -> dict[str, Any]:
        """What the panel stage needs to know of these books, as plain sorted values."""
        return {
            "corrections": sorted(self.corrections),
            "panels": sorted(self.panels),
            "missing_panels": self.missing_panels,
        }

    def inputs(self, edition: int) -> list[str]:
        """Files of an edition, or its folder where a rule writes it."""
        folder = self.editions[edition]
        if self.simulated:
            return [str(self.root / folder)]
        return [str(self.root / file) for file in edition_files(self.root, folder)]

    def panel_file(self, source: str) -> str:
        """Path of a compiled panel."""
        return str(self.panel_root / self.panels[source]["file"])


def find(config: Mapping[str, Any], config_dir: Path) -> Books:
    """Find the books of a run.

    Raises
    ------
    InputError
        If ``raw_root`` or ``panel_root`` is given but cannot be used.
    """
    sources = loading.load_sources(config_dir)
    dictionary = loading.load_items(config_dir)

    def printed(panels: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
        in_yearbook = {item for item, declared in dictionary.items() if declared["headers"]}
        return frozenset(
            in_yearbook | {v["item"] for panel in panels.values() for v in panel["values"].values()}
        )

    yearbook = sources[YEARBOOK]
    raw_root = config.get("raw_root")
    if not raw_root:
        from nianjian.simulate import editions, folder_name

        panels = {i: s for i, s in sources.items() if s["type"] == "panel" and s["books"] == SIMULATED}
        return Books(
            origin=SIMULATED,
            root=SIMULATED_ROOT / "yearbooks",
            editions={edition: folder_name(edition) for edition in editions(config_dir)},
            yearbook=yearbook,
            panel_root=SIMULATED_ROOT / "panels",
            panels=panels,
            missing_panels={},
            corrections=("simulated.yaml",),
            items=printed(panels),
        )
    root = Path(str(raw_root)).expanduser()
    editions_found = {e.year: e.folder for e in find_editions(root, yearbook["folders"])}
    panel_root = (
        Path(str(config["panel_root"])).expanduser() if config.get("panel_root") else root.parent / "panels"
    )
    if config.get("panel_root") and not panel_root.is_dir():
        raise InputError(
            f"panel_root {panel_root}: is no folder; give the folder of compiled panels, or leave it out"
        )
    panels, missing = {}, {}
    for source, declared in sources.items():
        if declared["type"] != "panel" or declared["books"] == SIMULATED:
            continue
        found = sorted(panel_root.glob(declared["file"])) if panel_root.is_dir() else []
        if len(found) == 1:
            panels[source] = {**declared, "file": found[0].relative_to(panel_root).as_posix()}
        elif found:
            names = ", ".join(path.name for path in found)
            raise InputError(
                f"config/sources/{source}.yaml, file: fits {len(found)} files below {panel_root} ({names}); name one"
            )
        else:
            missing[source] = declared["file"]
    return Books(
        origin=f"real: {yearbook['title']['en']}, editions {_spans(sorted(editions_found))}",
        root=root,
        editions=editions_found,
        yearbook=yearbook,
        panel_root=panel_root,
        panels=panels,
        missing_panels=missing,
        corrections=("city_yearbook.yaml",),
        items=printed(panels),
    )


def _spans(years: list[int]) -> str:
    """2001–2009, 2011: runs of consecutive years."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def settle(results: Path, books: Books) -> None:
    """Remove what another set of books left under ``results``, and note which set is there now.

    Everything goes when the books' root changes: each extract has the root among its parameters, so all of it
    is made anew. Within one set only extracts go whose edition or panel is no longer at hand.
    """
    marker = results / "books.json"
    now = {"origin": books.origin, "root": str(books.root)}
    before = json.loads(marker.read_text(encoding="utf8")) if marker.exists() else None
    if before is not None and before["root"] != now["root"]:
        for path in sorted(results.iterdir()):
            if path.is_dir() and path.name != SIMULATED_ROOT.parent.name:
                shutil.rmtree(path)
            elif path.is_file():
                path.unlink()
    wanted = {(books.yearbook_id, str(edition)) for edition in books.editions} | {
        (p, "panel") for p in books.panels
    }
    for path in sorted((results / "extracts").glob("*/*.parquet")):
        if (path.parent.name, path.name.split(".")[0]) not in wanted:
            path.unlink()
    if before != now:
        results.mkdir(exist_ok=True)
        marker.write_text(json.dumps(now, ensure_ascii=False, indent=1) + "\n", encoding="utf8")
