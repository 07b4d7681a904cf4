"""Estimator ``spatial_panel``: spatial lag, error and Durbin models, with impacts and tests."""

from __future__ import annotations

import pandas as pd

from nianjian.spatial.spatial_panel import fit_frame
from nianjian.specs import common
from nianjian.specs.common import Context, Spec
from nianjian.specs.matrices import weights_of


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return common.columns(spec)


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the ``ESTIMATES`` schema; see :func:`nianjian.spatial.spatial_panel.fit_frame`."""
    weights = weights_of(spec["matrix"], context, frame)
    durbin = spec["model"] in ("sdm", "slx", "sdem")
    fitted = fit_frame(
        frame,
        outcome=spec["outcome"],
        regressors=common.regressors(spec),
        weights=weights.matrix,
        cities=weights.cities,
        model=spec["model"],
        lagged=spec["lagged"] if durbin else None,
        absorb=spec["effects"],
        errors="cluster" if spec["cluster"] else "ml",
        lee_yu=spec["lee_yu"],
        tests=spec["tests"],
        impact_errors=spec["effect_errors"],
        draws=spec["draws"],
        eigenvalues=weights.eigenvalues,
        islands="keep" if weights.islands else "error",
        study=study,
        spec=name,
    )
    return fitted.tidy(study, name, spec["matrix"])
