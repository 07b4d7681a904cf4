"""Source type ``city_yearbook``: one folder an edition, one workbook a table.

The extract is structural and lossless: every cell of a prefecture-level table that holds a digit becomes
a row with its header path, region label and address. What becomes of every file and sheet is recorded.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from nianjian.errors import InputError

log = logging.getLogger(__name__)


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


def _subfolders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                Path(entry.path) for entry in entries if entry.is_dir() and not entry.name.startswith(".")
            )
    except OSError as error:
        raise InputError(f"raw_root {folder}: cannot be read ({error.strerror}); check its rights") from error


def find_editions(root: str | Path, patterns: Sequence[str]) -> list[Edition]:
    """Find the edition folders below ``root`` by name, down to two levels.

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
    for _ in range(3):
        for folder in level:
            name = root.resolve().name if folder == root else folder.name
            for pattern in patterns:
                if match := re.search(pattern, name, flags=re.IGNORECASE):
                    found.setdefault(int(match[1]), []).append(folder)
                    break
        if found:
            break
        level = [below for folder in level for below in _subfolders(folder)]
    if not found:
        raise InputError(
            f"raw_root {root}: no edition found; expected folders named like 中国城市统计年鉴2013（excel） or 2019（Excel）"
        )
    for year, folders in sorted(found.items()):
        if len(folders) > 1:
            names = ", ".join(str(folder.relative_to(root)) for folder in folders)
            raise InputError(
                f"raw_root {root}: edition {year} stands there twice ({names}); keep one of them"
            )
    return [Edition(year, folders[0].relative_to(root).as_posix()) for year, folders in sorted(found.items())]


def edition_files(root: str | Path, folder: str) -> list[str]:
    """All files of an edition, relative to ``root``, in a stable order."""
    root = Path(root)
    top = root / folder
    files = []
    for place, folders, names in os.walk(top):
        folders.sort()
        files += [
            Path(place, name).relative_to(root).as_posix()
            for name in names
            if not name.startswith((".", "~$"))
        ]
    return sorted(files)


def _choose(files: Sequence[str], folder: str, source: Mapping[str, Any], year: int) -> dict[str, str]:
    """Why each file is left out, or "" for the prefecture-level tables."""
    from nianjian.extract.workbooks import WORKBOOK_SUFFIXES

    inside = {
        file: PurePosixPath(file).relative_to(folder) if folder != "." else PurePosixPath(file)
        for file in files
    }
    wanted = {file: any(word in str(path) for word in source["include"]) for file, path in inside.items()}
    flat = not any(wanted.values())
    reasons = {}
    for file, path in inside.items():
        excluded = next((word for word in source["exclude"] if word in str(path)), None)
        reason = ""
        if path.suffix.lower() not in WORKBOOK_SUFFIXES:
            reason = f"not a workbook ({path.suffix or 'no suffix'})"
        elif excluded:
            reason = f"not a prefecture-level table ({excluded})"
        elif flat:
            # No folder says which tables are prefecture-level: their numbers do.
            number = re.match(r"\D{0,4}(\d+)\s*[-—–－_]\s*\d+", path.name)
            chapter = next(c for c in source["chapters"] if (c["from"] or 0) <= year <= (c["to"] or 9999))[
                "chapter"
            ]
            if not number or int(number[1]) != chapter:
                reason = f"not a prefecture-level table (its number does not start with {chapter}-)"
        elif not wanted[file]:
            reason = "not a prefecture-level table (its folder is none of those declared)"
        reasons[file] = reason
    return reasons


def extract_edition(
    root: str | Path, edition: Edition, source: Mapping[str, Any], source_id: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Read all prefecture-level tables of one edition.

    Returns
    -------
    Rows of the extract schema and rows of the sheets schema.
    """
    from nianjian.extract.workbooks import read_sheets

    root = Path(root)
    files = edition_files(root, edition.folder)
    reasons = _choose(files, edition.folder, source, edition.year)
    rows: list[dict[str, Any]] = []
    sheets: list[dict[str, Any]] = []
    seen: dict[str, str] = {}
    base = {"source": source_id, "edition": edition.year}

    def report(file: str, sheet: str, status: str, reason: str, **counts: Any) -> None:
        empty = {"table": "", "title": "", "numeric_cells": 0, "extracted_cells": 0, "labels": 0}
        sheets.append(
            {**base, "file": file, "sheet": sheet, "status": status, "reason": reason, **empty, **counts}
        )
        if status == "failed":
            log.warning("%s%s: %s", file, f", sheet {sheet}" if sheet else "", reason)

    for file in files:
        if reasons[file]:
            report(file, "", "skipped", reasons[file])
            continue
        try:
            digest = hashlib.sha256((root / file).read_bytes()).hexdigest()
            if digest in seen:
                report(file, "", "skipped", f"the same bytes as {seen[digest]}")
                continue
            opened = read_sheets(root / file)
        except (InputError, OSError) as error:
            report(file, "", "failed", str(error))
            continue
        seen[digest] = file
        rows += _extract_file(file, opened, base, report)
    return rows, sheets


def _extract_file(
    file: str, opened: Sequence[Any], base: Mapping[str, Any], report: Any
) -> list[dict[str, Any]]:
    from nianjian.extract.grid import as_rows, cell_name, fold, read_grid, table_number

    rows: list[dict[str, Any]] = []
    stem = PurePosixPath(file).stem
    table, title = table_number(stem), stem
    header, block = None, 0
    for sheet in opened:
        grid, header = read_grid(sheet, header)
        # A page that goes on (2-15续表1) belongs to the table before it.
        if grid.table and not grid.continued:
            table, title = (
                grid.table,
                grid.title if len(fold(grid.title)) > len(fold(grid.table)) + 1 else stem,
            )
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
