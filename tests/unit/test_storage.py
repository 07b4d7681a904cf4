"""Files between the stages are whole, sorted, unique and byte-stable."""

from __future__ import annotations

import errno
import os

import pandas as pd
import pyarrow.parquet as pq
import pytest

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

    def full(table, where, **options):
        where.write_bytes(b"PAR1half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(StorageError, match="No space left on device"):
        write_table(FRAME, path, SCHEMA, ["city", "year"])
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["t.parquet"]


def test_a_killed_writer_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"

    def killed(table, where, **options):
        where.write_bytes(b"PAR1half")
        raise KeyboardInterrupt

    monkeypatch.setattr(pq, "write_table", killed)
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
