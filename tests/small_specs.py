"""Specifications declared as in a study, with all defaults, and run as the job runs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from estimate_rows import addressed
from estimate_specs import estimate
from nianjian import estimates
from nianjian.errors import DeclarationError
from nianjian.estimators.errors import declared_at
from nianjian.kinds.context import EstimatorContext
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import kinds

SHOWN = "config/studies/demo.yaml"


class SomeStudy:
    """As much of a study as the ``complete`` of an estimator looks at."""

    matrices: ClassVar[dict[str, Entry]] = {}

    def fail(self, key: str, what: str) -> DeclarationError:
        return DeclarationError(f"{SHOWN}, specs.one.{key}: {what}")


def declared(own: Mapping[str, Any], name: str = "one") -> Entry:
    """A specification, complete."""
    given = dict(own)
    kind = kinds().get("estimators", given.pop("estimator"), f"{SHOWN}, specs.{name}.estimator")
    params = kind.read(given, SHOWN, f"specs.{name}")
    return Entry(name, kind, kind.complete(params, SomeStudy()))  # type: ignore[arg-type]


def run(
    frame: pd.DataFrame,
    own: Mapping[str, Any],
    *,
    study: str = "demo",
    seed: int = 0,
    matrices: Iterable[Path] = (),
    cities: Path | None = None,
) -> pd.DataFrame:
    """Rows of a specification by kind and address."""
    entry = declared(own)
    files = {path.stem: path for path in matrices}
    context = EstimatorContext(study, "specs", entry.name, seed=seed, matrices=files, cities=cities)
    with declared_at(study, entry.name):
        found = estimate(entry, frame, context)
    assert list(found) == list(estimates.ESTIMATES)
    assert not found.duplicated(list(estimates.ESTIMATE_KEY)).any()
    return addressed(found)
