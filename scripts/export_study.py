"""Write a study's sample, estimates and weight matrices for other programs, and each table's do-file and R script."""

from pathlib import Path

from nianjian import jobs
from nianjian.declarations import store
from nianjian.export.study import StudyFiles, export_study
from nianjian.kinds.registry import kinds

if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        given = {name: [Path(path) for path in paths] for name, paths in jobs.files(job.input).items()}
        export_study(
            store.read(job.params.declared),
            StudyFiles(
                sample=given["sample"][0],
                indices=given.get("indices", []),
                estimates=given.get("estimates", []),
                matrices=given.get("matrices", []),
                cities=given["cities"][0],
            ),
            Path(jobs.files(job.output)["files"][0]).parent,
            known=kinds(job.params.kinds),
            origin=job.params.origin,
        )
