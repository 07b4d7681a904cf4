"""Source type ``city_yearbook``: one folder an edition, one workbook a table.

The extract is structural and lossless: every cell of a table of cities that holds a digit becomes a row with its header
path, region label and address. What becomes of every file and sheet is recorded.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa

from nianjian.errors import InputError, UnreadableError
from nianjian.extract import archives
from nianjian.extract.cell_texts import Known
from nianjian.extract.cells import Extracted, Page
from nianjian.extract.editions import Edition, data_year, edition_files
from nianjian.extract.grid import Grid, read_grid
from nianjian.extract.names import two_years
from nianjian.extract.pages import Places, why_not
from nianjian.extract.remarks import remarks
from nianjian.extract.text import fold
from nianjian.extract.words import SheetWords
from nianjian.extract.workbooks import WORKBOOK_SUFFIXES, Sheet, read_sheets
from nianjian.files import read_bytes

log = logging.getLogger(__name__)

_TWO_CHINESE = re.compile(r"[㐀-鿿]{2}")
_NO_TABLE = {"table": "", "title": "", "numeric_cells": 0, "extracted_cells": 0, "labels": 0}


def extract_edition(
    root: str | Path, edition: Edition, words: SheetWords, places: Places, source_id: str
) -> tuple[pa.Table, list[dict[str, Any]]]:
    """Read all tables of cities of one edition.

    Parameters
    ----------
    root : folder of the yearbooks
    edition : the folder below it
    words : by which its pages are read
    places : by which tables of cities are told from others
    source_id : what the source is called in the extract

    Returns
    -------
    Cells as a table of the extract schema, in its order, and rows of the sheets schema.
    """
    reading = _Reading(Path(root), edition, words, places, source_id)
    files = edition_files(root, edition.folder)
    # An archive that lies beside what was unpacked from it comes last: its books are the same bytes.
    for file in sorted(files, key=archives.is_archive):
        reading.read_file(file)
    if not len(reading.cells):
        common = Counter(sheet["reason"] for sheet in reading.sheets).most_common(3)
        log.warning(
            "edition %s (folder %s): no table was read; %s",
            edition.year,
            edition.folder,
            "; ".join(f"{count} times: {why}" for why, count in common) or "the folder holds no file",
        )
    return reading.cells.table(source_id, edition.year), reading.sheets


@dataclass
class _Title:
    """Number and title of the table that a workbook's pages belong to; a page that states none goes on with it."""

    words: SheetWords
    stem: str
    numbered: frozenset[str]
    table: str = ""
    title: str = ""

    @classmethod
    def of(cls, file: str, opened: Sequence[Sheet], words: SheetWords) -> _Title:
        stem = PurePosixPath(file).stem
        table = words.table_number(stem)
        return cls(words, stem, frozenset() if table else _numbered(opened, words), table, stem)

    def turn(self, sheet: str, grid: Grid) -> None:
        """Go on to a page."""
        named = self.words.table_number(sheet) if sheet in self.numbered else ""
        if grid.continued:
            return
        # A page that goes on (2-15续表1) belongs to the table before it.
        if grid.table:
            says_more = len(fold(grid.title)) > len(fold(grid.table)) + 1
            self.table, self.title = grid.table, grid.title if says_more else sheet if named else self.stem
        elif named:
            # All tables in one workbook, and no title on the sheet.
            self.table, self.title = named, sheet
        elif not self.table and grid.heading and fold(grid.heading) not in fold(self.stem):
            self.title = f"{self.stem} {grid.heading}"


def _numbered(opened: Sequence[Sheet], words: SheetWords) -> frozenset[str]:
    """Sheets of a workbook whose names state the number of a table.

    A bare 1-7 counts pages in many books; it is a table's number where a title follows, or where most sheets are numbered
    within one chapter.
    """
    numbers = {sheet.name: words.table_number(sheet.name) for sheet in opened}
    titled = {name for name, number in numbers.items() if number and _TWO_CHINESE.search(fold(name))}
    chapters = Counter(number.split("-")[0] for number in numbers.values() if number)
    chapter, count = max(chapters.items(), key=lambda pair: pair[1], default=("", 0))
    if count > 1:
        titled |= {name for name, number in numbers.items() if number.startswith(f"{chapter}-")}
    return frozenset(titled)


@dataclass
class _Reading:
    """What has been read of an edition so far."""

    root: Path
    edition: Edition
    words: SheetWords
    places: Places
    source: str
    sheets: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = Known(self.words)
        self.cells = Extracted(self.known)

    def read_file(self, file: str) -> None:
        """Read one file, or what an archive holds, or note why not."""
        if not archives.is_archive(file):
            self._read_book(file, None)
            return
        below = self.edition.folder if self.edition.folder.startswith(f"{file}/") else ""
        try:
            for member in archives.members(self.root, file, below):
                if member.content is None:
                    self._report(
                        member.file, "", "failed", f"{PurePosixPath(member.file).name}: {member.problem}"
                    )
                else:
                    self._read_book(member.file, member.content)
        except UnreadableError:
            raise
        except InputError as error:
            self._report(file, "", "failed", str(error))

    def _read_book(self, file: str, content: bytes | None) -> None:
        suffix = PurePosixPath(file).suffix
        if suffix.lower() not in WORKBOOK_SUFFIXES:
            self._report(file, "", "skipped", f"not a workbook ({suffix or 'no suffix'})")
            return
        try:
            content = read_bytes(self.root / file) if content is None else content
            digest = hashlib.sha256(content).hexdigest()
            if digest in self.seen:
                self._report(file, "", "skipped", f"the same bytes as {self.seen[digest]}")
                return
            opened = read_sheets(self.root / file, content)
        except UnreadableError:
            raise  # a book that is there and was not read may not be missing in silence
        except InputError as error:
            self._report(file, "", "failed", str(error))
            return
        self.seen[digest] = file
        self._read_sheets(file, opened)

    def _read_sheets(self, file: str, opened: Sequence[Sheet]) -> None:
        visible = [sheet for sheet in opened if sheet.visible]
        title, header, block = _Title.of(file, visible or opened, self.words), None, 0
        before = len(self.cells)
        # Hidden sheets come last: none may stand in a visible one's way.
        for sheet in [*visible, *(sheet for sheet in opened if not sheet.visible)]:
            grid, header = read_grid(sheet, self.known, header if sheet.visible else None)
            title.turn(sheet.name, grid)
            counts = {
                "table": title.table,
                "title": title.title,
                "numeric_cells": grid.numeric_cells,
                "extracted_cells": len(grid.cells),
                "labels": len(grid.labels),
            }
            why = self._why_not(grid)
            if not why and not sheet.visible and len(self.cells) > before:
                why = "is hidden, beside visible sheets that hold tables of cities; make it visible if it belongs to the book"
            if why:
                counts["extracted_cells"] = 0
                self._report(file, sheet.name, "skipped", "; ".join((why, *self._said(sheet))), **counts)
                continue
            self._report(file, sheet.name, "extracted", "; ".join(remarks(sheet, grid)), **counts)
            period = self._period(self._below(file), sheet.name, title.title)
            # Blocks are counted over all sheets of a workbook.
            cells = replace(grid.cells, block=grid.cells.block + np.int32(block))
            self.cells.add(Page(file, sheet.name, title.table, title.title, period), cells, grid.texts)
            block = int(cells.block.max(initial=block)) + 1

    @staticmethod
    def _said(sheet: Sheet) -> tuple[str, ...]:
        """What is said of a sheet that is not read: only what may be why."""
        return tuple(note for note in sheet.notes if "no stored value" in note or "lie far" in note)

    def _below(self, file: str) -> str:
        """A file's path below the edition's folder."""
        path = PurePosixPath(file)
        return (
            path.relative_to(self.edition.folder).as_posix()
            if path.is_relative_to(self.edition.folder)
            else file
        )

    def _why_not(self, grid: Grid) -> str:
        """Why a page is left out, or ""."""
        if not grid.numeric_cells:
            return "holds no numbers"
        if not grid.cells:
            return f"no table of cities: {grid.reason}"
        return why_not(grid, self.places)

    def _period(self, *texts: str) -> str | None:
        """The data year of a page of a book of two years, where its file, sheet or title states it."""
        years = two_years(PurePosixPath(self.edition.folder).name)
        if years is None:
            return None
        found = data_year(texts, {year - 1 for year in years})
        return str(found) if found else None

    def _report(self, file: str, sheet: str, status: str, reason: str, **counts: Any) -> None:
        base = {"source": self.source, "edition": self.edition.year, "file": file, "sheet": sheet}
        self.sheets.append({**base, "status": status, "reason": reason, **_NO_TABLE, **counts})
        if status == "failed":
            # A whole file that is lost is told on the screen: it may be copied by half.
            level = logging.WARNING if sheet else logging.ERROR
            log.log(level, "%s%s: %s", file, f", sheet {sheet}" if sheet else "", reason)
