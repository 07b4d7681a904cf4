"""Rule simulate_truth: config/simulation.yaml → the truth of every city and year, and its planted effects."""

from collections.abc import Mapping
from pathlib import Path

from nianjian import jobs, storage
from nianjian.simulate import truth


def simulate_truth(config: Path, seed: int, outputs: Mapping[str, Path]) -> None:
    """Build the truth and write it beside what was planted in it.

    Parameters
    ----------
    config : folder of declarations
    seed : of all draws
    outputs : ``truth``, ``effects``, and ``calibration``: published moments beside those of the truth
    """
    world = truth.build(config, seed)
    storage.write_table(world.truth(), outputs["truth"], truth.TRUTH, truth.TRUTH_KEY)
    storage.write_table(world.effect_rows(), outputs["effects"], truth.EFFECTS, truth.EFFECT_KEY)
    storage.write_table(
        world.calibration(), outputs["calibration"], truth.CALIBRATION, ("study", "row", "statistic")
    )


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        simulate_truth(
            Path(job.params.config),
            job.params.seed,
            {name: Path(path) for name, path in job.output.items()},
        )
