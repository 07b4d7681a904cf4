"""Overall effects of a specification and its companions."""

import numpy as np
import pytest

from nianjian.errors import EstimationError
from nianjian.kinds.tables import companions as kind
from nianjian.publish import companions
from small_tables import SomeKind, both, entry, estimated, labels_of, parts, place, printed, row

ROWS = [
    row("base", "coefficient", "did", 0.5, 0.1, 5.0, 0.001, 0.3, 0.7, variable="did"),
    row("base", "fit", "nobs", 5130.0),
    row("base_imputation", "effect", "att", 0.25, 0.2, 1.25, 0.2, -0.14, 0.64),
    row("base_imputation", "effect", "mean_post", 0.9, 0.2, 1.25, 0.2, -0.14, 0.64),
    row("base_imputation", "test", "pretrend", 3.0, np.nan, 3.0, 0.4),
    row("base_imputation", "fit", "units", 285.0),
    row("base_imputation", "fit", "cohorts", 3.0),
    row("base_imputation", "fit", "left_out", 2.0, group="small_cohort", other="2006"),
    row("base_imputation", "fit", "left_out", 5.0, group="always_treated", other="2001"),
    row("base_dcdh", "effect", "mean_post", 0.3, 0.2, 1.5, 0.15, -0.1, 0.7),
]
SPECS = [
    entry("base", both("Baseline", "基准"), treatment="did", cluster="city"),
    entry("base_imputation", kind=SomeKind("imputation"), treatment="did", cluster="city"),
    entry("base_dcdh", kind=SomeKind("dcdh"), treatment="did", cluster="city"),
]


def build(rows=ROWS):
    columns = [each.name for each in SPECS]
    params = kind.Params.model_validate({"title": "T", "spec": "base", "columns": columns, "decimals": 3})
    return companions.table(params, estimated(params, columns, rows, place(SPECS, {})))


def test_each_estimator_has_a_row():
    found = printed(build())
    assert found["base"][0] == ["0.500***", "0.300", "0.700", "", "5,130", "", "", ""]
    assert found["base"][1][0] == "(0.100)"
    assert found["base_imputation"][0] == ["0.250", "−0.140", "0.640", "0.400", "", "285", "3", "7"]
    assert found["base_dcdh"][0][0] == "0.300"
    assert labels_of(build(), "zh") == {
        "base": "基准",
        "base_imputation": "插补估计（Borusyak–Jaravel–Spiess）",
        "base_dcdh": "de Chaisemartin–D'Haultfœuille",
    }


def test_cells_know_their_rows():
    found = parts(build())
    assert found["base_imputation", "effect", "coef"].shows[0].field == "estimate"
    assert len(found["base_imputation", "left_out", "N"].shows) == 2
    assert found["base_imputation", "effect", "coef"].interval == (-0.14, 0.64)


def test_notes_say_what_stands_there():
    notes = [note["en"] for note in build().notes]
    assert any("mean over treated city-years" in note for note in notes)
    assert any("clustered" in note and "p\N{NO-BREAK SPACE}<\N{NO-BREAK SPACE}0.01" in note for note in notes)


def test_notes_call_rows_by_their_names():
    few = [*ROWS, row("base_imputation", "fit", "clusters", 12.0), row("base_dcdh", "fit", "clusters", 12.0)]
    (note,) = [note for note in build(few).notes if "only 12 clusters" in note["en"]]
    assert note["en"].startswith(
        "Imputation (Borusyak–Jaravel–Spiess) and de Chaisemartin–D'Haultfœuille: only 12 clusters"
    )
    assert note["zh"].startswith("插补估计（Borusyak–Jaravel–Spiess）和de Chaisemartin–D'Haultfœuille：")


def test_a_column_in_which_nothing_stands_is_left_out():
    made = build([each for each in ROWS if each["term"] != "left_out"])
    assert [column.key for column in made.columns] == [
        "effect",
        "low",
        "high",
        "pretrend",
        "N",
        "cities",
        "cohorts",
    ]


def test_without_an_overall_effect_it_is_refused():
    with pytest.raises(EstimationError, match="'base_dcdh' has no overall effect"):
        build([row_ for row_ in ROWS if row_["spec"] != "base_dcdh"] + [row("base_dcdh", "fit", "nobs", 1.0)])
