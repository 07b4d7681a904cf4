"""``make montecarlo``: replications in jobs of their own, one table."""

from __future__ import annotations

from pathlib import Path

from workflow.conftest import ROOT, snakemake


def test_the_table_of_the_replications_does_not_depend_on_the_split(tmp_path: Path) -> None:
    tables = []
    for chunks in (1, 2):
        options = (
            "replications=3",
            "experiments=heterogeneity",
            f"chunks={chunks}",
            f"results=split{chunks}",
        )
        command = ("--snakefile", str(ROOT / "tests/montecarlo/Snakefile"), "--config", *options)
        done = snakemake(tmp_path, *command)
        assert (done.stdout + done.stderr).count("Finished jobid") == chunks + 2
        tables.append((tmp_path / f"split{chunks}/table.txt").read_text(encoding="utf8"))
    assert {path.name for path in (tmp_path / "split2/parts").iterdir()} == {"1-2.parquet", "3-3.parquet"}
    assert (
        tables[0] == tables[1] and "heterogeneity, difference" in tables[0] and "3 replications" in tables[0]
    )
