"""The table of balance prints what matching found, before and after."""

import numpy as np
import pandas as pd
import pytest

from nianjian import estimates
from nianjian.errors import DeclarationError, EstimationError
from nianjian.estimators import matching
from nianjian.kinds.data import Data
from nianjian.kinds.tables import balance as kind
from nianjian.publish import balance, cells, making
from small_tables import SomeStudy, entry, estimated, outputs_of, place

LABELS = {"income": {"en": "Income", "zh": "收入"}, "size": {"en": "Size", "zh": "规模"}}
PARAMS = kind.Params.model_validate(
    {"title": {"en": "Balance", "zh": "平衡性"}, "spec": "psm", "decimals": 2}
)
SPEC = {"outcome": "y", "covariates": ["income", "size"]}


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(3)
    city, year = np.repeat(np.arange(120), 6), np.tile(np.arange(2001, 2007), 120)
    size, level = rng.normal(size=120), rng.normal(size=120)
    treated = size + rng.normal(size=120) > 0.4
    frame = pd.DataFrame({"city": city, "year": year})
    frame["first_treated_year"] = np.where(treated, 2004.0, np.nan)[city]
    frame["policy"] = (frame["year"] >= frame["first_treated_year"]).astype(float)
    frame["size"] = size[city] + 0.01 * rng.normal(size=len(frame))
    frame["income"] = (0.5 * size + level)[city] + 0.1 * rng.normal(size=len(frame))
    frame["y"] = frame["policy"] + frame["size"] + rng.normal(size=len(frame))
    return matching.fit(
        frame,
        outcome="y",
        treatment="policy",
        covariates=["income", "size"],
        method="nearest",
        neighbours=2,
        common_support="none",
    )


def made(fit, spec=SPEC, labels=LABELS):
    rows = fit.tidy("demo", "psm").to_dict("records")
    return balance.table(PARAMS, estimated(PARAMS, ["psm"], rows, place([entry("psm", **spec)], labels)))


def values(row):
    (line,) = row.lines
    return [cell[0].value if cell else None for cell in line]


def test_two_rows_a_covariate_with_means_bias_and_test(fit):
    rows = list(made(fit).rows())
    before, after = values(rows[2]), values(rows[3])
    assert [text["en"] for text in rows[2].labels] == ["Size", "Unmatched"]
    expected = [
        fit.before.treated[1],
        fit.before.control[1],
        fit.before.bias[1],
        None,
        fit.before.t[1],
        fit.before.p_values[1],
    ]
    assert before == expected
    reduction = 100 * (1 - abs(fit.after.bias[1] / fit.before.bias[1]))
    assert after[3] == pytest.approx(reduction) and reduction > 50
    assert values(rows[-1])[2] == pytest.approx(np.abs(fit.after.bias).mean())


def test_means_are_those_of_the_units(fit):
    spread = 100 * (fit.before.treated - fit.before.control) / fit.before.bias
    np.testing.assert_allclose(100 * (fit.after.treated - fit.after.control) / fit.after.bias, spread)
    assert fit.before.treated[1] > fit.before.control[1]
    # Every treated city found partners, so its mean stays.
    np.testing.assert_allclose(fit.after.treated, fit.before.treated)


def test_it_is_written_from_its_file(fit, tmp_path):
    estimates.write(fit.tidy("demo", "psm"), tmp_path / "psm.parquet")
    data = Data({"estimates": [tmp_path / "psm.parquet"]}, tmp_path, "demo")
    table = kind.build(PARAMS, data, place([entry("psm", **SPEC)], LABELS, name="1"))
    making.write(table, outputs_of(tmp_path, "1", ("en", "zh"), ("csv", "html", "tex")))
    page = (tmp_path / "1.zh.html").read_text(encoding="utf8")
    assert "标准化偏差" in page and "匹配后" in page and "伪R²" in page


def test_the_reduction_is_computed_from_both_biases(fit):
    found = cells.cells(made(fit))
    reduction = found[(found["row_key"] == "size after") & (found["statistic"] == "reduction")]
    assert list(reduction["how"]) == ["computed", "computed"]
    assert list(reduction["group"]) == ["before", "after"]
    assert set(reduction["variable"]) == {"size"}


def test_what_is_missing_is_named(fit):
    with pytest.raises(EstimationError, match="specification 'psm' has no covariates"):
        made(fit, {"covariates": []})
    with pytest.raises(
        EstimationError, match=r"has no test 'bias\[sice\|before\]'; did you mean 'bias\[size\|before\]'"
    ):
        made(fit, {"covariates": ["sice"]})
    with pytest.raises(DeclarationError, match="size"):
        made(fit, labels={"income": LABELS["income"]})
    with pytest.raises(DeclarationError, match=r"tables\.3\.spec: .* key 'covariates', which estimator twfe"):
        kind.complete(PARAMS, SomeStudy(entry("psm", outcome="y")))
