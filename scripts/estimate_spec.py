"""Estimate one specification of a study."""

import logging
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import pandas as pd

from nianjian import estimates as rows_of_estimates
from nianjian import jobs
from nianjian.errors import EstimationError
from nianjian.sample.joined import joined
from nianjian.specs.common import Context, Spec, place

ESTIMATORS = (
    "event_study",
    "heterogeneity",
    "iv",
    "local_association",
    "mediation",
    "placebo",
    "psm_did",
    "spatial_association",
    "spatial_panel",
    "twfe",
    "weight_choice",
)
"""What a specification may declare under ``estimator``: modules of :mod:`nianjian.specs`."""


def estimate_spec(
    sample: str | Path,
    indices: Sequence[str | Path],
    study: str,
    spec_name: str,
    spec: Spec,
    estimates: str | Path,
    *,
    seed: int = 0,
    matrices: Sequence[str | Path] = (),
) -> None:
    """Fit one specification and write one row per coefficient, effect, test, draw and fit statistic.

    Parameters
    ----------
    sample : the study's ``sample.parquet``
    indices : the study's index Parquets; their columns join the sample's
    study, spec_name : what the rows are filed under
    spec : resolved declaration, see :data:`nianjian.declarations.models.specs.ESTIMATORS`. ``where`` is a formula
        that holds for the city-years to use; ``missing`` says what becomes of city-years with a gap in a column
        that is used: ``error`` (default) or ``drop``
    estimates : Parquet to write, schema ``ESTIMATES``. Its fit row ``nobs_dropped_missing`` counts the
        city-years that were dropped for a gap
    seed : of random draws, together with study and specification
    matrices : Parquets of the spatial weight matrices that the specification names, called by their names

    Raises
    ------
    EstimationError
        If the specification cannot be estimated on this sample; the message names it, its file and its key.
    """
    where = f"spec {spec_name!r}"
    with place(study, spec_name):
        if spec["estimator"] not in ESTIMATORS:
            known = ", ".join(ESTIMATORS)
            raise EstimationError(f"{where}: estimator {spec['estimator']!r} is unknown; there is {known}")
        estimator = import_module(f"nianjian.specs.{spec['estimator']}")
        frame = _selected(joined(sample, indices, where), spec.get("where"), where)
        frame, dropped = _complete(frame, estimator.columns(spec), spec.get("missing", "error"), where)
        context = Context(seed=seed, matrices={path.stem: path for path in map(Path, matrices)})
        rows = estimator.estimate(frame, study, spec_name, spec, context)
    count = {"study": study, "spec": spec_name, "kind": "fit", "term": "nobs_dropped_missing"}
    rows = pd.concat([rows, pd.DataFrame([count | {"estimate": float(dropped)}])], ignore_index=True)
    rows_of_estimates.write(rows, estimates)


def _selected(frame: pd.DataFrame, condition: str | None, where: str) -> pd.DataFrame:
    """City-years for which the declared condition holds; where a gap leaves it open it does not."""
    if not condition:
        return frame
    from nianjian import formulas

    selected = frame[formulas.parse(condition, f"{where}, where").holds(frame).to_numpy()]
    logging.info("%d of %d city-years satisfy %s", len(selected), len(frame), condition)
    if selected.empty:
        raise EstimationError(f"{where}: no city-year satisfies {condition!r}; change `where` or the sample")
    return selected


def _complete(
    frame: pd.DataFrame, columns: Sequence[str], missing: str, where: str
) -> tuple[pd.DataFrame, int]:
    """The city-years without a gap if they may be dropped, and how many were."""
    if missing not in ("drop", "error"):
        raise EstimationError(f"{where}: missing must be 'drop' or 'error', not {missing!r}")
    if frame.empty:
        raise EstimationError(f"{where}: the sample is empty; check the study's years and cities")
    if missing == "error":
        return frame, 0  # the estimator says which columns have gaps
    present = [name for name in columns if name in frame]
    gaps = frame[present].isna()
    for name, count in gaps.sum().items():
        if count:
            logging.info("%s is missing in %d city-years", name, count)
    whole = ~gaps.any(axis=1)
    if not whole.any():
        what = ", ".join(f"{name} {count}" for name, count in gaps.sum().items() if count)
        raise EstimationError(
            f"{where}: none of {len(frame)} city-years is complete; missing are {what}; leave a "
            "column out or change the sample"
        )
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
            seed=job.params.seed,
            matrices=job.input.get("matrices", []),
        )
