"""Tables of the catalogue, copied from files."""

import subprocess
import sys

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fresh import SCRIPTS
from nianjian import estimates
from nianjian.catalog.comments import Commented
from nianjian.catalog.writing import BLOCK, LOCAL, Part, Stored, View, build_catalog, stacked_views
from nianjian.publish.origin import BANNER


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


@pytest.fixture
def commented():
    """Words of a catalogue without items and studies."""
    return Commented({}, {}, "simulated")


def parts(*paths, **constants):
    return [Part([str(path) for path in paths], constants)]


def asked(path, query):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_local_statistics_are_a_table_of_city_years(local, tmp_path, commented):
    books = {"books": pd.DataFrame({"books": ["simulated"]})}
    stored = [Stored("estimates", "estimates", parts=parts(local))]
    query = LOCAL.format(study="'demo'", specs="'local', 'other'")
    views = [View("demo.local_moran", "local_moran", "demo", query=query)]
    build_catalog(tmp_path / "c.duckdb", stored, books, views, commented)
    with duckdb.connect(str(tmp_path / "c.duckdb"), read_only=True) as connection:
        found = connection.sql("SELECT * FROM demo.local_moran ORDER BY city").df()
    assert asked(tmp_path / "c.duckdb", "SELECT count(*) FROM estimates") == [(14,)]
    assert asked(tmp_path / "c.duckdb", "SELECT * FROM books") == [("simulated",)]
    assert found["city"].tolist() == [110000, 120000, 130100] and set(found["year"]) == {2020}
    assert found["cluster"].tolist() == ["HH", "LH", "ns"]
    assert found["local_moran"].tolist() == [1.5 * 0.8, -0.5 * 0.7, 1.0] and set(found["p_value"]) == {0.01}


def test_a_catalogue_opens_from_any_folder_without_the_files_that_it_was_made_from(
    local, tmp_path, commented, monkeypatch
):
    """duckdb#2342: views look for files from the folder in which the reader stands."""
    monkeypatch.chdir(tmp_path)
    build_catalog(
        tmp_path / "c.duckdb",
        [Stored("estimates", "estimates", parts=parts("local.parquet"))],
        {},
        [],
        commented,
    )
    elsewhere = tmp_path / "moved" / "elsewhere"
    elsewhere.mkdir(parents=True)
    (tmp_path / "c.duckdb").rename(tmp_path / "moved" / "c.duckdb")
    local.unlink()
    monkeypatch.chdir(elsewhere)
    assert asked("../c.duckdb", "SELECT count(*) FROM estimates") == [(14,)]
    assert asked(tmp_path / "moved" / "c.duckdb", "SELECT count(*) FROM estimates") == [(14,)]
    with duckdb.connect() as connection:
        connection.execute("ATTACH '../c.duckdb' AS books (READ_ONLY)")
        assert connection.execute("SELECT count(*) FROM books.estimates").fetchall() == [(14,)]


def test_parts_are_stacked_by_name_with_what_is_the_same_in_their_rows(tmp_path, commented):
    pd.DataFrame({"x": [1, 2]}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"y": ["b"], "x": [3]}).to_parquet(tmp_path / "b.parquet")
    own = [*parts(tmp_path / "a.parquet", study="one"), *parts(tmp_path / "b.parquet", study="it's two")]
    stored = [Stored("together", "together", parts=own), Stored("one.alone", "alone", parts=own[:1])]
    members = {
        (("part", "first"), ("index", "i")): "one.alone",
        (("part", "second"), ("index", "j")): "together",
    }
    views = [View("all_of_it", "all", query=stacked_views(members))]
    build_catalog(tmp_path / "c.duckdb", stored, {}, views, commented)
    assert asked(tmp_path / "c.duckdb", "SELECT study, x, y FROM together") == [
        ("one", 1, None),
        ("one", 2, None),
        ("it's two", 3, "b"),
    ]
    counted = "SELECT part, index, count(*), max(x) FROM all_of_it GROUP BY ALL ORDER BY part"
    assert asked(tmp_path / "c.duckdb", counted) == [("first", "i", 2, 2), ("second", "j", 3, 3)]


def test_a_sparse_table_has_no_column_without_values(tmp_path, commented):
    frame = pd.DataFrame(
        {"city": [1, 2], "gdp": [None, 2.0], "never": [float("nan")] * 2, "word": [None, None]}
    )
    frame = frame.astype({"gdp": "float64", "word": "str"})
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), tmp_path / "w.parquet")
    for sparse in (True, False):
        stored = [Stored("panel", "panel", parts=parts(tmp_path / "w.parquet"), sparse=sparse)]
        build_catalog(tmp_path / "c.duckdb", stored, {}, [], commented)
        found = [name for name, *_ in asked(tmp_path / "c.duckdb", "DESCRIBE panel")]
        assert found == ["city", "gdp", *(() if sparse else ("never",)), "word"]


def test_rows_are_sorted_where_a_table_says_so_and_a_small_table_takes_little_room(tmp_path, commented):
    frame = pd.DataFrame({"city": [2, 1, 1, 2], "item": ["b", "b", "a", "a"], "value": [1.0, 2.0, 3.0, 4.0]})
    frame.to_parquet(tmp_path / "o.parquet")
    own = parts(tmp_path / "o.parquet")
    tables = [
        Stored("sorted", "observations", parts=own, order=("item", "city")),
        Stored("plain", "plain", parts=own),
    ]
    build_catalog(tmp_path / "c.duckdb", tables, {}, [], commented)
    assert asked(tmp_path / "c.duckdb", "SELECT value FROM sorted") == [(3.0,), (4.0,), (2.0,), (1.0,)]
    assert asked(tmp_path / "c.duckdb", "SELECT value FROM plain") == [(1.0,), (2.0,), (3.0,), (4.0,)]
    (size,) = asked(tmp_path / "c.duckdb", "SELECT block_size FROM pragma_database_size()")
    assert size == (BLOCK,)


def test_everything_has_a_comment_in_a_stable_form(local, tmp_path, commented):
    stored = [Stored("estimates", "estimates", parts=parts(local))]
    books = {"books": pd.DataFrame({"books": ["simulated"]})}
    views = [View("few", "few", query="SELECT study, estimate AS odd FROM main.estimates")]
    build_catalog(tmp_path / "c.duckdb", stored, books, views, commented)
    tables = dict(
        asked(
            tmp_path / "c.duckdb",
            "SELECT table_name, comment FROM duckdb_tables() UNION ALL SELECT view_name, comment FROM duckdb_views() "
            "WHERE NOT internal",
        )
    )
    assert set(tables) == {"estimates", "books", "few"}
    for comment in tables.values():
        first, second, *rest = comment.split("\n")
        assert first.startswith("en: ") and second.startswith("zh: ") and rest == [f"data: {BANNER}"]
    columns = asked(
        tmp_path / "c.duckdb",
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal",
    )
    assert len(columns) == 20 + 1 + 2 and all(comment.startswith("en: ") for *_, comment in columns)
    assert ("few", "odd", "en: odd, as its own kind writes it.\nzh: odd，由其种类自行写出。") in columns


def test_a_path_with_a_quote_is_read(local, tmp_path, commented):
    path = tmp_path / "it's.parquet"
    local.rename(path)
    build_catalog(tmp_path / "c.duckdb", [Stored("e", "e", parts=parts(path))], {}, [], commented)
    assert asked(tmp_path / "c.duckdb", "SELECT count(*) FROM e") == [(14,)]


def test_a_table_may_be_called_as_the_file_is(local, tmp_path, commented):
    build_catalog(tmp_path / "c.duckdb", [Stored("c", "c", parts=parts(local))], {}, [], commented)
    assert asked(tmp_path / "c.duckdb", "SELECT count(*) FROM main.c") == [(14,)]


def test_the_content_is_the_same_each_time(local, tmp_path, commented):
    stored = [Stored("estimates", "estimates", parts=parts(local))]
    found = []
    for name in ("a", "b"):
        build_catalog(tmp_path / f"{name}.duckdb", stored, {}, [], commented)
        said = asked(
            tmp_path / f"{name}.duckdb", "SELECT table_name, column_name, comment FROM duckdb_columns()"
        )
        found.append((said, asked(tmp_path / f"{name}.duckdb", "SELECT * FROM estimates")))
    assert repr(found[0]) == repr(found[1])


LIMITED = """
import resource, sys
import pandas as pd
from nianjian.catalog.comments import Commented
from nianjian.catalog.writing import build_catalog
from nianjian.files import StorageError

rows = range(20_000)
frame = pd.DataFrame({"x": rows, "y": [f"a{row * 7919 % 10_007}" for row in rows]})
for size in range(150, 400, 50):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size * 1024, resource.RLIM_INFINITY))
    try:
        build_catalog(sys.argv[1] + "/c.duckdb", [], {"t": frame}, [], Commented({}, {}, "simulated"))
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
