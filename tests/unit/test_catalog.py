"""The catalogue's views."""

import subprocess
import sys

import duckdb
import pandas as pd
import pytest

from fresh import SCRIPTS
from nianjian import estimates
from nianjian.catalog import build_catalog


@pytest.fixture
def local(tmp_path):
    """Local Moran's I of three cities, as its estimator stores it."""
    rows = estimates.Rows("demo", "local")
    for city, z, lag, cluster in (
        (110000, 1.5, 0.8, 1.0),
        (120000, -0.5, 0.7, 1.0),
        (130100, -1.0, -1.0, 0.0),
    ):
        of = {"city": city, "year": 2020}
        for term, value in (("z", z), ("lag_z", lag), ("cluster", cluster)):
            rows.add("effect", term, value, **of)
        rows.add("effect", "local", z * lag, float("nan"), float("nan"), 0.01, **of)
    rows.add("fit", "slope", 0.5, year=2020)
    rows.add("effect", "direct", 0.1, variable="did")
    path = tmp_path / "local.parquet"
    estimates.write(rows.table(), path)
    return path


def test_local_statistics_are_a_table_of_city_years(local, tmp_path):
    tables = {"books": pd.DataFrame({"books": ["simulated"]})}
    views = {"estimates": [str(local)], "demo.sample": [str(local)], "none": []}
    build_catalog(tmp_path / "c.duckdb", views, tables, {"demo": [str(local)], "none": []})
    with duckdb.connect(str(tmp_path / "c.duckdb"), read_only=True) as connection:
        found = connection.sql("SELECT * FROM demo.local_moran ORDER BY city").df()
        ((count,),) = connection.sql("SELECT count(*) FROM estimates").fetchall()
        ((again,),) = connection.sql("SELECT count(*) FROM demo.sample").fetchall()
        books = connection.sql("SELECT * FROM books").fetchall()
        names = {
            name for (name,) in connection.sql("SELECT table_name FROM information_schema.tables").fetchall()
        }
    assert count == again == 14 and books == [("simulated",)]
    assert names == {"books", "estimates", "sample", "local_moran"}, "a view of no files is left out"
    assert found["city"].tolist() == [110000, 120000, 130100] and set(found["year"]) == {2020}
    assert found["cluster"].tolist() == ["HH", "LH", "ns"]
    assert found["local_moran"].tolist() == [1.5 * 0.8, -0.5 * 0.7, 1.0] and set(found["p_value"]) == {0.01}


def test_paths_are_those_that_are_given_so_that_the_project_may_move(local, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    build_catalog(tmp_path / "c.duckdb", {"estimates": ["local.parquet"]}, {})
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("c.duckdb", "local.parquet"):
        (tmp_path / name).rename(moved / name)
    monkeypatch.chdir(moved)
    with duckdb.connect("c.duckdb", read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM estimates").fetchall() == [(14,)]


def test_a_path_with_a_quote_is_read(local, tmp_path):
    path = tmp_path / "it's.parquet"
    local.rename(path)
    build_catalog(tmp_path / "c.duckdb", {"estimates": [str(path)]}, {})
    with duckdb.connect(str(tmp_path / "c.duckdb"), read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM estimates").fetchall() == [(14,)]


LIMITED = """
import resource, sys
import pandas as pd
from nianjian.catalog import build_catalog
from nianjian.files import StorageError

rows = range(20_000)
frame = pd.DataFrame({"x": rows, "y": [f"a{row * 7919 % 10_007}" for row in rows]})
for size in range(350, 600, 50):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size * 1024, resource.RLIM_INFINITY))
    try:
        build_catalog(sys.argv[1] + "/c.duckdb", {}, {"t": frame})
        print(size, "whole")
    except StorageError as error:
        print(size, error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="files have no largest size there")
def test_a_catalog_that_the_disk_does_not_hold_is_no_catalog(tmp_path):
    """DuckDB closes without a word where its last writing fails, and leaves a file without tables."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        cwd=SCRIPTS,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 5 and "could not be written" in lines[0]
    assert [path.name for path in tmp_path.iterdir()] == (["c.duckdb"] if "whole" in lines[-1] else [])
    assert all(line.endswith(" whole") or "then run again" in line for line in lines)
    for path in tmp_path.iterdir():
        with duckdb.connect(str(path), read_only=True) as connection:
            assert connection.sql("SELECT count(*) FROM t").fetchall() == [(20_000,)]
