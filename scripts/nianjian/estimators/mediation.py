"""Mediation in three equations, with the indirect effect's own standard error.

total:   y = c d + x'g + effects + e
a[m]:    m = a d + x'g + effects + e
b[m]:    y = c' d + b m + x'g + effects + e

On one sample c = c' + a b exactly. Each mediator is taken by itself.

The product a b has a causal meaning only under sequential ignorability: given controls and effects the
mediator is as good as random among cities with the same treatment. Nothing here tests that; read the rows as
a description. What it would be if an omitted cause moved mediator and outcome together, the sensitivity says
(:mod:`nianjian.numerics.mediation_sensitivity`).

References
----------
Baron, R. M. & Kenny, D. A. (1986). The moderator-mediator variable distinction. JPSP 51: the three equations.
Sobel, M. E. (1982). Asymptotic confidence intervals for indirect effects. Sociological Methodology 13.
Imai, K., Keele, L. & Yamamoto, T. (2010). Identification, inference and sensitivity analysis for causal
mediation effects. Statistical Science 25.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict

import numpy as np
import pandas as pd
from scipy.special import ndtr

from nianjian.errors import EstimationError
from nianjian.estimates import CONSTANT, Rows
from nianjian.estimators import draws as random_draws
from nianjian.estimators import twfe
from nianjian.estimators.prepare import Sample, codes_of, context_of, numbers, prepare
from nianjian.estimators.twfe import Inferred, TwfeFit
from nianjian.kinds.splitting import DRAWS_AT_ONCE, blocks
from nianjian.numerics import Array, Codes
from nianjian.numerics.collinear import COLLINEAR
from nianjian.numerics.mediation_sensitivity import Sensitivity, grid, sensitivity
from nianjian.numerics.resampling import (
    percentile_p_value,
    percentiles,
    resampled_counts,
    resampler,
)


class Options(TypedDict):
    """Keywords of :func:`nianjian.estimators.twfe.fit` that all equations share."""

    absorb: Sequence[str]
    cluster: str | None
    weights: str | None
    key: Sequence[str]
    spec: str


@dataclass(frozen=True)
class Path:
    """One mediator. Draws are (draws,) arrays, NaN where a draw cannot be estimated.

    Attributes
    ----------
    first : the mediator on the treatment (a)
    second : the outcome on both (c' and b)
    a, direct, b : estimates
    indirect : a b
    share : a b / c
    sobel : standard error of a b by the delta method
    gap : c - c' - a b
    indirect_draws, share_draws : of the resamples
    sensitivity : indirect effects by correlation of the errors, of the sample (first) and of the resamples, if asked for
    """

    first: TwfeFit
    second: TwfeFit
    a: float
    direct: float
    b: float
    indirect: float
    share: float
    sobel: float
    gap: float
    indirect_draws: Array
    share_draws: Array
    sensitivity: Sensitivity | None = None


@dataclass(frozen=True)
class MediationFit:
    """The total effect and one path a mediator.

    Attributes
    ----------
    treatment : name of d
    total : the outcome on the treatment
    paths : mediator to path
    without_mediator : rows left out because a mediator is missing
    treated_clusters : clusters with any treated row; NaN if the treatment is not binary
    correlations : (R,) of the errors, at which the sensitivity stands
    """

    treatment: str
    total: TwfeFit
    paths: Mapping[str, Path]
    without_mediator: int
    treated_clusters: float
    correlations: Array = field(default_factory=lambda: np.empty(0))

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the estimates' schema.

        ``effect``: ``total``, and by mediator ``a``, ``direct``, ``b`` with standard errors and t from the
        regressions; ``indirect`` with the resamples' standard deviation, percentile interval and two-sided
        percentile p-value; ``share``, the indirect over the total effect, with a percentile interval (no
        standard error: a ratio's may not exist). ``test``: ``sobel`` by mediator, z. ``coefficient``: every
        regressor in its equation; the outcome's with a mediator has that as other. ``fit``: those of the total
        regression, ``r2, r2_within, dep_mean`` of the mediators' equations, ``r2, r2_within`` of the outcome's
        with each mediator, ``identity_gap`` (largest |total - direct - a b|), ``nobs_without_mediator``,
        ``draws_used`` by mediator and ``treated_clusters``.

        With the sensitivity, by mediator: ``effect`` ``acme``, the indirect effect at each correlation of the errors, which is
        the group, resampled as ``indirect``; ``effect`` ``rho_at_zero``, the correlation at which it is zero, with its resampled
        interval; ``fit`` ``r2_star_at_zero``, its square: the product of the shares of the rest's variance, of mediator and
        outcome, that an omitted cause must explain; and ``r2_tilde_at_zero``, the product of the shares of all variance.
        """
        rows = Rows(study, spec)
        rows.add("effect", "total", *self.total.numbers(self.treatment))
        for m, path in self.paths.items():
            self._add_path(rows, m, path)
        _add_equation(rows, self.total, equation=self.total.outcome)
        for m, path in self.paths.items():
            _add_equation(rows, path.first, equation=m)
            fits = {"r2": path.first.r2, "r2_within": path.first.r2_within}
            rows.add_fits(fits | {"dep_mean": path.first.dep_mean}, equation=m)
            of = {"equation": self.total.outcome, "other": m}
            _add_equation(rows, path.second, **of)
            rows.add_fits({"r2": path.second.r2, "r2_within": path.second.r2_within}, **of)
        rows.add("fit", "identity_gap", max(abs(path.gap) for path in self.paths.values()))
        rows.add("fit", "nobs_without_mediator", self.without_mediator)
        rows.add("fit", "treated_clusters", self.treated_clusters)
        for m, path in self.paths.items():
            rows.add("fit", "draws_used", np.isfinite(path.indirect_draws).sum(), variable=m)
        for m, path in self.paths.items():
            self._add_sensitivity(rows, m, path)
        table = self.total.tidy(study, spec)
        own = (table["kind"] == "fit") & (table["term"] != "treated_clusters")
        return pd.concat([rows.table(), table[own]], ignore_index=True)

    def _add_path(self, rows: Rows, m: str, path: Path) -> None:
        """Effects along one path."""
        for term, regression, name in (
            ("a", path.first, self.treatment),
            ("direct", path.second, self.treatment),
            ("b", path.second, m),
        ):
            rows.add("effect", term, *regression.numbers(name), variable=m)
        std_error = float(np.nanstd(path.indirect_draws, ddof=1))
        ratio = path.indirect / std_error if std_error > 0 else np.nan
        p_value = percentile_p_value(path.indirect_draws)
        interval = percentiles(path.indirect_draws)
        rows.add("effect", "indirect", path.indirect, std_error, ratio, p_value, *interval, variable=m)
        nan = np.nan
        rows.add("effect", "share", path.share, nan, nan, nan, *percentiles(path.share_draws), variable=m)
        z = path.indirect / path.sobel if path.sobel > 0 else np.nan
        rows.add("test", "sobel", z, np.nan, z, 2 * ndtr(-abs(z)), variable=m)

    def _add_sensitivity(self, rows: Rows, m: str, path: Path) -> None:
        """The indirect effect by correlation of the errors, and where it is zero."""
        if path.sensitivity is None:
            return
        effects, at_zero = path.sensitivity.effects, path.sensitivity.at_zero
        for j, rho in enumerate(self.correlations):
            own, drawn = effects[0, j], effects[1:, j]
            error = float(np.nanstd(drawn, ddof=1))
            ratio = own / error if error > 0 else np.nan
            numbers = (own, error, ratio, percentile_p_value(drawn), *percentiles(drawn))
            rows.add("effect", "acme", *numbers, variable=m, group=f"{rho:g}")
        nan, zero = np.nan, float(at_zero[0])
        rows.add("effect", "rho_at_zero", zero, nan, nan, nan, *percentiles(at_zero[1:]), variable=m)
        rest = (1 - path.first.r2) * (1 - path.second.r2)
        rows.add("fit", "r2_star_at_zero", zero**2, variable=m)
        rows.add("fit", "r2_tilde_at_zero", zero**2 * rest, variable=m)


def _add_equation(rows: Rows, regression: TwfeFit, equation: str, other: str | None = None) -> None:
    """Every coefficient of one equation."""
    for name in regression.names:
        of = {"variable": None if name == CONSTANT else name, "equation": equation, "other": other}
        rows.add("coefficient", name, *regression.numbers(name), **of)


@dataclass(frozen=True)
class Equations:
    """The three equations of each mediator, estimated on one common sample.

    Attributes
    ----------
    sample : what all of them use
    treatment : name of d
    total : the outcome on the treatment
    paths : mediator to its own equation, and the outcome's with it
    unit : column whose levels are resampled whole
    without_mediator : rows left out because a mediator is missing
    study, spec, seed : what the draws are seeded by
    step : of the grid of correlations of the sensitivity; None: none
    """

    sample: Sample
    treatment: str
    total: TwfeFit
    paths: Mapping[str, tuple[TwfeFit, TwfeFit]]
    unit: str
    without_mediator: int
    study: str
    spec: str
    seed: int
    step: float | None = None

    def drawer(self) -> Callable[[range], pd.DataFrame]:
        """A function that makes some resamples: a row each, columns as :func:`_flat` calls them."""
        products, clusters = self._products()

        def draw(draws: range) -> pd.DataFrame:
            generators = (
                random_draws.generator(self.study, self.spec, number, seed=self.seed) for number in draws
            )
            return _flat(products(resampled_counts(clusters, generators)))

        return draw

    def _products(self) -> tuple[Callable[[Array], Array], Codes]:
        """What makes cross products of treatment, mediators and outcome from counts of the clusters; and the clusters."""
        controls = [name for name in self.total.names[:-1] if name != self.treatment]
        names = [*controls, self.treatment, *self.paths, self.total.outcome]
        columns, clusters = numbers(self.sample.frame, names), codes_of(self.sample.frame, self.unit)
        return resampler(columns, len(controls), self.sample.absorb, clusters, self.sample.weights), clusters

    def _sensitivities(self, reduced: Array, correlations: Array) -> list[Sensitivity | None]:
        """Of each mediator, in the sample (first) and in the draws."""
        if not len(correlations):
            return [None] * len(self.paths)
        products, clusters = self._products()
        whole = products(np.ones((1, int(clusters.max()) + 1)))
        both = np.concatenate([whole, reduced])
        return [
            sensitivity(both[:, [0, m, -1]][:, :, [0, m, -1]], correlations)
            for m in range(1, len(self.paths) + 1)
        ]

    def fitted(self, drawn: pd.DataFrame) -> MediationFit:
        """All of them, with the indirect effect's error from the draws."""
        context, reduced = context_of(self.spec), _unflat(drawn)
        paths = {}
        correlations = np.empty(0) if self.step is None else grid(self.step)
        found = self._sensitivities(reduced, correlations)
        for number, (m, (first, second)) in enumerate(self.paths.items(), start=1):
            path = _path(self.total, first, second, self.treatment, m, *_drawn(reduced, number), context)
            solved = int(np.isfinite(path.indirect_draws).sum())
            if solved < len(drawn) / 2:
                raise EstimationError(
                    f"{context}only {solved} of {len(drawn)} draws can be estimated for {m!r}: the treatment varies in "
                    f"too few levels of {self.unit!r}; widen the sample or cluster by a column with more levels"
                )
            paths[m] = replace(path, sensitivity=found[number - 1])
        treated = _treated(self.sample.frame, self.treatment, self.unit, context)
        return MediationFit(self.treatment, self.total, paths, self.without_mediator, treated, correlations)


def _flat(products: Array) -> pd.DataFrame:
    """(draws, k, k) cross products as columns ``0_0``, ``0_1``, …, by row and column of each."""
    k = products.shape[1]
    return pd.DataFrame({f"{i}_{j}": products[:, i, j] for i in range(k) for j in range(k)})


def _unflat(drawn: pd.DataFrame) -> Array:
    """The (draws, k, k) array that :func:`_flat` made columns of."""
    k = math.isqrt(drawn.shape[1])
    products: Array = drawn.to_numpy(dtype=float).reshape(len(drawn), k, k)
    return products


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    mediators: Sequence[str],
    treatment: str,
    controls: Sequence[str] = (),
    absorb: Sequence[str] = ("city", "year"),
    cluster: str | None = "city",
    weights: str | None = None,
    draws: int = 500,
    key: Sequence[str] = ("city", "year"),
    study: str = "",
    spec: str = "",
    seed: int = 0,
    step: float | None = None,
    inference: Inferred | None = None,
) -> MediationFit:
    """Estimate the three equations for each mediator on one common sample.

    Parameters
    ----------
    frame : one row a city-year; a mediator may be missing, then the row is left out of all equations
    mediators : columns, each taken by itself
    cluster : column whose levels are resampled whole; None resamples the key's first column
    draws : resamples
    study, spec, seed : what the draws are seeded by; draw number i is the same however many there are
    step : of the grid of correlations at which the sensitivity is computed; None: it is not
    outcome, treatment, controls, absorb, weights, key, inference : as :func:`nianjian.estimators.twfe.fit`
        ``inference`` is that of the coefficients of the equations; the indirect effect has its resamples.

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.twfe.fit` does; if a mediator has no variation of its own beside
        treatment and controls, or fewer than half of the draws can be estimated.

    Notes
    -----
    Draws are those of :mod:`nianjian.numerics.resampling`: clusters with replacement, every fixed effect
    estimated anew.
    """
    one = equations(
        frame,
        outcome=outcome,
        mediators=mediators,
        treatment=treatment,
        controls=controls,
        absorb=absorb,
        cluster=cluster,
        weights=weights,
        key=key,
        study=study,
        spec=spec,
        seed=seed,
        step=step,
        inference=inference,
    )
    make = one.drawer()
    drawn = [make(block) for block in blocks(range(draws), DRAWS_AT_ONCE)]
    return one.fitted(pd.concat(drawn, ignore_index=True))


def equations(
    frame: pd.DataFrame,
    *,
    outcome: str,
    mediators: Sequence[str],
    treatment: str,
    controls: Sequence[str] = (),
    absorb: Sequence[str] = ("city", "year"),
    cluster: str | None = "city",
    weights: str | None = None,
    key: Sequence[str] = ("city", "year"),
    study: str = "",
    spec: str = "",
    seed: int = 0,
    step: float | None = None,
    inference: Inferred | None = None,
) -> Equations:
    """The equations, from which any of the draws can be made; parameters and errors as :func:`fit`."""
    context = context_of(spec)
    frame, missing = _common(frame, mediators, context)
    options: Options = {
        "absorb": absorb,
        "cluster": cluster,
        "weights": weights,
        "key": key,
        "spec": spec,
    }
    base = [treatment, *controls]
    total = _regress(frame, outcome, base, treatment, options, inference, context)
    paths = {m: _equations(frame, outcome, base, m, options, inference, context) for m in mediators}
    sample = prepare(frame, outcome=outcome, regressors=[*base, *mediators], **options)
    unit = cluster if cluster is not None else key[0]
    return Equations(sample, treatment, total, paths, unit, missing, study, spec, seed, step)


def _common(frame: pd.DataFrame, mediators: Sequence[str], context: str) -> tuple[pd.DataFrame, int]:
    """Rows that have every mediator, and how many have not."""
    present = [m for m in mediators if m in frame]
    whole = frame[present].notna().all(axis=1)
    missing = int((~whole).sum())
    if missing:
        counts = ", ".join(f"{m} {int(frame[m].isna().sum())}" for m in present)
        logging.warning("%s%d rows lack a mediator (%s); no equation uses them", context, missing, counts)
    if len(frame) and missing == len(frame):
        raise EstimationError(
            f"{context}no row has a value of all mediators {', '.join(mediators)}; leave out the one that is absent, "
            "or widen the sample"
        )
    return frame[whole], missing


def _regress(
    frame: pd.DataFrame,
    target: str,
    regressors: Sequence[str],
    leading: str,
    options: Options,
    inference: Inferred | None,
    context: str,
) -> TwfeFit:
    """One equation; ``leading`` is the regressor that must not be lost."""
    fitted = twfe.fit(
        frame, outcome=target, regressors=regressors, treatment=leading, inference=inference, **options
    )
    if leading in fitted.without_std_error:
        raise EstimationError(f"{context}{twfe.no_std_error(leading, fitted.clusters)}")
    return fitted


def _equations(
    frame: pd.DataFrame,
    outcome: str,
    base: Sequence[str],
    m: str,
    options: Options,
    inference: Inferred | None,
    context: str,
) -> tuple[TwfeFit, TwfeFit]:
    """The mediator's equation, and the outcome's with it; ``base`` is the treatment and the controls."""
    try:
        # Controls go before the mediator: one that equals them is an error, not a control less.
        return (
            _regress(frame, m, base, base[0], options, inference, context),
            _regress(frame, outcome, [*base, m], m, options, inference, context),
        )
    except EstimationError as error:
        told = str(error).removeprefix(context).replace(f"treatment {m!r}", repr(m))
        raise EstimationError(
            f"{context}mediator {m!r}: {told}; a mediator needs variation of its own, else take it out of "
            "`mediators`"
        ) from error


def _drawn(reduced: Array, mediator: int) -> tuple[Array, Array]:
    """Indirect effect and its share in each draw; columns are treatment, mediators, outcome."""
    d_d, d_m, d_y = reduced[:, 0, 0], reduced[:, 0, mediator], reduced[:, 0, -1]
    m_m, m_y = reduced[:, mediator, mediator], reduced[:, mediator, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        alone = m_m - d_m**2 / d_d
        solid = (d_d > COLLINEAR * d_d.max()) & (alone > COLLINEAR * m_m)
        a = d_m / d_d
        b = (m_y - d_m * d_y / d_d) / alone
        indirect = np.where(solid, a * b, np.nan)
        share = np.where(solid & (d_y != 0), a * b / (d_y / d_d), np.nan)
    return indirect, share


def _path(
    total: TwfeFit,
    first: TwfeFit,
    second: TwfeFit,
    treatment: str,
    mediator: str,
    indirect_draws: Array,
    share_draws: Array,
    context: str,
) -> Path:
    c, _ = total.estimate(treatment)
    a, variance_a = first.estimate(treatment)
    b, variance_b = second.estimate(mediator)
    direct, _ = second.estimate(treatment)
    gap = float(c - direct - a * b)
    if abs(gap) > 1e-10 * max(abs(c), abs(direct), abs(a * b)):
        raise EstimationError(
            f"{context}total {c:.12g} differs from direct {direct:.12g} plus indirect {a * b:.12g} for "
            f"{mediator!r}; controls are nearly collinear: leave one out"
        )
    return Path(
        first=first,
        second=second,
        a=float(a),
        direct=float(direct),
        b=float(b),
        indirect=float(a * b),
        share=float(a * b / c) if c else float("nan"),
        sobel=float(np.sqrt(a**2 * variance_b + b**2 * variance_a)),
        gap=gap,
        indirect_draws=indirect_draws,
        share_draws=share_draws,
    )


def _treated(frame: pd.DataFrame, treatment: str, unit: str, context: str) -> float:
    """Clusters with a treated row; NaN without a treatment of zeros and ones."""
    values = frame[treatment].to_numpy(dtype=float)
    if not np.isin(values, (0, 1)).all():
        return float("nan")
    treated = frame.loc[values == 1, unit].nunique()
    if treated == 1:
        logging.warning("%sonly one %s is treated; its clustered standard error means nothing", context, unit)
    return float(treated)
