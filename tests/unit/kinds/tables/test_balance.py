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


def simulated(rng):
    city, year = np.repeat(np.arange(120), 6), np.tile(np.arange(2001, 2007), 120)
    size, level = rng.normal(size=120), rng.normal(size=120)
    treated = size + rng.normal(size=120) > 0.4
    frame = pd.DataFrame({"city": city, "year": year})
    frame["first_treated_year"] = np.where(treated, 2004.0, np.nan)[city]
    frame["policy"] = (frame["year"] >= frame["first_treated_year"]).astype(float)
    frame["size"] = size[city] + 0.01 * rng.normal(size=len(frame))
    frame["income"] = (0.5 * size + level)[city] + 0.1 * rng.normal(size=len(frame))
    frame["y"] = frame["policy"] + frame["size"] + rng.normal(size=len(frame))
    return frame


@pytest.fixture(scope="module")
def fit():
    frame = simulated(np.random.default_rng(3))
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


YEARLY = kind.Params.model_validate(
    {"title": {"en": "By year", "zh": "逐年"}, "spec": "psm", "by": "year", "decimals": 2}
)


@pytest.fixture(scope="module")
def yearly():
    frame = simulated(np.random.default_rng(4))
    options = {"covariates": ["income", "size"], "unit": "city_year", "within": "year"}
    separated = frame.assign(
        size=frame["size"].where(
            frame["year"] != 2003, 30.0 * frame["first_treated_year"].notna() + frame["size"]
        )
    )
    return matching.fit(separated, outcome="y", treatment="policy", **options)


def test_by_year_each_covariate_has_its_bias_after_and_before(yearly):
    spec = SPEC | {"unit": "city_year", "within": "year"}
    rows = yearly.tidy("demo", "psm").to_dict("records")
    table = balance.by_year(YEARLY, estimated(YEARLY, ["psm"], rows, place([entry("psm", **spec)], LABELS)))
    assert [row.labels[0]["en"] for row in table.rows()] == [str(year) for year in range(2001, 2007)]
    (first,) = next(iter(table.rows())).lines
    before, after = yearly.by_year[2001]
    assert [part.value for part in first[1]] == [after.bias[1], before.bias[1]]
    assert (
        first[1][1].brackets == "[]"
        and first[2][0].value
        == (yearly.matches.weights > 0)[yearly.treated & (yearly.units.get_level_values(1) == 2001)].sum()
    )
    # 2003 has no support: only what was before stands there, no unit counts, and the note says the year.
    (third,) = list(table.rows())[2].lines
    assert [part.brackets for part in third[0]] == ["[]"] and third[2][0].value == 0
    told = [note["en"] for note in table.notes]
    assert any("within 2003, which is left out" in note for note in told)
    assert any("own year alone" in note for note in told)
    assert any("2003年内处理组与对照组无法比较" in note["zh"] for note in table.notes)


def test_by_year_is_for_city_years():
    study = SomeStudy(entry("psm", estimator="psm_did", covariates=["income"]))
    with pytest.raises(DeclarationError, match=r"tables\.3\.by: .*unit: city_year, which 'psm' has not"):
        kind.complete(YEARLY, study)


def test_a_note_says_that_the_sample_is_the_whole_one():
    frame = simulated(np.random.default_rng(5))
    everyone = {"kernel": "gaussian", "common_support": "none", "covariates": ["income"]}
    labels, spec = {"income": LABELS["income"]}, {"outcome": "y", "covariates": ["income"]}
    for regression, told in (("matched", "the sample is the whole one"), ("weighted", "weights alone tell")):
        fit = matching.fit(frame, outcome="y", treatment="policy", **everyone, regression=regression)
        rows = fit.tidy("demo", "psm").to_dict("records")
        table = balance.table(PARAMS, estimated(PARAMS, ["psm"], rows, place([entry("psm", **spec)], labels)))
        assert any(told in note["en"] for note in table.notes)


def test_entropy_balancing_leaves_no_bias_and_is_noted():
    frame = simulated(np.random.default_rng(6))
    fit = matching.fit(
        frame, outcome="y", treatment="policy", covariates=["income", "size"], method="entropy"
    )
    table = made(fit, SPEC | {"method": "entropy", "moments": "means"})
    rows = {row.key: values(row) for row in table.rows()}
    assert rows["size after"][2:] == [0.0, 100.0, 0.0, 1.0] and abs(rows["size before"][2]) > 10
    assert any("entropy balancing, so that means" in note["en"] for note in table.notes)
    assert not any("Pseudo" in note["en"] for note in table.notes)
