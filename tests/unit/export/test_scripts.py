"""The do-files and R scripts of a small study with specifications of every estimator."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

import exported
from dofiles import DoFile
from nianjian.kinds.registry import kinds

TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return exported.export(tmp_path_factory.mktemp("exported"))


@pytest.mark.parametrize("table", exported.TABLES)
def test_commands_variables_and_options_of_do_files_are_there(folder, table):
    do = DoFile(folder / f"table_{table}.do")
    assert do.faults == []
    assert "esttab" in do.commands and len(do.commands) > 5


def test_what_no_test_runs_is_said_and_compared_with_nothing(folder):
    for table, packages in (
        ("8", ("did", "didimputation", "did2s")),
        ("9", ("etwfe", "synthdid", "HonestDiD")),
    ):
        text = (folder / f"table_{table}.R").read_text("utf8")
        for package in packages:
            assert f"Written after the documentation of {package}" in text
            assert f'requireNamespace("{package}", quietly = TRUE)' in text
            assert f"library({package})" not in text


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("reghdfe y did nosuch, absorb(city year) vce(cluster city)", "no variable nosuch"),
        ("reghdfe y did, absorb(city nowhere)", "no variable nowhere"),
        ("reghdfe y did, absorb(city) robustly", "reghdfe has no option robustly"),
        ("reghdfx y did, absorb(city)", "unknown command reghdfx"),
        ("reghdfe y did if (x > 1, absorb(city)", "brackets or quotes"),
        ("esttab never, b(3)", "no stored estimates never"),
        ("preserve", "preserve without restore"),
        ("use nothing.dta, clear", "no file nothing.dta"),
    ],
)
def test_the_parser_of_do_files_sees_mistakes(folder, line, what):
    text = (folder / "table_3.do").read_text("utf8")
    path = folder / "wrong.do"
    path.write_text(f"{text}{line}\n", "utf8")
    assert any(what in fault for fault in DoFile(path).faults)


def test_every_estimator_of_a_regression_has_commands_and_others_say_so(folder):
    known = kinds()
    assert set(known.family("commands")) <= set(known.family("estimators"))
    used = {estimator for estimator, _ in exported.SPECS.values()}
    assert used - set(known.family("commands")) == {"global_autocorrelation"}
    for ending in ("do", "R"):
        text = (folder / f"table_7.{ending}").read_text("utf8")
        assert text.count("No command known for this estimator") == 1
        assert "SIMULATED DATA" in text


def test_what_is_drawn_at_random_is_said_and_not_faked(folder):
    for ending in ("do", "R"):
        text = (folder / f"table_6.{ending}").read_text("utf8")
        assert "are not drawn again here" in text and "come from resampled clusters" in text


def test_a_workspace_estimator_gets_its_commands_by_place(folder, tmp_path):
    from nianjian.export import commands
    from nianjian.export.commands import Spec
    from nianjian.export.conditions import Columns

    (tmp_path / "commands").mkdir()
    (tmp_path / "commands" / "mine.py").write_text(
        "from nianjian.export.commands import Commands\n\n\n"
        "def stata(params, spec):\n    return Commands([f'mine {spec.column(\"y\")}'])\n",
        "utf8",
    )
    spec = Spec("own", None, Columns({"y": "y"}, {}, ()), pd.DataFrame())
    known = kinds([tmp_path])
    assert commands.of(known, "mine", "stata", spec).lines == ["mine y"]
    assert commands.of(known, "mine", "r", spec) is None
    assert commands.of(known, "nobody", "stata", spec) is None


def r_problem() -> str | None:
    """Why no R script can be run here."""
    if shutil.which("Rscript") is None:
        return "R is not installed"
    asked = subprocess.run(
        ["Rscript", "-e", 'stopifnot(requireNamespace("fixest", quietly = TRUE))'], capture_output=True
    )
    return "the R package fixest is not installed" if asked.returncode else None


@pytest.mark.skipif(r_problem() is not None, reason=str(r_problem()))
@pytest.mark.parametrize("table", exported.TABLES)
def test_r_finds_the_same_estimates(folder, table):
    run = subprocess.run(
        ["Rscript", f"table_{table}.R"], cwd=folder, capture_output=True, text=True, env={**os.environ}
    )
    assert run.returncode == 0, run.stderr[-3000:]
    found, of = map(int, re.search(r"(\d+) of (\d+) estimates are in the project's", run.stdout).groups())
    assert found == of > 10
    compared = pd.read_csv(folder / f"table_{table}.compared.csv")
    assert compared["apart"].max() < TOLERANCE
    otherwise = compared["spec"] == "wild"  # whose errors are drawn by another package
    assert compared["estimate"].notna().all() and (compared["std_error"].isna() == otherwise).all()
    assert np.isfinite(compared["apart"]).all()
    with_commands = {s for s in exported.TABLES[table] if exported.SPECS[s][0] not in exported.UNCOMPARED}
    assert with_commands - {"cr2"} <= set(compared["spec"]) <= with_commands  # clubSandwich may be lacking
