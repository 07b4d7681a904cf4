"""Rows of estimates: columns and types, inference, what a row is called, writing and reading."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nianjian import estimates, storage
from nianjian.estimates import Rows, address


def made():
    rows = Rows("uer", "baseline")
    rows.add("coefficient", "did", 1.0, 0.5, 2.0, 0.04, 0.0, 2.0, 30, variable="did")
    rows.add("effect", "event", 0.2, variable="did", event_time=-3)
    rows.add("fit", "nobs", 400)
    return rows.table()


def test_rows_have_the_columns_and_types_of_the_schema():
    table = made()
    assert list(table) == list(estimates.ESTIMATES) == list(estimates.Estimate.__annotations__)
    assert table.dtypes.astype(str).to_dict() == {
        name: {"string": "str", "int32": "Int32", "float64": "float64"}[kind]
        for name, kind in estimates.ESTIMATES.items()
    }
    assert set(table["study"]) == {"uer"} and set(table["spec"]) == {"baseline"}
    assert table.loc[1, "event_time"] == -3 and pd.isna(table.loc[0, "event_time"])
    # What is left out is missing.
    assert table.loc[2, "estimate"] == 400 and table.loc[2, list(estimates.NUMBERS[1:])].isna().all()


def test_no_row_is_a_table_too():
    assert list(Rows("s", "m").table()) == list(estimates.ESTIMATES) and Rows("s", "m").table().empty
    assert estimates.read([]).empty and list(estimates.read([])) == list(estimates.ESTIMATES)


def test_unknown_columns_and_kinds_are_refused():
    rows = Rows("s", "m")
    with pytest.raises(ValueError, match="no column instrument; there is variable, event_time"):
        rows.add("fit", "nobs", 1.0, instrument="z")
    with pytest.raises(ValueError, match="kind 'statistic'; there is coefficient, effect"):
        rows.add("statistic", "nobs", 1.0)
    assert rows.table().empty


def test_an_estimate_has_t_p_and_interval():
    rows = Rows("s", "m")
    rows.add_estimate("coefficient", "x", 2.0, 0.25, 12, variable="x")
    row = rows.table().iloc[0]
    assert row["std_error"] == 0.5 and row["statistic"] == 4.0 and row["df"] == 12
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(4, 12))
    half = stats.t.ppf(0.975, 12) / 2
    assert (row["conf_low"], row["conf_high"]) == (pytest.approx(2 - half), pytest.approx(2 + half))


def test_an_estimate_without_variance_has_no_t():
    value, std_error, t, p_value, low, high = estimates.inference(1.0, 0.0, 9)
    assert (value, std_error, low, high) == (1.0, 0.0, 1.0, 1.0) and np.isnan([t, p_value]).all()


def test_a_normal_estimate_has_z():
    rows = Rows("s", "m")
    rows.add_normal("effect", "indirect", -1.0, 0.5, variable="x")
    row = rows.table().iloc[0]
    assert row["statistic"] == -2.0 and pd.isna(row["df"])
    assert row["p_value"] == pytest.approx(2 * stats.norm.sf(2))
    assert row["conf_high"] == pytest.approx(-1 + 0.5 * stats.norm.ppf(0.975))


def test_an_f_statistic_has_its_denominators_df():
    rows = Rows("s", "m")
    rows.add_f("pretrend", 2.5, 3, 40, variable="did")
    row = rows.table().iloc[0]
    assert (row["kind"], row["estimate"], row["statistic"], row["df"]) == ("test", 2.5, 2.5, 40)
    assert row["p_value"] == pytest.approx(stats.f.sf(2.5, 3, 40)) and pd.isna(row["std_error"])


def test_fit_statistics_share_their_columns():
    rows = Rows("s", "m")
    rows.add_fits({"r2": 0.5, "nobs": 9}, equation="m1")
    table = rows.table()
    assert table["term"].tolist() == ["r2", "nobs"] and set(table["equation"]) == {"m1"}
    assert table["estimate"].tolist() == [0.5, 9.0] and set(table["kind"]) == {"fit"}


def test_writing_and_reading_keeps_numbers_and_gaps(tmp_path):
    path, table = tmp_path / "baseline.parquet", made()
    estimates.write(table, path)
    back = estimates.read([path])
    expected = table.sort_values(list(estimates.ESTIMATE_KEY), ignore_index=True)
    pd.testing.assert_frame_equal(back, expected)
    both = estimates.read([path, path])
    assert len(both) == 6 and both.index.tolist() == list(range(6))


def test_rows_differ_in_their_columns_not_only_in_their_terms(tmp_path):
    rows = Rows("s", "m")
    rows.add("effect", "effect", 1.0, group="east")
    rows.add("effect", "effect", 2.0, group="west")
    estimates.write(rows.table(), tmp_path / "m.parquet")
    assert len(storage.read_table(tmp_path / "m.parquet")) == 2
    rows.add("effect", "effect", 3.0, group="west")
    with pytest.raises(storage.StorageError, match="1 rows repeat the key"):
        estimates.write(rows.table(), tmp_path / "m.parquet")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("coefficient", "did", {"variable": "did"}), "did"),
        (("coefficient", "_cons", {}), "_cons"),
        (("coefficient", "lag", {"variable": "did", "matrix": "queen"}), "W*did"),
        (("coefficient", "event", {"variable": "did", "event_time": -4}), "event[-4]"),
        (("coefficient", "event", {"event_time": 0}), "event[0]"),
        (("coefficient", "event_until", {"variable": "did", "event_time": -6}), "event[<=-6]"),
        (("effect", "event_from", {"variable": "did", "event_time": 5}), "event[>=5]"),
        (("effect", "event", {"event_time": 2, "group": "2015"}), "cohort[2015]:event[2]"),
        (("coefficient", "lead", {"variable": "did", "event_time": -4}), "lead[4]"),
        (("coefficient", "did", {"variable": "did", "group": "east"}), "did[east]"),
        (("coefficient", "x", {"variable": "x", "equation": "tfp"}), "tfp:x"),
        (("coefficient", "x", {"variable": "x", "equation": "tfp", "other": "innov"}), "tfp|innov:x"),
        (("coefficient", "_cons", {"equation": "tfp"}), "tfp:_cons"),
        (("effect", "effect", {"variable": "did", "group": "1"}), "effect[1]"),
        (("test", "difference", {"variable": "did"}), "difference"),
        (("test", "difference", {"variable": "did", "group": "1", "other": "2"}), "difference[1|2]"),
        (("effect", "total", {}), "total"),
        (("effect", "total", {"variable": "did"}), "total[did]"),
        (("effect", "direct", {"variable": "energy"}), "direct[energy]"),
        (("effect", "indirect", {"variable": "isu"}), "indirect[isu]"),
        (("effect", "share", {"variable": "isu"}), "share[isu]"),
        (("effect", "a", {"variable": "isu"}), "a[isu]"),
        (("effect", "b", {"variable": "isu"}), "b[isu]"),
        (("effect", "first_stage", {"equation": "rip", "variable": "z"}), "first_stage[rip|z]"),
        (("effect", "reduced_form", {"variable": "z"}), "reduced_form[z]"),
        (("effect", "ols", {"variable": "rip"}), "ols[rip]"),
        (("test", "pretrend", {}), "pretrend"),
        (("test", "anderson_rubin_interval", {"group": "2"}), "anderson_rubin_interval[2]"),
        (("test", "bias", {"variable": "x", "group": "after"}), "bias[x|after]"),
        (("test", "moran", {"year": 2005}), "moran[2005]"),
        (("fit", "identity_gap", {}), "identity_gap"),
        (("fit", "pseudo_r2", {"group": "before"}), "pseudo_r2[before]"),
        (("fit", "dropped", {"variable": "x", "group": "collinear"}), "dropped[x|collinear]"),
        (("fit", "clusters", {"variable": "city"}), "clusters[city]"),
        (("fit", "r2", {"equation": "tfp", "other": "innov"}), "r2[tfp|innov]"),
        (("effect", "z", {"city": 110000, "year": 2023}), "z[110000|2023]"),
        (("draw", "draw", {"variable": "did", "draw": 12}), "draw[12]"),
    ],
)  # fmt: skip
def test_addresses(row, expected):
    kind, term, of = row
    assert address({"kind": kind, "term": term, **of}) == expected
    # The same of a stored row, where all other columns are empty, and of one whose whole numbers became floats.
    rows = Rows("s", "m")
    rows.add(kind, term, 1.0, **of)
    assert address(rows.table().to_dict("records")[0]) == expected
    loose = rows.table().astype({name: "float64" for name, type_ in estimates.OF.items() if type_ == "int32"})
    assert address(loose.to_dict("records")[0]) == expected


def test_rows_are_found_by_spec_kind_and_address():
    rows = estimates.by_address(made())
    assert set(rows) == {
        ("baseline", "coefficient", "did"),
        ("baseline", "effect", "event[-3]"),
        ("baseline", "fit", "nobs"),
    }
    assert rows["baseline", "coefficient", "did"]["p_value"] == 0.04
