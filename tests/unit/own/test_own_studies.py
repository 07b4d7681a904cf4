"""Studies on own files of every format: the same numbers whatever the file, and nothing of the books."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nianjian.estimators import twfe
from own_studies import STAGES, Made, run, workspace

SAMPLES = ("own_samples",)
FIRMS = 30
YEARS = range(2005, 2013)


def panel() -> pd.DataFrame:
    """Firms with text identifiers and a staggered treatment; the last firm lacks its first two years, x lacks one value."""
    rng = np.random.default_rng(3)
    keys = pd.MultiIndex.from_product([range(FIRMS), YEARS], names=["at", "year"])
    frame = keys.to_frame(index=False)
    effect = rng.normal(size=FIRMS)[frame["at"]]
    frame["firm"] = [f"{600000 + at:06}.SH" for at in frame["at"]]
    frame["x"] = np.round(rng.normal(size=len(frame)) + effect, 6)
    frame["fp"] = np.round(rng.uniform(1, 2, size=len(frame)), 6)
    first = np.where(np.arange(FIRMS) < 20, 2007 + np.arange(FIRMS) % 4, 9999)[frame["at"]]
    frame["did"] = (frame["year"] >= first).astype(int)
    frame["industry"] = np.where(frame["at"] % 3 == 0, "制造业", "服务业")
    frame["y"] = np.round(
        effect + 0.3 * frame["year"] + 2 * frame["did"] + frame["x"] + rng.normal(size=len(frame)), 6
    )
    frame.loc[5, "x"] = np.nan
    return frame[(frame["at"] < FIRMS - 1) | (frame["year"] > 2006)].drop(columns="at").reset_index(drop=True)


STUDY: dict[str, Any] = {
    "title": "Firms",
    "sample": {"file": "data/firms.csv", "unit": "firm", "year": "year"},
    "variables": {"wy": "winsor(y, 0.01, 0.99)", "big": "above_median(fp)"},
    "treatment": {"column": "did"},
    "groups": {"industrial": "industry == '制造业'"},
    "specs": {
        "base": {"estimator": "twfe", "outcome": "wy", "controls": ["x"], "missing": "drop"},
        "robust": {"extends": "base", "cluster": "robust"},
        "plain": {"extends": "base", "cluster": None},
        "both": {"extends": "base", "cluster": ["firm", "year"]},
        "moderated": {"extends": "base", "interactions": ["did*fp"]},
        "industry": {"extends": "base", "where": "industrial", "absorb": ["firm", "industry#year"]},
        "events": {"estimator": "event_study", "outcome": "wy", "window": [-3, 3]},
        "split": {"estimator": "heterogeneity", "outcome": "wy", "by": "industry"},
    },
    "tables": {
        "1": {"kind": "descriptive", "title": "Sample", "rows": ["wy", "x", "fp", "did"]},
        "2": {"kind": "regression", "title": "Effect", "columns": ["base", "robust", "moderated"]},
    },
}  # fmt: skip


def write(folder: Path, name: str, frame: pd.DataFrame) -> str:
    path = folder / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".dta":
            frame.to_stata(path, write_index=False, version=118, variable_labels={"x": "Size of the firm"})
        case ".xlsx":
            frame.to_excel(path, index=False)
        case ".parquet":
            frame.to_parquet(path)
        case ".tsv":
            frame.to_csv(path, index=False, sep="\t", encoding="utf-8-sig")
        case _:
            frame.to_csv(path, index=False, encoding="gb18030" if "gbk" in name else "utf-8")
    return f"data/{name}"


def made_of(folder: Path, name: str, stages: Sequence[str] = STAGES, **sample: Any) -> Made:
    file = write(folder, name, panel())
    return run(workspace(folder, {**STUDY, "sample": {**STUDY["sample"], "file": file, **sample}}), stages)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made_of(tmp_path_factory.mktemp("own"), "firms.dta")


def test_the_sample_is_the_file(made: Made) -> None:
    sample, file = made.frame("mine", "sample"), panel()
    assert len(sample) == len(file)
    assert sample["city_name"].tolist() == file["firm"].tolist()
    assert sample["city"].tolist() == (pd.factorize(file["firm"], sort=True)[0] + 1).tolist()
    pd.testing.assert_series_equal(sample["x"], file["x"], check_names=False)
    assert sample["industry"].tolist() == file["industry"].tolist()
    assert (sample["did"] == file["did"]).all()
    first = file[file["did"] == 1].groupby("firm")["year"].min()
    assert (sample["first_treated_year"].dropna() == sample["city_name"].map(first).dropna()).all()


def fitted(**options: Any) -> twfe.TwfeFit:
    frame = panel().assign(city=lambda own: pd.factorize(own["firm"])[0])
    ends = np.quantile(frame["y"], [0.01, 0.99], method="averaged_inverted_cdf")
    frame = frame.assign(wy=frame["y"].clip(*ends), both=frame["did"] * frame["fp"]).dropna()
    return twfe.fit(
        frame,
        **{
            "outcome": "wy",
            "regressors": ["did", "x"],
            "absorb": ["city", "year"],
            "cluster": "city",
            **options,
        },
    )


@pytest.mark.parametrize(
    ("spec", "options"),
    [
        ("base", {}),
        ("plain", {"cluster": None}),
        ("robust", {"cluster": "robust"}),
        ("both", {"cluster": ["city", "year"]}),
        ("moderated", {"regressors": ["did", "x", "fp", "both"]}),
    ],
)
def test_estimates_are_those_of_the_same_rows(made: Made, spec: str, options: dict[str, Any]) -> None:
    wanted = fitted(**options)
    for name, value, error in zip(wanted.names, wanted.params, wanted.std_errors, strict=True):
        row = made.estimate("mine", spec, "did*fp" if name == "both" else name)
        assert row["estimate"] == pytest.approx(value, rel=1e-9)
        assert row["std_error"] == pytest.approx(error, rel=1e-9)


def test_robust_errors_are_hc1() -> None:
    import statsmodels.api as sm

    frame = panel().dropna()
    dummies = pd.get_dummies(frame[["firm", "year"]].astype(str), drop_first=True, dtype=float)
    x = sm.add_constant(pd.concat([frame[["did", "x"]].astype(float), dummies], axis=1))
    wanted = sm.OLS(frame["y"], x).fit(cov_type="HC1")
    frame["city"] = pd.factorize(frame["firm"])[0]
    found = twfe.fit(frame, outcome="y", regressors=["did", "x"], absorb=["city", "year"], cluster="robust")
    assert found.std_errors[:2] == pytest.approx(wanted.bse[["did", "x"]].to_numpy(), rel=1e-8)
    assert found.clusters == {}


@pytest.mark.parametrize("name", ["firms.csv", "firms_gbk.csv", "firms.tsv", "firms.xlsx", "firms.parquet"])
def test_formats_give_the_same_numbers(made: Made, tmp_path: Path, name: str) -> None:
    other = made_of(tmp_path, name, ("own_samples", "estimates"))
    pd.testing.assert_frame_equal(
        other.frame("mine", "estimates/base"), made.frame("mine", "estimates/base"), rtol=1e-9
    )


def test_tables_say_the_file_and_the_label(made: Made) -> None:
    table = pd.read_csv(made.workspace / "results/own/studies/mine/tables/2.en.csv", encoding="utf-8-sig")
    assert set(table["data"]) == {"real: firms.dta"}
    assert "Size of the firm" in set(table["label"])
    assert "did × fp" in set(table["label"])


def test_every_cell_is_walked_to_the_file(made: Made) -> None:
    said = made.walked()
    assert "(100.00 %)" in said and "firms.dta" in said


def test_no_job_reads_a_book(made: Made) -> None:
    plan = made.planned.plan
    assert not [path for path in plan.everything if "/panel/" in path or "/extracts/" in path]
    read = [path for job in made.planned.jobs if job.study for paths in job.inputs.values() for path in paths]
    assert not [path for path in read if "/panel/" in path or "/books/" in path]


def test_filters_and_years(tmp_path: Path) -> None:
    made = made_of(
        tmp_path, "firms.csv", SAMPLES, where="industry == '制造业' and year < 2012", years=[2006, 2012]
    )
    sample = made.frame("mine", "sample")
    file = panel().query("industry == '制造业' and 2006 <= year < 2012")
    assert sample["city_name"].tolist() == file["firm"].tolist()


def test_places_by_any_name(tmp_path: Path) -> None:
    names = {
        2010: ["北京", "襄樊市", "320500.0", "Jinan"],
        2011: ["110000", "襄阳", "江苏省苏州市", "济南市"],
    }
    rows = [(name, year, at + year % 7, at) for year, own in names.items() for at, name in enumerate(own)]
    (tmp_path / "data").mkdir()
    frame = pd.DataFrame(rows, columns=["市", "年份", "y", "x"])
    frame.to_csv(tmp_path / "data" / "own.csv", index=False)
    study = {
        "title": "Cities",
        "sample": {"file": "data/own.csv", "city": "市", "year": "年份"},
        "tables": {"1": {"kind": "descriptive", "title": "Sample", "rows": ["y", "x"]}},
    }
    made = run(workspace(tmp_path, study))
    sample = made.frame("mine", "sample")
    assert sample["city"].drop_duplicates().tolist() == [110000, 320500, 370100, 420600]
    assert len(sample) == 8 and (sample["province"] == sample["city"] // 10000 * 10000).all()


def test_chinese_columns_and_thousands(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    text = '代码,会计年度,净利润(元),资产总计\n股票,年,净利润,元\n000001,2010-12-31,"1,533.5",NA\n000001,2011-12-31,"12,000",7\n000002,2010-12-31,－3,８\n'
    (tmp_path / "data" / "own.csv").write_text(text, encoding="gb18030")
    study = {
        "title": "Firms",
        "sample": {"file": "data/own.csv", "unit": "代码", "year": "会计年度"},
        "variables": {"profit": {"column": "净利润(元)", "unit": "yuan"}, "总资产": "资产总计 * 2"},
        "tables": {"1": {"kind": "descriptive", "title": "Sample", "rows": ["profit", "总资产"]}},
    }
    sample = run(workspace(tmp_path, study)).frame("mine", "sample")
    assert sample["city"].tolist() == [1, 1, 2] and sample["city_name"].tolist() == [
        "000001",
        "000001",
        "000002",
    ]
    assert sample["profit"].tolist() == [1533.5, 12000, -3]
    assert sample["总资产"].tolist()[1:] == [14, 16] and np.isnan(sample["总资产"][0])


def test_a_reversal_may_be_counted_from_its_first_one(tmp_path: Path) -> None:
    frame = panel().assign(
        did=lambda own: own["did"].where((own["firm"] != "600000.SH") | (own["year"] != 2012), 0)
    )
    study = {**STUDY, "treatment": {"column": "did", "reversals": "first"}}
    write(tmp_path, "firms.csv", frame)
    made = run(workspace(tmp_path, study), SAMPLES)
    sample = made.frame("mine", "sample").set_index(["city_name", "year"])["did"]
    assert sample["600000.SH", 2012] == 1
    (told,) = made.planned.plan.studies.studies[0].own.source.told
    assert "goes back from 1 to 0 in 1 units, first in 600000.SH in 2012" in told


def test_first_years_as_a_column(tmp_path: Path) -> None:
    frame = panel()
    frame["gvar"] = frame["firm"].map(frame[frame["did"] == 1].groupby("firm")["year"].min()).fillna(0)
    write(tmp_path, "firms.csv", frame.drop(columns="did"))
    study = {**STUDY, "treatment": {"name": "did", "first_year": "gvar"}}
    made = run(workspace(tmp_path, study), SAMPLES)
    assert (made.frame("mine", "sample")["did"] == frame["did"]).all()


def test_a_treatment_by_a_formula(tmp_path: Path) -> None:
    frame = panel().assign(treat=lambda own: own.groupby("firm")["did"].transform("max"))
    write(tmp_path, "firms.csv", frame)
    study = {
        **STUDY,
        "treatment": {"name": "post", "expr": "treat * (year >= 2009)"},
        "specs": {},
        "tables": {},
    }
    study["tables"] = {"1": {"kind": "descriptive", "title": "Sample", "rows": ["post"]}}
    made = run(workspace(tmp_path, study), SAMPLES)
    assert (made.frame("mine", "sample")["post"] == frame["treat"] * (frame["year"] >= 2009)).all()


def test_a_balanced_sample_and_filled_gaps(tmp_path: Path) -> None:
    made = made_of(tmp_path, "firms.csv", SAMPLES, balance=True)
    assert made.frame("mine", "sample")["city"].nunique() == FIRMS - 2  # one lacks years, one a value
    made = made_of(tmp_path, "firms.csv", SAMPLES, missing={"method": "linear"})
    sample = made.frame("mine", "sample")
    assert sample["x__filled"].sum() == 1 and len(sample) == len(panel())
