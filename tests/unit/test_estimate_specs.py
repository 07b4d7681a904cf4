"""The job that estimates specifications: what it reads, selects, leaves out and writes."""

import numpy as np
import pandas as pd
import pytest

from estimate_rows import stored
from estimate_specs import estimate_specs
from nianjian import storage
from nianjian.errors import EstimationError, SampleError
from nianjian.estimators import twfe
from nianjian.kinds.registry import kinds
from small_specs import declared

SPEC = {
    "estimator": "twfe",
    "outcome": "resilience",
    "treatment": "policy",
    "controls": ["a", "b"],
    "absorb": ["city", "year"],
    "cluster": "city",
    "missing": "drop",
}


MODEL = {"outcome": "y", "regressors": ["policy", "a", "b"], "absorb": ["city", "year"], "cluster": "city"}


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        [(110000 + 100 * i, 2003 + t) for i in range(40) for t in range(10)], columns=["city", "year"]
    )
    city = (frame["city"] - 110000) // 100
    frame["policy"] = ((city % 2 == 1) & (frame["year"] >= 2005 + city % 5)).astype(int)
    frame["a"], frame["b"] = rng.normal(size=(2, len(frame)))
    frame["y"] = 0.5 * frame["policy"] + frame["a"] - frame["b"] + rng.normal(size=len(frame))
    return frame.assign(province=city % 5)


@pytest.fixture
def files(panel, tmp_path):
    """A sample with five gaps in a control and, in its own file, an index that is the outcome."""
    sample = panel.drop(columns="y").assign(a=panel["a"].where(panel.index >= 5))
    storage.write_wide(sample, tmp_path / "sample.parquet", ("city", "year"))
    index = panel[["city", "year"]].assign(resilience=panel["y"])
    storage.write_wide(index, tmp_path / "resilience.parquet", ("city", "year"))
    return (
        tmp_path / "sample.parquet",
        [tmp_path / "resilience.parquet"],
        tmp_path / "estimates/baseline.parquet",
    )


def run(files, **changes):
    sample, indices, out = files
    entry = declared(SPEC | changes, "baseline").plain()
    spec = {"entry": entry, "inputs": {"indices": [str(path) for path in indices]}}
    given = {"study": "uer", "folder": str(out.parents[1]), "specs": {"baseline": spec}}
    estimate_specs(given, sample, known=kinds())
    return stored(out)


def test_script_counts_what_it_drops(panel, files):
    rows = run(files)
    fit = twfe.fit(panel[5:], **MODEL)
    assert rows.loc[("coefficient", "policy"), "estimate"] == pytest.approx(fit.params[0], rel=1e-12)
    assert rows.loc[("fit", "nobs_dropped_missing"), "estimate"] == 5
    assert rows.loc[("fit", "nobs"), "estimate"] == len(panel) - 5
    # A gap in a column that the specification does not use costs nothing.
    assert run(files, controls=["b"]).loc[("fit", "nobs_dropped_missing"), "estimate"] == 0


def test_script_writes_the_same_bytes_twice(files):
    run(files)
    first = files[2].read_bytes()
    run(files)
    assert files[2].read_bytes() == first


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"missing": "error"}, "a 5; fill"),
        ({"outcome": "resilence"}, "no column resilence"),
        ({"where": "year > 2100"}, "no city-year satisfies 'year > 2100'"),
    ],
)
def test_script_errors_name_the_spec(files, changes, message):
    with pytest.raises(EstimationError, match=f"spec 'baseline': .*{message}"):
        run(files, **changes)
    assert not files[2].exists()


def test_an_index_may_not_hide_a_variable(files):
    indices = files[1]
    index = storage.read_table(indices[0]).rename(columns={"resilience": "a"})
    storage.write_wide(index, indices[0], ("city", "year"))
    with pytest.raises(SampleError, match="repeats the columns a;"):
        run(files)


def test_where_selects_city_years(panel, files):
    rows = run(files, where="year >= 2005 and province != 3")
    kept = panel[5:].query("year >= 2005 and province != 3")
    assert rows.loc[("fit", "nobs"), "estimate"] == twfe.fit(kept, **MODEL).nobs
