"""Find the editions of a yearbook below a folder, and the files of one."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nianjian.errors import InputError, UnreadableError, explained
from nianjian.extract import archives
from nianjian.extract.leftovers import ARCHIVE_GHOSTS, Leftovers, Place, say
from nianjian.extract.names import CHINESE_DIGITS, is_foreign, is_named, plain, two_years, year_on

LEVELS = 4  # of folders that are searched for editions, the root's own included


@dataclass(frozen=True)
class Edition:
    """A folder with one edition's workbooks, or an archive of such a folder, or one workbook.

    Attributes
    ----------
    year : year on the cover
    folder : path relative to the source's root, ``.`` for the root itself; may lead into an archive
    """

    year: int
    folder: str


_STATED = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*年?(?!\d|[^()（）]{0,6}价)")


def data_year(texts: Iterable[str], among: Collection[int]) -> int | None:
    """The one year of ``among`` that the texts state (1992, 1993年, 一九九二年), the last of the texts first.

    A year of constant prices (1990年不变价格) is none.
    """
    for text in reversed(list(texts)):
        stated = _STATED.findall(plain(text).translate(CHINESE_DIGITS))
        found = {int(year) for year in stated} & set(among)
        if len(found) == 1:
            return found.pop()
    return None


def _join_years(found: dict[int, list[Path]], folder: Path, last: int) -> None:
    """Take a folder of two years for one book, unless each of its editions stands in a folder of its own.

    Folders within that name the years before those on the cover are of the book's data years.
    """
    within = {year for year, folders in found.items() if any(each.is_relative_to(folder) for each in folders)}
    if within and (last in within or last - 2 not in within):
        return
    for year in within:
        found[year] = [each for each in found[year] if not each.is_relative_to(folder)]
        if not found[year]:
            del found[year]
    found[last] = [*found.get(last, []), folder]


class _Search:
    """Editions below a folder: by the names of folders, then of archives and single workbooks, then by what is left."""

    def __init__(self, root: Path, patterns: Sequence[str]) -> None:
        self.root, self.patterns = root, patterns
        self.found: dict[int, list[Path]] = {}
        self.others: list[Place] = []
        """Folders that are no edition and stand in none, the upper ones first."""

    def run(self) -> dict[int, list[Path]]:
        """All editions, each with the places where it stands."""
        self._by_folder_name()
        left = Leftovers(self.root, self.patterns, self.others, self.found)
        for stage in left.stages:
            for year, paths in stage().items():
                if year in self.found:
                    for path in paths:
                        say(
                            f"edition {year} stands in {self._shown(self.found[year][0])}; {self._shown(path)} is left out"
                        )
                else:
                    self.found[year] = paths
        left.tell()
        return self.found

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _by_folder_name(self) -> None:
        double: dict[int, list[Path]] = {}
        level = [(self.root, False)]
        for _ in range(LEVELS):
            here: dict[int, list[Path]] = {}
            places: list[Place] = []
            for folder, foreign in level:
                name = self.root.resolve().name if folder == self.root else folder.name
                year = year_on(name, self.patterns)
                if year is not None and (not foreign or is_named(name)):
                    here.setdefault(year, []).append(folder)
                    continue
                if years := two_years(name):
                    double.setdefault(years[1], []).append(folder)
                foreign = foreign or (folder != self.root and is_foreign(name))
                places.append(Place.of(folder, self.root, foreign))
            for year in here.keys() & self.found.keys():
                for folder in here[year]:
                    say(
                        f"edition {year} stands in {self._shown(self.found[year][0])}; {self._shown(folder)} is left out"
                    )
            self.found = {**here, **self.found}
            self.others += places
            level = [(below, place.foreign) for place in places for below in place.folders]
        for last, folders in double.items():
            for folder in folders:
                _join_years(self.found, folder, last)


def find_editions(root: str | Path, patterns: Sequence[str]) -> list[Edition]:
    """Find the editions below ``root``, down to three levels.

    An edition is a folder, an archive or a single workbook. Its year is told by its name; else, where it holds workbooks of
    such a book, by their names; else by what stands in them. Where an edition stands at two levels, the upper one is taken;
    a folder is taken before an archive of the same edition. Below an edition's folder none is sought. A book of two years
    (1993-1994) is the edition of the later one. What is left out is said.

    Parameters
    ----------
    root : folder of yearbooks
    patterns : regular expressions whose first group is the edition's year

    Raises
    ------
    InputError
        If the root does not exist or cannot be read, holds no edition, or holds one twice.
    """
    root = Path(root)
    if not root.exists():
        raise InputError(
            f"raw_root {root}: does not exist; give the folder that holds the yearbooks' folders"
        )
    if not root.is_dir():
        raise InputError(f"raw_root {root}: is a file; give the folder that holds the yearbooks' folders")
    found = _Search(root, patterns).run()
    if not found:
        raise InputError(
            f"raw_root {root}: no edition found; expected folders named like 中国城市统计年鉴2013（excel）, "
            "2013年中国城市统计年鉴 or 2013, archives or workbooks called so, or a folder of one edition's workbooks"
        )
    for year, folders in sorted(found.items()):
        if len(folders) > 1:
            names = ", ".join(str(folder.relative_to(root)) for folder in folders)
            raise InputError(
                f"raw_root {root}: edition {year} stands there twice ({names}); keep one of them"
            )
    return [Edition(year, folders[0].relative_to(root).as_posix()) for year, folders in sorted(found.items())]


def _refuse(error: OSError) -> None:
    """A folder of an edition that cannot be listed: its books may not be missing in silence."""
    raise UnreadableError(
        explained(error) or f"{error.filename}: cannot be read ({error.strerror})"
    ) from error


def edition_files(root: str | Path, folder: str) -> list[str]:
    """All files of an edition, relative to ``root``, in a stable order; an archive stands for what it holds."""
    root = Path(root)
    archive = archives.split(root, folder)
    if archive is not None:
        return [archive]
    top = root / folder
    if top.is_file():
        return [folder]
    files = []
    for place, folders, names in os.walk(top, onerror=_refuse):
        folders[:] = sorted(name for name in folders if name != ARCHIVE_GHOSTS)
        files += [
            Path(place, name).relative_to(root).as_posix()
            for name in names
            # A pipe or a device that an archive brought would be read for ever.
            if not name.startswith((".", "~$")) and Path(place, name).is_file()
        ]
    return sorted(files)
