"""Rule make_scorecard: the cells of a study's tables → every number that the paper prints, beside ours."""

import logging

from nianjian import jobs
from nianjian.publish import scorecard
from nianjian.text import Text

if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        study = job.wildcards.study
        frame = scorecard.make(
            job.input.published,
            job.input.cells,
            study=study,
            paper=job.params.paper,
            title=Text.read(job.params.title, f"{study}, title"),
            titles={
                table: Text.read(title, f"{study}, tables.{table}.title")
                for table, title in job.params.titles.items()
            },
            origin=job.params.origin,
            outputs={
                "csv": job.output.csv,
                "parquet": job.output.parquet,
                **{page.rpartition("scorecard.")[2]: page for page in job.output.pages},
            },
        )
        for status, count in frame["status"].value_counts().items():
            logging.info("%s: %d of %d", status, count, len(frame))
