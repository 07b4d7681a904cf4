"""Make the tables of a study in every format and language, each with the sources of its cells."""

from nianjian import jobs
from nianjian.declarations import store
from nianjian.kinds.registry import kinds
from nianjian.publish.batches import make_all
from nianjian.publish.formats import TABLE_FORMATS
from nianjian.publish.making import make

if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        make_all(
            store.read(job.params.declared),
            "tables",
            TABLE_FORMATS,
            "cells",
            make,
            kinds=kinds(job.params.kinds),
            origin=job.params.origin,
        )
