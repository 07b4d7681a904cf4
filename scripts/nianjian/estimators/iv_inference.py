"""Errors, p-values and intervals of two-stage least squares in place of those by clusters.

The wild cluster bootstrap is Davidson and MacKinnon's restricted efficient one, beside which stands the Anderson-Rubin test by the
wild bootstrap, which is right whatever the strength of the instruments; the jackknife leaves out a cluster from both stages;
Conley's errors are the sandwich of the fitted regressors. CR2 is not there: its bias correction and its degrees of freedom are those of
least squares with regressors that are taken as given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from nianjian.estimates import inference as by_t
from nianjian.estimators.inference import bootstrap_fits, conley_covariance
from nianjian.estimators.prepare import Sample, context_of
from nianjian.numerics import Array
from nianjian.numerics.by_cluster import by_cluster
from nianjian.numerics.instrumented import (
    Instrumented,
    instrumented,
    jackknife_iv,
    wild_anderson_rubin,
    wild_instrumented,
)

if TYPE_CHECKING:
    from nianjian.estimators.inference_params import Inference
    from nianjian.estimators.twfe import Numbers
    from nianjian.kinds.context import EstimatorContext


@dataclass(frozen=True)
class Equation:
    """A second stage, columns without the fixed effects, in the order of the sample.

    Attributes
    ----------
    y, x, controls, z : (n,), (n, p), (n, m), (n, K) outcome, endogenous regressors, controls, excluded instruments
    names : p + m regressors
    params, std_errors : (p + m,) with errors by clusters
    df : degrees of freedom of t by clusters
    sample : rows, clusters, effects and weights
    """

    y: Array
    x: Array
    controls: Array
    z: Array
    names: tuple[str, ...]
    params: Array
    std_errors: Array
    df: int
    sample: Sample

    @property
    def regressors(self) -> Array:
        """(n, p + m) endogenous first."""
        return np.column_stack([self.x, self.controls])


@dataclass(frozen=True)
class InferredIv:
    """What the second stage reports instead.

    Attributes
    ----------
    numbers : p + m regressors' estimates with their inference
    anderson_rubin : p-value of the Anderson-Rubin test, and both ends of the piece of its set around the estimate
    fits : further ``fit`` rows
    """

    numbers: tuple[Numbers, ...]
    anderson_rubin: tuple[float, float, float] | None = None
    fits: Mapping[str, float] = field(default_factory=dict)


InferIv = Callable[[Equation], InferredIv]


def inferred_iv(params: Inference | None, context: EstimatorContext) -> InferIv | None:
    """What :func:`nianjian.estimators.iv.fit` takes as ``inference``; None leaves its own errors.

    Parameters
    ----------
    params : the declaration
    context : of the specification, for random draws, messages and the seats of the cities
    """
    if params is None:
        return None

    def made(equation: Equation) -> InferredIv:
        if params.method == "conley":
            return _conley(params, equation, context)
        if params.method == "cv3":
            data = _data(equation, context)
            vcov = jackknife_iv(data)
            return InferredIv(_by_covariance(equation, vcov, data.groups - 1))
        return _wild(params, equation, context)

    return made


def _data(equation: Equation, context: EstimatorContext) -> Instrumented:
    """The equation by clusters."""
    sample, p = equation.sample, equation.x.shape[1]
    (codes,) = sample.clusters.values()
    columns = np.column_stack([equation.regressors, equation.z])
    data = by_cluster(equation.y, columns, sample.absorb, codes, sample.weights, context_of(context.name))
    q = len(equation.names)
    return instrumented(data, q, list(range(p, q)))


def _by_covariance(equation: Equation, vcov: Array, df: float) -> tuple[Numbers, ...]:
    return tuple(
        (*by_t(b, variance, df), float(df))
        for b, variance in zip(equation.params, np.diag(vcov), strict=True)
    )


def _conley(params: Inference, equation: Equation, context: EstimatorContext) -> InferredIv:
    """The sandwich of the fitted regressors, as of least squares."""
    root = np.sqrt(equation.sample.weights)[:, None]
    columns, instruments = equation.regressors, np.column_stack([equation.z, equation.controls])
    size = np.linalg.norm(instruments * root, axis=0)
    basis = np.linalg.qr(instruments * root / size)[0]
    fitted = basis @ (basis.T @ (columns * root)) / root
    residuals = equation.y - columns @ equation.params
    vcov, df = conley_covariance(params, fitted, residuals, equation.sample, context)
    return InferredIv(_by_covariance(equation, vcov, df))


def _wild(params: Inference, equation: Equation, context: EstimatorContext) -> InferredIv:
    """p-values of every regressor and intervals of the endogenous ones; errors stay those by clusters."""
    data, p = _data(equation, context), equation.x.shape[1]
    q = len(equation.names)
    options = {"draws": params.draws, "weights": params.weights, "restricted": params.restricted}
    numbers: list[Numbers] = []
    fits: dict[str, float] = {}
    for j, name in enumerate(equation.names):
        # All regressors that are their own instruments, but the one that is tested, are partialled out.
        nuisance = [control for control in range(p, q) if control != j]
        one = data.without_controls([*range(p), *([j] if j >= p else [])], nuisance) if nuisance else data
        found = wild_instrumented(
            one, min(j, p), context.rng("wild", name), with_interval=j < p, **options  # type: ignore[arg-type]
        )  # fmt: skip
        b, error = float(equation.params[j]), float(equation.std_errors[j])
        numbers.append(
            (b, error, b / error, found.p_value, found.conf_low, found.conf_high, float(equation.df))
        )
        fits = bootstrap_fits(found.draws, enumerated=found.enumerated)
    test = _anderson_rubin(params, equation, context) if p == 1 else None
    return InferredIv(tuple(numbers), test, fits)


def _anderson_rubin(
    params: Inference, equation: Equation, context: EstimatorContext
) -> tuple[float, float, float]:
    sample = equation.sample
    (codes,) = sample.clusters.values()
    columns = np.column_stack([equation.z, equation.controls])
    data = by_cluster(equation.y, columns, sample.absorb, codes, sample.weights, context_of(context.name))
    x = (np.sqrt(sample.weights) * equation.x[:, 0])[data.rows]
    estimate, tested = float(equation.params[0]), equation.z.shape[1]
    found = wild_anderson_rubin(
        data,
        x,
        tested,
        estimate,
        float(equation.std_errors[0]),
        lambda: context.rng("wild", "anderson_rubin"),
        draws=params.draws,
        weights=params.weights,
        restricted=params.restricted,
    )
    return found.p_value, found.conf_low, found.conf_high
