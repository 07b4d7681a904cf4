"""Spatial weights: who is a neighbour of whom, and how near.

Weights are made by a declared rule (:mod:`~nianjian.spatial.geographic`, :mod:`~nianjian.spatial.economic`,
:mod:`~nianjian.spatial.combined`), kept before and after their rows are made to sum to one, stored as a sparse
table, and read by the spatial statistics and models.

References
----------
Anselin, L. (1988). Spatial econometrics: methods and models.
Ord, K. (1975). Estimation methods for models of spatial interaction. JASA 70 (eigenvalues of W by those of
the symmetric D^-1/2 C D^-1/2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from nianjian import storage
from nianjian.errors import SampleError
from nianjian.spatial.factors import spectrum
from nianjian.spatial.labels import City, distinct, in_order, listed
from nianjian.spatial.prepared_weights import by_factors

WEIGHTS: storage.Schema = {
    "city": "int32",
    "neighbour": "int32",
    "weight": "float64",  # as used: the rows sum to one if standardised
    "raw": "float64",  # before the rows were made to sum to one
}
"""Stored weights, one row per link. A city without neighbours has one row, to itself, with weight 0."""

WEIGHTS_KEY = ("city", "neighbour")

SYMMETRIC = 1e-12
"""Weights that differ by at most this share of the largest count as symmetric."""

Islands = Literal["error", "keep"]


@dataclass(frozen=True, eq=False)
class SpatialWeights:
    """Weights among n cities; element (i, j) is what j means to i.

    Attributes
    ----------
    cities : n codes, the order of rows and columns
    matrix : (n, n) CSR array as used; rows sum to one (zero for islands) if ``standardised``
    raw : (n, n) CSR array before standardising; where it is symmetric, it gives the eigenvalues
    name : name in the declaration
    kind : contiguity, k_nearest, inverse_distance, economic_distance, product, composite, matrix
    parameters : what was declared, and what followed from it (cut-off in km, pairs at the floor, ...)
    islands : codes of cities without neighbours
    standardised : whether rows of ``matrix`` sum to one
    linked : pairs (island, nearest city) that were linked because the island had no neighbour
    names : n names, for messages
    """

    cities: tuple[City, ...]
    matrix: sparse.csr_array
    raw: sparse.csr_array
    name: str
    kind: str
    parameters: Mapping[str, object]
    islands: tuple[City, ...]
    standardised: bool
    linked: tuple[tuple[City, City], ...] = ()
    names: tuple[str, ...] = field(default=(), repr=False)

    @property
    def n(self) -> int:
        return len(self.cities)

    @cached_property
    def symmetric(self) -> bool:
        """Whether the weights before standardising are symmetric."""
        return not len(_asymmetric(self.raw)[0])

    @cached_property
    def eigenvalues(self) -> NDArray[Any]:
        """(n,) eigenvalues of ``matrix``, ascending by real part.

        Real where ``raw`` is symmetric (by D^-1/2 C D^-1/2, which has the same); else of the general
        problem, complex unless every imaginary part vanishes.
        """
        if self.symmetric:
            dense = self.raw.toarray()
            if self.standardised:
                sums = dense.sum(axis=1)
                scale = np.divide(1.0, np.sqrt(sums), out=np.zeros_like(sums), where=sums > 0)
                dense = scale[:, None] * dense * scale
            return np.linalg.eigvalsh((dense + dense.T) / 2)
        values = np.linalg.eigvals(self.matrix.toarray())
        values = values[np.lexsort((values.imag, values.real))]
        return values.real.copy() if not np.any(values.imag) else values

    @property
    def spectrum(self) -> tuple[float, float, float]:
        """Smallest and largest real part of the eigenvalues, and the largest imaginary part.

        Of large sparse weights these are looked for alone: all eigenvalues take time by the third power of n.
        """
        if self.standardised and by_factors(self.matrix):
            return spectrum(self.matrix)
        values = self.eigenvalues
        return float(values.real.min()), float(values.real.max()), float(np.abs(values.imag).max())

    def describe(self) -> dict[str, str | float]:
        """Plain values for a table: how many links, neighbours and islands, and the eigenvalues' range.

        ``eigenvalue_min, eigenvalue_max`` are real parts, and ``eigenvalue_imaginary`` the largest
        imaginary part; the interval (1/min, 1/max) is where I - rho W stays invertible if it is real.
        ``components`` counts groups of cities that no link joins, islands among them.
        """
        from scipy.sparse.csgraph import connected_components

        neighbours = np.diff(self.matrix.indptr)
        low, high, imaginary = self.spectrum
        return {
            "name": self.name,
            "kind": self.kind,
            "cities": self.n,
            "links": int(self.matrix.nnz),
            "share_nonzero": self.matrix.nnz / self.n**2,
            "neighbours_mean": float(neighbours.mean()),
            "neighbours_min": int(neighbours.min()),
            "neighbours_max": int(neighbours.max()),
            "islands": len(self.islands),
            "linked": len(self.linked),
            "components": int(connected_components(self.matrix, directed=True, connection="weak")[0]),
            "weight_max": float(self.matrix.data.max()),
            "symmetric": self.symmetric,
            "standardised": self.standardised,
            "eigenvalue_min": low,
            "eigenvalue_max": high,
            "eigenvalue_imaginary": imaginary,
        }

    def aligned(self, cities: Sequence[City]) -> SpatialWeights:
        """The same weights with rows and columns in the order of a panel's cities.

        Raises
        ------
        SampleError
            If the panel's cities are not those of the weights; the message names the difference.
        """
        wanted = distinct(cities, self.name)
        if wanted == self.cities:
            return self
        missing, extra = set(wanted) - set(self.cities), set(self.cities) - set(wanted)
        if missing or extra:
            names = dict(zip(self.cities, self.labels, strict=True))
            parts = []
            if missing:
                parts.append(f"without {listed([names.get(c, str(c)) for c in in_order(missing)])}")
            if extra:
                parts.append(f"with {listed([names[c] for c in in_order(extra)])} that the panel lacks")
            raise SampleError(
                f"weights {self.name}: {self.n} cities for a panel of {len(wanted)}, {', and '.join(parts)}; "
                "build them for the sample's cities, or restrict them"
            )
        return self._taken(wanted)

    def restrict(self, cities: Sequence[City], *, islands: Islands = "error") -> SpatialWeights:
        """The links among some of the cities, with rows standardised anew.

        Each link keeps its weight before standardising. So weights of k nearest neighbours then have rows
        of fewer than k, and a cut-off stays what it was; build weights anew where that is not wanted.

        Raises
        ------
        SampleError
            If a city has no weights, or is left without neighbours (``islands="error"``).
        """
        wanted = distinct(cities, self.name)
        known = set(self.cities)
        if absent := [city for city in wanted if city not in known]:
            raise SampleError(
                f"weights {self.name}: no weights for {listed([str(city) for city in absent])}; build them for "
                "the sample's cities"
            )
        taken = self._taken(wanted)
        seats = (taken.cities, taken.labels)
        inside = set(wanted)
        linked = tuple(pair for pair in self.linked if set(pair) <= inside)
        parameters = {**self.parameters, "restricted_from": self.n}
        made = checked_weights(
            *seats, taken.raw, self.name, self.kind, parameters, islands, self.standardised
        )
        return replace(made, linked=linked)

    def _taken(self, cities: tuple[City, ...]) -> SpatialWeights:
        position = {city: i for i, city in enumerate(self.cities)}
        rows = np.array([position[city] for city in cities], dtype=np.intp)
        lonely = set(self.islands)
        take = [canonical(matrix[rows][:, rows]) for matrix in (self.matrix, self.raw)]
        return replace(
            self,
            cities=cities,
            matrix=take[0],
            raw=take[1],
            islands=tuple(city for city in cities if city in lonely),
            names=tuple(self.labels[i] for i in rows),
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """Names for messages: those given, or the codes."""
        return self.names or tuple(map(str, self.cities))


def from_matrix(
    cities: Sequence[City],
    matrix: Any,
    *,
    name: str = "matrix",
    names: Sequence[str] = (),
    islands: Islands = "error",
    standardise: bool = True,
) -> SpatialWeights:
    """Weights that someone else made.

    Parameters
    ----------
    matrix : (n, n) array, dense or sparse, before or after standardising

    Raises
    ------
    SampleError
        If weights are missing or negative, or a row is all zero; or a city is its own neighbour.
    """
    codes = distinct(cities, name)
    raw = sparse.csr_array(matrix, dtype=float)
    if raw.shape != (len(codes), len(codes)):
        raise SampleError(
            f"weights {name}: a matrix of {raw.shape[0]} × {raw.shape[1]} for {len(codes)} cities; expected "
            f"{len(codes)} rows and columns in the order of the cities"
        )
    labels = tuple(names) or tuple(map(str, codes))
    return checked_weights(codes, labels, raw, name, "matrix", {}, islands, standardise)


def write(weights: SpatialWeights, path: str | Path) -> None:
    """Store weights as sparse Parquet with the schema :data:`WEIGHTS`, sorted by city and neighbour."""
    frame = to_frame(weights)
    storage.write_table(frame, path, WEIGHTS, WEIGHTS_KEY)


def to_frame(weights: SpatialWeights) -> pd.DataFrame:
    """Rows of the schema :data:`WEIGHTS`: one per link, and one to itself per island."""
    links = weights.matrix.tocoo()
    cities = np.array(weights.cities, dtype=object)
    lonely = np.array(weights.islands, dtype=object)
    raw = np.asarray(weights.raw[links.row, links.col]).ravel() if links.nnz else np.zeros(0)
    nothing = np.zeros(len(lonely))
    frame = pd.DataFrame(
        {
            "city": np.r_[cities[links.row], lonely],
            "neighbour": np.r_[cities[links.col], lonely],
            "weight": np.r_[links.data, nothing],
            "raw": np.r_[raw, nothing],
        }
    ).infer_objects()
    return frame.sort_values(list(WEIGHTS_KEY), ignore_index=True)


def read(
    path: str | Path,
    *,
    name: str,
    kind: str = "matrix",
    parameters: Mapping[str, object] | None = None,
    cities: Sequence[int] | None = None,
) -> SpatialWeights:
    """Read stored weights, to the last bit as they were written.

    Parameters
    ----------
    name, kind, parameters : of the declaration; the file holds the numbers only
    cities : the panel's; left out, ascending by code

    Raises
    ------
    SampleError
        If the file's cities are not the panel's.
    """
    frame = storage.read_table(path)
    codes = tuple(sorted({*frame["city"].tolist(), *frame["neighbour"].tolist()}))
    position = {city: i for i, city in enumerate(codes)}
    rows, columns = (frame[column].map(position).to_numpy() for column in WEIGHTS_KEY)
    links = rows != columns
    shape = (len(codes), len(codes))

    def built(column: str) -> sparse.csr_array:
        values = frame[column].to_numpy()[links]
        return canonical(sparse.csr_array((values, (rows[links], columns[links])), shape=shape))

    matrix, raw = built("weight"), built("raw")
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    empty = np.diff(matrix.indptr) == 0
    made = SpatialWeights(
        cities=codes,
        matrix=matrix,
        raw=raw,
        name=name,
        kind=kind,
        parameters=dict(parameters or {}),
        islands=tuple(codes[i] for i in np.flatnonzero(empty)),
        standardised=bool(np.allclose(sums[~empty], 1.0, rtol=0, atol=1e-9)),
        names=tuple(map(str, codes)),
    )
    return made if cities is None else made.aligned(cities)


def checked_weights(
    cities: tuple[City, ...],
    names: tuple[str, ...],
    raw: Any,
    name: str,
    kind: str,
    parameters: Mapping[str, object],
    islands: Islands,
    standardise: bool,
    *,
    advice: str = "link them, leave them out, or set islands: keep",
) -> SpatialWeights:
    """Check weights and make their rows sum to one.

    Parameters
    ----------
    cities, names : n codes, and n names for messages
    raw : (n, n) array, dense or sparse, before standardising
    name, kind, parameters : as :class:`SpatialWeights` keeps them
    islands : whether a city without neighbours is an error or stays; all of them are an error in any case
    standardise : whether rows are divided by their sums
    advice : what a message about islands ends with

    Raises
    ------
    SampleError
        If a weight is missing, infinite or negative, a city neighbours itself or, with ``islands="error"``, none.
    """
    if islands not in ("error", "keep"):
        raise ValueError(f"weights {name}: islands {islands!r}; expected error or keep")
    source = canonical(sparse.csr_array(raw, dtype=float))
    links = source.tocoo()
    if not np.isfinite(links.data).all():
        bad = np.flatnonzero(~np.isfinite(links.data))
        pairs = [f"{names[links.row[k]]} to {names[links.col[k]]}" for k in bad]
        raise SampleError(f"weights {name}: no number for {listed(pairs)}; expected finite weights")
    if (links.data < 0).any():
        pairs = [f"{names[links.row[k]]} to {names[links.col[k]]}" for k in np.flatnonzero(links.data < 0)]
        raise SampleError(f"weights {name}: negative from {listed(pairs)}; expected weights of 0 or more")
    own = np.flatnonzero(links.row == links.col)
    if len(own):
        loops = listed([names[i] for i in links.row[own]])
        raise SampleError(f"weights {name}: {loops} neighbours itself; expected zeros on the diagonal")
    empty = np.flatnonzero(np.diff(source.indptr) == 0)
    if len(empty) and (islands == "error" or len(empty) == len(cities)):
        raise SampleError(f"weights {name}: no neighbours for {listed([names[i] for i in empty])}; {advice}")
    return SpatialWeights(
        cities=cities,
        matrix=row_standardised(source) if standardise else source,
        raw=source,
        name=name,
        kind=kind,
        parameters=dict(parameters),
        islands=tuple(cities[i] for i in empty),
        standardised=standardise,
        names=names,
    )


def row_standardised(raw: sparse.csr_array) -> sparse.csr_array:
    """Rows divided by their sums; rows of zeros stay."""
    sums = np.asarray(raw.sum(axis=1)).ravel()
    data = raw.data / np.repeat(sums, np.diff(raw.indptr))
    return sparse.csr_array((data, raw.indices.copy(), raw.indptr.copy()), shape=raw.shape)


def canonical(matrix: Any) -> sparse.csr_array:
    """CSR without stored zeros, sorted, a copy."""
    made = sparse.csr_array(matrix, dtype=float, copy=True)
    made.sum_duplicates()
    made.eliminate_zeros()
    made.sort_indices()
    return made


def _asymmetric(raw: sparse.csr_array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places above the diagonal where the weights there and back differ."""
    gap = sparse.coo_array(sparse.triu(raw - raw.T, k=1))
    far = np.abs(gap.data) > SYMMETRIC * np.abs(raw.data).max(initial=0.0)
    return gap.row[far], gap.col[far]
