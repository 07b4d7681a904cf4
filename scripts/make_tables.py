"""Make the tables of a study in every format and language, each with the sources of its cells."""

from nianjian import jobs
from nianjian.declarations import store
from nianjian.kinds.registry import kinds
from nianjian.publish.batches import make_all
from nianjian.publish.making import make

if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        declared = store.read(job.params.declared)
        make_all(
            declared,
            "tables",
            tuple(declared["formats"]),
            "cells",
            make,
            kinds=kinds(job.params.kinds),
            origin=job.params.origin,
        )
