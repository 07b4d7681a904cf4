"""Editions in places whose names do not say so: archives, single workbooks, folders known by what they hold.

Names decide as far as they can; a workbook is opened only where nothing else tells the year.
"""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from nianjian.errors import InputError
from nianjian.extract import archives
from nianjian.extract.names import (
    CHINESE_DIGITS,
    common_year,
    generic_year,
    is_foreign,
    is_named,
    looks_alike,
    may_be_other,
    plain,
    two_years,
    year_on,
)

log = logging.getLogger(__name__)

ARCHIVE_GHOSTS = "__MACOSX"  # what macOS puts beside the files of a zip archive
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".et")
OPENED = 6
"""Workbooks that are opened where no name tells the year."""
TOP_ROWS = 15
MOST_FILES = 5000
_COVER = re.compile("封面|扉页|前言|目录|编辑|说明|cover|contents", re.IGNORECASE)
_DATA_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*年")

Stage = Callable[[], dict[int, list[Path]]]


@cache
def say(line: str) -> None:
    """Say something of the books once."""
    log.warning(line)


def is_workbook(name: str) -> bool:
    """Whether a file's name is a workbook's."""
    return PurePosixPath(name).suffix.lower() in WORKBOOKS and not name.startswith((".", "~$"))


@dataclass(frozen=True)
class Place:
    """A folder that is no edition by its name, with what stands in it.

    Attributes
    ----------
    foreign : whether it is another book's, or stands in such a folder
    """

    folder: Path
    foreign: bool
    folders: tuple[Path, ...]
    archives: tuple[Path, ...]
    books: tuple[Path, ...]

    @classmethod
    def of(cls, folder: Path, root: Path, foreign: bool) -> Place:
        """List a folder.

        Raises
        ------
        InputError
            If the root cannot be read; any other folder is passed over with a line in the log.
        """
        try:
            with os.scandir(folder) as entries:
                names = sorted(
                    (entry.name, entry.is_dir())
                    for entry in entries
                    if not entry.name.startswith((".", "~$", ARCHIVE_GHOSTS))
                )
        except OSError as error:
            if folder != root:
                say(f"folder {folder}: cannot be read ({error.strerror}); not searched for editions")
                return cls(folder, foreign, (), (), ())
            raise InputError(
                f"raw_root {root}: cannot be read ({error.strerror}); check its rights"
            ) from error
        return cls(
            folder,
            foreign,
            tuple(folder / name for name, is_folder in names if is_folder),
            tuple(folder / name for name, is_folder in names if not is_folder and archives.is_archive(name)),
            tuple(folder / name for name, is_folder in names if not is_folder and is_workbook(name)),
        )


class Leftovers:
    """What the names of folders leave open.

    Parameters
    ----------
    root : folder of yearbooks
    patterns : regular expressions whose first group is the edition's year
    places : folders that are no edition by their name and stand in none, the upper ones first
    found : editions that are known; filled in by the caller after each stage
    """

    def __init__(
        self, root: Path, patterns: Sequence[str], places: Sequence[Place], found: Mapping[int, list[Path]]
    ) -> None:
        self.root, self.patterns, self.found = root, patterns, found
        # A folder of two years is searched for each of them before it is taken for one book.
        inside = {path for paths in found.values() for path in paths}
        self.places = [
            place
            for place in places
            if place.folder not in inside and not inside.intersection(place.folder.parents)
        ]
        self.taken: set[Path] = set()
        self.stages: tuple[Stage, ...] = (
            self.named_archives,
            self.named_books,
            self.inside_archives,
            self.generic_folders,
            self.generic_archives,
            self.folders_by_files,
        )

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def named_archives(self) -> dict[int, list[Path]]:
        """Archives that are called as an edition."""
        found: dict[int, list[Path]] = {}
        for place in self.places:
            for archive in place.archives:
                year = year_on(archive.stem, self.patterns)
                if year is not None and (not place.foreign or is_named(archive.stem)):
                    found.setdefault(year, []).append(archive)
                    self.taken.add(archive)
        return found

    def named_books(self) -> dict[int, list[Path]]:
        """Workbooks that hold a whole edition each, by their names."""
        found: dict[int, list[Path]] = {}
        for place in self.places:
            own: dict[int, list[Path]] = {}
            for book in place.books:
                year = year_on(book.stem, self.patterns) if is_named(book.stem) else None
                if year is not None:
                    own.setdefault(year, []).append(book)
            for year, books in own.items():
                # Several of one year are tables of an edition: their folder is looked at below.
                if len(books) == 1:
                    found.setdefault(year, []).extend(books)
                    self.taken.add(books[0])
        return found

    def inside_archives(self) -> dict[int, list[Path]]:
        """Editions within archives of many."""
        found: dict[int, list[Path]] = {}
        for archive in self._open_archives():
            own: dict[int, list[Path]] = {}
            for name in archives.names(archive):
                for part in self._parts(name):
                    year = year_on(
                        PurePosixPath(part).stem if archives.is_archive(part) else PurePosixPath(part).name,
                        self.patterns,
                    )
                    if year is not None:
                        path = archive / part
                        if path not in own.setdefault(year, []):
                            own[year].append(path)
                        break
            if own:
                self.taken.add(archive)
            for year, paths in own.items():
                found.setdefault(year, []).extend(paths)
        return found

    @staticmethod
    def _parts(name: str) -> Iterator[str]:
        """The folders, or the archive, that a file in an archive is, from the upper one down; none of another book."""
        steps = PurePosixPath(name).parts
        for count in range(1, len(steps) + 1):
            if is_foreign(steps[count - 1]):
                return
            if count < len(steps) or archives.is_archive(name):
                yield "/".join(steps[:count])

    def _open_archives(self) -> list[Path]:
        return [
            archive
            for place in self.places
            if not place.foreign
            for archive in place.archives
            if archive not in self.taken and not may_be_other(archive.stem)
        ]

    def generic_folders(self) -> dict[int, list[Path]]:
        """Folders of workbooks whose names say only that they are a yearbook: 年鉴2016."""
        found: dict[int, list[Path]] = {}
        for place in self.places:
            year = None if place.folder == self.root else generic_year(place.folder.name)
            if year is not None and self._is_open(place) and self._files(place.folder):
                found.setdefault(year, []).append(place.folder)
                self.taken.add(place.folder)
        return found

    def generic_archives(self) -> dict[int, list[Path]]:
        """Archives whose names say only that they are a yearbook, or whose files tell the year."""
        found: dict[int, list[Path]] = {}
        for archive in self._open_archives():
            # An archive of two years' books would be known by now; this is the book of both.
            both = two_years(archive.stem)
            year = both[1] if both is not None else generic_year(archive.stem)
            if year is None:
                names = [name for name in archives.names(archive) if is_workbook(PurePosixPath(name).name)]
                if any(looks_alike(PurePosixPath(name).name) for name in names):
                    year = common_year([archive.stem]) or common_year(names)
            if year is not None:
                found.setdefault(year, []).append(archive)
                self.taken.add(archive)
                say(f"{self._shown(archive)}: taken for edition {year}")
        return found

    def folders_by_files(self) -> dict[int, list[Path]]:
        """Folders known by the workbooks in them."""
        found: dict[int, list[Path]] = {}
        for place in self.places:
            if not self._is_open(place) or (
                place.folder == self.root and (self.found or found or not place.books)
            ):
                continue
            files = [path for path in self._files(place.folder) if path not in self.taken]
            if not any(looks_alike(path.name) for path in files):
                continue
            year, how = common_year(path.stem for path in files), "by its files' names"
            if year is None and place.folder != self.root:
                year, how = common_year([place.folder.name]), "by its name and files"
            if year is None and place.books:
                year, how = self._read_year(files), "by what its workbooks say"
            if year is not None:
                found.setdefault(year, []).append(place.folder)
                self.taken.add(place.folder)
                say(f"{self._shown(place.folder)}: taken for edition {year}, {how}")
        return found

    def _is_open(self, place: Place) -> bool:
        """Whether a folder may be an edition: it is no other book's, and no edition stands in it or around it."""
        known = [path for paths in self.found.values() for path in paths]
        if place.foreign or (place.folder != self.root and may_be_other(place.folder.name)):
            return False
        if any(taken in place.folder.parents or taken == place.folder for taken in self.taken):
            return False
        if place.folder == self.root:
            return not known
        return not any(path.is_relative_to(place.folder) for path in known)

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        """Workbooks and archives below a folder."""
        found: list[Path] = []
        for place, folders, names in os.walk(folder):
            folders[:] = sorted(
                name
                for name in folders
                if not name.startswith((".", ARCHIVE_GHOSTS)) and not is_foreign(name)
            )
            found += [
                Path(place, name) for name in sorted(names) if is_workbook(name) or archives.is_archive(name)
            ]
            if len(found) > MOST_FILES:
                break
        return found

    def _read_year(self, files: Sequence[Path]) -> int | None:
        """The edition that a title page names, or the one after the year that the titles of tables state."""
        from nianjian.extract.workbooks import printed, read_sheets

        stated: Counter[int] = Counter()
        ordered = sorted(files, key=lambda path: (_COVER.search(path.stem) is None, path))
        for path in [path for path in ordered if is_workbook(path.name)][:OPENED]:
            try:
                sheets = read_sheets(path)
            except InputError:
                continue
            texts = [
                printed(value)
                for sheet in sheets
                for row in sheet.rows[:TOP_ROWS]
                for value in row
                if isinstance(value, str)
            ]
            for text in texts:
                if is_named(text) and (year := year_on(text, self.patterns)) is not None:
                    return year
                stated.update(
                    {int(year) for year in _DATA_YEAR.findall(plain(text).translate(CHINESE_DIGITS))}
                )
        if not stated:
            return None
        year, count = stated.most_common(1)[0]
        # The data are those of the year before the one on the cover.
        return year + 1 if sum(each == count for each in stated.values()) == 1 else None

    def tell(self) -> None:
        """Say what was taken for no edition: other books, and workbooks of which nothing tells the year."""
        books, lost = [], []
        for place in self.places:
            own = place.folder.name
            if place.folder != self.root and is_foreign(own) and self._shown(place.folder).count("/") < 2:
                books.append(self._shown(place.folder))
            for archive in place.archives:
                if may_be_other(archive.stem) and archive not in self.taken:
                    books.append(self._shown(archive))
                elif archive not in self.taken and not place.foreign and self._stands_apart(archive):
                    lost.append(self._shown(archive))
            loose = [book for book in place.books if book not in self.taken and looks_alike(book.name)]
            if loose and not place.foreign and self._stands_apart(place.folder):
                lost.append(f"{self._shown(place.folder)} ({len(loose)} workbooks)")
        if books:
            say(f"other yearbooks, not read: {', '.join(books)}")
        if lost:
            say(
                f"not read, since nothing tells its edition: {', '.join(lost[:5])}{', …' if len(lost) > 5 else ''}; name it like "
                "中国城市统计年鉴2013"
            )

    def _stands_apart(self, path: Path) -> bool:
        """Whether a place is, and lies in, no edition."""
        around = {each for paths in self.found.values() for each in paths} | self.taken
        return not any(path == each or each in path.parents for each in around)
