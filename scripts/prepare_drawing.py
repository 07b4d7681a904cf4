"""Prepare what all figures need and each would make anew: a font of common characters, and the shapes of maps."""

import logging
from pathlib import Path

from nianjian import jobs
from nianjian.publish.figures import fonts, geography


def prepare_drawing(font: str | Path, shapes: str | Path) -> None:
    """Write both files.

    Parameters
    ----------
    font : TrueType file to write, see :func:`nianjian.publish.figures.fonts.write_common`
    shapes : Parquet to write, see :func:`nianjian.publish.figures.geography.write_shapes`

    Raises
    ------
    DeclarationError
        If the package that holds the Chinese font is not installed.
    """
    fonts.write_common(Path(font))
    geography.write_shapes(Path(shapes))
    for path in map(Path, (font, shapes)):
        logging.info("%s: %d bytes", path.name, path.stat().st_size)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        outputs = jobs.files(job.output)
        prepare_drawing(outputs["font"][0], outputs["shapes"][0])
