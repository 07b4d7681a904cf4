"""What each printed number and word of a table is and shows, without a word of any language.

Stored beside the table as ``{table}.cells.parquet``: the scorecard, the check of the links and the trace read these rows.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nianjian import storage
from nianjian.language import said_in_all
from nianjian.publish.sources import SOURCE, frame_of
from nianjian.publish.tables import Number, Part, Table
from nianjian.storage import Schema

POSITION = ("panel", "row", "line", "cell", "part")
"""Place of a number or word, each counted from 0: rows through the whole table, lines within their row, cells within their
line, parts within their cell. ``cell`` is the table's column; ``column`` is one of the source's keys."""
CELLS: Schema = {
    "table": "string",
    **dict.fromkeys(POSITION, "int32"),
    "row_key": "string",
    "column_key": "string",
    "statistic": "string",
    "value": "float64",  # of a number
    "word": "string",  # of a word: what stands for it in every language; else it in each, with ` / ` between
    "decimals": "int32",
    "stars": "string",
    "brackets": "string",
    "conf_low": "float64",
    "conf_high": "float64",
    **SOURCE,
}
"""One row a source of each printed number or word."""
CELL_KEY = ("table", *POSITION, "source")


def cells(table: Table) -> pd.DataFrame:
    """All numbers and words of a table with their sources, schema :data:`CELLS`, in printed order."""
    found = []
    for place, part in table.parts():
        own = {
            "table": table.id,
            **dict(zip(POSITION, place.at, strict=True)),
            "row_key": place.row.key,
            "column_key": place.column.key,
            **_printed(part),
        }
        found += [own | source.plain(number) for number, source in enumerate(part.shows)]
    return frame_of(found, CELLS)


def _printed(part: Part) -> dict[str, object]:
    if not isinstance(part, Number):
        return {
            "statistic": part.statistic,
            "word": part.value or said_in_all(part.text),
        }
    low, high = part.interval or (None, None)
    return {
        "statistic": part.statistic,
        "value": part.value,
        "decimals": part.places,
        "stars": part.stars,
        "brackets": part.brackets,
        "conf_low": low,
        "conf_high": high,
    }


def write(table: Table, path: str | Path) -> None:
    """Write a table's cells; see :func:`nianjian.storage.write_table`."""
    storage.write_table(cells(table), path, CELLS, CELL_KEY)
