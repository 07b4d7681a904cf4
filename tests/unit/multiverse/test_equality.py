"""Every point is what the pipeline gives for the same variant of the study, run by its own jobs."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nianjian import storage
from nianjian.declarations import store
from nianjian.declarations.reading import merged
from nianjian.kinds.registry import kinds
from own_studies import run, workspace
from planned import plan_in
from run_multiverse import run_multiverse
from unit.own.test_own_studies import panel, write

STUDY: dict[str, Any] = {
    "title": "Firms",
    "sample": {
        "file": "data/firms.csv",
        "unit": "firm",
        "year": "year",
        "missing": {"method": "linear"},
    },
    "variables": {"wy": "winsor(y, 0.01, 0.99)", "q1": "exp(y / 50)", "q2": "exp(x)", "q3": "fp", "shock": "abs(x) + 1"},
    "treatment": {"column": "did"},
    "indices": {
        "quality": {
            "method": "entropy",
            "dimensions": {"one": {"indicators": ["q1", "q2"]}, "two": {"indicators": ["-q3", "shock"]}},
        }
    },
    "specs": {"base": {"estimator": "twfe", "outcome": "quality", "controls": ["x", "fp"], "missing": "drop"}},
    "multiverse": {
        "spec": "base",
        "draws": 12,
        "permutations": 19,
        "dimensions": {
            "gaps": {"label": "Gaps", "options": {"linear": "Linear", "none": {"label": "None", "set": {"variables": {"q1": {"on_zero": "missing", "expr": "exp(y / 50)"}}, "sample": {"missing": {"method": "none"}, "balance": True}}}}},
            "years": {"label": "Years", "options": {"all": "All", "late": {"label": "Late", "set": {"sample": {"years": [2006, 2012]}}}}},
            "weights": {"label": "Weights", "options": {"entropy": "E", "equal": {"label": "1", "set": {"indices": {"quality": {"method": "equal"}}}}, "critic": {"label": "C", "set": {"indices": {"quality": {"method": "critic"}}}}}},
            "scaling": {"label": "Scale", "options": {"pooled": "P", "z": {"label": "z", "set": {"indices": {"quality": {"normalise": "z_score"}}}}}},
            "outliers": {"label": "Outliers", "options": {"kept": "K", "cut": {"label": "Cut", "set": {"indices": {"quality": {"winsorise": [0.05, 0.95]}}}}}},
            "outcome": {"label": "Outcome", "options": {"index": "I", "part": {"label": "P", "spec": {"outcome": "quality_one"}}, "plain": {"label": "wy", "spec": {"outcome": "wy"}}}},
            "controls": {"label": "Controls", "options": {"two": "2", "none": {"label": "0", "spec": {"controls": []}}, "product": {"label": "x", "spec": {"interactions": ["did*fp"]}}}},
            "cut": {"label": "Cut", "options": {"all": "A", "services": {"label": "S", "spec": {"where": "industry == '服务业'"}}}},
            "effects": {"label": "Effects", "options": {"two": "2", "industry": {"label": "I", "spec": {"absorb": ["city", "industry#year"]}}}},
            "estimator": {"label": "Estimator", "options": {"twfe": "T", "imputation": {"label": "I", "spec": {"estimator": "imputation"}}}},
            "errors": {"label": "Errors", "options": {"firm": "F", "both": {"label": "B", "spec": {"cluster": ["city", "year"]}}, "robust": {"label": "R", "spec": {"cluster": "robust"}}, "cr2": {"label": "CR2", "spec": {"inference": {"method": "cr2"}}}}},
        },
    },
}  # fmt: skip
TABLES = ("points", "choices", "options", "dimensions", "summary", "draws", "samples", "left_out")


def whole_panel() -> pd.DataFrame:
    """The firms with all years; the gap in x is filled or not, as the choice goes."""
    return panel()


def curve(folder: Path, study: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """A study's multiverse by its job."""
    write(folder, "firms.csv", whole_panel())
    workspace(folder, study)
    planned = plan_in(folder)
    (job,) = planned.stages["multiverses"]
    with contextlib.chdir(folder):
        outputs = {name: paths[0] for name, paths in job.outputs.items()}
        declared = store.read(job.params["declared"])
        run_multiverse(declared, job.inputs, outputs, known=kinds([]), items=job.params["of_panel"], seed=1)
        return {name: storage.read_table(path) for name, path in outputs.items()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    return curve(tmp_path_factory.mktemp("multiverse"), STUDY)


def overlay(choices: dict[str, str]) -> dict[str, Any]:
    """What a point's choices set."""
    found: dict[str, Any] = {}
    for dimension, option in choices.items():
        own = STUDY["multiverse"]["dimensions"][dimension]["options"][option]
        if isinstance(own, dict):
            found = merged(found, own.get("set", {}))
            if "spec" in own:
                found = merged(found, {"specs": {"base": own["spec"]}})
    return found


def test_each_point_is_the_variant(made: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    points = made["points"].set_index("name")
    taken = (
        made["choices"]
        .groupby("name")[["dimension", "choice"]]
        .apply(lambda own: dict(own.to_numpy().tolist()))
    )
    study = copy.deepcopy({key: own for key, own in STUDY.items() if key != "multiverse"})
    study["variants"] = {
        f"p{name}": {"label": f"p{name}", "set": overlay(choices)}
        for name, choices in taken.items()
        if overlay(choices)
    }
    write(tmp_path, "firms.csv", whole_panel())
    ran = run(workspace(tmp_path, study, studies=["mine", *(f"mine-{name}" for name in study["variants"])]))
    assert len(taken) == len(points) > 25
    compared = 0
    for name, choices in taken.items():
        of = f"mine-p{name}" if overlay(choices) else "mine"
        imputed = choices.get("estimator") == "imputation"
        row = ran.estimate(of, "base", "att", "effect") if imputed else ran.estimate(of, "base", "did")
        own = points.loc[name]
        for column in ("estimate", "std_error", "p_value", "conf_low", "conf_high", "df"):
            assert own[column] == pytest.approx(row[column], rel=1e-10, abs=1e-10, nan_ok=True), (
                name,
                column,
            )
        assert own["nobs"] == ran.estimate(of, "base", "nobs", "fit")["estimate"]
        compared += 1
    assert compared == len(points)
    for dimension, options in STUDY["multiverse"]["dimensions"].items():
        seen = {choices[dimension] for choices in taken}
        assert seen == set(options["options"]), dimension


def test_statistics_are_those_of_the_points(made: dict[str, pd.DataFrame]) -> None:
    points = made["points"]
    assert points["shown"].to_numpy() == pytest.approx((points["estimate"] / points["dep_sd"]).to_numpy())
    drawn = points[points["drawn"]]
    summary = made["summary"].set_index("property")["value"]
    assert summary["points"] == len(drawn) == 12
    assert summary["median"] == drawn["shown"].median()
    assert (
        summary["minimum"] == drawn["shown"].min()
        and summary["own"] == points.loc[points["own"], "shown"].item()
    )
    same = (drawn["p_value"] < 0.05) & (np.sign(drawn["shown"]) == np.sign(drawn["shown"].median()))
    assert summary["share"] == pytest.approx(same.mean())
    joined = made["choices"].merge(drawn, on="name")
    for option in made["options"].to_dict("records"):
        own = joined[(joined["dimension"] == option["dimension"]) & (joined["choice"] == option["choice"])]
        assert option["points"] == len(own)
        assert option["median"] == pytest.approx(own["shown"].median(), nan_ok=True)


def test_what_does_not_go_together_is_said_with_as_few_choices_as_tell_it(
    made: dict[str, pd.DataFrame],
) -> None:
    told = {frozenset(json.loads(choices).items()) for choices in made["left_out"]["choices"]}
    assert frozenset({("scaling", "z"), ("weights", "entropy")}) in told
    assert frozenset({("estimator", "imputation"), ("errors", "both")}) in told
    assert all(len(each) == 2 for each in told), told


def test_the_joint_test_is_over_what_is_permuted(made: dict[str, pd.DataFrame]) -> None:
    assert len(made["draws"]) == 19 and made["draws"]["draw"].tolist() == list(range(1, 20))
    tested = made["points"][made["points"]["permuted"]]
    assert 0 < len(tested) < 12 and set(tested["estimator"]) == {"twfe"}
    p_values = made["summary"].set_index("property")["p_value"]
    for name in ("median", "share", "stouffer"):
        assert p_values[name] * 20 == pytest.approx(round(p_values[name] * 20)) and 0 < p_values[name] <= 1


def test_the_same_whatever_the_split(made: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    from estimate_points import estimate_points

    study = copy.deepcopy(STUDY)
    study["multiverse"]["chunks"] = 3
    write(tmp_path, "firms.csv", whole_panel())
    workspace(tmp_path, study)
    planned = plan_in(tmp_path)
    (job,) = planned.stages["multiverses"]
    parts = planned.stages["multiverse_parts"]
    assert len(parts) == 3 and job.inputs["parts"] == [
        path for each in parts for path in each.outputs["part"]
    ]
    with contextlib.chdir(tmp_path):
        declared = store.read(job.params["declared"])
        for each in parts:
            piece = range(*each.params["piece"])
            estimate_points(
                declared, each.inputs, piece, each.outputs["part"][0], known=kinds([]),
                items=each.params["of_panel"], seed=1,
            )  # fmt: skip
        outputs = {name: paths[0] for name, paths in job.outputs.items()}
        run_multiverse(declared, job.inputs, outputs, known=kinds([]), items=job.params["of_panel"], seed=1)
        for name, path in outputs.items():
            pd.testing.assert_frame_equal(storage.read_table(path), made[name])
