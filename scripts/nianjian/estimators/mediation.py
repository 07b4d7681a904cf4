"""Mediation in three equations, with the indirect effect's own error.

total:   y = c d + x'g + effects + e
a[m]:    m = a d + x'g + effects + e
b[m]:    y = c' d + b m + x'g + effects + e

On one sample c = c' + a b exactly. Each mediator is taken by itself.

The product a b has a causal meaning only under sequential ignorability: given controls and effects the
mediator is as good as random among cities with the same treatment. Nothing here tests that; read the rows as
a description.

References
----------
Baron, R. M. & Kenny, D. A. (1986). The moderator-mediator variable distinction. JPSP 51: the three equations.
Sobel, M. E. (1982). Asymptotic confidence intervals for indirect effects. Sociological Methodology 13.
Imai, K., Keele, L. & Yamamoto, T. (2010). Identification, inference and sensitivity analysis for causal
mediation effects. Statistical Science 25.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from nianjian.errors import EstimationError
from nianjian.estimators import draws as random_draws
from nianjian.estimators import twfe
from nianjian.estimators.twfe import LEVEL, Array, Codes, Effect, Rows, TwfeFit

MOST_DUMMIES = 120
"""Levels of effects beside the cities' up to which draws are made from cross products; beyond, one by one."""


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
    sobel : error of a b by the delta method
    gap : c - c' - a b
    indirect_draws, share_draws : of the resamples
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
    """

    treatment: str
    total: TwfeFit
    paths: Mapping[str, Path]
    without_mediator: int
    treated_clusters: float

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the ``ESTIMATES`` schema.

        ``effect``: ``total``, ``a[m]``, ``direct[m]``, ``b[m]`` with errors and t from the regressions;
        ``indirect[m]`` with the resamples' standard deviation, percentile interval and two-sided
        percentile p-value; ``share[m]``, the indirect over the total effect, with a percentile interval (no
        error: a ratio's may not exist). ``test``: ``sobel[m]``, z. ``coefficient``: every regressor as
        ``total:x``, ``a[m]:x``, ``b[m]:x``. ``fit``: those of the total regression,
        ``r2:a[m]``, ``r2_within:a[m]``, ``dep_mean:a[m]``, ``r2:b[m]``, ``r2_within:b[m]``,
        ``identity_gap`` (largest |total - direct - a b|), ``nobs_without_mediator``, ``draws_used[m]`` and
        ``treated_clusters``.
        """
        rows = Rows(study, spec)

        def effect(term: str, regression: TwfeFit, name: str) -> None:
            j = regression.names.index(name)
            variance = regression.vcov[j, j]
            rows.add_estimate("effect", term, regression.params[j], variance, regression.df_resid)

        effect("total", self.total, self.treatment)

        equations = {"total": self.total}
        for m, path in self.paths.items():
            effect(f"a[{m}]", path.first, self.treatment)
            effect(f"direct[{m}]", path.second, self.treatment)
            effect(f"b[{m}]", path.second, m)
            indirect = percentiles(path.indirect_draws)
            error = float(np.nanstd(path.indirect_draws, ddof=1))
            ratio = path.indirect / error if error > 0 else np.nan
            p_value = percentile_p_value(path.indirect_draws)
            rows.add("effect", f"indirect[{m}]", path.indirect, error, ratio, p_value, *indirect)
            share = percentiles(path.share_draws)
            rows.add("effect", f"share[{m}]", path.share, np.nan, np.nan, np.nan, *share)
            z = path.indirect / path.sobel if path.sobel > 0 else np.nan
            rows.add("test", f"sobel[{m}]", z, np.nan, z, 2 * ndtr(-abs(z)))
            equations |= {f"a[{m}]": path.first, f"b[{m}]": path.second}
        for equation, regression in equations.items():
            for j, name in enumerate(regression.names):
                variance = regression.vcov[j, j]
                estimate = regression.params[j]
                term = f"{equation}:{name}"
                rows.add_estimate("coefficient", term, estimate, variance, regression.df_resid)
            if equation != "total":
                names = ("r2", "r2_within", *(("dep_mean",) if equation.startswith("a[") else ()))
                for name in names:
                    rows.add("fit", f"{name}:{equation}", getattr(regression, name))
        rows.add("fit", "identity_gap", max(abs(path.gap) for path in self.paths.values()))
        rows.add("fit", "nobs_without_mediator", self.without_mediator)
        rows.add("fit", "treated_clusters", self.treated_clusters)
        for m, path in self.paths.items():
            rows.add("fit", f"draws_used[{m}]", np.isfinite(path.indirect_draws).sum())
        table = self.total.tidy(study, spec)
        own = (table["kind"] == "fit") & (table["term"] != "treated_clusters")
        return pd.concat([rows.table(), table[own]], ignore_index=True)


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    mediators: Sequence[str],
    treatment: str,
    controls: Sequence[str] = (),
    effects: Sequence[str] = ("city", "year"),
    cluster: str | None = "city",
    weights: str | None = None,
    draws: int = 500,
    key: Sequence[str] = ("city", "year"),
    study: str = "",
    spec: str = "",
    seed: int = 0,
) -> MediationFit:
    """Estimate the three equations for each mediator on one common sample.

    Parameters
    ----------
    frame : one row a city-year; a mediator may be missing, then the row is left out of all equations
    mediators : columns, each taken by itself
    cluster : column whose levels are resampled whole; None resamples the key's first column
    draws : resamples
    study, spec, seed : what the draws are seeded by; draw number i is the same however many there are
    outcome, treatment, controls, effects, weights, key : as :func:`nianjian.estimators.twfe.fit`

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.twfe.fit` does; if there is no mediator, a mediator has no variation of
        its own beside treatment and controls, errors are clustered two ways, draws is below two, or fewer
        than half of the draws can be estimated.

    Notes
    -----
    A draw takes clusters with replacement and estimates every effect anew: a city drawn twice is two
    cities. A city's own effects are the same in each copy, so a draw is a weighted sum of the clusters' cross
    products freed of them, from which year effects and controls are then eliminated. That is exact.
    """
    where = f"spec {spec!r}: " if spec else ""
    mediators = [mediators] if isinstance(mediators, str) else list(mediators)
    if not mediators:
        raise EstimationError(f"{where}there is no mediator; declare one")
    if cluster is not None and not isinstance(cluster, str):
        raise EstimationError(
            f"{where}cluster {list(cluster)}: clusters are resampled whole, so there can be one way only"
        )
    if draws < 2:
        raise EstimationError(f"{where}draws {draws}: at least two are needed, 500 are usual")
    frame, missing = _common(frame, mediators, where)
    options = {"effects": effects, "cluster": cluster, "weights": weights, "key": key, "spec": spec}

    def regress(target: str, regressors: Sequence[str], lead: str) -> TwfeFit:
        fitted = twfe.fit(frame, outcome=target, regressors=regressors, treatment=lead, **options)
        if lead in fitted.without_error:
            raise EstimationError(f"{where}{twfe.no_error(lead, fitted.clusters)}")
        return fitted

    def equations_of(m: str) -> tuple[TwfeFit, TwfeFit]:
        try:
            # Controls go before the mediator: one that equals them is an error, not a control less.
            return regress(m, base, treatment), regress(outcome, [*base, m], m)
        except EstimationError as error:
            told = str(error).removeprefix(where).replace(f"treatment {m!r}", repr(m))
            raise EstimationError(
                f"{where}mediator {m!r}: {told}; a mediator needs variation of its own, else take it out of "
                "`mediators`"
            ) from error

    base = [treatment, *controls]
    total = regress(outcome, base, treatment)
    equations = {m: equations_of(m) for m in mediators}
    sample = twfe.prepare(frame, outcome=outcome, regressors=[*base, *mediators], **options)
    unit = cluster if cluster is not None else key[0]
    used = [name for name in total.names[:-1] if name != treatment]
    columns = twfe.numbers(sample.frame, [*used, treatment, *mediators, outcome])
    counts = resampled_counts(twfe.codes_of(sample.frame, unit), draws, study, spec, seed)
    reduced = resampled_products(
        columns, len(used), sample.effects, twfe.codes_of(sample.frame, unit), sample.weights, counts
    )
    paths = {}
    for number, (m, (first, second)) in enumerate(equations.items(), start=1):
        path = _path(total, first, second, treatment, m, *_drawn(reduced, number), where)
        solved = int(np.isfinite(path.indirect_draws).sum())
        if solved < draws / 2:
            raise EstimationError(
                f"{where}only {solved} of {draws} draws can be estimated for {m!r}: the treatment varies in "
                f"too few levels of {unit!r}; widen the sample or cluster by a column with more levels"
            )
        paths[m] = path
    values = sample.frame[treatment].to_numpy(dtype=float)
    binary = bool(np.isin(values, (0, 1)).all())
    treated = sample.frame.loc[values == 1, unit].nunique() if binary else np.nan
    if treated == 1:
        logging.warning("%sonly one %s is treated; its clustered error means nothing", where, unit)
    return MediationFit(treatment, total, paths, missing, float(treated))


def percentiles(draws: Array) -> tuple[float, float]:
    """Ends of the 95 % percentile interval; draws that are NaN don't count."""
    low, high = np.nanquantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def percentile_p_value(draws: Array) -> float:
    """Twice the smaller share of draws on one side of zero, zero counted on both; at least 2 / (B + 1)."""
    solved = draws[np.isfinite(draws)]
    fewer = min((solved <= 0).sum(), (solved >= 0).sum())
    return min(1.0, 2 * (fewer + 1) / (len(solved) + 1))


def resampled_counts(codes: Codes, draws: int, study: str, spec: str, seed: int) -> Array:
    """How often each of G clusters is drawn, (draws, G)."""
    groups = int(codes.max()) + 1
    counts = np.empty((draws, groups))
    for draw in range(draws):
        rng = random_draws.generator(study, spec, draw, seed=seed)
        counts[draw] = np.bincount(rng.integers(groups, size=groups), minlength=groups)
    return counts


def resampled_products(
    columns: Array,
    nuisance: int,
    effects: Sequence[Effect],
    clusters: Codes,
    weights: Array,
    counts: Array,
) -> Array:
    """Cross products of each resample, freed of the fixed effects and of the first ``nuisance`` columns.

    Parameters
    ----------
    columns : (n, k) array
    effects : codes of the fixed effects, estimated anew in every draw
    clusters : (n,) codes of what is resampled whole
    weights : (n,) array
    counts : (draws, G) how often each cluster is drawn

    Returns
    -------
    (draws, k - nuisance, k - nuisance) array
    """
    sizes = np.sqrt(weights @ twfe.partial_out(columns, effects, weights) ** 2)
    columns = columns / np.where(sizes > 0, sizes, 1)
    sizes_of = [twfe.design(effect, weights).size for effect in effects]
    nested = [j for j, effect in enumerate(effects) if twfe.is_nested(twfe.levels_of(effect), clusters)]
    largest = max(nested, key=lambda j: sizes_of[j], default=None)
    own = None if largest is None else effects[largest]
    others = [effect for j, effect in enumerate(effects) if j != largest]
    others = others or ([] if own is not None else [clusters * 0])
    if sum(size for j, size in enumerate(sizes_of) if j != largest) > MOST_DUMMIES:
        products = _one_by_one(columns, effects, clusters, weights, counts)
    else:
        products = _from_clusters(columns, own, others, clusters, weights, counts)
    kept = _eliminated(products, nuisance, np.ones(len(products)))
    scale = np.where(sizes > 0, sizes, 1)[nuisance:]
    return kept * np.outer(scale, scale)


def _one_by_one(
    columns: Array, effects: Sequence[Effect], clusters: Codes, weights: Array, counts: Array
) -> Array:
    products = []
    for count in counts:
        there = count[clusters] > 0
        w = (weights * count[clusters])[there]
        within = twfe.partial_out(columns[there], [twfe.subset(each, there) for each in effects], w)
        products.append((within * w[:, None]).T @ within)
    return np.stack(products)


def _from_clusters(
    columns: Array,
    own: Effect | None,
    others: Sequence[Effect],
    clusters: Codes,
    weights: Array,
    counts: Array,
) -> Array:
    """Cross products of each draw from those of the clusters, freed of the effects."""
    dummies = [twfe.design(effect, weights).dense() for effect in others]
    z = np.column_stack([*dummies, columns])
    r = z.shape[1] - columns.shape[1]
    mass = np.zeros((counts.shape[1], max(r, 1)))
    if r:
        np.add.at(mass, clusters, z[:, :r] ** 2 * weights[:, None])
    if own is not None:
        z = twfe.partial_out(z, [own], weights)
    root = z * np.sqrt(weights)[:, None]
    order = np.argsort(clusters, kind="stable")
    bounds = np.flatnonzero(np.diff(clusters[order])) + 1
    blocks = np.stack([block.T @ block for block in np.split(root[order], bounds)])
    k = z.shape[1]
    products = (counts @ blocks.reshape(len(blocks), -1)).reshape(len(counts), k, k)
    return _eliminated(products, r, (counts @ mass).max(axis=1))


def _eliminated(products: Array, first: int, scale: Array) -> Array:
    """Schur complements after the first columns; directions below 1e-10 of ``scale`` are rounding."""
    if not first:
        return products
    inner, across = products[:, :first, :first], products[:, :first, first:]
    eigenvalues, vectors = np.linalg.eigh(inner)
    solid = eigenvalues > 1e-10 * scale[:, None]
    inverse = np.where(solid, 1 / np.where(solid, eigenvalues, 1), 0)
    turned = np.swapaxes(vectors, 1, 2) @ across
    return products[:, first:, first:] - np.swapaxes(turned, 1, 2) @ (inverse[:, :, None] * turned)


def _drawn(reduced: Array, mediator: int) -> tuple[Array, Array]:
    """Indirect effect and its share in each draw; columns are treatment, mediators, outcome."""
    d_d, d_m, d_y = reduced[:, 0, 0], reduced[:, 0, mediator], reduced[:, 0, -1]
    m_m, m_y = reduced[:, mediator, mediator], reduced[:, mediator, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        alone = m_m - d_m**2 / d_d
        solid = (d_d > twfe.COLLINEAR * d_d.max()) & (alone > twfe.COLLINEAR * m_m)
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
    where: str,
) -> Path:
    c = total.params[total.names.index(treatment)]
    at_a, at_b = first.names.index(treatment), second.names.index(mediator)
    a, b = first.params[at_a], second.params[at_b]
    direct = second.params[second.names.index(treatment)]
    gap = float(c - direct - a * b)
    if abs(gap) > 1e-10 * max(abs(c), abs(direct), abs(a * b)):
        raise EstimationError(
            f"{where}total {c:.12g} differs from direct {direct:.12g} plus indirect {a * b:.12g} for "
            f"{mediator!r}; controls are nearly collinear: leave one out"
        )
    sobel = np.sqrt(a**2 * second.vcov[at_b, at_b] + b**2 * first.vcov[at_a, at_a])
    return Path(
        first=first,
        second=second,
        a=float(a),
        direct=float(direct),
        b=float(b),
        indirect=float(a * b),
        share=float(a * b / c) if c else float("nan"),
        sobel=float(sobel),
        gap=gap,
        indirect_draws=indirect_draws,
        share_draws=share_draws,
    )


def _common(frame: pd.DataFrame, mediators: Sequence[str], where: str) -> tuple[pd.DataFrame, int]:
    """Rows that have every mediator, and how many have not."""
    present = [m for m in mediators if m in frame]
    whole = frame[present].notna().all(axis=1)
    missing = int((~whole).sum())
    if missing:
        counts = ", ".join(f"{m} {int(frame[m].isna().sum())}" for m in present)
        logging.warning("%s%d rows lack a mediator (%s); no equation uses them", where, missing, counts)
    if len(frame) and missing == len(frame):
        raise EstimationError(
            f"{where}no row has a value of all mediators {', '.join(mediators)}; leave out the one that is absent, "
            "or widen the sample"
        )
    return frame[whole], missing
