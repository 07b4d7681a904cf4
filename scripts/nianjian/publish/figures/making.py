"""Draw a figure of a study in every language and format, and write down its points."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from nianjian.files import replacing
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Entry
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import caption
from nianjian.publish.figures.drawing import Drawing, points, write_points
from nianjian.publish.figures.font_choice import Choice
from nianjian.publish.figures.tidying import tidy
from nianjian.publish.formats import CAPTION

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
    outputs : files by ``<language>.<format>``, format pdf, svg, png or caption.md; ``points`` is the Parquet of its points
    fonts : those of common characters, see :mod:`nianjian.publish.figures.fonts`; without them a figure takes longer and
        looks the same

    Raises
    ------
    DeclarationError, EstimationError, SampleError
        If the declaration asks for what is not there.
    """
    drawing: Drawing = entry.kind.build(entry.params, data, context)
    by_language: dict[str, dict[str, Path]] = {}
    for name, path in outputs.items():
        if name != POINTS:
            language, _, form = name.partition(".")
            by_language.setdefault(language, {})[form] = Path(path)
    shown = points(drawing, entry.name)
    for language, paths in by_language.items():
        with canvas.style(language, fonts, Choice.of(context.appearance)):
            drawn = drawing.draw(language)
            said = caption(drawing.about, shown, drawn, entry.params, context, language)
            canvas.mark(drawn, context.origin, said.title if context.appearance.title else "")
            tidy(drawn, f"{context}, {language}")
            for form, path in paths.items():
                if form == CAPTION:
                    with replacing(path) as part:
                        part.write_text(said.markdown, encoding="utf8")
                else:
                    canvas.save(drawn, path, said)
    if POINTS in outputs:
        write_points(shown, outputs[POINTS])
    logging.info("%s: %s, %d files", entry.name, entry.kind.name, len(outputs))
