"""Rule simulate_panels: the truth → compiled panels of what no yearbook of cities prints."""

from pathlib import Path

from nianjian import jobs
from nianjian.simulate import FOLDER, panels


def simulate_panels(truth: Path, folder: Path) -> None:
    """Write the declared panels into ``folder``; config/sources/simulated_*.yaml say how to read them."""
    panels.write_panels(truth, FOLDER, folder)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        simulate_panels(Path(jobs.files(job.input)["truth"][0]), Path(job.output[0]).parent)
