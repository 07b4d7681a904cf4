"""Captions of Snakemake's report can be written from what their jobs are told."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment, StrictUndefined

from nianjian import plan
from nianjian.plan.planning import Plan

CAPTIONS = Path(__file__).resolve().parents[3] / "rules" / "captions"
JOBS = {
    "table": ("make_tables", "tables"),
    "figure": ("make_figures", "figures"),
    "sample": ("report_sample", "sample_pages"),
    "scorecard": ("make_scorecard", "scorecards"),
    "paper": ("report_paper", "papers"),
    "trace": ("report_traces", "trace_pages"),
}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("captions")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        found = plan.load({"studies": ["uer_integration"]}, folder)
        assert found.studies.studies
        return found


def written(caption: str, rule: str, params: dict[str, object]) -> str:
    text = (CAPTIONS / f"{caption}.rst").read_text(encoding="utf8")
    snakemake = SimpleNamespace(rule=rule, params=SimpleNamespace(**params))
    return Environment(undefined=StrictUndefined).from_string(text).render(snakemake=snakemake)


@pytest.mark.parametrize("caption", JOBS)
def test_a_caption_names_the_study_or_paper_and_the_books(caption: str, planned: Plan) -> None:
    rule, jobs = JOBS[caption]
    (job,) = planned.stage(jobs)
    text = written(caption, f"{rule}_{job.name}", job.params)
    assert ("S0" if caption == "paper" else "uer_integration") in text and rule not in text
    assert text.rstrip().endswith("Data: simulated.")


def test_the_caption_of_the_coverage_names_the_books(planned: Plan) -> None:
    text = written("coverage", "report_coverage", planned.reading.coverage.params)
    assert text.rstrip().endswith("Data: simulated.")


def test_there_is_no_caption_without_a_job() -> None:
    assert {path.stem for path in CAPTIONS.glob("*.rst")} == {*JOBS, "coverage"}
