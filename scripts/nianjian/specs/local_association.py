"""Estimator ``local_association``: local Moran's I of every city in chosen years."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nianjian import seeds
from nianjian.schemas import ESTIMATES
from nianjian.spatial import statistics
from nianjian.specs.common import Context, Spec
from nianjian.specs.matrices import weights_of


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return [spec["outcome"]]


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the ``ESTIMATES`` schema; see :func:`nianjian.spatial.statistics.local_by_year`.

    ``effect`` rows, one each a city and year: ``z[110000|2023]``, the city's value less the mean, over the
    standard deviation; ``lag[110000|2023]``, that of its neighbours; ``local[110000|2023]``, local Moran's I
    with its p-value (none for a city without neighbours); ``cluster[110000|2023]``, 1 where the city belongs
    to a cluster, 0 otherwise: which one the signs of z and lag say. ``fit`` rows: ``slope[2023]``, of lag on
    z, which is Moran's I where rows sum to one; ``clusters[2023]``, the number of cities in clusters;
    ``units``, ``draws``, ``alpha``, ``islands`` (cities without neighbours).
    """
    weights = weights_of(spec["matrix"], context, frame)
    found = statistics.local_by_year(
        frame,
        spec["outcome"],
        weights,
        years=spec["years"],
        draws=spec["permutations"],
        rng=seeds.generator(context.seed, study, name, "permutation"),
        alpha=spec["alpha"],
        false_discovery=spec["false_discovery"],
    )
    place = [f"[{city}|{year}]" for city, year in zip(found["city"], found["year"], strict=True)]
    inside = found["cluster"].isin(list(statistics.QUADRANTS.values())).astype(float)
    parts = [
        pd.DataFrame({"kind": "effect", "term": [term + where for where in place], "estimate": values})
        for term, values in (("z", found["value"]), ("lag", found["lag"]), ("cluster", inside))
    ]
    local = pd.DataFrame({"kind": "effect", "term": ["local" + where for where in place]})
    parts.append(local.assign(estimate=found["local"], p_value=found["p_value"]))
    fits: dict[str, float] = {}
    for year, own in found.groupby("year"):
        z, lag = own["value"].to_numpy(), own["lag"].to_numpy()
        fits[f"slope[{year}]"] = float(z @ lag / (z @ z))
        fits[f"clusters[{year}]"] = float(inside[own.index].sum())
    fits |= {
        "units": float(found["city"].nunique()),
        "draws": float(spec["permutations"]),
        "alpha": float(spec["alpha"]),
        "islands": float(len(weights.islands)),
    }
    parts.append(pd.DataFrame({"kind": "fit", "term": list(fits), "estimate": list(fits.values())}))
    made = pd.concat(parts, ignore_index=True).assign(study=study, spec=name).reindex(columns=list(ESTIMATES))
    numeric = [column for column, kind in ESTIMATES.items() if kind == "float64"]
    return made.astype(dict.fromkeys(numeric, np.float64))
