"""Draw the figures of a study in every format and language, each with the sources of its points."""

from functools import partial
from pathlib import Path

from nianjian import jobs
from nianjian.declarations import store
from nianjian.kinds.registry import kinds
from nianjian.publish.batches import make_all
from nianjian.publish.figures.making import make
from nianjian.publish.formats import FIGURE_FORMATS

if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        make_all(
            store.read(job.params.declared),
            "figures",
            FIGURE_FORMATS,
            "points",
            partial(make, fonts=tuple(map(Path, jobs.files(job.input)["fonts"]))),
            kinds=kinds(job.params.kinds),
            origin=job.params.origin,
        )
