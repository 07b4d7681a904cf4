"""Effects that are planted in the truth, and the trends they are measured against.

An effect reaches the cities of a policy, those of them that a condition names, or, as a spillover, their
neighbours by declared spatial weights. Trends are taken out of the differences between groups of cities, for one
indicator or for a whole entropy index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.errors import DeclarationError
from nianjian.sample import policies
from nianjian.spatial import combined, economic, geographic
from nianjian.spatial.seats import seats as seats_of


def chosen(config_dir: Path, conditions: Mapping[str, Any], cities: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Cities that have the declared attributes; all of them without a condition.

    Parameters
    ----------
    conditions : columns of config/reference/attributes.csv (by city) or regions.csv (by province), each with the
        value or list of values that a city must have (``{region4: east, central: 1}``)
    """
    reference = config_dir / "reference"
    attributes = pd.read_csv(reference / "attributes.csv", dtype=str).set_index("city")
    regions = pd.read_csv(reference / "regions.csv", dtype=str).set_index("province")
    found = np.ones(len(cities), dtype=bool)
    for column, value in conditions.items():
        if column in attributes:
            known, at = attributes[column], cities
        elif column in regions:
            known, at = regions[column], cities // 10000 * 10000
        else:
            raise DeclarationError(
                f"simulation.yaml: no attribute {column!r}; attributes.csv has {', '.join(attributes)}, "
                f"regions.csv has {', '.join(regions)}"
            )
        wanted = [str(v) for v in (value if isinstance(value, list) else [value])]
        if unknown := set(wanted) - set(known):
            raise DeclarationError(
                f"simulation.yaml: no city has {column} {sorted(unknown)[0]!r}; "
                f"expected one of {', '.join(sorted(known.dropna().unique()))}"
            )
        found &= known.reindex(at.astype(str)).isin(wanted).to_numpy()
    return found


def first_years(
    config_dir: Path, declared: Mapping[str, Any], cities: NDArray[np.int64], years: NDArray[np.int64]
) -> NDArray[np.float64]:
    """First treated year of every city, NaN for those that the policy never reaches.

    Parameters
    ----------
    declared : ``policy`` (file in config/reference/policies), ``coding``, ``starts`` and optionally
        ``where``, values that columns of the file must have (``{grade: super_large}``), and ``cities``,
        attributes that a city must have, see :func:`chosen`
    """
    path = config_dir / "reference" / "policies" / f"{declared['policy']}.csv"
    if not path.is_file():
        raise DeclarationError(
            f"simulation.yaml: policy {declared['policy']!r} has no file {path.name} in {path.parent}"
        )
    members = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column, value in declared.get("where", {}).items():
        if column not in members:
            raise DeclarationError(
                f"simulation.yaml: {path.name} has no column {column!r}; it has {', '.join(members)}"
            )
        members = members[
            members[column].isin([str(v) for v in (value if isinstance(value, list) else [value])])
        ]
    coded = policies.treatment(members, cities, years, starts=declared["starts"], coding=declared["coding"])
    entry = coded.drop_duplicates("city").set_index("city")["first_year"].astype("float64")
    first = entry.reindex(cities).to_numpy()
    return np.where(chosen(config_dir, declared.get("cities", {}), cities), first, np.nan)


def exposure(
    first: NDArray[np.float64], years: NDArray[np.int64], path: Sequence[float]
) -> NDArray[np.float64]:
    """Share of the full effect in every city and year: ``path`` from the first treated year on."""
    since = years[None, :] - first[:, None]
    place = np.clip(np.nan_to_num(since, nan=-1), -1, len(path) - 1).astype(int)
    return np.where(since >= 0, np.asarray([*path, 0.0])[place], 0.0)


def neighbours(
    declared: Mapping[str, Any],
    reference: pd.DataFrame,
    sample: NDArray[np.bool_],
    values: NDArray[np.float64] | None,
    name: str,
) -> NDArray[np.float64]:
    """Row-standardised weights among the cities of a sample; zero for the others.

    Parameters
    ----------
    declared : ``kind`` (contiguity, k_nearest, inverse_distance, composite) with the options of that kind in
        :mod:`nianjian.spatial.geographic`; a composite takes ``share`` of inverse distance, the rest of economic
        distance with ``floor_quantile``, if it is declared
    reference : all n cities, as config/reference/cities.csv
    sample : (n,) which of them are linked
    values : (n,) what economic distance compares, for a composite
    name : of the weights in simulation.yaml

    Returns
    -------
    (n, n) array
    """
    seats = seats_of(reference, reference.loc[sample, "city"].tolist())
    kind, options = declared["kind"], declared.get("options", {})
    if kind == "contiguity":
        made = geographic.contiguity(seats, name=name, **options)
    elif kind == "k_nearest":
        made = geographic.k_nearest(seats, name=name, **options)
    elif kind == "inverse_distance":
        made = geographic.inverse_distance(seats, name=name, **options)
    elif kind == "composite" and values is not None:
        floor = _floor(values[sample], declared.get("floor_quantile"))
        alike = economic.economic_distance(seats, values[sample], floor=floor, name=name)
        near = geographic.inverse_distance(seats, name=name, **options)
        made = combined.composite(near, alike, declared["share"], name=name)
    else:
        raise DeclarationError(
            f"simulation.yaml: weights.{name}: unknown kind {kind!r}; expected contiguity, k_nearest, "
            "inverse_distance, or composite with of and years"
        )
    full = np.zeros((len(reference), len(reference)))
    full[np.ix_(sample, sample)] = made.matrix.toarray()
    return full


def _floor(values: NDArray[np.float64], quantile: float | None) -> float | None:
    """Smallest difference that counts: a quantile of the differences of all pairs."""
    if quantile is None:
        return None
    differences = np.abs(values[:, None] - values)[np.triu_indices(len(values), 1)]
    return float(np.quantile(differences, quantile))


def common_trend(
    indicator: NDArray[np.float64],
    treated: NDArray[np.bool_],
    sample: NDArray[np.bool_],
    years: NDArray[np.int64],
    window: tuple[int, int],
    degree: int,
    relative: bool = False,
) -> NDArray[np.float64]:
    """Factor per year that gives treated cities the control cities' absolute change in an indicator.

    An index that is linear in its indicators compares absolute changes. Large and rich cities, which are
    more often treated, gain more in absolute terms if all grow at one rate; without this the index would
    grow faster in treated cities before and without any treatment.

    Parameters
    ----------
    indicator : (cities, years)
    treated, sample : (cities,)
    window : first and last year over which the difference is made constant
    degree : of the polynomial in time that is taken out; what is left is noise
    relative : the same change in logarithms instead, for what a study takes the logarithm of

    Returns
    -------
    (years,) array
        To multiply the treated cities' indicator with. Beyond the window the trend stays as at its end.
    """
    if relative:
        # A count of zero has no logarithm; it stands for the least that any city has.
        indicator = np.log(np.maximum(indicator, indicator[indicator > 0].min()))
    with np.errstate(invalid="ignore"):
        ours = np.nanmean(indicator[treated & sample], axis=0)
        theirs = np.nanmean(indicator[~treated & sample], axis=0)
    inside = (years >= window[0]) & (years <= window[1])
    time = (years - years[inside].mean()) / (window[1] - window[0])
    held = np.clip(time, time[inside].min(), time[inside].max())
    design = np.vander(held, degree + 1)
    coefficients = np.linalg.lstsq(design[inside], (ours - theirs)[inside], rcond=None)[0]
    trend = design @ coefficients
    trend -= trend[inside].mean()
    return np.clip(np.exp(-trend) if relative else 1 - trend / ours, 0.4, 2.5)


def entropy_index(
    indicators: Sequence[NDArray[np.float64]], signs: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Entropy index of pooled city-years, and what one unit of each indicator adds to it.

    Parameters
    ----------
    indicators : m arrays (cities, years)
    signs : m times 1 or -1

    Returns
    -------
    (cities, years) index; (m,) slopes, weight over range with the sign
    """
    stacked = np.stack([sign * x for x, sign in zip(indicators, signs, strict=True)], axis=-1)
    flat = stacked.reshape(-1, stacked.shape[-1])
    low, spread = flat.min(axis=0), np.ptp(flat, axis=0)
    scaled = (flat - low) / spread
    # Not nianjian.indices: the truth must not share the code that it is there to check, nor change with it.
    share = scaled / scaled.sum(axis=0)
    logarithm = np.log(share, where=share > 0, out=np.zeros_like(share))
    redundancy = 1 + (share * logarithm).sum(axis=0) / np.log(len(scaled))
    weight = redundancy / redundancy.sum()
    return (scaled @ weight).reshape(stacked.shape[:-1]), np.asarray(signs) * weight / spread


def group_trends(
    index: NDArray[np.float64],
    groups: NDArray[np.bool_],
    years: NDArray[np.int64],
    window: tuple[int, int],
    degree: int,
) -> NDArray[np.float64]:
    """Trends by which groups of cities differ from the rest.

    Each year the index is regressed on the groups' dummies; the trend of a group is the polynomial in time of its
    coefficient, less its mean over the window. Groups may overlap: a policy's cities, those of a region, and the
    policy's cities of the region.

    Parameters
    ----------
    index : (cities, years of the window)
    groups : (cities, k)
    years : (n,) all years; before and after the window a trend stays as at its ends

    Returns
    -------
    (k, n) array
    """
    design = np.column_stack([np.ones(len(groups)), groups.astype(float)])
    paths = np.linalg.lstsq(design, index, rcond=None)[0][1:]
    inside = (years >= window[0]) & (years <= window[1])
    time = np.clip(years, *window)
    time = 2 * (time - window[0]) / (window[1] - window[0]) - 1
    powers = np.vander(time, degree + 1)
    trends = (powers @ np.linalg.lstsq(powers[inside], paths.T, rcond=None)[0]).T
    return trends - trends[:, inside].mean(axis=1, keepdims=True)
