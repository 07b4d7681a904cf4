"""Two-stage least squares with fixed effects, and what a referee asks about its instruments.

Fixed effects are partialled out (:func:`nianjian.numerics.absorb.partial_out`); coefficients, standard errors and
degrees of freedom then follow Stata's ``ivreghdfe``, the statistics on instruments ``ivreg2`` and
``ranktest``. In the formulas x, y and z stand for columns without effects and controls.

References
----------
Baum, C. F., Schaffer, M. E. & Stillman, S. (2007). Enhanced routines for instrumental variables/GMM
estimation and testing. Stata Journal 7. Those of the tests stand in :mod:`nianjian.numerics.weak_instruments`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc, fdtri

from nianjian.errors import EstimationError
from nianjian.estimates import LEVEL
from nianjian.estimators import twfe
from nianjian.estimators.direct_effects import DirectEffects, Second, direct_effects
from nianjian.estimators.iv_fit import IvFit
from nianjian.estimators.iv_inference import Equation, InferIv
from nianjian.estimators.prepare import Sample, context_of, numbers, prepare
from nianjian.numerics import Array, Codes
from nianjian.numerics.absorb import absorbed_df, partial_out
from nianjian.numerics.collinear import COLLINEAR, ROUNDING, find_collinear, residualize
from nianjian.numerics.covariance import NO_STD_ERROR, fewest_clusters, small_sample, wald
from nianjian.numerics.least_squares import SecondStage, ols, two_stage_least_squares
from nianjian.numerics.overidentification import overidentification_tests
from nianjian.numerics.plausibly_exogenous import Prior
from nianjian.numerics.tf import TABLE, TF, Level, tf
from nianjian.numerics.weak_instruments import (
    Pieces,
    Statistic,
    anderson_rubin_set,
    effective_f_tests,
    rank_tests,
)


@dataclass(frozen=True)
class _Within:
    """Columns without the fixed effects, times the root of the weights, with unit norm; and their sizes.

    ``values`` is the outcome as it is.
    """

    values: Array
    y: Array
    x: Array
    z: Array
    controls: Array
    size_y: float
    size_x: Array
    size_z: Array
    size_controls: Array
    control_names: tuple[str, ...]
    dropped: Mapping[str, str]


@dataclass(frozen=True)
class _Counts:
    """Numbers that degrees of freedom are made of: n rows, p + m regressors, K + m on the right of a first stage."""

    n: int
    second: int
    first: int
    instruments: int
    absorbed: int
    nested: int
    clusters: Sequence[Codes]

    @property
    def groups(self) -> int:
        return fewest_clusters(self.clusters)

    def factor(self, regressors: int) -> float:
        """Small-sample factor of a covariance."""
        return small_sample(self.n, regressors, self.absorbed, self.nested, self.clusters)[0]

    def df(self, regressors: int) -> int:
        """Degrees of freedom of t."""
        return small_sample(self.n, regressors, self.absorbed, self.nested, self.clusters)[1]


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    endogenous: Sequence[str],
    instruments: Sequence[str],
    controls: Sequence[str] = (),
    absorb: Sequence[str] = ("city", "year"),
    cluster: str | Sequence[str] | None = "city",
    weights: str | None = None,
    key: Sequence[str] = ("city", "year"),
    spec: str = "",
    with_tf: bool = False,
    prior: Prior | None = None,
    inference: InferIv | None = None,
) -> IvFit:
    """Regress ``outcome`` on ``endogenous``, instrumented, ``controls`` and fixed effects.

    Parameters
    ----------
    frame : one row a city-year, complete in every column used
    endogenous, instruments, controls : numeric columns, none in two lists; at least as many instruments as
        endogenous regressors
    absorb, cluster, weights, key, spec : as :func:`nianjian.estimators.twfe.fit`
    with_tf : the tF procedure, with one endogenous regressor and one instrument
    prior : what is held possible of direct effects of the instruments on the outcome
    inference : of the second stage, see :func:`nianjian.estimators.iv_inference.inferred_iv`; first stage and tests of the
        instruments stay by clusters

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.twfe.fit` does; if the tF procedure is asked for with several instruments; if an endogenous
        regressor or an instrument has no variation of its own (a fixed property of cities under city effects), the instruments
        do not move the endogenous regressors at all, or these have no clustered standard error.

    Notes
    -----
    Coefficients, first stage and reduced form carry reghdfe's factor
    (N - 1) / (N - k - d - [1 if an effect is nested]) * G / (G - 1) with their own number of regressors k;
    t has G - 1 degrees of freedom. The rk LM statistic carries none; the rk F is
    chi2 / (N - 1) * (N - L - d) * (G - 1) / G / K with L instruments and controls. The Hansen and
    endogeneity statistics carry none.

    The effective F is x'P_z x over the trace of the robust covariance of orthonormal instruments' first
    stage. Its critical value is the 95 % point of a non-central chi2 by Patnaik's approximation with
    non-centrality 1 / tau, Montiel Olea and Pflueger's simplified procedure: an upper bound of theirs for
    two-stage least squares, and 23.1 with one instrument.
    """
    context = context_of(spec)
    columns = [*endogenous, *controls, *instruments]
    sample = prepare(
        frame, outcome=outcome, regressors=columns, absorb=absorb, cluster=cluster, weights=weights, key=key, spec=spec
    )  # fmt: skip
    data = _within(sample, outcome, endogenous, controls, instruments, absorb, context)
    counts = _counts(sample, data, context)
    second = two_stage_least_squares(data.y, data.x, data.z, data.controls, counts.clusters, context=context)
    _check_std_errors(second, endogenous, sample, counts, context)

    # From here on without the controls too (Frisch, Waugh and Lovell).
    p = data.x.shape[1]
    free = residualize(np.column_stack([data.y, data.x, data.z]), data.controls)
    y, x, z = free[:, :1], free[:, 1 : p + 1], free[:, p + 1 :]
    both, both_vcov = ols(np.column_stack([y, x]), z, counts.clusters)
    both_vcov = both_vcov * counts.factor(counts.first)
    tests, interval = _tests(y, x, z, both, both_vcov, counts, data, context)
    scale = data.size_y / np.concatenate([data.size_x, data.size_controls])
    params, vcov = second.params * scale, second.vcov * counts.factor(counts.second) * np.outer(scale, scale)
    stages = _first_stages(both, both_vcov, data, endogenous, instruments)
    fitted = IvFit(
        names=(*endogenous, *data.control_names),
        endogenous=tuple(endogenous),
        instruments=tuple(instruments),
        params=params,
        vcov=vcov,
        df_resid=counts.df(counts.second),
        first_stage=stages[0],
        reduced_form=stages[1],
        ols=_ols(data, endogenous, scale, counts),
        tests=tests,
        interval=interval,
        statistics=_statistics(sample, data, counts, second.residuals, wald(params, vcov), key, endogenous),
        dropped=data.dropped,
        tf=_tf(params, vcov, both, both_vcov, context) if with_tf else {},
        direct=None if prior is None else _direct(y, x, z, params[:p], vcov[:p, :p], counts, data, prior),
    )
    own = None if inference is None else inference(_equation(fitted, data, sample))
    return replace(fitted, inferred=own)


def _equation(fitted: IvFit, data: _Within, sample: Sample) -> Equation:
    """The second stage in the variables' units."""
    root = np.sqrt(sample.weights)
    return Equation(
        y=data.y * data.size_y / root,
        x=data.x * data.size_x / root[:, None],
        controls=data.controls * data.size_controls / root[:, None],
        z=data.z * data.size_z / root[:, None],
        names=fitted.names,
        params=fitted.params,
        std_errors=fitted.std_errors,
        df=fitted.df_resid,
        sample=sample,
    )


def _tf(params: Array, vcov: Array, both: Array, both_vcov: Array, context: str) -> dict[Level, TF]:
    """The tF procedure; F is the squared t of the first stage."""
    if both.shape != (1, 2):
        raise EstimationError(
            f"{context}tF is for one endogenous regressor and one instrument; here are {both.shape[1] - 1} and {len(both)}"
        )
    f = float(both[0, 1] ** 2 / both_vcov[1, 1])
    return {level: tf(float(params[0]), float(np.sqrt(vcov[0, 0])), f, level) for level in TABLE}


def _direct(
    y: Array, x: Array, z: Array, params: Array, vcov: Array, counts: _Counts, data: _Within, prior: Prior
) -> DirectEffects:
    """Effects where instruments act on the outcome themselves; columns go in in their own units."""
    second = Second(params, vcov, counts.factor(counts.second), counts.df(counts.second))
    columns = (y[:, 0] * data.size_y, x * data.size_x, z * data.size_z)
    return direct_effects(*columns, second, prior, counts.clusters)


def _within(
    sample: Sample,
    outcome: str,
    endogenous: Sequence[str],
    controls: Sequence[str],
    instruments: Sequence[str],
    absorb: Sequence[str],
    context: str,
) -> _Within:
    """Partial the fixed effects out of every column; drop controls and refuse instruments that add nothing."""
    w = sample.weights
    columns = [outcome, *endogenous, *controls, *instruments]
    raw = numbers(sample.frame, columns)
    centred = raw - np.average(raw, axis=0, weights=w)
    within = partial_out(centred, sample.absorb, w)
    if w @ within[:, 0] ** 2 <= max(COLLINEAR * (w @ centred[:, 0] ** 2), ROUNDING**2 * (w @ raw[:, 0] ** 2)):
        raise EstimationError(
            f"{context}outcome {outcome!r} does not vary within the effects {list(absorb)}; choose another outcome "
            "or leave out an effect"
        )
    position = {name: j for j, name in enumerate(columns)}

    def collinear(names: Sequence[str]) -> dict[str, str]:
        at = [position[name] for name in names]
        return find_collinear(names, raw[:, at], within[:, at], w, absorb)

    dropped = collinear([*endogenous, *controls])
    for name in endogenous:
        if name in dropped:
            raise EstimationError(
                f"{context}endogenous {name!r} is {dropped[name]} and has no variation of its own; its effect "
                "cannot be estimated: leave out the effect or the control that explains it"
            )
    kept = [name for name in controls if name not in dropped]
    useless = collinear([*kept, *instruments])
    for name in instruments:
        _check_instrument(name, raw[:, position[name]], useless.get(name), context)
    rooted = within * np.sqrt(w)[:, None]
    sizes = np.linalg.norm(rooted, axis=0)
    unit = rooted / np.where(sizes > 0, sizes, 1)
    at_x, at_z = [position[name] for name in endogenous], [position[name] for name in instruments]
    at_c = [position[name] for name in kept]
    return _Within(
        values=raw[:, 0],
        y=unit[:, 0],
        x=unit[:, at_x],
        z=unit[:, at_z],
        controls=unit[:, at_c],
        size_y=float(sizes[0]),
        size_x=sizes[at_x],
        size_z=sizes[at_z],
        size_controls=sizes[at_c],
        control_names=tuple(kept),
        dropped=dropped,
    )


def _check_instrument(name: str, values: Array, reason: str | None, context: str) -> None:
    """Stop at an instrument that is constant, absorbed or collinear."""
    if np.ptp(values) == 0:
        raise EstimationError(
            f"{context}instrument {name!r} is {values[0]:g} in all {len(values)} observations; take it out"
        )
    if reason is not None:
        advice = (
            "a fixed property of cities needs something that moves over the years, such as its product "
            "with a trend"
            if reason.startswith("absorbed")
            else "take it out"
        )
        raise EstimationError(f"{context}instrument {name!r} is {reason}; {advice}")


def _counts(sample: Sample, data: _Within, context: str) -> _Counts:
    clusters = list(sample.clusters.values())
    n, p, k_z, m = len(data.y), data.x.shape[1], data.z.shape[1], data.controls.shape[1]
    absorbed, nested = absorbed_df(sample.absorb, clusters, n)
    if n - absorbed - nested - max(p, k_z) - m <= 0:
        raise EstimationError(
            f"{context}{n} observations leave no degree of freedom; leave out controls or effects, or widen the sample"
        )
    return _Counts(n, p + m, k_z + m, k_z, absorbed, nested, clusters)


def _check_std_errors(
    second: SecondStage, endogenous: Sequence[str], sample: Sample, counts: _Counts, context: str
) -> None:
    """Stop where scores of an endogenous regressor add up to zero in every cluster."""
    p = len(endogenous)
    cancelled = np.diag(second.vcov)[:p] <= NO_STD_ERROR**2 * second.conventional[:p]
    if len(counts.clusters) == 1 and cancelled.any():
        name = endogenous[int(np.argmax(cancelled))]
        raise EstimationError(
            f"{context}{twfe.no_std_error(name, dict.fromkeys(sample.clusters, counts.groups))}"
        )


def _tests(
    y: Array, x: Array, z: Array, both: Array, both_vcov: Array, counts: _Counts, data: _Within, context: str
) -> tuple[dict[str, Statistic], Pieces | None]:
    """Tests of the instruments, and the Anderson-Rubin set in the variables' units.

    ``both`` holds the reduced form and the first stages, (K, 1 + p), with their covariance.
    """
    k_z, factor = counts.instruments, counts.factor(counts.first)
    lost = counts.absorbed + (1 if counts.clusters and counts.nested else 0)
    tests = rank_tests(x, z, counts.clusters, counts.n - counts.first - lost, counts.groups)
    tests |= effective_f_tests(x, z, counts.clusters, factor)
    df = counts.df(counts.first)
    ar = wald(both[:, 0], both_vcov[:k_z, :k_z])
    tests["anderson_rubin"] = Statistic(ar / k_z, float(fdtrc(k_z, df, ar / k_z)), df)
    large = ar * factor
    tests["anderson_rubin_chi2"] = Statistic(large, float(chdtrc(k_z, large)), k_z)
    tests |= overidentification_tests(y, x, z, counts.clusters)
    if x.shape[1] > 1:
        return tests, None
    pieces = anderson_rubin_set(both[:, 0], both[:, 1], both_vcov, k_z * float(fdtri(k_z, df, LEVEL)))
    if pieces is None:
        return tests, None
    if not pieces:
        logging.warning("%sthe Anderson-Rubin test rejects every value: the instruments disagree", context)
    unit = data.size_y / data.size_x[0]
    return tests, tuple((float(low * unit), float(high * unit)) for low, high in pieces)


def _first_stages(
    both: Array, both_vcov: Array, data: _Within, endogenous: Sequence[str], instruments: Sequence[str]
) -> tuple[dict[tuple[str, str], tuple[float, float]], dict[str, tuple[float, float]]]:
    """First stage and reduced form in the variables' units."""

    def stage(column: int, instrument: int, size: float) -> tuple[float, float]:
        unit = size / data.size_z[instrument]
        at = column * len(instruments) + instrument
        return both[instrument, column] * unit, both_vcov[at, at] * unit**2

    first_stage = {
        (name, instrument): stage(1 + i, j, data.size_x[i])
        for i, name in enumerate(endogenous)
        for j, instrument in enumerate(instruments)
    }
    reduced_form = {instrument: stage(0, j, data.size_y) for j, instrument in enumerate(instruments)}
    return first_stage, reduced_form


def _ols(
    data: _Within, endogenous: Sequence[str], scale: Array, counts: _Counts
) -> dict[str, tuple[float, float]]:
    """Least squares on the same rows."""
    params, vcov = ols(data.y, np.column_stack([data.x, data.controls]), counts.clusters)
    vcov = vcov * counts.factor(counts.second)
    return {
        name: (float(params[j] * scale[j]), float(vcov[j, j] * scale[j] ** 2))
        for j, name in enumerate(endogenous)
    }


def _statistics(
    sample: Sample,
    data: _Within,
    counts: _Counts,
    residuals: Array,
    chi2: float,
    key: Sequence[str],
    endogenous: Sequence[str],
) -> dict[str, float]:
    """Values of the ``fit`` rows; ``chi2`` tests that all coefficients are zero."""
    n, w = counts.n, sample.weights
    rss = float(residuals @ residuals) * data.size_y**2
    mean = np.average(data.values, weights=w)
    tss = float(w @ (data.values - mean) ** 2)
    return {
        "nobs": n,
        "units": sample.frame[key[0]].nunique() if key else n,
        "singletons": sample.singletons,
        **({"clusters": counts.groups} if 0 < counts.groups < counts.n else {}),
        **twfe.fewest_treated(sample, endogenous),
        "instruments": counts.instruments,
        "df_model": counts.second,
        "df_resid": counts.df(counts.second),
        "df_absorbed": counts.absorbed,
        "r2": 1 - rss / tss,
        "r2_within": 1 - rss / data.size_y**2,
        "rmse": float(np.sqrt(rss / (n - counts.second - counts.absorbed - counts.nested))),
        "dep_mean": float(mean),
        "dep_sd": float(np.sqrt(tss / (n - 1))),
        "f": chi2 / counts.second,
    }
