"""Set all tables and figures of a study in one document, for Word, LaTeX and Typst."""

from nianjian import jobs
from nianjian.declarations import store
from nianjian.kinds.registry import kinds
from nianjian.publish.documents import make_documents

if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        make_documents(
            store.read(job.params.tables) if job.params.tables else None,
            store.read(job.params.declared),
            jobs.files(job.output),
            kinds=kinds(job.params.kinds),
            origin=job.params.origin,
        )
