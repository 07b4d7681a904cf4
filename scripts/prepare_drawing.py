"""Prepare what all figures need and each would make anew: fonts of common characters, and the shapes of maps."""

import logging
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nianjian import jobs, storage
from nianjian.publish.figures import base_map, fonts, geography
from nianjian.publish.figures.font_choice import Choice


def prepare_drawing(
    choices: Sequence[Choice],
    common: Sequence[str | Path],
    bases: Sequence[tuple[str, str]],
    shapes: Sequence[str | Path],
    cities: str | Path | None = None,
) -> None:
    """Write all files.

    Parameters
    ----------
    choices : fonts, each with its own files if it has any
    common : TrueType files to write, two a choice: Latin letters and Chinese characters, see
        :func:`nianjian.publish.figures.fonts.write`
    bases : maps of the user's own with the field that says the city; an empty one is the package's
    shapes : Parquet to write, one a map, see :func:`nianjian.publish.figures.geography.write_shapes`
    cities : table of all cities, which own maps are compared with

    Raises
    ------
    DeclarationError
        If the package that holds the Chinese font is not installed, or an own file is not what it should be.
    """
    files = [Path(path) for path in common]
    for number, choice in enumerate(choices):
        fonts.write(choice, *files[2 * number : 2 * number + 2])
    for (base, code), path in zip(bases, shapes, strict=True):
        if base and cities is not None:
            frame = base_map.read(Path(base), code or None, pd.read_csv(cities))
            storage.write_table(frame, path, geography.SHAPES, ("code",))
        else:
            geography.write_shapes(Path(path))
    for path in map(Path, (*common, *shapes)):
        logging.info("%s: %d bytes", path.name, path.stat().st_size)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        outputs, inputs = jobs.files(job.output), jobs.files(job.input)
        prepare_drawing(
            [Choice(*own) for own in job.params.choices],
            outputs["fonts"],
            [(base, code) for base, code in job.params.bases],
            outputs["shapes"],
            *inputs.get("cities", []),
        )
