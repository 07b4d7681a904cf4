"""Weights from a file of the user's own: matched with the sample's cities, put into their order, standardised, described."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from nianjian.errors import SampleError
from nianjian.reference import cities
from nianjian.reference.cities import READ, Cities, UnknownCity
from nianjian.spatial.labels import listed
from nianjian.spatial.weight_files import Links, read_ids, read_links
from nianjian.spatial.weights import SpatialWeights, checked_weights

if TYPE_CHECKING:
    from nianjian.kinds.matrices.file import Params
    from nianjian.spatial.building import MatrixData

MOST = 40
"""Labels that a message lists."""


def build(params: Params, data: MatrixData, name: str) -> SpatialWeights:
    """The matrix of a file among the sample's cities.

    Labels are matched with the sample's own names (of an own sample: its identifiers), else as codes or names of cities. Weights of
    others are left out, which the log says.

    Raises
    ------
    InputError
        If the file is not as declared; with every cell that is wrong.
    SampleError
        If a city of the sample is not in the file or in it twice, a city neighbours itself, or none (unless kept).
    """
    links = read_links(params, _ids(params, data))
    at = _matched(links, data, name)
    n = len(data.cities)
    kept = [
        k for k, (i, j) in enumerate(zip(links.rows, links.columns, strict=True)) if at[i] >= 0 and at[j] >= 0
    ]
    rows, columns = (
        np.array([at[own[k]] for k in kept], dtype=np.intp) for own in (links.rows, links.columns)
    )
    values = np.array([links.values[k] for k in kept], dtype=float)
    loops = np.flatnonzero(rows == columns)
    if len(loops):
        places = [f"{data.names[rows[k]]} ({links.cells[kept[k]]})" for k in loops]
        if params.diagonal == "error":
            raise SampleError(
                f"{links.called}: weights of cities for themselves: {listed(places)}; expected zeros on the diagonal: mend them, or say "
                "diagonal: zero"
            )
        logging.warning(
            "weights %s: %d weights of cities for themselves are left out: %s",
            name,
            len(loops),
            listed(places),
        )
    off = rows != columns
    raw = sparse.csr_array((values[off], (rows[off], columns[off])), shape=(n, n))
    data.cells[name] = {
        (data.cities[i], data.cities[j]): links.cells[k]
        for i, j, k in zip(rows.tolist(), columns.tolist(), kept, strict=True)
        if i != j
    }
    left = sorted(links.labels[i] for i in range(len(links.labels)) if at[i] < 0)
    if left:
        logging.info(
            "weights %s: %d of the file's %d cities are not in the sample: %s",
            name,
            len(left),
            len(links.labels),
            listed(left),
        )
    told: dict[str, object] = {
        "file": links.file,
        "standardise": params.standardise,
        "cities of the file": len(links.labels),
    }
    told |= {"sheet": links.sheet} if links.sheet else {}
    made = checked_weights(
        *(data.cities, data.names, raw, name, "file", told, params.islands, params.standardise == "row"),
        advice="link them in the file, leave them out of the sample, or say islands: keep",
    )
    logging.info("weights %s: %s", name, "symmetric" if made.symmetric else "not symmetric")
    return _spectral(made) if params.standardise == "spectral" else made


def _spectral(made: SpatialWeights) -> SpatialWeights:
    """All weights divided by the largest absolute eigenvalue (Kelejian and Prucha 2010)."""
    largest = float(np.abs(made.eigenvalues).max())
    if not largest > 0:
        raise SampleError(f"weights {made.name}: all eigenvalues are zero; write standardise: row or none")
    parameters = {**made.parameters, "divided by the eigenvalue": largest}
    # What a condition leaves of them keeps its scale, so it counts as not standardised.
    return replace(made, matrix=made.matrix / largest, raw=made.raw / largest, parameters=parameters)


def _ids(params: Params, data: MatrixData) -> list[str] | None:
    if params.ids is None:
        return None
    return read_ids(params.ids) if isinstance(params.ids, str) else [str(each) for each in params.ids]


def _matched(links: Links, data: MatrixData, name: str) -> list[int]:
    """Place of each label's city in the sample; -1 of what is not in it.

    Raises
    ------
    SampleError
        If two labels name one city, or a city of the sample has none; what names nothing is listed then, as it may be meant.
    """
    book = _book(data.inputs.get(name, {}))
    own = {text: place for place, text in enumerate(data.own_names)}
    by_code = {city: place for place, city in enumerate(data.cities)}
    found: list[int] = []
    unknown: list[str] = []
    first: dict[int, int] = {}
    for number, label in enumerate(links.labels):
        place = own.get(label, -1)
        if place < 0 and book is not None:
            try:
                place = by_code.get(book.code(label), -1)
            except UnknownCity as error:
                unknown.append(f"{links.places[number]}: {error}")
        elif place < 0:
            unknown.append(f"{links.places[number]}: no unit of the sample is called '{label}'")
        if place >= 0 and place in first:
            before = first[place]
            raise SampleError(
                f"{links.called}: '{links.labels[before]}' ({links.places[before]}) and '{label}' ({links.places[number]}) are one city, "
                f"{data.names[place]}; keep one row and column of it"
            )
        if place >= 0:
            first[place] = number
        found.append(place)
    missing = [data.names[place] for place in range(len(data.cities)) if place not in first]
    if missing:
        raise SampleError(f"{links.called}: {_lacking(missing, unknown, len(data.cities))}")
    if unknown:
        logging.warning("weights %s: labels that name no city:\n%s", name, "\n".join(unknown[:MOST]))
    return found


def _lacking(missing: Sequence[str], unknown: Sequence[str], n: int) -> str:
    told = (
        f"no weights for {len(missing)} of the sample's {n} cities: {listed(missing, MOST)}; add them to the file, or leave them out of "
        "the sample (sample.cities.drop)"
    )
    if unknown:
        told += "\n  labels that name no city:\n    " + "\n    ".join(unknown[:MOST])
    return told


def _book(inputs: Mapping[str, Sequence[str]]) -> Cities | None:
    """All names of cities, from the files that the job has; None without them."""
    paths = {file: Path(inputs[key][0]) for file in READ if (key := f"names_{file[:-4]}") in inputs}
    return cities.of_files(paths) if READ[0] in paths else None
