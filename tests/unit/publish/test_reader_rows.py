"""What a reader looks for below any regression stands there, whatever the study declares and whoever wrote the estimator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nianjian.declarations.layers import CONFIG
from nianjian.declarations.reading import read_yaml
from nianjian.kinds.registry import kinds
from nianjian.kinds.tables import regression as kind
from nianjian.publish import regression
from nianjian.publish.defaults import ALWAYS
from small_tables import SomeKind, entry, estimated, labels_of, place, printed, row

LABELS = {"y": {"en": "Outcome", "zh": "结果"}, "x": {"en": "Treatment", "zh": "处理"}}
FITS = {"nobs": 5130.0, "units": 285.0, "clusters": 285.0, "dep_mean": 0.4, "r2": 0.5}
STUDIES = sorted(path.stem for path in (CONFIG / "studies").glob("*.yaml"))
CALLED = {"nobs": "N", "units": "Cities", "clusters": "Clusters", "dep_mean": "Mean of dependent variable"}


def table(own: SomeKind, without: tuple[str, ...] = (), cluster: Any = "city", **declared: Any) -> Any:
    """A table of one regression."""
    spec = entry("s", kind=own, outcome="y", treatment="x", controls=[], absorb=["city"], cluster=cluster)
    rows = [row("s", "coefficient", "x", 0.5, 0.1, 5.0, 1e-5, 0.3, 0.7, 284.0, variable="x")]
    rows += [row("s", "fit", term, value) for term, value in FITS.items() if term not in without]
    params = kind.Params.model_validate({"title": "T", "columns": ["s"], **declared})
    return regression.table(params, estimated(params, ["s"], rows, place([spec], LABELS)))


def declared_tables() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Tables of the project's studies whose kind can list statistics, and their declarations."""
    for study in STUDIES:
        for name, own in read_yaml(CONFIG / f"studies/{study}.yaml")["tables"].items():
            if "statistics" in kinds().get("tables", own["kind"]).params.model_fields:
                yield study, str(name), own


TABLES = list(declared_tables())


def test_there_are_tables_to_look_at() -> None:
    assert {study for study, _, _ in TABLES} >= {"uer_integration", "gie_cluster", "icr_ecopark"}
    assert len(TABLES) > 30


@pytest.mark.parametrize(
    ("study", "name", "own"), TABLES, ids=[f"{study}-{name}" for study, name, _ in TABLES]
)
def test_each_regression_table_of_a_study_counts_or_says_why_not(
    study: str, name: str, own: dict[str, Any]
) -> None:
    show = own.get("show") or {}
    if show.get("counts") is False:
        assert own.get("notes"), f"{study}, table {name}: say in the notes why it goes without"
        return
    # The study's own list of statistics and rows of effects, with the estimates of any of its columns.
    listed = {key: own[key] for key in ("statistics",) if key in own}
    known = [each for each in listed.get("statistics", []) if isinstance(each, str) and each in FITS]
    made = table(SomeKind(), **({"statistics": known} if known else {}))
    assert set(ALWAYS) <= {each.key for each in made.rows()}


@pytest.mark.parametrize("statistics", [None, ["r2"], ["nobs"], ["dep_mean", "r2"]])
@pytest.mark.parametrize(
    "own", [SomeKind(), SomeKind("of_a_workspace"), SomeKind("silent", {"TABLE_STATISTICS": ()})]
)
def test_an_estimator_from_anywhere_gets_its_rows(own: SomeKind, statistics: list[str] | None) -> None:
    made = table(own, **({"statistics": statistics} if statistics else {}))
    assert {term: labels_of(made)[term] for term in ALWAYS} == CALLED
    assert [printed(made)[term] for term in ALWAYS] == [[["5,130"]], [["285"]], [["285"]], [["0.4000"]]]


def test_what_an_estimator_does_not_report_has_no_row() -> None:
    made = table(SomeKind(), without=("clusters", "dep_mean"), statistics=["r2"])
    assert {each.key for each in made.rows()} == {"x", "absorb:city", "r2", "nobs", "units"}


def test_a_table_may_go_without_where_it_says_so() -> None:
    made = table(SomeKind(), statistics=["r2"], show={"counts": False})
    assert not set(ALWAYS) & {each.key for each in made.rows()}


@pytest.mark.parametrize(
    ("cluster", "shown"),
    [
        ("city", "Standard errors, clustered by city, in parentheses."),
        (["city", "year"], "Standard errors, clustered by city and year, in parentheses."),
        ("robust", "Robust standard errors in parentheses."),
        ([], "Standard errors, not clustered, in parentheses."),
    ],
)
def test_the_kind_of_standard_error_absorbed_effects_and_stars_are_told(cluster: Any, shown: str) -> None:
    made = table(SomeKind(), cluster=cluster, statistics=["r2"], show={"absorb": False})
    said = " ".join(note["en"] for note in made.notes)
    assert shown in said and "City fixed effects are absorbed." in said
    assert "*** p\N{NO-BREAK SPACE}<\N{NO-BREAK SPACE}0.01" in said.replace("***\N{NO-BREAK SPACE}", "*** ")
    rows = {each.key for each in table(SomeKind(), cluster=cluster).rows()}
    assert "absorb:city" in rows
