"""One DuckDB file with views over everything: built last, nothing depends on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from nianjian.storage import replacing

LOCAL = r"""
    SELECT spec, city, year,
        max(estimate) FILTER (part = 'z') AS z,
        max(estimate) FILTER (part = 'lag') AS lag,
        max(estimate) FILTER (part = 'local') AS local_moran,
        max(p_value) FILTER (part = 'local') AS p_value,
        CASE max(estimate) FILTER (part = 'cluster') WHEN 0 THEN 'ns' ELSE
            CASE WHEN max(estimate) FILTER (part = 'z') > 0 THEN 'H' ELSE 'L' END
            || CASE WHEN max(estimate) FILTER (part = 'lag') > 0 THEN 'H' ELSE 'L' END
        END AS cluster
    FROM (
        SELECT spec, estimate, p_value,
            regexp_extract(term, '^(\w+)\[', 1) AS part,
            CAST(regexp_extract(term, '\[(\d+)\|', 1) AS INTEGER) AS city,
            CAST(regexp_extract(term, '\|(\d+)\]$', 1) AS INTEGER) AS year
        FROM read_parquet([{files}]) WHERE kind = 'effect' AND regexp_matches(term, '^\w+\[\d+\|\d+\]$')
    )
    GROUP BY spec, city, year
"""
"""Local Moran's I as a table of city-years: the estimates hold it as terms ``local[<city>|<year>]``."""


def build_catalog(
    path: Path,
    root: Path,
    views: Mapping[str, Sequence[str]],
    tables: Mapping[str, pd.DataFrame],
    local: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write a DuckDB file of views over Parquet files and a few small tables.

    Parameters
    ----------
    path : the file to write
    root : folder that the Parquet paths are relative to; a reader opens the catalog from there
    views : view name to Parquet paths (several are stacked by column name); ``schema.name`` goes into a schema of
        its own, one a study
    tables : table name to frame, copied into the file
    local : study to the estimates of its specifications of local association: view ``<study>.local_association``
    """
    import duckdb

    with replacing(path) as part:
        part.unlink()  # DuckDB wants to create the file itself
        with duckdb.connect(str(part), config={"threads": 1}) as connection:
            for name, frame in tables.items():
                connection.register("frame", frame)
                connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM frame')
                connection.unregister("frame")
            plain = "SELECT * FROM read_parquet([{files}], union_by_name = true)"
            wanted = [(name, files, plain) for name, files in views.items()]
            wanted += [(f"{study}.local_association", files, LOCAL) for study, files in (local or {}).items()]
            for name, files, query in wanted:
                if not files:
                    continue
                listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
                schema, _, view = name.rpartition(".")
                if schema:
                    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
                place = f'"{schema}"."{view}"' if schema else f'"{view}"'
                connection.execute(f"CREATE VIEW {place} AS {query.replace('{files}', listed)}")
