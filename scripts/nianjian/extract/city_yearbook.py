"""Source type ``city_yearbook``: one folder an edition, one workbook a table.

The extract is structural and lossless: every cell of a prefecture-level table that holds a digit becomes
a row with its header path, region label and address. What becomes of every file and sheet is recorded.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from nianjian.addresses import cell_name
from nianjian.errors import InputError, UnreadableError, explained
from nianjian.extract.text import fold
from nianjian.extract.words import SheetWords
from nianjian.files import read_bytes

if TYPE_CHECKING:  # books.py looks for editions at every start: no reader of workbooks is loaded for that
    from nianjian.extract.workbooks import Sheet

log = logging.getLogger(__name__)

LEVELS = 4  # of folders that are searched for editions, the root's own included
# A folder of many editions (中国城市统计年鉴2000-2024) is none of them.
_RANGE = re.compile(r"\s*年?\s*[-—–―－~～至到、]+\s*(?:19|20)?\d{2}(?!\d)")
_TWO_CHINESE = re.compile(r"[㐀-鿿]{2}")
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


@dataclass(frozen=True)
class Marks:
    """What tells the prefecture-level tables of an edition from its other files.

    Attributes
    ----------
    include : words in a folder's or file's name that mark them
    exclude : words that rule a file out
    chapter : in front of their numbers, which decides where no folder says it; None: each number will do
    """

    include: Sequence[str]
    exclude: Sequence[str]
    chapter: int | None


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
        match = re.search(pattern, name, flags=re.IGNORECASE)
        if match and not _RANGE.match(name, match.end(1)):
            return int(match[1])
    return None


def find_editions(root: str | Path, patterns: Sequence[str]) -> list[Edition]:
    """Find the edition folders below ``root`` by name, down to three levels.

    Where an edition stands at two levels, the upper one is taken; below an edition's folder none is sought.

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
    found: dict[int, list[Path]] = {}
    level = [root]
    for _ in range(LEVELS):
        others: list[Path] = []
        here: dict[int, list[Path]] = {}
        for folder in level:
            year = _year_on(_plain(root.resolve().name if folder == root else folder.name), patterns)
            if year is None:
                others.append(folder)
            else:
                here.setdefault(year, []).append(folder)
        found = {**here, **found}
        level = [below for folder in others for below in _subfolders(folder, root)]
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


def _choose(files: Sequence[str], folder: str, marks: Marks, words: SheetWords) -> dict[str, str | None]:
    """Why each file is left out, "" for the prefecture-level tables, None where its sheets have to say."""
    from nianjian.extract.workbooks import WORKBOOK_SUFFIXES

    inside = {
        file: PurePosixPath(file).relative_to(folder) if folder != "." else PurePosixPath(file)
        for file in files
    }

    def holds(path: PurePosixPath, listed: Sequence[str]) -> str | None:
        name = re.sub(r"\s", "", _plain(str(path)))
        return next((word for word in listed if word in name), None)

    # Where no folder says which tables are prefecture-level, their names or numbers do.
    flat = not any(holds(path.parent, marks.include) for path in inside.values())
    reasons: dict[str, str | None] = {}
    for file, path in inside.items():
        reason: str | None = ""
        number = words.table_file.match(_plain(path.name))
        if path.suffix.lower() not in WORKBOOK_SUFFIXES:
            reason = f"not a workbook ({path.suffix or 'no suffix'})"
        elif excluded := holds(path, marks.exclude):
            reason = f"not a prefecture-level table ({excluded})"
        elif holds(path, marks.include):
            reason = ""
        elif not flat:
            reason = "not a prefecture-level table (its folder is none of those declared)"
        elif not number:
            reason = None
        elif marks.chapter is not None and int(number[1]) != marks.chapter:
            reason = f"not a prefecture-level table (its number does not start with {marks.chapter}-)"
        reasons[file] = reason
    return reasons


def extract_edition(
    root: str | Path, edition: Edition, marks: Marks, words: SheetWords, source_id: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Read all prefecture-level tables of one edition.

    Parameters
    ----------
    root : folder of the yearbooks
    edition : the folder below it
    marks : which of its files are read
    words : by which their pages are read
    source_id : what the source is called in the extract

    Returns
    -------
    Rows of the extract schema and rows of the sheets schema.
    """
    from nianjian.extract.workbooks import read_sheets

    root = Path(root)
    files = edition_files(root, edition.folder)
    reasons = _choose(files, edition.folder, marks, words)
    rows: list[dict[str, Any]] = []
    sheets: list[dict[str, Any]] = []
    seen: dict[str, str] = {}
    base: dict[str, str | int] = {"source": source_id, "edition": edition.year}

    def report(file: str, sheet: str, status: str, reason: str, **counts: Any) -> None:
        empty = {"table": "", "title": "", "numeric_cells": 0, "extracted_cells": 0, "labels": 0}
        sheets.append(
            {**base, "file": file, "sheet": sheet, "status": status, "reason": reason, **empty, **counts}
        )
        if status == "failed":
            # A whole file that is lost is told on the screen: it may be copied by half.
            level = logging.WARNING if sheet else logging.ERROR
            log.log(level, "%s%s: %s", file, f", sheet {sheet}" if sheet else "", reason)

    for file in files:
        if reason := reasons[file]:
            report(file, "", "skipped", reason)
            continue
        try:
            content = read_bytes(root / file)
            digest = hashlib.sha256(content).hexdigest()
            if digest in seen:
                report(file, "", "skipped", f"the same bytes as {seen[digest]}")
                continue
            opened = read_sheets(root / file, content)
        except UnreadableError:
            raise  # a book that is there and was not read may not be missing in silence
        except InputError as error:
            report(file, "", "failed", str(error))
            continue
        seen[digest] = file
        chapter = marks.chapter if reasons[file] is None else None
        rows += _extract_file(file, opened, base, report, chapter, words)
    if not rows:
        common = Counter(sheet["reason"] for sheet in sheets).most_common(3)
        log.warning(
            "edition %s (folder %s): no table was read; %s",
            edition.year,
            edition.folder,
            "; ".join(f"{count} times: {why}" for why, count in common) or "the folder holds no file",
        )
    return rows, sheets


def _sheet_table(name: str, chapter: int | None, words: SheetWords) -> str:
    """The table number that a sheet's name states, or "".

    A bare 1-7 counts pages in many books; it is a table's number where a title follows or the chapter fits.
    """
    number = words.table_number(name)
    titled = _TWO_CHINESE.search(fold(name)) is not None
    return number if titled or (chapter and number.startswith(f"{chapter}-")) else ""


def _extract_file(
    file: str,
    opened: Sequence[Sheet],
    base: Mapping[str, str | int],
    report: Callable[..., None],
    chapter: int | None,
    words: SheetWords,
) -> list[dict[str, Any]]:
    """Rows of one workbook; with ``chapter``, of those of its sheets whose table number starts with it."""
    from nianjian.extract.grid import as_rows, read_grid

    rows: list[dict[str, Any]] = []
    stem = PurePosixPath(file).stem
    table, title = words.table_number(stem), stem
    in_name, header, block = bool(table), None, 0
    for sheet in opened:
        grid, header = read_grid(sheet, words, header)
        named = "" if in_name else _sheet_table(sheet.name, chapter, words)
        # A page that goes on (2-15续表1) belongs to the table before it.
        if grid.table and not grid.continued:
            table, title = (
                grid.table,
                grid.title
                if len(fold(grid.title)) > len(fold(grid.table)) + 1
                else sheet.name
                if named
                else stem,
            )
        elif named and not grid.continued:
            # All tables in one workbook, and no title on the sheet.
            table, title = named, sheet.name
        counts = {
            "table": table,
            "title": title,
            "numeric_cells": grid.numeric_cells,
            "extracted_cells": len(grid.cells),
            "labels": len(grid.labels),
        }
        if not grid.numeric_cells:
            report(file, sheet.name, "skipped", "holds no numbers", **counts)
            continue
        if chapter and not table.startswith(f"{chapter}-"):
            said = f"its table is {table}" if table else "neither file, sheet nor title has a table number"
            report(file, sheet.name, "skipped", f"not a prefecture-level table ({said})", **counts)
            continue
        if not grid.cells:
            report(file, sheet.name, "failed", grid.reason, **counts)
            continue
        reason = ""
        if grid.unplaced:
            examples = ", ".join(
                f"{cell_name(row, col)} {text.strip()!r}" for row, col, text in grid.unplaced[:3]
            )
            reason = f"{len(grid.unplaced)} cells with digits stand outside the table: {examples}"
        report(file, sheet.name, "extracted", reason, **counts)
        found = as_rows(grid, **base, table=table, title=title, file=file, sheet=sheet.name, period=None)
        for row in found:
            row["block"] += block
        block = max((row["block"] for row in found), default=block) + 1
        rows += found
    return rows
