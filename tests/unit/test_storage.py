"""Files between the stages are whole, sorted, unique and byte-stable."""

from __future__ import annotations

import errno
import os

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nianjian import storage
from nianjian.storage import StorageError, read_table, write_table, write_wide

SCHEMA = {"city": "int32", "year": "int32", "value": "float64"}
FRAME = pd.DataFrame({"year": [2003, 2002], "city": [1, 1], "value": [1.5, 2.5]})


def test_rows_are_sorted_and_columns_ordered(tmp_path):
    write_table(FRAME, tmp_path / "t.parquet", SCHEMA, ["city", "year"])
    assert read_table(tmp_path / "t.parquet").to_dict("list") == {
        "city": [1, 1],
        "year": [2002, 2003],
        "value": [2.5, 1.5],
    }


@pytest.mark.parametrize("rows", [FRAME, FRAME.sort_values("year"), FRAME.iloc[:1], FRAME.iloc[:0]])
def test_an_arrow_table_is_written_to_the_same_bytes_in_whatever_order(tmp_path, rows):
    types = pa.schema([pa.field(name, pa.type_for_alias(kind)) for name, kind in SCHEMA.items()])
    table = pa.Table.from_pandas(rows, schema=types, preserve_index=False).replace_schema_metadata(None)
    written = []
    for each in (rows, table, table.select(["value", "year", "city"])):
        write_table(each, tmp_path / "t.parquet", SCHEMA, ["city", "year"])
        written.append((tmp_path / "t.parquet").read_bytes())
    assert len(set(written)) == 1


def test_a_repeated_key_of_an_arrow_table_is_refused(tmp_path):
    types = pa.schema([pa.field(name, pa.type_for_alias(kind)) for name, kind in SCHEMA.items()])
    table = pa.Table.from_pandas(pd.concat([FRAME, FRAME]), schema=types, preserve_index=False)
    with pytest.raises(StorageError, match="repeat the key"):
        write_table(table, tmp_path / "t.parquet", SCHEMA, ["city", "year"])
    with pytest.raises(StorageError, match=r"missing \['value'\]"):
        write_table(table.drop_columns("value"), tmp_path / "t.parquet", SCHEMA, ["city", "year"])


def test_a_repeated_key_is_refused(tmp_path):
    with pytest.raises(StorageError, match="repeat the key"):
        write_table(pd.concat([FRAME, FRAME]), tmp_path / "t.parquet", SCHEMA, ["city", "year"])
    assert not list(tmp_path.iterdir())


def test_a_missing_or_extra_column_is_refused(tmp_path):
    with pytest.raises(StorageError, match=r"missing \['value'\], not in the schema \['other'\]"):
        write_table(
            FRAME.rename(columns={"value": "other"}), tmp_path / "t.parquet", SCHEMA, ["city", "year"]
        )


def test_a_full_disk_leaves_no_half_written_file(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"
    write_table(FRAME, path, SCHEMA, ["city", "year"])
    before = path.read_bytes()

    def full(where, schema, **options):
        where.write_bytes(b"PAR1half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pq, "ParquetWriter", full)
    with pytest.raises(StorageError, match="No space left on device"):
        write_table(FRAME, path, SCHEMA, ["city", "year"])
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["t.parquet"]


def test_a_killed_writer_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"

    def killed(where, schema, **options):
        where.write_bytes(b"PAR1half")
        raise KeyboardInterrupt

    monkeypatch.setattr(pq, "ParquetWriter", killed)
    with pytest.raises(KeyboardInterrupt):
        write_table(FRAME, path, SCHEMA, ["city", "year"])
    assert not list(tmp_path.iterdir())


def test_wide_tables_keep_their_columns_and_types(tmp_path):
    frame = FRAME.assign(name=["a", "b"], flag=[True, False])
    write_wide(frame, tmp_path / "w.parquet", ["city", "year"])
    kinds = {
        name: str(kind)
        for name, kind in zip(
            pq.read_schema(tmp_path / "w.parquet").names,
            pq.read_schema(tmp_path / "w.parquet").types,
            strict=True,
        )
    }
    assert kinds == {"year": "int32", "city": "int32", "value": "double", "name": "string", "flag": "bool"}


def test_row_groups_one_by_one_are_the_bytes_of_a_table_at_once(tmp_path, monkeypatch):
    frame = pd.DataFrame({"city": [3, 1, 2] * 40, "year": range(120), "name": ["a", "b", None] * 40})
    schema = {"city": "int32", "year": "int32", "name": "string"}
    ordered = frame.sort_values(["city", "year"], ignore_index=True)
    fields = pa.schema([pa.field(name, pa.type_for_alias(kind)) for name, kind in schema.items()])
    table = pa.Table.from_pandas(ordered, schema=fields, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, tmp_path / "expected.parquet", compression="zstd", row_group_size=50)
    monkeypatch.setattr(storage, "ROW_GROUP", 50)
    storage.write_table(frame, tmp_path / "found.parquet", schema, ["city", "year"])
    parts = []
    for number in range(3):
        parts.append(tmp_path / f"{number}.parquet")
        storage.write_table(frame.iloc[number::3], parts[-1], schema, ["city", "year"])
    storage.write_merged(parts, tmp_path / "merged.parquet", schema, ["city", "year"])
    expected = (tmp_path / "expected.parquet").read_bytes()
    assert (tmp_path / "found.parquet").read_bytes() == expected
    assert (tmp_path / "merged.parquet").read_bytes() == expected
