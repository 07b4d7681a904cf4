"""Effects that are planted in the truth, and the trends they are measured against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.errors import DeclarationError
from nianjian.sample import policies


def first_years(
    config_dir: Path, declared: Mapping[str, Any], cities: NDArray[np.int64], years: NDArray[np.int64]
) -> NDArray[np.float64]:
    """First treated year of every city, NaN for those that the policy never reaches.

    Parameters
    ----------
    declared : ``policy`` (file in config/reference/policies), ``coding``, ``starts`` and optionally
        ``where``, values that columns of the file must have (``{grade: super_large}``)
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
    return entry.reindex(cities).to_numpy()


def exposure(
    first: NDArray[np.float64], years: NDArray[np.int64], path: Sequence[float]
) -> NDArray[np.float64]:
    """Share of the full effect in every city and year: ``path`` from the first treated year on."""
    since = years[None, :] - first[:, None]
    place = np.clip(np.nan_to_num(since, nan=-1), -1, len(path) - 1).astype(int)
    return np.where(since >= 0, np.asarray([*path, 0.0])[place], 0.0)


def common_trend(
    indicator: NDArray[np.float64],
    treated: NDArray[np.bool_],
    sample: NDArray[np.bool_],
    years: NDArray[np.int64],
    window: tuple[int, int],
    degree: int,
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

    Returns
    -------
    (years,) array
        To multiply the treated cities' indicator with. Beyond the window the trend stays as at its end.
    """
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
    return np.clip(1 - trend / ours, 0.4, 2.5)
