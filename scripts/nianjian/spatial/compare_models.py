"""Spatial panel models under several weight matrices, weighed against each other by likelihood and posterior probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimates import Rows
from nianjian.spatial.estimation import fit, with_lags
from nianjian.spatial.likelihood import likelihood
from nianjian.spatial.logdet import Array
from nianjian.spatial.marginal import Prior, marginal, probabilities
from nianjian.spatial.models import MODELS, Weights
from nianjian.spatial.prepared_weights import Islands, prepare

CANDIDATES = ("sar", "sem", "sdm", "sdem", "slx")
"""Models that are compared: all with at most one spatial parameter."""
CRITERIA = ("loglik", "aic", "bic", "rho", "lambda", "log_marginal", "at_edge")


@dataclass(frozen=True)
class ModelComparison:
    """Models under weight matrices.

    Attributes
    ----------
    table : a row a matrix and model: ``matrix``, ``model``, ``loglik``, ``aic``, ``bic``, ``rho`` and ``lambda`` (NaN where the
        model has none), ``log_marginal``, ``at_edge``
    """

    table: pd.DataFrame

    @property
    def probabilities(self) -> Array:
        """Posterior probability of each row: all were as likely before."""
        return probabilities(self.table["log_marginal"].to_numpy())

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the schema ``ESTIMATES``, all of kind ``fit``.

        Of a ``matrix`` and, as ``group``, a model: the columns of ``table``, ``probability``, and ``best_aic``, ``best_bic``,
        ``best_probability``, 1 for the chosen one and 0 for the others. ``probability`` of a ``matrix`` alone and of a
        ``group`` alone are sums over the others.
        """
        rows = Rows(study, spec)
        table = self.table.assign(probability=self.probabilities)
        best = {
            "best_aic": int(np.argmin(table["aic"])),
            "best_bic": int(np.argmin(table["bic"])),
            "best_probability": int(np.argmax(table["probability"])),
        }
        for number, one in enumerate(table.to_dict("records")):
            values = {name: float(one[name]) for name in (*CRITERIA, "probability") if not pd.isna(one[name])}
            values |= {name: float(number == chosen) for name, chosen in best.items()}
            rows.add_fits(values, matrix=one["matrix"], group=one["model"])
        for column, key in (("matrix", "matrix"), ("model", "group")):
            for name, share in table.groupby(column, sort=False)["probability"].sum().items():
                rows.add_fits({"probability": float(share)}, **{key: str(name)})
        return rows.table()


def compare_models(
    y: Array,
    x: Array,
    matrices: Mapping[str, Weights],
    *,
    models: Sequence[str] = CANDIDATES,
    regressors: Sequence[str],
    absorb: Sequence[str] = ("city", "year"),
    lee_yu: str = "none",
    prior: Prior = "zellner",
    islands: Islands = "error",
    outcome: str = "y",
    context: str = "",
) -> ModelComparison:
    """Fit each model under each matrix, with the marginal likelihood of each.

    Parameters
    ----------
    y, x : (n, T) and (n, T, k) arrays
    matrices : name to matrix
    models : of ``CANDIDATES``; those with spatial lags of regressors have them of all
    prior : of the slopes, see :mod:`nianjian.spatial.marginal`
    others : as in :func:`nianjian.spatial.estimation.fit`

    Raises
    ------
    EstimationError
        As :func:`~nianjian.spatial.estimation.fit`, with the matrix's name; if there is no matrix or model, or a model is not
        one that can be compared.
    """
    unknown = [model for model in models if model not in CANDIDATES]
    if unknown or not models or not matrices:
        what = f"models {', '.join(unknown)} unknown" if unknown else "nothing to compare"
        raise EstimationError(
            f"{context}{what}; choose weight matrices, and models of {', '.join(CANDIDATES)}"
        )
    found: list[dict[str, Any]] = []
    for name, given in matrices.items():
        shown = f"{context}weights {name}: "
        prepared = prepare(given, islands=islands, context=shown)
        for model in models:
            options: dict[str, Any] = {"model": model, "lee_yu": lee_yu, "outcome": outcome}
            one = fit(
                y,
                x,
                prepared,
                regressors=regressors,
                absorb=absorb,
                islands=islands,
                context=shown,
                **options,
            )
            form, transform = MODELS[model], lee_yu == "transform"
            z = with_lags(x, prepared, one.regressors, one.lagged)
            terms = {"lag": form.lag, "error": form.error, "random": False}
            problem = likelihood(y, z, prepared, absorb=absorb, transform=transform, **terms)
            found.append(
                {
                    "matrix": name,
                    "model": model,
                    **{key: getattr(one, key) for key in ("loglik", "aic", "bic", "rho")},
                    "lambda": one.lambda_,
                    "log_marginal": marginal(problem, 0 if transform else _effects(y, absorb), prior).log,
                    "at_edge": bool(one.at_edge),
                }
            )
    return ModelComparison(pd.DataFrame(found))


def _effects(y: Array, absorb: Sequence[str]) -> int:
    """What fixed effects, or the constant without any, take from the observations."""
    n, years = y.shape
    return 1 + (n - 1) * ("city" in absorb) + (years - 1) * ("year" in absorb)
