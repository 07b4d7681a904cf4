"""The catalog's views."""

import duckdb
import pandas as pd

from nianjian import storage
from nianjian.catalog import build_catalog
from nianjian.schemas import ESTIMATE_KEY, ESTIMATES


def estimates():
    rows = []
    for city, z, lag, cluster in (
        (110000, 1.5, 0.8, 1.0),
        (120000, -0.5, 0.7, 1.0),
        (130100, -1.0, -1.0, 0.0),
    ):
        found = {"z": z, "lag": lag, "local": z * lag, "cluster": cluster}
        rows += [("effect", f"{name}[{city}|2020]", value) for name, value in found.items()]
    rows += [("fit", "slope[2020]", 0.5), ("effect", "direct[did]", 0.1)]
    frame = pd.DataFrame(rows, columns=["kind", "term", "estimate"]).reindex(columns=list(ESTIMATES))
    frame = frame.assign(study="demo", spec="local")
    frame.loc[frame["term"].str.startswith("local["), "p_value"] = 0.01
    numbers = [name for name, kind in ESTIMATES.items() if kind == "float64"]
    return frame.astype(dict.fromkeys(numbers, float))


def test_local_statistics_are_a_table_of_city_years(tmp_path):
    path = tmp_path / "local.parquet"
    storage.write_table(estimates(), path, ESTIMATES, ESTIMATE_KEY)
    tables = {"books": pd.DataFrame({"books": ["simulated"]})}
    build_catalog(
        tmp_path / "c.duckdb", tmp_path, {"estimates": [str(path)]}, tables, {"demo": [str(path)], "none": []}
    )
    with duckdb.connect(str(tmp_path / "c.duckdb"), read_only=True) as connection:
        found = connection.sql("SELECT * FROM demo.local_association ORDER BY city").df()
        ((count,),) = connection.sql("SELECT count(*) FROM estimates").fetchall()
    assert count == 14
    assert found["city"].tolist() == [110000, 120000, 130100] and set(found["year"]) == {2020}
    assert found["cluster"].tolist() == ["HH", "LH", "ns"]
    assert found["local_moran"].tolist() == [1.5 * 0.8, -0.5 * 0.7, 1.0] and set(found["p_value"]) == {0.01}
