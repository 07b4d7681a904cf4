"""One DuckDB file with views over everything: built last, nothing depends on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from nianjian.storage import replacing


def build_catalog(
    path: Path, root: Path, views: Mapping[str, Sequence[str]], tables: Mapping[str, pd.DataFrame]
) -> None:
    """Write a DuckDB file of views over Parquet files and a few small tables.

    Parameters
    ----------
    path : the file to write
    root : folder that the Parquet paths are relative to; a reader opens the catalog from there
    views : view name to Parquet paths (several are stacked by column name); ``schema.name`` goes into a schema of
        its own, one a study
    tables : table name to frame, copied into the file
    """
    import duckdb

    with replacing(path) as part:
        part.unlink()  # DuckDB wants to create the file itself
        with duckdb.connect(str(part), config={"threads": 1}) as connection:
            for name, frame in tables.items():
                connection.register("frame", frame)
                connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM frame')
                connection.unregister("frame")
            for name, files in views.items():
                if not files:
                    continue
                listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
                schema, _, view = name.rpartition(".")
                if schema:
                    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
                place = f'"{schema}"."{view}"' if schema else f'"{view}"'
                connection.execute(
                    f"CREATE VIEW {place} AS SELECT * FROM read_parquet([{listed}], union_by_name = true)"
                )
