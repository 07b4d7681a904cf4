"""What the pages for Stata users show, run: every table and figure is made, and every number in them is walked to its cell."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from documented import data, thesis, write
from dofiles import DoFile
from workflow.conftest import ENVIRONMENT, ROOT


@pytest.mark.parametrize("pages", [["quickstart", "stata"]])
def test_the_study_of_the_pages_runs(pages: list[str], tmp_path: Path) -> None:
    declared = thesis(*pages)
    folder = write(tmp_path / "my thesis", declared)
    call = ["snakemake", "--cores", "2", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    run = subprocess.run(
        [sys.executable, "-m", *call], env=ENVIRONMENT, capture_output=True, text=True, timeout=1500
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-6000:]
    (made,) = folder.glob("results/*/studies/thesis")
    for language in ("en", "zh"):
        assert {path.name for path in made.glob(f"tables/*.{language}.docx")} == {
            f"{name}.{language}.docx" for name in declared["tables"]
        }
    assert len(list(made.glob("figures/*.en.pdf"))) == len(declared["figures"])
    estimates = pd.read_parquet(made / "estimates" / "base.parquet").set_index(["kind", "term"])["estimate"]
    assert estimates["fit", "nobs"] == len(data())
    assert 0.1 < estimates["coefficient", "did"] < 0.3  # 0.2 was put in
    export = subprocess.run(
        [sys.executable, "-m", *call, "export"], env=ENVIRONMENT, capture_output=True, text=True, timeout=600
    )
    assert export.returncode == 0, export.stdout[-3000:] + export.stderr[-6000:]
    scripts = sorted(made.glob("export/*.do"))
    assert len(scripts) > 8 and [fault for path in scripts for fault in DoFile(path).faults] == []
    assert not (folder / "results/simulated/books").exists()
    (said,) = folder.glob("results/*/sources.txt")
    assert "100.00 %" in said.read_text(encoding="utf8")
