"""Prepare what all figures need and each would make anew: fonts of common characters, and the shapes of maps."""

import logging
from collections.abc import Sequence
from pathlib import Path

from nianjian import jobs
from nianjian.publish.figures import fonts, geography


def prepare_drawing(common: Sequence[str | Path], shapes: str | Path) -> None:
    """Write all files.

    Parameters
    ----------
    common : TrueType files to write: Chinese characters, see :func:`nianjian.publish.figures.fonts.write_han`; Latin
        letters, upright and bold, see :func:`nianjian.publish.figures.fonts.write_latin`
    shapes : Parquet to write, see :func:`nianjian.publish.figures.geography.write_shapes`

    Raises
    ------
    DeclarationError
        If the package that holds the Chinese font is not installed.
    """
    han, regular, bold = map(Path, common)
    fonts.write_han(han)
    fonts.write_latin(regular, bold)
    geography.write_shapes(Path(shapes))
    for path in map(Path, (*common, shapes)):
        logging.info("%s: %d bytes", path.name, path.stat().st_size)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        outputs = jobs.files(job.output)
        prepare_drawing(outputs["fonts"], outputs["shapes"][0])
