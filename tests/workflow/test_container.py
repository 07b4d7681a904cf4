"""Jobs in the container, with a program that plays Apptainer; the image itself is built in tests/cluster."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from workflow.conftest import copy_project, snakemake

APPTAINER = """#!/bin/sh
# Runs the command that stands behind the image, on the computer itself, and notes the image.
[ "$1" = --version ] && { echo "apptainer version 1.3.4"; exit 0; }
image="" shell=""
for word in "$@"; do
  case "$word" in *.sif) image="$word";; esac
done
printf '%s\\n' "$image" >> "$CALLS"
while [ "$1" != "$image" ]; do shift; done
shift
exec "$@"
"""


def test_jobs_run_in_the_image_that_the_project_names(tmp_path: Path, monkeypatch) -> None:
    made = copy_project(tmp_path / "project")
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("apptainer", "singularity"):
        (tools / name).write_text(APPTAINER, encoding="utf8")
        (tools / name).chmod(0o755)
    (made / "nianjian.sif").touch()
    environment = {
        **os.environ,
        "PATH": f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "CALLS": str(tmp_path / "calls"),
    }
    monkeypatch.setattr("workflow.conftest.ENVIRONMENT", environment)
    target = "results/simulated/truth/truth.parquet"
    snakemake(made, "--software-deployment-method", "apptainer", "--", target)
    assert (made / target).stat().st_size > 1000
    images = (tmp_path / "calls").read_text(encoding="utf8").split()
    assert images and set(images) == {"nianjian.sif"}
    # An image elsewhere is named by the environment.
    other = tmp_path / "other.sif"
    other.touch()
    environment["NIANJIAN_IMAGE"] = str(other)
    snakemake(made, "--software-deployment-method", "apptainer", "--force", "--", target)
    assert (tmp_path / "calls").read_text(encoding="utf8").split()[-1] == str(other)
