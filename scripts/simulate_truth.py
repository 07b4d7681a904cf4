"""Rule simulate_truth: config/simulation → the truth of every city and year, and what is planted in it."""

from collections.abc import Mapping
from pathlib import Path

from nianjian import jobs, storage
from nianjian.simulate import FOLDER, truth


def simulate_truth(seed: int, outputs: Mapping[str, Path]) -> None:
    """Build the truth and write it beside what was planted in it.

    Parameters
    ----------
    seed : of all draws
    outputs : ``truth``, ``planted``: changes by the planted effects, and ``calibration``: published moments
        beside those of the truth
    """
    world = truth.build(FOLDER, seed)
    for name, frame, schema, key in (
        ("truth", truth.true_values(world), truth.TRUTH, truth.TRUTH_KEY),
        ("planted", truth.planted_changes(world), truth.PLANTED, truth.PLANTED_KEY),
        ("calibration", truth.calibration(world), truth.CALIBRATION, truth.CALIBRATION_KEY),
    ):
        storage.write_table(frame, outputs[name], schema, key)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        outputs = {name: Path(paths[0]) for name, paths in jobs.files(job.output).items()}
        simulate_truth(job.params.seed, outputs)
