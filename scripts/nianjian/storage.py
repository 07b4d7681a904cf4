"""Parquet between the stages: one schema, one order, whole files only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nianjian.files import StorageError, replacing

ROW_GROUP = 1 << 20
"""Rows of a group, Arrow's own choice. Text is written out for one group at a time: that of millions of rows takes gigabytes."""

Schema = Mapping[str, str]
"""Column name to Arrow type name: ``string``, ``int32``, ``float64``, ``bool``."""


NULLABLE = {"string": "str", "int32": "Int32", "float64": "float64", "bool": "boolean"}
"""Types of columns that may hold nulls, as pandas calls them."""


def typed(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """A frame with all columns of a schema and their types; what it lacks is null."""
    frame = frame.reindex(columns=list(schema))
    for name, kind in schema.items():  # `astype` of the frame copies columns that have their type too
        if frame[name].dtype != NULLABLE[kind]:
            frame[name] = frame[name].astype(NULLABLE[kind])
    return frame


def write_table(
    frame: pd.DataFrame | pa.Table,
    path: str | Path,
    schema: Schema,
    key: Sequence[str],
    *,
    row_group: int | None = None,
) -> None:
    """Write ``frame`` as deterministic Parquet: the schema's columns, sorted by a unique key.

    Parameters
    ----------
    frame : DataFrame or Arrow table
        Must hold every column of ``schema``; columns beyond it are an error. A table of the schema's own types that is in
        order is written as it is.
    schema : mapping of column to Arrow type name
    key : columns that identify a row
    row_group : rows of a group, where not the usual number

    Raises
    ------
    StorageError
        If columns or types do not fit, or the key is not unique.
    """
    names = frame.column_names if isinstance(frame, pa.Table) else list(frame)
    missing, extra = [c for c in schema if c not in names], [c for c in names if c not in schema]
    if missing or extra:
        raise StorageError(f"{path}: columns missing {missing}, not in the schema {extra}")
    size = row_group or ROW_GROUP
    if isinstance(frame, pa.Table):
        table = frame.select(list(schema))
        if table.schema.equals(_fields(schema)) and _is_ordered(table, key):
            _write((table.slice(start, size) for start in range(0, max(len(table), 1), size)), path, schema)
            return
        frame = table.to_pandas(types_mapper={pa.int32(): pd.Int32Dtype()}.get)
    frame = frame[list(schema)].sort_values(list(key), kind="stable", ignore_index=True)
    repeated = frame.duplicated(list(key))
    if repeated.any():
        example = frame.loc[repeated.idxmax(), list(key)].to_dict()
        raise StorageError(f"{path}: {int(repeated.sum())} rows repeat the key {list(key)}, first {example}")
    groups = (frame.iloc[start : start + size] for start in range(0, max(len(frame), 1), size))
    _write(groups, path, schema)


def _fields(schema: Schema) -> pa.Schema:
    return pa.schema([pa.field(name, pa.type_for_alias(kind)) for name, kind in schema.items()])


def _is_ordered(table: pa.Table, key: Sequence[str]) -> bool:
    """Whether each row's key comes behind that of the row before: in order, and none twice."""
    count = max(len(table) - 1, 0)
    undecided = pa.repeat(pa.scalar(True), count)
    for name in key:
        column = table[name].combine_chunks()
        if column.null_count:
            return False
        before, behind = column.slice(0, count), column.slice(1)
        if pc.any(pc.and_(undecided, pc.greater(before, behind))).as_py():
            return False
        undecided = pc.and_(undecided, pc.equal(before, behind))
    return not pc.any(undecided).as_py()


def _write(groups: Iterable[pd.DataFrame | pa.Table], path: str | Path, schema: Schema) -> None:
    """Write frames or tables below each other, each a row group."""
    fields = _fields(schema)
    with replacing(path) as part, pq.ParquetWriter(part, fields, compression="zstd") as writer:
        for group in groups:
            try:
                table = (
                    group
                    if isinstance(group, pa.Table)
                    else pa.Table.from_pandas(group, schema=fields, preserve_index=False, nthreads=1)
                )
            except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
                raise StorageError(f"{path}: {error}") from error
            writer.write_table(table.replace_schema_metadata(None), row_group_size=ROW_GROUP)


def write_merged(parts: Sequence[Path], path: str | Path, schema: Schema, key: Sequence[str]) -> None:
    """Write what :func:`write_table` would of all parts together, with few of their rows in memory at once.

    Parameters
    ----------
    parts : Parquet files of the schema, whose first key is an integer column; keys are unique over all of them
    """
    first = key[0]
    values = pd.concat([read_table(each, [first])[first].value_counts() for each in parts])
    counts = values.groupby(level=0).sum().sort_index()
    at = (counts.cumsum() - 1) // ROW_GROUP

    def frames() -> Iterator[pd.DataFrame]:
        for _, own in counts.groupby(at):
            span = [(first, ">=", own.index[0]), (first, "<=", own.index[-1])]
            read = [pq.read_table(each, filters=span, use_threads=False) for each in parts]
            yield pa.concat_tables(read).to_pandas().sort_values(list(key), kind="stable", ignore_index=True)

    def groups() -> Iterator[pd.DataFrame]:
        rest = pd.DataFrame()
        for frame in frames():
            rest = pd.concat([rest, frame], ignore_index=True) if len(rest) else frame
            while len(rest) >= ROW_GROUP:
                yield rest.iloc[:ROW_GROUP]
                rest = rest.iloc[ROW_GROUP:]
        if len(rest):
            yield rest

    _write(groups(), path, schema)


def write_wide(frame: pd.DataFrame, path: str | Path, key: Sequence[str]) -> None:
    """Write a wide table, whose value columns are declared elsewhere, with its own column types."""
    types = {"i": "int32", "u": "int32", "f": "float64", "b": "bool"}
    schema = {name: types.get(frame[name].dtype.kind, "string") for name in frame}
    write_table(frame, path, schema, key)


def read_table(path: str | Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a stage's Parquet file on one thread."""
    return pq.read_table(path, columns=list(columns) if columns else None, use_threads=False).to_pandas()


def read_stacked(
    paths: Sequence[str | Path],
    categories: Sequence[str] = (),
    among: tuple[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Read Parquet files of one schema as one frame; ``categories`` become pandas categoricals.

    Text that repeats in millions of rows (paths, titles, headers) then takes four bytes a row.

    Parameters
    ----------
    among : a column, and the values of which a row must have one; None for all rows
    """
    filters = None if among is None else [(among[0], "in", list(among[1]))]
    parts = [
        pq.read_table(path, use_threads=False, read_dictionary=list(categories), filters=filters)
        for path in paths
    ]
    table = pa.concat_tables(parts).unify_dictionaries()
    return table.to_pandas(use_threads=False)
