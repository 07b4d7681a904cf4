"""CONTRIBUTING.md's first estimator is what it says it is."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from nianjian.declarations.layers import Layers
from nianjian.declarations.registry import Registry, read_config
from nianjian.kinds.context import EstimatorContext
from nianjian.kinds.registry import Kind, kinds

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(?:python|yaml)\n# (\S+)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The files of the example, each at the path of its first line."""
    written = BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf8"))
    assert {name.split("/")[0] for name, _ in written} == {"kinds", "config"}
    for name, text in written:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
    return tmp_path


@pytest.fixture
def kind(workspace: Path) -> Kind:
    return kinds(Layers.of(workspace).kinds).get("estimators", "first_difference")


def panel(years: int) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    index = pd.MultiIndex.from_product([range(60), range(years)], names=["city", "year"])
    frame = pd.DataFrame(rng.normal(size=(len(index), 2)), index, ["y", "a"]).reset_index()
    frame["did"] = ((frame["city"] < 25) & (frame["year"] == years - 1)).astype(float)
    frame["y"] += 0.7 * frame["did"] + 0.3 * frame["a"] + frame["city"] / 10 + frame["year"]
    return frame


def estimates(kind: Kind, frame: pd.DataFrame) -> pd.Series:
    declared = {"estimator": kind.name, "outcome": "y", "treatment": "did", "controls": ["a"]}
    params = kind.read({key: value for key, value in declared.items() if key != "estimator"})
    rows = kind.build(params, frame, EstimatorContext("s", "specs", "changes"))
    return rows[rows["kind"] == "coefficient"].set_index("term")["estimate"]


def test_with_two_years_first_differences_are_fixed_effects(kind: Kind) -> None:
    frame = panel(2)
    changes, levels = estimates(kind, frame), estimates(kinds().get("estimators", "twfe"), frame)
    np.testing.assert_allclose(changes[["did", "a"]], levels[["did", "a"]], rtol=1e-10)


def test_with_more_years_they_are_not(kind: Kind) -> None:
    frame = panel(6)
    changes, levels = estimates(kind, frame), estimates(kinds().get("estimators", "twfe"), frame)
    assert abs(changes["did"] - levels["did"]) > 0.01


def test_its_study_can_be_declared(workspace: Path, kind: Kind) -> None:
    layers = Layers.of(workspace)
    settings = read_config(layers, {})
    assert settings.studies == ["changes"]
    registry = Registry.load(layers, settings, known=kinds(layers.kinds))
    study = registry.study("changes")
    assert study.specs["changes"].kind.file == kind.file
    assert study.specs["changes"].params.absorb == ["year"]
    declared = yaml.safe_load((workspace / "config/studies/changes.yaml").read_text(encoding="utf8"))
    assert [str(name) for name in declared["tables"]] == list(study.tables)
