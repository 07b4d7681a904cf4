"""Draw a figure of a study in every language and format, and write down its points."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Entry
from nianjian.publish.figures import canvas
from nianjian.publish.figures.drawing import Drawing, write_points

POINTS = "points"


def make(
    entry: Entry,
    data: Data,
    context: PublishContext,
    outputs: Mapping[str, Path],
    fonts: Sequence[Path] = (),
) -> None:
    """Draw a figure once a language, and write all its files.

    Parameters
    ----------
    entry : the figure's declaration
    data : what its kind's ``inputs`` name
    context : of the figure, with the facts of its study
    outputs : files by ``<language>.<format>``, format pdf, svg or png; ``points`` is the Parquet of its points
    fonts : those of common characters, see :mod:`nianjian.publish.figures.fonts`; without them a figure takes longer and
        looks the same

    Raises
    ------
    DeclarationError, EstimationError, SampleError
        If the declaration asks for what is not there.
    """
    drawing: Drawing = entry.kind.build(entry.params, data, context)
    by_language: dict[str, list[Path]] = {}
    for name, path in outputs.items():
        if name != POINTS:
            by_language.setdefault(name.partition(".")[0], []).append(Path(path))
    for language, paths in by_language.items():
        with canvas.style(language, fonts):
            drawn = drawing.draw(language)
            canvas.mark(drawn, context.origin)
            for path in paths:
                canvas.save(drawn, path)
    if POINTS in outputs:
        write_points(drawing, entry.name, outputs[POINTS])
    logging.info("%s: %s, %d files", entry.name, entry.kind.name, len(outputs))
