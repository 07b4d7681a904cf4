"""Find the editions of a yearbook below a folder, and the files of one."""

from __future__ import annotations

import logging
import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nianjian.errors import InputError, UnreadableError, explained

log = logging.getLogger(__name__)

LEVELS = 4  # of folders that are searched for editions, the root's own included
# A folder of many editions (中国城市统计年鉴2000-2024) is none of them; one book may be of two years (1993-1994).
_RANGE = re.compile(r"\s*年?\s*[-—–―－~～至到、]+\s*((?:19|20)?\d{2})(?!\d)")
_YEARS = re.compile(r"(?<!\d)((?:19|20)\d{2})" + _RANGE.pattern)
_ARCHIVE_GHOSTS = "__MACOSX"  # what macOS puts beside the files of a zip archive


@dataclass(frozen=True)
class Edition:
    """A folder with one edition's workbooks.

    Attributes
    ----------
    year : year on the cover
    folder : path relative to the source's root, ``.`` for the root itself
    """

    year: int
    folder: str


def _subfolders(folder: Path, root: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                Path(entry.path)
                for entry in entries
                if entry.is_dir() and not entry.name.startswith((".", _ARCHIVE_GHOSTS))
            )
    except OSError as error:
        if folder != root:
            log.warning("folder %s: cannot be read (%s); not searched for editions", folder, error.strerror)
            return []
        raise InputError(f"raw_root {folder}: cannot be read ({error.strerror}); check its rights") from error


def _plain(name: str) -> str:
    """A file's or folder's name in half-width characters and without blanks around."""
    return unicodedata.normalize("NFKC", name).strip()


def _year_on(name: str, patterns: Sequence[str]) -> int | None:
    """The edition that a folder's name states, or None."""
    for pattern in patterns:
        match = re.search(pattern, name.translate(_CHINESE_DIGITS), flags=re.IGNORECASE)
        if match and not _RANGE.match(name, match.end(1)):
            return int(match[1])
    return None


def two_years(name: str) -> tuple[int, int] | None:
    """Both years of a book that is of two, from its folder's name: 中国城市统计年鉴1993-1994; None of any other."""
    match = _YEARS.search(_plain(name))
    if match is None:
        return None
    first, last = int(match[1]), int(match[1][: 4 - len(match[2])] + match[2])
    return (first, last) if last == first + 1 else None


_CHINESE_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_STATED = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*年?(?!\d|[^()（）]{0,6}价)")


def data_year(texts: Iterable[str], among: Collection[int]) -> int | None:
    """The one year of ``among`` that the texts state (1992, 1993年, 一九九二年), the last of the texts first.

    A year of constant prices (1990年不变价格) is none.
    """
    for text in reversed(list(texts)):
        stated = _STATED.findall(_plain(text).translate(_CHINESE_DIGITS))
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


def _by_year(root: Path, patterns: Sequence[str]) -> dict[int, list[Path]]:
    """Folders of each edition below a root."""
    found: dict[int, list[Path]] = {}
    double: dict[int, list[Path]] = {}
    level = [root]
    for _ in range(LEVELS):
        others: list[Path] = []
        here: dict[int, list[Path]] = {}
        for folder in level:
            name = root.resolve().name if folder == root else folder.name
            year = _year_on(_plain(name), patterns)
            if year is None:
                others.append(folder)
                if years := two_years(name):
                    double.setdefault(years[1], []).append(folder)
            else:
                here.setdefault(year, []).append(folder)
        found = {**here, **found}
        level = [below for folder in others for below in _subfolders(folder, root)]
    for last, folders in double.items():
        for folder in folders:
            _join_years(found, folder, last)
    return found


def find_editions(root: str | Path, patterns: Sequence[str]) -> list[Edition]:
    """Find the edition folders below ``root`` by name, down to three levels.

    Where an edition stands at two levels, the upper one is taken; below an edition's folder none is sought. A book of two
    years (1993-1994) is the edition of the later one.

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
    found = _by_year(root, patterns)
    if not found:
        raise InputError(
            f"raw_root {root}: no edition found; expected folders named like 中国城市统计年鉴2013（excel）, "
            "2013年中国城市统计年鉴 or 2013"
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
    """All files of an edition, relative to ``root``, in a stable order."""
    root = Path(root)
    top = root / folder
    files = []
    for place, folders, names in os.walk(top, onerror=_refuse):
        folders[:] = sorted(name for name in folders if name != _ARCHIVE_GHOSTS)
        files += [
            Path(place, name).relative_to(root).as_posix()
            for name in names
            # A pipe or a device that an archive brought would be read for ever.
            if not name.startswith((".", "~$")) and Path(place, name).is_file()
        ]
    return sorted(files)
