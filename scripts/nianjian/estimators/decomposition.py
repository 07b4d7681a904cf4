"""What a two-way fixed effects estimate is made of: comparisons of cohorts, and weights of the treated cells' effects.

References
----------
Goodman-Bacon, A. (2021). Difference-in-differences with variation in treatment timing. Journal of Econometrics 225.
de Chaisemartin, C. & D'Haultfœuille, X. (2020). Two-way fixed effects estimators with heterogeneous treatment effects.
AER 110.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimates import Rows
from nianjian.estimators import twfe
from nianjian.estimators.balanced import balanced
from nianjian.estimators.effect_weights import counts, of_residuals
from nianjian.estimators.prepare import context_of, numbers, prepare
from nianjian.numerics.absorb import partial_out
from nianjian.numerics.bacon import Bacon, bacon
from nianjian.numerics.twfe_weights import EffectWeights


def decompose(
    frame: pd.DataFrame, *, outcome: str, treatment: str, controls: Sequence[str] = (), spec: str = ""
) -> Bacon:
    """Goodman-Bacon's decomposition with city and year effects.

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.balanced.balanced` does; if all cities are treated at once.
    """
    panel = balanced(frame, treatment, [outcome, *controls], spec=spec, why="Goodman-Bacon's decomposition")
    cohorts = len(np.unique(np.minimum(panel.start, len(panel.years))))
    if cohorts < 2:
        raise EstimationError(
            f"{context_of(spec)}all cities are treated in the same year; there is nothing to compare them with"
        )
    y, x = panel.columns[:, :, 0], panel.columns[:, :, 1:]
    return bacon(y, panel.first, panel.years.astype(float), x)


def tidy_bacon(found: Bacon, study: str, spec: str) -> pd.DataFrame:
    """Rows of the estimates' schema.

    ``effect``: comparison of each cohort (group) with its control (other; missing if never treated), ``comparison_`` and the
    kind: ``never, earlier_later, later_earlier, later_always, both_treated``;
    ``mean_never, mean_earlier_later, mean_later_earlier, mean_later_always, mean_both_treated`` for the kinds that occur;
    ``within`` cohorts with controls; ``twfe``, their sum. ``fit``: ``weight`` of each comparison, ``weight_`` of each
    kind, ``weight_within``.
    """
    rows = Rows(study, spec)
    for each in found.comparisons:
        never = np.isinf(each.control)
        of = {"group": f"{each.treated:g}", "other": None if never else f"{each.control:g}"}
        weight = each.weight * (1 - found.within_weight)
        rows.add("effect", f"comparison_{each.kind}", each.estimate, **of)
        rows.add("fit", "weight", weight, **of)
    for kind, (mean, weight) in found.by_kind().items():
        rows.add("effect", f"mean_{kind}", mean)
        rows.add("fit", f"weight_{kind}", weight * (1 - found.within_weight))
    if found.within_weight:
        rows.add("effect", "within", found.within)
        rows.add("fit", "weight_within", found.within_weight)
    rows.add("effect", "twfe", found.total)
    return rows.table()


def weigh(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    controls: Sequence[str],
    absorb: Sequence[str],
    cluster: str | Sequence[str] | None,
    weights: str | None = None,
    spec: str = "",
) -> tuple[twfe.TwfeFit, EffectWeights, pd.DataFrame]:
    """The regression, the weights of the treated cells' effects in it, and the rows used.

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.twfe.fit` does; if the treatment is negative somewhere.
    """
    regressors = [treatment, *controls]
    fitted = twfe.fit(
        frame,
        outcome=outcome,
        regressors=regressors,
        absorb=absorb,
        cluster=cluster,
        weights=weights,
        treatment=treatment,
        spec=spec,
    )
    sample = prepare(
        frame, outcome=outcome, regressors=regressors, absorb=absorb, cluster=None, weights=weights, spec=spec
    )
    values = numbers(sample.frame, [treatment])[:, 0]
    if (values < 0).any():
        raise EstimationError(f"{context_of(spec)}treatment {treatment!r} is negative in some city-years")
    within = partial_out(numbers(sample.frame, fitted.names[:-1]), sample.absorb, sample.weights)
    found = of_residuals(fitted, treatment, values, within, sample.weights)
    return fitted, found, sample.frame


def tidy_weights(
    fitted: twfe.TwfeFit, found: EffectWeights, sample: pd.DataFrame, study: str, spec: str
) -> pd.DataFrame:
    """Rows of the estimates' schema: those of the regression, and ``fit`` rows.

    ``positive_weights, negative_weights`` (how many), ``share_negative`` (of the treated cells), ``sum_positive, sum_negative``,
    ``sd_zero`` and, with negative weights, ``sd_sign``: see :class:`nianjian.numerics.twfe_weights.EffectWeights`;
    ``effect_weight`` of each year's treated cells together.
    """
    rows = Rows(study, spec)
    values = {
        "positive_weights": found.positive,
        "sum_positive": found.sum_positive,
        **counts(found),
        "sd_zero": found.sd_zero,
    }
    rows.add_fits(values)
    if found.negative:
        rows.add("fit", "sd_sign", found.sd_sign)
    year = sample["year"].to_numpy()[found.cells]
    for each in np.unique(year):
        rows.add("fit", "effect_weight", found.weights[year == each].sum(), year=int(each))
    return pd.concat([fitted.tidy(study, spec), rows.table()], ignore_index=True)
