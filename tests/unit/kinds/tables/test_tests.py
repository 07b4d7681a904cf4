"""Tables of tests take each from the first specification that has it."""

from typing import Any

import numpy as np
import pytest

from nianjian.errors import EstimationError
from nianjian.kinds.tables import tests as kind
from nianjian.publish import specification_tests
from small_tables import entry, estimated, labels_of, parts, place, printed, row

ROWS = [
    row("sar", "test", "lm_lag", 9.5, np.nan, 9.5, 0.002, np.nan, np.nan, 1.0),
    row("sdm", "test", "hausman", 4.0, np.nan, 4.0, 0.4, np.nan, np.nan, 4.0),
]


def build(found=ROWS, /, **more: Any):
    params = kind.Params.model_validate({"title": "T", "columns": ["sar", "sdm"], **more})
    entries = [entry("sar"), entry("sdm")]
    return specification_tests.table(params, estimated(params, params.columns, found, place(entries, {})))


def test_tests_come_from_the_first_spec_that_has_them():
    found = parts(build(rows=[{"term": "lm_lag"}, {"term": "hausman"}]))
    assert found["lm_lag", "statistic", "stat"].stars == "***"
    assert found["hausman", "statistic", "stat"].stars == ""
    assert found["hausman", "statistic_df", "df"].value == 4
    assert found["hausman", "statistic_p", "p_value"].value == 0.4
    assert found["hausman", "statistic_df", "df"].shows[0].field == "df"


def test_a_test_that_no_spec_has_is_named():
    with pytest.raises(EstimationError, match="'sdm' has no test 'hausmann'; did you mean 'hausman'"):
        build(rows=[{"term": "hausmann", "label": "H"}])


def test_labels_set_the_specs_apart():
    table = build(rows=["lm_lag", "hausman"], column_labels=["SAR", "SDM"])
    assert printed(table)["hausman"] == [["", "", "", "4.000", "4", "0.400"]]
    assert [column.key for column in table.columns][:3] == ["sar", "sar_df", "sar_p"]


def test_without_rows_all_tests_stand_in_the_order_of_the_catalogue():
    rows = [*reversed(ROWS), row("sar", "test", "pretrend", 1.0, np.nan, 1.0, 0.3)]
    table = build(rows)
    assert list(printed(table)) == ["lm_lag", "hausman", "pretrend"]
    assert labels_of(table, "zh")["pretrend"] == "处理前各期联合检验"
    with pytest.raises(EstimationError, match="no specification has a test"):
        build([row("sar", "fit", "nobs", 1.0), row("sdm", "fit", "nobs", 1.0)])
