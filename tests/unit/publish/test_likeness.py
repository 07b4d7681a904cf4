"""Notes say which columns repeat others, and which mixtures of matrices a comparison does not choose."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from nianjian.kinds.entries import Entry
from nianjian.kinds.tables import regression
from nianjian.publish import likeness
from small_tables import SomeKind, both, entry, estimated, place, row

LABELS = {
    "near": {"en": "Inverse distance", "zh": "地理距离"},
    "alike": {"en": "Economic distance", "zh": "经济距离"},
}
BASE: dict[str, Any] = {"outcome": "y", "treatment": "did", "controls": ["x"], "absorb": ["city"]}
PARAMS = SimpleNamespace(decimals=3)


def rows_of(spec: str, did: float = 0.25, error: float = 0.1, nobs: int = 100):
    return [
        row(spec, "coefficient", "did", did, error, variable="did"),
        row(spec, "coefficient", "x", 1.0, 0.1, variable="x"),
        row(spec, "coefficient", "_cons", did / 7, 0.1),
        row(spec, "fit", "nobs", nobs),
    ]


def notes(columns: list[str], rows, specs, matrices=()) -> list[tuple[str, str]]:
    found = likeness.notes_of(estimated(PARAMS, columns, rows, place(specs, LABELS, matrices=matrices)))
    return [(note["en"], note["zh"]) for note in found]


def specs() -> list[Entry]:
    return [
        entry("baseline", both("Baseline", "基准回归"), **BASE),
        entry("matched", **BASE),
        entry("trends", **BASE | {"absorb": ["city[year]"]}),
    ]


def test_a_column_that_repeats_another_says_so():
    found = notes(["baseline", "matched"], [*rows_of("baseline"), *rows_of("matched")], specs())
    assert found == [
        (
            "Column (2): estimates, standard errors and N are those of column (1), so this is no test of it.",
            "第（2）列：估计值、标准误和样本量与第（1）列完全相同，不构成检验。",
        )
    ]


def test_a_column_that_repeats_what_it_is_a_variant_of_names_it():
    rows = [*rows_of("baseline"), *rows_of("matched"), *rows_of("trends")]
    ((en, zh),) = notes(["trends", "matched"], rows[:8] + rows_of("trends", 0.5), specs())
    assert (
        en
        == "Column (2): estimates, standard errors and N are those of “Baseline”, so this is no test of it."
    )
    assert zh == "第（2）列：估计值、标准误和样本量与“基准回归”完全相同，不构成检验。"
    # Another regression with the same numbers is told among the columns only.
    assert notes(["trends"], [*rows_of("baseline"), *rows_of("trends")], specs()) == []


@pytest.mark.parametrize("change", [{"did": 0.25 * (1 + 1e-9)}, {"error": 0.2}, {"nobs": 99}])
def test_a_column_that_differs_in_anything_is_a_test(change):
    assert (
        notes(["baseline", "matched"], [*rows_of("baseline"), *rows_of("matched", **change)], specs()) == []
    )
    near = rows_of("matched", did=0.25 * (1 + 1e-14))
    assert len(notes(["baseline", "matched"], [*rows_of("baseline"), *near], specs())) == 1


def test_a_placebo_with_draws_of_its_own_is_a_test():
    draws = [row("matched", "draw", "did", 0.01 * n, variable="did", draw=n) for n in (1, 2)]
    assert notes(["baseline", "matched"], [*rows_of("baseline"), *rows_of("matched"), *draws], specs()) == []


def mixture(share: float, name: str = "mixed") -> Entry:
    return Entry(name, SomeKind("composite"), SimpleNamespace(first="near", second="alike", share=share))  # type: ignore[arg-type]


def compared(best: dict[str, float]):
    found = []
    for share in (0.5, 0.9, 1.0):
        name = f"a={share:g}"
        found.append(row("shares", "fit", "share", share, matrix=name))
        found += [row("shares", "fit", term, abs(share - own), matrix=name) for term, own in best.items()]
    return found


def spatial() -> list[Entry]:
    own = {"outcome": "y", "treatment": "did", "controls": ["x"]}
    return [
        entry("sdm", matrix="mixed", **own),
        entry("shares", matrices=["near", "alike"], grid=["near", "alike"], **own),
        entry("other", matrix="near", **own),
    ]


def test_a_mixture_that_its_comparison_does_not_choose_says_so():
    rows = [*rows_of("sdm"), *rows_of("other", 0.3), *compared({"aic": 0.9, "bic": 0.9})]
    ((en, zh),) = notes(["sdm", "other"], rows, spatial(), [mixture(0.5)])
    assert en == (
        "Column (1): the matrix is a mixture of inverse distance and economic distance with a = 0.5, though the comparison "
        "of all shares chooses a = 0.9 (AIC and BIC)."
    )
    assert "a = 0.5" in zh and "选择a = 0.9（AIC和BIC）" in zh
    assert notes(["sdm"], rows, spatial(), [mixture(0.9)]) == []


def test_a_mixture_that_one_criterion_chooses_needs_no_word():
    rows = [*rows_of("sdm"), *compared({"aic": 0.9, "bic": 0.5})]
    assert notes(["sdm"], rows, spatial(), [mixture(0.5)]) == []
    ((en, _),) = notes(["sdm"], rows, spatial(), [mixture(1.0)])
    assert "chooses a = 0.9 (AIC) and a = 0.5 (BIC)" in en


def test_what_is_compared_is_read():
    study = SimpleNamespace(
        specs={each.name: each for each in (*specs(), *spatial())},
        matrices={"mixed": mixture(0.5)},
        files=lambda found: {"estimates": [each.name for each in found if each.what == "spec"]},
        estimates=list,
        gaps_file="sample_gaps.parquet",
    )
    params = regression.Params.model_validate(
        {"title": {"en": "A", "zh": "A"}, "columns": ["matched", "sdm", "trends"]}
    )
    assert regression.inputs(params, study) == {  # type: ignore[arg-type]
        "estimates": ["matched", "sdm", "trends", "baseline", "shares"],
        "gaps": ["sample_gaps.parquet"],
    }
