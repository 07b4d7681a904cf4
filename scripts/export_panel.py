"""Write the panels of cities and county-level cities for other programs."""

from pathlib import Path

from nianjian import jobs
from nianjian.declarations import store
from nianjian.export.panel import export_panel

if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        given = {name: Path(paths[0]) for name, paths in jobs.files(job.input).items()}
        export_panel(
            store.read(job.params.declared),
            {name: given[name] for name in ("city_year", "county_city_year")},
            given["suspects"],
            given["cities"],
            Path(jobs.files(job.output)["files"][0]).parent,
            origin=job.params.origin,
        )
