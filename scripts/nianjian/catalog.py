"""One DuckDB file with views over everything: built last, nothing depends on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from nianjian.files import StorageError, replacing

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
    FROM read_parquet([{files}]) WHERE kind = 'effect' AND city IS NOT NULL
    GROUP BY spec, city, year
"""
"""Local Moran's I as a table of city-years."""


def build_catalog(
    path: Path,
    views: Mapping[str, Sequence[str]],
    tables: Mapping[str, pd.DataFrame],
    local: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write a DuckDB file of views over Parquet files and a few small tables.

    Parameters
    ----------
    path : the file to write
    views : view name to Parquet paths (several are stacked by column name); ``schema.name`` goes into a schema of
        its own, one a study. The paths are relative to the workspace: a reader opens the catalog from there
    tables : table name to frame, copied into the file
    local : study to the estimates of its specifications of local Moran's I: view ``<study>.local_moran``
    """
    import duckdb

    plain = "SELECT * FROM read_parquet([{files}], union_by_name = true)"
    wanted = [(name, files, plain) for name, files in views.items()]
    wanted += [(f"{study}.local_moran", files, LOCAL) for study, files in (local or {}).items()]
    with replacing(path) as part:
        part.unlink()  # DuckDB wants to create the file itself
        with duckdb.connect(str(part), config={"threads": 1}) as connection:
            for name, frame in tables.items():
                connection.register("frame", frame)
                connection.execute(f"CREATE TABLE {named(name)} AS SELECT * FROM frame")
                connection.unregister("frame")
            for name, files, query in wanted:
                if not files:
                    continue
                listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
                schema, _, view = name.rpartition(".")
                if schema:
                    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {named(schema)}")
                place = f"{named(schema)}.{named(view)}" if schema else named(view)
                connection.execute(f"CREATE VIEW {place} AS {query.replace('{files}', listed)}")
            # On a full disk DuckDB closes without a word and leaves what it could not write in a log beside the file.
            connection.execute("CHECKPOINT")
        if part.with_name(f"{part.name}.wal").exists():
            raise StorageError(
                f"{path}: could not be written as a whole; free space there, or move the folder to a larger disk, "
                "then run again"
            )


def named(name: str) -> str:
    """A name as SQL writes one, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
