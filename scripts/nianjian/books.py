"""Which set of books a run reads: the simulated ones, or a folder of real ones.

Each set has a folder of its own, ``results/<name>``, with everything that was made from it. It remembers where its books
stand by a link, ``results/<name>/books``, through which all jobs read: no param and no stored file holds an absolute path. A
set is recognised by what it holds (``books.json``), not by how its path is spelt. Nothing here removes anything.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nianjian.declarations.models.config import Config
from nianjian.errors import InputError
from nianjian.files import replacing, sha256

SIMULATED, REAL, OWN = "simulated", "real", "own"
BOOKS, PANELS, MANIFEST = "books", "panels", "books.json"
SHOWN = 4
"""How many differences a message lists."""

OWN = " | own: "
"""Stands in an origin before files of the workspace."""

Manifest = dict[str, dict[str, str]]
"""Edition → file below the edition's folder → digest of its content."""


@dataclass(frozen=True)
class YearbookSet:
    """One set of books.

    Attributes
    ----------
    name : of the set and of its folder below ``results``
    root : folder of the editions, below the set's folder
    editions : year on the cover to folder, relative to ``root``
    panel_root : folder of compiled panels, below the set's folder; None if there is none
    label : the yearbook and its editions in every language, for the origin
    """

    name: str
    root: Path
    editions: Mapping[int, str]
    panel_root: Path | None
    label: str = ""

    @property
    def simulated(self) -> bool:
        """Whether these are simulated books."""
        return self.name == SIMULATED

    @property
    def folder(self) -> Path:
        """All that is made from them."""
        return Path("results") / self.name

    @property
    def kind(self) -> str:
        """``simulated`` or ``real``."""
        return SIMULATED if self.simulated else REAL

    @property
    def origin(self) -> str:
        """``simulated`` or ``real: <label>``; printed on every output."""
        return SIMULATED if self.simulated else f"{REAL}: {self.label}"


def with_own(origin: str, files: Iterable[str]) -> str:
    """An origin with files of the workspace; as it is without any."""
    named = ", ".join(file.removeprefix("data/") for file in files)
    return f"{origin}{OWN}{named}" if named else origin


@dataclass(frozen=True)
class Finder:
    """Finds the editions below a folder and the files of one; the type of source says how.

    Attributes
    ----------
    editions : ``root -> {year: folder}``, an InputError if there is none
    files : ``(root, folder) -> files`` relative to the root
    """

    editions: Any
    files: Any


@dataclass
class Sets:
    """The sets of books of a workspace.

    Attributes
    ----------
    workspace : folder that holds ``results``
    finder : how editions are found
    """

    workspace: Path
    finder: Finder
    _manifests: dict[str, Manifest] = field(default_factory=dict, repr=False)

    @property
    def results(self) -> Path:
        return self.workspace / "results"

    def names(self) -> list[str]:
        """Sets of real books that results are there of."""
        if not self.results.is_dir():
            return []
        return sorted(path.name for path in self.results.iterdir() if (path / BOOKS).is_symlink())

    def choose(self, config: Config) -> tuple[str, Path | None]:
        """Name of the set that a run reads, and the folder of its books; None for the simulated ones.

        Raises
        ------
        InputError
            If the folder is none, or holds another set than the one that the name stands for.
        """
        if config.books == OWN:
            raise InputError(
                f"books={OWN}: results/{OWN} is kept for studies on files of your own; give the set of books another name"
            )
        if not config.raw_root:
            name = config.books or SIMULATED
            if name == SIMULATED:
                return name, None
            return name, self._remembered(name)
        root = Path(config.raw_root).expanduser()
        if config.books == SIMULATED:
            raise InputError(
                f"books={SIMULATED} names the simulated books; give raw_root {root} another name: --config books=real"
            )
        self.finder.editions(root)
        name = config.books or self._known_as(root) or REAL
        self._settle(name, root)
        return name, root

    def _remembered(self, name: str) -> Path:
        link = self.results / name / BOOKS
        if link.is_dir():
            return link
        if link.is_symlink():
            raise InputError(
                f"books={name}: its folder {link.readlink()} is gone; say where it stands now: "
                f"--config books={name} raw_root=<folder>"
            )
        there = ", ".join([SIMULATED, *self.names()])
        raise InputError(
            f"books={name}: no such set of books here (there is {there}); name its folder once: "
            f"--config books={name} raw_root=<folder>"
        )

    def _known_as(self, root: Path) -> str | None:
        """The set that stands in this folder, however it is spelt, or that holds the same books."""
        for name in self.names():
            link = self.results / name / BOOKS
            if link.is_dir() and link.samefile(root):
                return name
        own = self._read(root)
        alike = [name for name in self.names() if not differences(self.manifest(name), own)]
        return alike[0] if alike else None

    def _settle(self, name: str, root: Path) -> None:
        """Make the set's link lead to a folder that holds the set."""
        link = self.results / name / BOOKS
        if link.is_symlink() and link.is_dir() and link.samefile(root):
            return
        if link.is_symlink():
            found = differences(self.manifest(name), self._read(root))
            if found:
                more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
                raise InputError(
                    f"raw_root {root}: results/{name} was made from other books: {'; '.join(found[:SHOWN])}{more}. "
                    f"Nothing was changed. Give this set a name of its own: --config books=<name> raw_root={root}"
                )
        link_to(root, link)

    def manifest(self, name: str) -> Manifest:
        """What a set held when it was read last."""
        path = self.results / name / MANIFEST
        if not path.is_file():
            return {}
        held: Manifest = json.loads(path.read_text(encoding="utf8"))["editions"]
        return held

    def _read(self, root: Path) -> Manifest:
        key = str(root.resolve())
        if key not in self._manifests:
            self._manifests[key] = {
                str(year): contents(root, folder, self.finder.files(root, folder))
                for year, folder in self.finder.editions(root).items()
            }
        return self._manifests[key]

    def remember(self, books: YearbookSet) -> None:
        """Note what a set holds, when a run starts."""
        if books.simulated:
            return
        root = self.workspace / books.root
        held = {"books": books.label, "editions": self._read(root)}
        path = self.results / books.name / MANIFEST
        text = json.dumps(held, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        if not path.is_file() or path.read_text(encoding="utf8") != text:
            with replacing(path) as part:
                part.write_text(text, encoding="utf8")


def contents(root: Path, folder: str, files: list[str]) -> dict[str, str]:
    """Digest of each file of an edition, by its path below the edition's folder."""
    return {
        # An edition within an archive is as the archive is.
        Path(file).relative_to(folder).as_posix() if Path(file).is_relative_to(folder) else file: sha256(
            root / file
        )[:16]
        for file in files
    }


def differences(before: Manifest, now: Manifest) -> list[str]:
    """What a set held before and a folder does not hold now; an edition more is no difference."""
    if not before:
        return ["nothing is known of what it held"]
    found = []
    for edition, files in sorted(before.items()):
        own = now.get(edition)
        if own is None:
            found.append(f"edition {edition} is not there")
            continue
        changed = sorted(file for file, digest in files.items() if own.get(file) != digest)
        if changed:
            found.append(f"edition {edition} differs in {changed[0]}")
    return found


def link_to(target: Path, link: Path) -> None:
    """Make ``link`` lead to a folder; within the workspace by a relative path, so that both may move together."""
    link.parent.mkdir(parents=True, exist_ok=True)
    target, base = target.resolve(), link.parent.resolve()
    workspace = base.parent.parent
    shown = os.path.relpath(target, base) if target.is_relative_to(workspace) else str(target)
    part = link.with_name(f".{link.name}.part")
    part.unlink(missing_ok=True)
    try:
        part.symlink_to(shown, target_is_directory=True)
        part.replace(link)
    except OSError as error:
        raise InputError(
            f"{link}: cannot link to {target} ({error.strerror}); the file system must allow symbolic links"
        ) from error


def panel_root(sets: Sets, name: str, config: Config, root: Path | None) -> Path | None:
    """Folder of compiled panels of a set, as jobs read it.

    Raises
    ------
    InputError
        If ``panel_root`` is given and is no folder.
    """
    if name == SIMULATED:
        return Path("results") / SIMULATED / BOOKS / PANELS
    link = sets.results / name / PANELS
    if config.panel_root:
        given = Path(config.panel_root).expanduser()
        if not given.is_dir():
            raise InputError(
                f"panel_root {given}: is no folder; give the folder of compiled panels, or leave it out"
            )
        if not (link.is_dir() and link.samefile(given)):
            link_to(given, link)
    elif not link.is_symlink() and root is not None and (root.resolve().parent / PANELS).is_dir():
        link_to(root.resolve().parent / PANELS, link)
    return Path("results") / name / PANELS if link.is_dir() else None


def spans(years: list[int]) -> str:
    """2001–2009, 2011: runs of consecutive years."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
