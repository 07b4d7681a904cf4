"""Tables of Parquet copied into one DuckDB file.

The file holds all of it: views over files beside it would be looked for from the folder in which a reader stands
(duckdb#2342), and a table that was copied can be sent on alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nianjian.files import StorageError, replacing

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from nianjian.catalog.comments import Commented

MEMORY = "600MB"
"""DuckDB keeps what it has written in memory until this is full; of its own accord that is most of the machine's."""
BLOCK = 65536
"""Bytes of a block: each table has some of its own, and of most the usual 256 kB are far too many."""
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": MEMORY,
    "default_block_size": BLOCK,
}
TOGETHER = 50
"""Comments of a transaction: each alone is written to the disk, and each keeps a copy of all columns until the end of its own."""
LOCAL = """
    SELECT spec, city, year,
        max(estimate) FILTER (term = 'z') AS z,
        max(estimate) FILTER (term = 'lag_z') AS lag,
        max(estimate) FILTER (term = 'local') AS local_moran,
        max(p_value) FILTER (term = 'local') AS p_value,
        CASE max(estimate) FILTER (term = 'cluster') WHEN 0 THEN 'ns' ELSE
            CASE WHEN max(estimate) FILTER (term = 'z') > 0 THEN 'H' ELSE 'L' END
            || CASE WHEN max(estimate) FILTER (term = 'lag_z') > 0 THEN 'H' ELSE 'L' END
        END AS cluster
    FROM main.estimates
    WHERE study = {study} AND spec IN ({specs}) AND kind = 'effect' AND city IS NOT NULL
    GROUP BY spec, city, year
"""
"""Local Moran's I as a table of city-years."""


@dataclass(frozen=True)
class Part:
    """Parquet files of one schema or of columns that add up, and what is the same in all of their rows."""

    files: Sequence[str]
    constants: Mapping[str, str]


@dataclass(frozen=True)
class Described:
    """A table or view of the catalogue, and by what its words are found.

    Attributes
    ----------
    name : ``schema.name`` goes into a schema of its own, one a study
    about : what it is
    study : whose columns it has; empty if of none
    says : what its words name
    """

    name: str
    about: str
    study: str = ""
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored(Described):
    """A table that is copied from files.

    Attributes
    ----------
    parts : stacked by the names of columns, in this order
    sparse : columns without any value are left out, as a wide panel has hundreds that its books never print
    order : columns by which rows are sorted: what repeats in neighbouring rows takes little room, and a query that asks for some
        values of the first one reads no others; none: as the files have them
    """

    parts: Sequence[Part] = ()
    sparse: bool = False
    order: Sequence[str] = ()


@dataclass(frozen=True)
class View(Described):
    """A query over the tables."""

    query: str = ""


def build_catalog(
    path: Path,
    stored: Sequence[Stored],
    frames: Mapping[str, pd.DataFrame],
    views: Sequence[View],
    commented: Commented,
) -> None:
    """Write a DuckDB file that holds tables and views over them, each with its comments.

    The content depends on the inputs alone; DuckDB puts a random identifier into each file.

    Parameters
    ----------
    path : the file to write
    stored : tables that are copied from Parquet files
    frames : further tables by name
    views : over the tables
    commented : what tables and columns hold

    Raises
    ------
    StorageError
        If the disk does not hold the file.
    """
    import duckdb

    with replacing(path) as part:
        part.unlink()  # DuckDB wants to create the file itself
        with duckdb.connect(str(part), config=SETTINGS) as connection:
            for table in stored:
                _create(connection, "TABLE", table.name, _stacked(table))
            for name, frame in frames.items():
                connection.register("frame", frame)
                _create(connection, "TABLE", name, "SELECT * FROM frame")
                connection.unregister("frame")
            for view in views:
                _create(connection, "VIEW", view.name, view.query)
            for each in (*stored, *(Described(name, name) for name in frames), *views):
                _comment(connection, each, commented)
            # On a full disk DuckDB closes without a word and leaves what it could not write in a log beside the file.
            connection.execute("CHECKPOINT")
        if part.with_name(f"{part.name}.wal").exists():
            raise StorageError(
                f"{path}: could not be written as a whole; free space there, or move the folder to a larger disk, "
                "then run again"
            )


def _stacked(table: Stored) -> str:
    """The query of a table: its parts below each other."""
    queries = []
    left_out = sorted(_empty(table)) if table.sparse else []
    own = f"* EXCLUDE ({', '.join(map(named, left_out))})" if left_out else "*"
    for part in table.parts:
        constants = "".join(f"{quoted(value)} AS {named(name)}, " for name, value in part.constants.items())
        files = ", ".join(quoted(file) for file in part.files)
        queries.append(f"SELECT {constants}{own} FROM read_parquet([{files}], union_by_name = true)")
    order = f" ORDER BY {', '.join(map(named, table.order))}" if table.order else ""
    return " UNION ALL BY NAME ".join(queries) + order


def _empty(table: Stored) -> set[str]:
    """Columns of numbers without any value, by what the files say of themselves."""
    import pyarrow.parquet as pq

    counts: dict[str, int] = {}
    for part in table.parts:
        for file in part.files:
            meta = pq.read_metadata(file)
            for group in range(meta.num_row_groups):
                rows = meta.row_group(group)
                for at in range(rows.num_columns):
                    column = rows.column(at)
                    if column.physical_type == "DOUBLE":
                        nulls = column.statistics.null_count if column.statistics else 0
                        counts[column.path_in_schema] = (
                            counts.get(column.path_in_schema, 0) + rows.num_rows - (nulls or 0)
                        )
    return {name for name, values in counts.items() if values == 0}


def stacked_views(members: Mapping[tuple[tuple[str, str], ...], str]) -> str:
    """The query of a view over tables: each with its constants, ``{((name, value), ...): table}``."""
    queries = []
    for constants, table in members.items():
        said = "".join(f"{quoted(value)} AS {named(name)}, " for name, value in constants)
        queries.append(f"SELECT {said}* FROM {placed(table)}")
    return " UNION ALL BY NAME ".join(queries)


def _create(connection: duckdb.DuckDBPyConnection, what: str, name: str, query: str) -> None:
    schema, _, _ = name.rpartition(".")
    if schema:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {named(schema)}")
    connection.execute(f"CREATE {what} {placed(name)} AS {query}")


def _comment(connection: duckdb.DuckDBPyConnection, each: Described, commented: Commented) -> None:
    """Say of a table or view and of its columns what they hold."""
    what, place = "VIEW" if isinstance(each, View) else "TABLE", placed(each.name)
    said = [f"{what} {place} IS {quoted(commented.table(each))}"]
    for column, *_ in connection.execute(f"DESCRIBE {place}").fetchall():
        said.append(f"COLUMN {place}.{named(column)} IS {quoted(commented.column(each, column))}")
    for start in range(0, len(said), TOGETHER):
        connection.execute("BEGIN")
        for comment in said[start : start + TOGETHER]:
            connection.execute(f"COMMENT ON {comment}")
        connection.execute("COMMIT")


def placed(name: str) -> str:
    """A table's name as SQL writes it, with its schema: one called as the file itself would be taken for the database."""
    schema, _, own = name.rpartition(".")
    return f"{named(schema or 'main')}.{named(own)}"


def named(name: str) -> str:
    """A name as SQL writes one, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def quoted(words: object) -> str:
    """Words as SQL writes them, whatever they hold."""
    return "'" + str(words).replace("'", "''") + "'"
