"""Placebo tests of a staggered policy: the effect of treatments that were never given.

Two-way fixed effects are partialled out of outcome and controls once; the treatment columns of all draws
are one matrix, so that the coefficients are one matrix product and the clustered errors another. Every
number is what :func:`nianjian.estimators.twfe.fit` gives for that draw's treatment.

References
----------
Chetty, R., Looney, A. & Kroft, K. (2009). Salience and taxation. AER 99 (placebo distribution).
Young, A. (2019). Channeling Fisher: randomization tests and the statistical insignificance of seemingly
significant experimental results. QJE 134 (randomisation of the coefficient and of the t-statistic).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, stdtr

from nianjian.errors import EstimationError
from nianjian.estimators import draws as random_draws
from nianjian.estimators import twfe

Array = NDArray[np.float64]
Scheme = Literal["permute", "simple", "in_time"]
FIRST = "first_treated_year"
BLOCK = 2**18
"""Numbers of a treatment matrix that are worked on at a time: they fit a processor's cache."""
TIE = 1e-10
"""A draw this close to the estimate, relatively, is as large as it: a draw may be the true assignment."""


@dataclass(frozen=True)
class Placebo:
    """The estimate beside those of D random assignments.

    Attributes
    ----------
    fit : the regression on the true treatment
    treatment : its name
    estimates, std_errors, t, p_values : (D,) arrays, one number a draw
    df : degrees of freedom of t
    p_two_sided : (1 + #{|b*| >= |b|}) / (1 + D), the randomisation p-value of the coefficient
    p_t : the same with the t-statistic for b; robust where errors differ from draw to draw
    p_upper : (1 + #{b* >= b}) / (1 + D)
    pseudo_treated, pseudo_controls : number of cities with and without an adoption year in each draw
    assignments : how many different ones there are to draw from; not counted beyond 1e300
    """

    fit: twfe.TwfeFit
    treatment: str
    estimates: Array
    std_errors: Array
    t: Array
    p_values: Array
    df: int
    p_two_sided: float
    p_t: float
    p_upper: float
    pseudo_treated: int
    pseudo_controls: int
    assignments: float

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the ``ESTIMATES`` schema.

        The rows of the true fit; a ``draw`` row ``draw[1]``, ``draw[2]``, ... a draw; ``test`` rows
        ``randomisation``, ``randomisation_t`` and ``randomisation_upper``, whose estimate is the observed
        coefficient or t; ``fit`` rows ``draws, mean_draw, sd_draw, share_significant_5`` (of the draws with
        p < 0.05; about .05 if the errors are right), ``pseudo_treated, pseudo_controls`` (cities in a draw),
        and ``few_assignments``, how many there are, where they are fewer than the draws.
        """
        j = self.fit.names.index(self.treatment)
        observed, t = self.fit.params[j], self.fit.t[j]
        rows = twfe.Rows(study, spec)
        numbers = zip(self.estimates, self.std_errors, self.t, self.p_values, strict=True)
        for d, (b, se, t_d, p) in enumerate(numbers, start=1):
            rows.add("draw", f"draw[{d}]", b, se, t_d, p, np.nan, np.nan, self.df)
        rows.add("test", "randomisation", observed, np.nan, observed, self.p_two_sided)
        rows.add("test", "randomisation_t", t, np.nan, t, self.p_t)
        rows.add("test", "randomisation_upper", observed, np.nan, observed, self.p_upper)
        many = len(self.estimates) > 1
        rows.add("fit", "draws", len(self.estimates))
        rows.add("fit", "mean_draw", self.estimates.mean())
        rows.add("fit", "sd_draw", self.estimates.std(ddof=1) if many else np.nan)
        rows.add("fit", "share_significant_5", (self.p_values < 0.05).mean())
        rows.add("fit", "pseudo_treated", self.pseudo_treated)
        rows.add("fit", "pseudo_controls", self.pseudo_controls)
        if self.assignments < len(self.estimates):
            rows.add("fit", "few_assignments", self.assignments)
        return pd.concat([self.fit.tidy(study, spec), rows.table()], ignore_index=True)


@dataclass(frozen=True)
class InTime:
    """The estimate beside those of adoption years moved ahead, on the years before treatment.

    Attributes
    ----------
    fit : the regression on the true treatment
    treatment : its name
    leads : years by which adoption was moved ahead
    fits : a regression a lead, on untreated city-years only
    """

    fit: twfe.TwfeFit
    treatment: str
    leads: tuple[int, ...]
    fits: tuple[twfe.TwfeFit, ...]

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the ``ESTIMATES`` schema: those of the true fit, a ``coefficient`` row ``lead[k]`` a lead,
        and ``fit`` rows ``nobs_lead[k]``."""
        rows = twfe.Rows(study, spec)
        for lead, fitted in zip(self.leads, self.fits, strict=True):
            j = fitted.names.index(self.treatment)
            rows.add_estimate(
                "coefficient", f"lead[{lead}]", fitted.params[j], fitted.vcov[j, j], fitted.df_resid
            )
            rows.add("fit", f"nobs_lead[{lead}]", fitted.nobs)
        return pd.concat([self.fit.tidy(study, spec), rows.table()], ignore_index=True)


def run(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    controls: Sequence[str] = (),
    effects: Sequence[str] = ("city", "year"),
    cluster: str | Sequence[str] | None = "city",
    weights: str | None = None,
    scheme: Scheme = "permute",
    draws: int = 500,
    treated: int | None = None,
    leads: Sequence[int] = (),
    seed: int = 0,
    first_year: str = FIRST,
    key: tuple[str, str] = ("city", "year"),
    study: str = "",
    spec: str = "",
) -> Placebo | InTime:
    """Estimate the effect of a policy and of made-up assignments of it.

    Parameters
    ----------
    frame, outcome, controls, effects, weights : as :func:`nianjian.estimators.twfe.fit` takes them
    treatment : 0/1 column that is one from ``first_year`` on
    cluster : one column, or None for the conventional covariance
    scheme : how adoption years are made up
        ``permute`` gives the cities' adoption years, and never, to the cities in random order: cohorts keep
        their size and years, which is the randomisation test of a staggered policy. ``simple`` draws
        ``treated`` cities without replacement and gives each an adoption year. ``in_time`` moves every
        adoption year ahead by each of ``leads`` and leaves out the treated city-years.
    draws : number of random assignments (``permute``, ``simple``)
    treated : number of pseudo-treated cities (``simple``); None: as many as are treated
    leads : years (``in_time``)
    seed, study, spec : what the random numbers depend on; ``spec`` also names the specification in messages
    first_year : column with a city's first treated year, missing if it has none
    key : columns of the city and of the year

    Raises
    ------
    EstimationError
        Where the regression on the true treatment raises it; if an option is unknown or out of range, a
        city has two first treated years, the treatment is not one exactly from that year on, errors are to
        be clustered in two ways, there is one possible assignment only, or the treatment of a draw has no
        variation of its own.

    Notes
    -----
    ASSUME: a city whose first treated year lies after the last year of the sample is never treated.
    ASSUME: the papers do not say when pseudo-treated cities adopt; ``simple`` draws each one's adoption year
    with replacement from those of the treated cities.
    With one treated city the draws' coefficients are a valid reference, their clustered errors are not.
    """
    where = f"spec {spec!r}: " if spec else ""
    _check_options(scheme, draws, treated, leads, cluster, where)
    fitted = twfe.fit(
        frame,
        outcome=outcome,
        regressors=[treatment, *controls],
        effects=effects,
        cluster=cluster,
        weights=weights,
        treatment=treatment,
        key=key,
        spec=spec,
    )
    _check_adoption(frame, treatment, first_year, key, where)
    if scheme == "in_time":
        options = {"outcome": outcome, "effects": effects, "cluster": cluster, "weights": weights, "key": key}
        return _in_time(frame, fitted, treatment, controls, leads, first_year, options, where)

    panel = _Panel.of(frame, outcome, treatment, controls, effects, cluster, weights, key)
    first = _adoption(panel.frame, first_year, key)
    if treated is not None and treated > len(first):
        raise EstimationError(
            f"{where}treated is {treated}, but the sample has {len(first)} cities; write a smaller `treated`"
        )
    adoption = assign(first, draws=draws, scheme=scheme, treated=treated, seed=seed, study=study, spec=spec)
    width = max(1, BLOCK // panel.n)
    parts = [
        panel.coefficients(adoption[:, start : start + width], start, where)
        for start in range(0, draws, width)
    ]
    possible = assignments(first, scheme=scheme, treated=treated)
    if possible < 2:
        raise EstimationError(
            f"{where}scheme {scheme} has one possible assignment only: every draw is the same; keep cities "
            "that are never treated, or that adopt in other years, in the sample, or use scheme in_time"
        )
    if possible < draws:
        logging.warning(
            "%s%d draws of %.0f possible assignments: p-values below %.3f cannot be reached",
            *(where, draws, possible, 1 / possible),
        )
    b, se = (np.concatenate(part) for part in zip(*parts, strict=True))
    t = b / se
    j = fitted.names.index(treatment)
    return Placebo(
        fit=fitted,
        treatment=treatment,
        estimates=b,
        std_errors=se,
        t=t,
        p_values=2 * stdtr(panel.df, -np.abs(t)),
        df=panel.df,
        p_two_sided=_share(np.abs(b), abs(fitted.params[j])),
        p_t=_share(np.abs(t), abs(fitted.t[j])) if np.isfinite(fitted.t[j]) else float("nan"),
        p_upper=_share(b, fitted.params[j]),
        pseudo_treated=int(np.isfinite(adoption[:, 0]).sum()),
        pseudo_controls=int(np.isinf(adoption[:, 0]).sum()),
        assignments=possible,
    )


def assign(
    first: Array,
    *,
    draws: int,
    scheme: Scheme = "permute",
    treated: int | None = None,
    seed: int = 0,
    study: str = "",
    spec: str = "",
) -> Array:
    """Adoption years of all draws.

    Parameters
    ----------
    first : (N,) array
        First treated year of each city in the order of their codes, ``inf`` if it is never treated.
    draws, scheme, treated, seed, study, spec : as in :func:`run`

    Returns
    -------
    (N, draws) array
        Column d depends on seed, study, spec and d only, not on ``draws``.
    """
    observed = first[np.isfinite(first)]
    size = len(observed) if treated is None else treated
    adoption = np.full((len(first), draws), np.inf)
    for d in range(draws):
        rng = random_draws.generator(study, spec, d, seed=seed)
        if scheme == "permute":
            adoption[:, d] = rng.permutation(first)
        else:
            cities = rng.choice(len(first), size=size, replace=False)
            adoption[cities, d] = rng.choice(observed, size=size)
    return adoption


def assignments(first: Array, *, scheme: Scheme = "permute", treated: int | None = None) -> float:
    """How many different assignments :func:`assign` draws from.

    Parameters
    ----------
    first, scheme, treated : as in :func:`assign`

    Returns
    -------
    float
        N! over the product of the cohorts' factorials with ``permute``; with ``simple`` the choices of cities
        times those of their years. Not counted beyond 1e300.
    """
    years, sizes = np.unique(first, return_counts=True)
    if scheme == "permute":
        count = gammaln(len(first) + 1) - gammaln(sizes + 1).sum()
    else:
        size = int(np.isfinite(first).sum()) if treated is None else treated
        count = gammaln(len(first) + 1) - gammaln(size + 1) - gammaln(len(first) - size + 1)
        count += size * np.log(max(np.isfinite(years).sum(), 1))
    return float(np.rint(np.exp(min(count, 690.0))))


@dataclass(frozen=True)
class _Panel:
    """What all draws share: n observations sorted by key, y and k controls without effects.

    ``y`` is free of the controls, ``z`` is (n, k) and orthonormal in the weights, ``factor`` is reghdfe's
    small-sample factor of the variance.
    """

    frame: pd.DataFrame
    n: int
    units: NDArray[np.intp]
    periods: Array
    within: Callable[[Array], Array]
    y: Array
    z: Array
    w: Array | None
    clusters: NDArray[np.intp] | None
    factor: float
    df: int

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        outcome: str,
        treatment: str,
        controls: Sequence[str],
        effects: Sequence[str],
        cluster: str | Sequence[str] | None,
        weights: str | None,
        key: tuple[str, str],
    ) -> _Panel:
        sample = twfe.prepare(
            frame,
            outcome=outcome,
            regressors=[treatment, *controls],
            effects=effects,
            cluster=cluster,
            weights=weights,
            key=key,
        )
        frame, w, n = sample.frame, sample.weights, len(sample.frame)
        values = twfe.numbers(frame, [outcome, *controls])
        values = values - np.average(values, axis=0, weights=w)
        residuals = twfe.partial_out(values, sample.effects, w)
        dropped = twfe.explained(controls, values[:, 1:], residuals[:, 1:], w, effects)
        stay = [j for j, name in enumerate(controls, start=1) if name not in dropped]
        root = np.sqrt(w)[:, None]
        x = residuals[:, stay] * root
        z = np.linalg.qr(x / np.linalg.norm(x, axis=0))[0] / root
        y = residuals[:, 0]
        for _ in range(2):  # the second pass takes out the rounding of the first
            y = y - z @ (z.T @ (w * y))

        k = 1 + len(stay)
        clusters = list(sample.clusters.values())
        absorbed, nested = twfe.absorbed_df(sample.effects, clusters, n)
        df = n - k - absorbed
        factor = 1.0 / df
        if clusters:
            groups = int(clusters[0].max()) + 1
            factor = (n - 1) / (df - (nested > 0)) * groups / (groups - 1)
            df = min(df, groups - 1)
        if weights is None:
            w = None
        within = _within(sample.effects, w)
        units, periods = twfe.codes_of(frame, key[0]), twfe.numbers(frame, [key[1]])
        codes = clusters[0] if clusters else None
        return cls(frame, n, units, periods, within, y, z, w, codes, factor, df)

    def coefficients(self, adoption: Array, start: int, where: str) -> tuple[Array, Array]:
        """Coefficients and standard errors of (N, D) adoption years; ``start`` is the first one's number."""
        d = (self.periods >= adoption[self.units]).astype(float)
        w = 1.0 if self.w is None else self.w[:, None]
        mean = (w * d).sum(axis=0) / self.n
        size = (w * d**2).sum(axis=0) - self.n * mean**2
        x = self.within(d)
        left = (w * x**2).sum(axis=0)
        x -= self.z @ (self.z.T @ (w * x))
        xw = x if self.w is None else w * x
        xx = np.einsum("ij,ij->j", xw, x)
        lost = np.flatnonzero((left <= twfe.COLLINEAR * size) | (xx <= twfe.COLLINEAR * left))
        if lost.size:
            raise EstimationError(
                f"{where}the treatment of draw {start + lost[0] + 1} has no variation of its own beside the "
                "effects and controls; draw fewer treated cities or leave out effects and controls that "
                "explain it"
            )
        b = (self.y @ xw) / xx
        if self.clusters is None:
            yy = self.y @ self.y if self.w is None else self.w @ self.y**2
            return b, np.sqrt(self.factor * (yy - b**2 * xx) / xx)
        score = twfe.group_sums(xw * self.y[:, None], self.clusters) - b * twfe.group_sums(
            xw * x, self.clusters
        )
        return b, np.sqrt(self.factor * np.einsum("ij,ij->j", score, score)) / xx


def _within(effects: Sequence[twfe.Effect], w: Array | None) -> Callable[[Array], Array]:
    """A function that takes the effects out of (n, D) columns; by means where the panel allows it."""
    if any(isinstance(effect, twfe.Trends) for effect in effects):
        return lambda values: twfe.partial_out(values, effects, w)
    codes = effects
    n = len(codes[0]) if codes else 0
    levels = [int(c.max()) + 1 for c in codes]
    balanced = (
        w is None
        and len(codes) == 2
        and levels[0] * levels[1] == n
        and (np.bincount(codes[0] * levels[1] + codes[1], minlength=n) == 1).all()
    )
    if not balanced:
        return lambda values: twfe.partial_out(values, codes, w)
    order = np.lexsort((codes[1], codes[0]))
    in_order = bool((order == np.arange(n)).all())
    back = np.argsort(order)

    def demeaned(values: Array) -> Array:
        cube = (values if in_order else values[order]).reshape(*levels, -1)
        first, second = cube.mean(axis=1, keepdims=True), cube.mean(axis=0, keepdims=True)
        cube = cube - first
        cube -= second - first.mean(axis=0, keepdims=True)
        flat = cube.reshape(n, -1)
        return flat if in_order else flat[back]

    return demeaned


def _in_time(
    frame: pd.DataFrame,
    fitted: twfe.TwfeFit,
    treatment: str,
    controls: Sequence[str],
    leads: Sequence[int],
    first_year: str,
    options: Mapping[str, object],
    where: str,
) -> InTime:
    year = options["key"][1]
    last = frame[year].max()
    untreated = frame[frame[treatment].to_numpy(dtype=float) == 0]
    first = untreated[first_year].to_numpy(dtype=float, na_value=np.nan)
    first = np.where(first <= last, first, np.inf)
    fits = []
    for lead in leads:
        moved = (untreated[year].to_numpy() >= first - lead).astype(float)
        try:
            one = twfe.fit(
                untreated.assign(**{treatment: moved}),
                regressors=[treatment, *controls],
                treatment=treatment,
                **options,
            )
        except EstimationError as error:
            raise EstimationError(f"{where}adoption moved ahead by {lead} years: {error}") from error
        fits.append(one)
    return InTime(fit=fitted, treatment=treatment, leads=tuple(leads), fits=tuple(fits))


def _adoption(frame: pd.DataFrame, first_year: str, key: tuple[str, str]) -> Array:
    """First treated year of each city in the order of their codes, ``inf`` without one in the sample."""
    first = frame.groupby(key[0], sort=True)[first_year].first().to_numpy(dtype=float, na_value=np.nan)
    return np.where(first <= frame[key[1]].max(), first, np.inf)


def _check_options(
    scheme: str,
    draws: int,
    treated: int | None,
    leads: Sequence[int],
    cluster: str | Sequence[str] | None,
    where: str,
) -> None:
    if scheme not in get_args(Scheme):
        raise EstimationError(
            f"{where}scheme {scheme!r} is unknown; write one of {', '.join(get_args(Scheme))}"
        )
    if scheme == "in_time":
        if not leads or any(lead < 1 or lead != int(lead) for lead in leads):
            raise EstimationError(
                f"{where}scheme in_time needs `leads`, whole years of at least 1, not {list(leads)}"
            )
        if len(set(leads)) < len(leads):
            raise EstimationError(f"{where}leads {list(leads)} names a year twice")
        return
    if draws < 1:
        raise EstimationError(f"{where}draws must be at least 1, not {draws}")
    if leads:
        raise EstimationError(f"{where}leads belong to scheme in_time, not to {scheme}")
    if treated is not None and scheme == "permute":
        raise EstimationError(
            f"{where}scheme permute keeps the number of treated cities; leave out `treated` or write "
            "`scheme: simple`"
        )
    if treated is not None and treated < 1:
        raise EstimationError(f"{where}treated must be at least 1, not {treated}")
    if not isinstance(cluster, str) and len(cluster or ()) > 1:
        raise EstimationError(
            f"{where}cluster {list(cluster)}: the draws' errors are clustered by one column; name the one "
            "that treatment is assigned by"
        )


def _check_adoption(
    frame: pd.DataFrame, treatment: str, first_year: str, key: tuple[str, str], where: str
) -> None:
    """The treatment must be what the first treated years say, or reassigning them is no placebo."""
    unit, year = key
    if first_year not in frame:
        raise EstimationError(
            f"{where}the sample has no column {first_year!r}; a placebo reassigns the first treated years of "
            "the study's `treatment`"
        )
    years = frame.groupby(unit)[first_year].nunique(dropna=False)
    if (years > 1).any():
        raise EstimationError(
            f"{where}{unit} {years.index[years > 1][0]} has several values of {first_year!r}; a city adopts "
            "once: check the study's `treatment`"
        )
    first = frame[first_year].to_numpy(dtype=float, na_value=np.nan)
    wrong = (frame[year].to_numpy() >= first) != frame[treatment].to_numpy(dtype=float)
    if wrong.any():
        example = frame.loc[wrong, [unit, year]].iloc[0].to_dict()
        raise EstimationError(
            f"{where}treatment {treatment!r} and {first_year!r} disagree in {int(wrong.sum())} rows, first "
            f"{example}; a placebo reassigns adoption years, so the treatment must be 1 exactly from the "
            "first treated year on"
        )


def _share(draws: Array, observed: float) -> float:
    """Randomisation p-value: the true assignment counts as one of the draws."""
    return float((1 + (draws >= observed - TIE * abs(observed)).sum()) / (1 + len(draws)))
