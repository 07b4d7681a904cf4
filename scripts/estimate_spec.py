"""Estimate one specification of a study."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, storage
from nianjian.errors import EstimationError
from nianjian.estimators import twfe
from nianjian.sample.joined import joined
from nianjian.schemas import ESTIMATE_KEY, ESTIMATES


def estimate_spec(
    sample: str | Path,
    indices: Sequence[str | Path],
    study: str,
    spec_name: str,
    spec: Mapping[str, Any],
    estimates: str | Path,
) -> None:
    """Fit one specification and write one row per coefficient and fit statistic.

    Parameters
    ----------
    sample : the study's ``sample.parquet``
    indices : the study's index Parquets; their columns join the sample's
    study, spec_name : what the rows are filed under
    spec : resolved declaration
        ``estimator, outcome, treatment, controls, effects, cluster``; ``where``, a formula that holds for
        the city-years to use; ``weights``, a column; ``missing``, what becomes of city-years with a gap in
        a column that is used: ``error`` (default) or ``drop``.
    estimates : Parquet to write, schema ``ESTIMATES``. Its fit row ``nobs_dropped_missing`` counts the
        city-years that were dropped for a gap.

    Raises
    ------
    EstimationError
        If the specification cannot be estimated on this sample; the message names it.
    """
    where = f"spec {spec_name!r}"
    if spec["estimator"] not in ESTIMATORS:
        known = ", ".join(ESTIMATORS)
        raise EstimationError(f"{where}: estimator {spec['estimator']!r} is unknown; there is {known}")
    frame = _selected(joined(sample, indices, where), spec.get("where"), where)
    frame, dropped = _complete(frame, _columns(spec), spec.get("missing", "error"), where)
    rows = ESTIMATORS[spec["estimator"]](frame, study, spec_name, spec)
    count = {"study": study, "spec": spec_name, "kind": "fit", "term": "nobs_dropped_missing"}
    rows = pd.concat([rows, pd.DataFrame([count | {"estimate": float(dropped)}])], ignore_index=True)
    storage.write_table(rows, estimates, ESTIMATES, ESTIMATE_KEY)


def _twfe(frame: pd.DataFrame, study: str, spec_name: str, spec: Mapping[str, Any]) -> pd.DataFrame:
    fitted = twfe.fit(
        frame,
        outcome=spec["outcome"],
        regressors=_regressors(spec),
        effects=spec.get("effects") or [],
        cluster=spec.get("cluster"),
        weights=spec.get("weights"),
        treatment=spec.get("treatment"),
        spec=spec_name,
    )
    logging.info("%d city-years, %d cities, clusters %s", fitted.nobs, fitted.units, dict(fitted.clusters))
    if fitted.singletons:
        logging.info("%d singletons dropped", fitted.singletons)
    for name, reason in fitted.dropped.items():
        logging.warning("%s is left out: %s", name, reason)
    return fitted.tidy(study, spec_name)


ESTIMATORS: Mapping[str, Callable[[pd.DataFrame, str, str, Mapping[str, Any]], pd.DataFrame]] = {
    "twfe": _twfe
}
"""What a specification may declare under ``estimator``."""


def _regressors(spec: Mapping[str, Any]) -> list[str]:
    # The treatment comes first, so of collinear regressors it is the one that stays.
    return [name for name in [spec.get("treatment"), *(spec.get("controls") or [])] if name]


def _columns(spec: Mapping[str, Any]) -> list[str]:
    """Every column that the specification uses."""
    cluster = spec.get("cluster") or []
    groupings = [*(spec.get("effects") or []), *([cluster] if isinstance(cluster, str) else cluster)]
    labels = [column for name in groupings for column in name.split("#")]
    weights = [spec["weights"]] if spec.get("weights") else []
    return list(dict.fromkeys([spec["outcome"], *_regressors(spec), *labels, *weights]))


def _selected(frame: pd.DataFrame, condition: str | None, where: str) -> pd.DataFrame:
    """City-years for which the declared condition holds; where a gap leaves it open it does not."""
    if not condition:
        return frame
    from nianjian import formulas

    selected = frame[formulas.parse(condition, f"{where}, where").holds(frame).to_numpy()]
    logging.info("%d of %d city-years satisfy %s", len(selected), len(frame), condition)
    return selected


def _complete(
    frame: pd.DataFrame, columns: Sequence[str], missing: str, where: str
) -> tuple[pd.DataFrame, int]:
    """The city-years without a gap if they may be dropped, and how many were."""
    if missing not in ("drop", "error"):
        raise EstimationError(f"{where}: missing must be 'drop' or 'error', not {missing!r}")
    if missing == "error":
        return frame, 0  # the estimator says which columns have gaps
    present = [name for name in columns if name in frame]
    gaps = frame[present].isna()
    for name, count in gaps.sum().items():
        if count:
            logging.info("%s is missing in %d city-years", name, count)
    whole = ~gaps.any(axis=1)
    return frame[whole], int((~whole).sum())


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        estimate_spec(
            job.input.sample,
            job.input.get("indices", []),
            job.wildcards.study,
            job.wildcards.spec,
            job.params.spec,
            job.output.estimates,
        )
