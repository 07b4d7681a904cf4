"""What specifications of all estimators share."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nianjian import fixed_effects
from nianjian.errors import EstimationError, NianjianError, study_file
from nianjian.estimators import twfe
from nianjian.estimators.twfe import TwfeFit

Spec = Mapping[str, Any]


@dataclass(frozen=True)
class Context:
    """What an estimator may need beside the sample.

    Attributes
    ----------
    seed : the run's
    matrices : Parquets of the spatial weight matrices that the specification names
    """

    seed: int = 0
    matrices: Mapping[str, Path] = field(default_factory=dict)


@contextmanager
def place(study: str, name: str) -> Iterator[None]:
    """Name the specification in errors, and the file and key where it is declared.

    What the functions on arrays know is the column or city; a matrix that cannot be inverted in spite of their
    checks is an error in words too.
    """
    shown = f"({study_file(study)}, specs.{name})"
    where = f"spec {name!r}"
    try:
        yield
    except np.linalg.LinAlgError as error:
        raise EstimationError(
            f"{where}: a matrix cannot be inverted ({error}), as columns are nearly collinear or observations few; "
            f"leave out controls, or widen the sample {shown}"
        ) from error
    except NianjianError as error:
        told = str(error)
        raise type(error)(f"{told if told.startswith(where) else f'{where}: {told}'} {shown}") from error


def names(value: str | Sequence[str] | None) -> list[str]:
    """A name, a list of them or nothing, as a list."""
    return [value] if isinstance(value, str) else list(value or [])


def regressors(spec: Spec) -> list[str]:
    """Treatment and controls. The treatment comes first, so of collinear regressors it is the one that stays."""
    return [name for name in [*names(spec.get("treatment")), *names(spec.get("controls"))] if name]


def columns(spec: Spec, *more: str) -> list[str]:
    """Every column that a specification uses, those under the keys ``more`` included."""
    labels = [column for name in names(spec.get("effects")) for column in fixed_effects.columns(name)]
    labels += [column for name in names(spec.get("cluster")) for column in name.split("#")]
    extra = [column for key in more for column in names(spec.get(key))]
    weights = names(spec.get("weights"))
    return list(dict.fromkeys([spec["outcome"], *regressors(spec), *extra, *labels, *weights]))


def options(spec: Spec, *keys: str) -> dict[str, Any]:
    """Keywords that an estimator takes under the name that the specification uses; its ``effects`` are absorbed."""
    given = {key: spec[key] for key in ("outcome", "controls", "cluster", "weights", *keys) if key in spec}
    return given | ({"absorb": spec["effects"]} if "effects" in spec else {})


def report(fitted: TwfeFit) -> None:
    """Say in the log what was used and what was left out."""
    logging.info("%d city-years, %d cities, clusters %s", fitted.nobs, fitted.units, dict(fitted.clusters))
    if fitted.singletons:
        logging.info("%d singleton observations dropped", fitted.singletons)
    if fitted.treated_clusters == 1:
        logging.warning("only one cluster is treated; its clustered standard error means nothing")
    for name in fitted.without_std_error:
        logging.warning("%s", twfe.no_std_error(name, fitted.clusters))
    report_dropped(fitted.dropped)


def report_dropped(dropped: Mapping[str, str]) -> None:
    """Say in the log which regressors were left out and why."""
    for name, reason in dropped.items():
        logging.warning("%s is left out: %s", name, reason)
