"""Draw one figure of a study in every format and language."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, storage
from nianjian.errors import DeclarationError
from nianjian.publish import tables
from nianjian.publish.figures import canvas, kinds
from nianjian.publish.figures.inputs import Inputs
from nianjian.sample.joined import joined


def make_figure(
    declaration: Mapping[str, Any],
    *,
    study: str,
    figure: str,
    origin: str,
    labels: Mapping[str, Any],
    outputs: Sequence[str | Path],
    sample: str | Path | None = None,
    indices: Sequence[str | Path] = (),
    inequality: str | Path | None = None,
    weights: str | Path | None = None,
    estimates: Sequence[str | Path] = (),
    cities: str | Path | None = None,
    matrices: Sequence[str | Path] = (),
    font: str | Path | None = None,
    shapes: str | Path | None = None,
) -> None:
    """Draw a figure once a language and write it to each of ``outputs``.

    Parameters
    ----------
    declaration : the figure's declaration, resolved
    study, figure : what they are called
    origin : ``simulated`` or ``real: <label of the books>``
    labels : ``{name: {en, zh, unit, values}}`` of the variables
    outputs : files called ``<figure>.<language>.<format>``, format pdf, svg or png
    sample : ``sample.parquet``; kinds trend, density, ranking and maps
    indices : score Parquets whose columns the figure names as well
    inequality : its Parquet; kind inequality
    weights : weights Parquet of the index; kind weights
    estimates : Parquet of the specification; kinds event_study, placebo and balance
    cities : CSV of all cities; kind ranking and maps
    matrices : Parquets of weight matrices, called ``<matrix>.parquet``; kinds link_map and matrix
    font, shapes : what :mod:`prepare_drawing` wrote; without them a figure takes longer and looks the same

    Raises
    ------
    DeclarationError, EstimationError, SampleError
        If the declaration is wrong, or asks for what is not there.
    """
    place = f"{study}, figures.{figure}"
    if "kind" not in declaration:
        raise DeclarationError(f"{place}: 'kind' is missing")
    draw = kinds.builder(declaration["kind"], place)
    inputs = Inputs(
        place=place,
        study=study,
        labels=labels,
        sample=joined(sample, indices, place) if sample is not None else None,
        inequality=storage.read_table(inequality) if inequality is not None else None,
        weights=storage.read_table(weights) if weights is not None else None,
        estimates=pd.concat([storage.read_table(path) for path in estimates], ignore_index=True)
        if estimates
        else None,
        cities=pd.read_csv(cities) if cities is not None else None,
        matrices={Path(path).stem: storage.read_table(path) for path in matrices},
        shapes=Path(shapes) if shapes is not None else None,
    )
    by_language: dict[str, list[Path]] = {}
    for path in map(Path, outputs):
        by_language.setdefault(tables.language_of(path), []).append(path)
    for language, paths in by_language.items():
        with canvas.style(language, Path(font) if font is not None else None):
            drawn = draw(declaration, inputs, language)
            canvas.mark(drawn, origin)
            for path in paths:
                canvas.save(drawn, path)
    logging.info("%s: %d files", declaration["kind"], len(outputs))


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        make_figure(
            job.params.figure,
            study=job.wildcards.study,
            figure=job.wildcards.figure,
            origin=job.params.origin,
            labels=job.params.labels,
            outputs=list(job.output),
            sample=job.input.get("sample"),
            indices=job.input.get("indices", []),
            inequality=job.input.get("inequality"),
            weights=job.input.get("weights"),
            estimates=job.input.get("estimates", []),
            cities=job.input.get("cities"),
            matrices=job.input.get("matrices", []),
            font=job.input.font,
            shapes=job.input.get("shapes"),
        )
