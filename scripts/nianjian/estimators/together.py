"""Many regressions on the same rows with the same fixed effects, which are partialled out once.

Each result is what :func:`nianjian.estimators.twfe.fit` gives for the effect of its treatment; a regression that this module
leaves to it (a collinear treatment, a gap, one cluster) is None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from nianjian.errors import EstimationError
from nianjian.estimates import LEVEL
from nianjian.estimators.placebo_draws import partialler
from nianjian.estimators.prepare import Sample, codes_of, prepare
from nianjian.kinds.base import ROBUST
from nianjian.numerics import Array, Codes
from nianjian.numerics.absorb import absorbed_df, partial_out
from nianjian.numerics.collinear import COLLINEAR, ROUNDING, find_collinear
from nianjian.numerics.columns import relabel
from nianjian.numerics.covariance import NO_STD_ERROR, positive_semidefinite, small_sample
from nianjian.numerics.least_squares import least_squares


@dataclass(frozen=True)
class Asked:
    """One regression.

    Attributes
    ----------
    outcome : name
    regressors : the treatment first
    clusters : none, one or two columns, or ``robust``
    """

    outcome: str
    regressors: tuple[str, ...]
    clusters: tuple[str, ...]


@dataclass(frozen=True)
class Effect:
    """The effect of a treatment.

    Attributes
    ----------
    estimate, std_error, t, p_value, conf_low, conf_high : intervals are at 95 %
    df : degrees of freedom of t
    nobs, units : rows and cities used
    dep_sd : standard deviation of the outcome
    """

    estimate: float
    std_error: float
    t: float
    p_value: float
    conf_low: float
    conf_high: float
    df: float
    nobs: int
    units: int
    dep_sd: float


@dataclass(frozen=True)
class _Design:
    """Regressors without fixed effects: the k kept, and the treatment without the controls.

    ``z`` are the controls, orthonormal in the weights; ``d`` the treatment without effects and controls, ``dd`` its weighted
    sum of squares.
    """

    x: Array
    z: Array
    d: Array
    dd: float


@dataclass
class SharedRows:
    """Rows, fixed effects and weights that regressions share, and their columns without the effects.

    Parameters
    ----------
    frame : rows used, with all columns that some regression needs, complete
    numeric : outcomes and regressors among them
    absorb, weights : as :func:`nianjian.estimators.twfe.fit` takes them
    """

    frame: pd.DataFrame
    numeric: Sequence[str]
    absorb: Sequence[str]
    weights: str | None = None
    key: tuple[str, str] = ("city", "year")
    _designs: dict[tuple[str, ...], _Design | None] = field(default_factory=dict, repr=False)
    _rests: dict[tuple[str, tuple[str, ...]], Array] = field(default_factory=dict, repr=False)
    _factors: dict[tuple[tuple[str, ...], int], tuple[float, int] | None] = field(
        default_factory=dict, repr=False
    )

    def __post_init__(self) -> None:
        first, *others = self.numeric
        self.sample: Sample = prepare(
            self.frame,
            outcome=first,
            regressors=others,
            absorb=self.absorb,
            cluster=None,
            weights=self.weights,
            key=self.key,
        )
        self.w = self.sample.weights
        self.n = len(self.w)
        values = self.sample.frame[list(self.numeric)].to_numpy(dtype=float)
        centred = values - np.average(values, axis=0, weights=self.w)
        self._at = {name: j for j, name in enumerate(self.numeric)}
        self._raw, self._within = values, partial_out(centred, self.sample.absorb, self.w)
        self._tss = self.w @ centred**2
        self._tss_within = self.w @ self._within**2

    @cached_property
    def units(self) -> Codes:
        """Codes of the cities."""
        return codes_of(self.sample.frame, self.key[0])

    def clusters(self, names: Sequence[str]) -> list[Codes]:
        """Codes of some clusterings."""
        return [self._codes[name] if name in self._codes else self._coded(name) for name in names]

    def grouping(self, way: tuple[str, ...]) -> tuple[Codes, Codes]:
        """Rows by cluster, or by the intersection of two: where each begins in the order, and the order."""
        if way not in self._groupings:
            first, *others = self.clusters(way)
            for other in others:
                first = first * (int(other.max()) + 1) + other
            codes = relabel(first)
            order = np.argsort(codes, kind="stable")
            self._groupings[way] = np.r_[0, np.cumsum(np.bincount(codes))], order
        return self._groupings[way]

    @cached_property
    def _groupings(self) -> dict[tuple[str, ...], tuple[Codes, Codes]]:
        return {}

    @cached_property
    def _codes(self) -> dict[str, Codes]:
        return {}

    def _coded(self, name: str) -> Codes:
        self._codes[name] = np.arange(self.n) if name == ROBUST else codes_of(self.sample.frame, name)
        return self._codes[name]

    # -- what regressions share

    def _design(self, regressors: tuple[str, ...]) -> _Design | None:
        """None if the treatment has no variation of its own."""
        if regressors not in self._designs:
            at = [self._at[name] for name in regressors]
            x = self._within[:, at]
            dropped = find_collinear(regressors, self._raw[:, at], x, self.w, self.absorb)
            made = None
            if regressors[0] not in dropped:
                stay = [j for j, name in enumerate(regressors) if name not in dropped]
                made = self._made(x[:, stay])
            self._designs[regressors] = made
        return self._designs[regressors]

    def _made(self, x: Array) -> _Design:
        root = np.sqrt(self.w)[:, None]
        controls = x[:, 1:] * root
        z = np.linalg.qr(controls / np.linalg.norm(controls, axis=0))[0] / root
        d = self._without(x[:, 0], z)
        return _Design(x, z, d, float(self.w @ d**2))

    def _without(self, values: Array, z: Array) -> Array:
        """Values without what the controls explain of them."""
        for _ in range(2):  # the second pass takes out the rounding of the first
            values = values - z @ (z.T @ (self.w * values))
        return values

    def _rest(self, outcome: str, regressors: tuple[str, ...], z: Array) -> Array:
        """The outcome without effects and controls."""
        key = (outcome, regressors)
        if key not in self._rests:
            self._rests[key] = self._without(self._within[:, self._at[outcome]], z)
        return self._rests[key]

    def _factor(self, names: tuple[str, ...], k: int) -> tuple[float, int] | None:
        """Small-sample factor of the variance and degrees of freedom; None where a fit would stop."""
        if (names, k) not in self._factors:
            codes = self.clusters(names)
            absorbed, nested = absorbed_df(self.sample.absorb, codes, self.n)
            told = self.n - k - absorbed - nested > 0 and all(each.max() > 0 for each in codes)
            self._factors[names, k] = small_sample(self.n, k, absorbed, nested, codes) if told else None
        return self._factors[names, k]

    def _varies(self, outcome: str) -> bool:
        j = self._at[outcome]
        own = self._raw[:, j]
        return bool(
            np.ptp(own) > ROUNDING * np.abs(own).max() and self._tss_within[j] > COLLINEAR * self._tss[j]
        )

    # -- one regression

    def fit(self, asked: Asked) -> Effect | None:
        """The effect of the treatment; None where it is left to the regression itself."""
        design = self._design(asked.regressors)
        if design is None or not self._varies(asked.outcome):
            return None
        scale = self._factor(asked.clusters, design.x.shape[1])
        if scale is None:
            return None
        factor, df = scale
        y = self._rest(asked.outcome, asked.regressors, design.z)
        b = float(design.d @ (self.w * y)) / design.dd
        e = y - b * design.d
        rss = float(self.w @ e**2)
        variance = self._variance(asked, design, e, rss) * factor
        error = float(np.sqrt(variance)) if variance >= 0 else np.nan
        if asked.clusters and not error > NO_STD_ERROR * np.sqrt(rss / df / design.dd):
            error = np.nan
        with np.errstate(divide="ignore", invalid="ignore"):
            t = float(np.float64(b) / error)
        half = float(stdtrit(df, (1 + LEVEL) / 2)) * error
        return Effect(
            estimate=b,
            std_error=error,
            t=t,
            p_value=float(2 * stdtr(df, -abs(t))),
            conf_low=b - half,
            conf_high=b + half,
            df=df,
            nobs=self.n,
            units=int(self.units.max()) + 1,
            dep_sd=float(np.sqrt(self._tss[self._at[asked.outcome]] / (self.n - 1))),
        )

    def _variance(self, asked: Asked, design: _Design, e: Array, rss: float) -> float:
        """Variance of the coefficient without the small-sample factor."""
        codes = self.clusters(asked.clusters)
        if not codes:
            return rss / self.n / design.dd
        if len(codes) == 2:  # negative eigenvalues are mended in the matrix of all slopes
            y = self._within[:, self._at[asked.outcome]]
            vcov = least_squares(y, design.x, codes, self.w)[1]
            return float(positive_semidefinite(vcov[:-1, :-1])[0, 0])
        score = self.w * design.d * e
        sums = score if asked.clusters == (ROBUST,) else np.bincount(codes[0], score)
        return float(sums @ sums) / design.dd**2

    # -- other treatments in place of the true ones

    def permuted(
        self, asked: Sequence[Asked], treatment: Array, block: int
    ) -> Iterator[tuple[int, slice, Array, Array]]:
        """Estimates and p-values of other treatments in the place of the first regressor.

        Parameters
        ----------
        asked : regressions that :meth:`fit` does not leave out, all of one treatment
        treatment : (n, D) array
        block : columns that are worked on at a time

        Yields
        ------
        (int, slice, (D',) array, (D',) array)
            Place in ``asked``, draws, estimates and two-sided p-values; NaN where a draw has no variation of its own.
        """
        within = partialler(self.sample.absorb, None if self.weights is None else self.w)(
            treatment.astype(float)
        )
        size = self.w @ treatment**2 - (self.w @ treatment) ** 2 / self.n
        by_design: dict[tuple[str, ...], list[int]] = {}
        for place, each in enumerate(asked):
            by_design.setdefault(each.regressors, []).append(place)
        for start in range(0, treatment.shape[1], block):
            own = slice(start, min(start + block, treatment.shape[1]))
            for regressors, places in by_design.items():
                design = self._design(regressors)
                assert design is not None, "what is left out is not permuted"
                drawn = _Drawn.of(self, within[:, own], design.z, size[own])
                for place in places:
                    yield place, own, *drawn.estimates(self, asked[place], design)


@dataclass
class _Drawn:
    """Treatments of some draws without effects and controls.

    Attributes
    ----------
    x : (n, D) array, times the weights ``xw``, sum of squares ``xx``; ``xx`` is NaN without variation
    """

    x: Array
    xw: Array
    xx: Array
    squares: dict[tuple[str, ...], Array] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: SharedRows, within: Array, z: Array, size: Array) -> _Drawn:
        w = None if rows.weights is None else rows.w[:, None]
        left = np.einsum("ij,ij->j", within, within if w is None else w * within)
        x = within - z @ (z.T @ (within if w is None else w * within))
        xw = x if w is None else w * x
        xx = np.einsum("ij,ij->j", xw, x)
        lost = (left <= COLLINEAR * size) | (xx <= COLLINEAR * left)
        return cls(x, xw, np.where(lost, np.nan, xx))

    def estimates(self, rows: SharedRows, asked: Asked, design: _Design) -> tuple[Array, Array]:
        """Coefficients and p-values of a regression."""
        y = rows._rest(asked.outcome, asked.regressors, design.z)
        scale = rows._factor(asked.clusters, design.x.shape[1])
        assert scale is not None, "what is left out is not permuted"
        factor, df = scale
        b = (y @ self.xw) / self.xx
        if not asked.clusters:
            variance = (rows.w @ y**2 - b**2 * self.xx) / rows.n / self.xx
        else:
            variance = self._clustered(rows, asked, y, b) / self.xx**2
        with np.errstate(divide="ignore", invalid="ignore"):
            t = b / np.sqrt(np.where(variance > 0, variance, np.nan) * factor)
        return b, 2 * stdtr(df, -np.abs(t))

    def _clustered(self, rows: SharedRows, asked: Asked, y: Array, b: Array) -> Array:
        ways: list[tuple[str, ...]] = [(name,) for name in asked.clusters]
        if len(ways) == 2:
            ways.append(tuple(asked.clusters))
        found = np.zeros(len(b))
        for number, way in enumerate(ways):
            if way not in self.squares:
                self.squares[way] = _sums(rows, way, self.xw * self.x)
            score = _sums(rows, way, self.xw, y) - b * self.squares[way]
            found += (-1 if number == 2 else 1) * np.einsum("ij,ij->j", score, score)
        return found


def _sums(rows: SharedRows, way: tuple[str, ...], columns: Array, factor: Array | None = None) -> Array:
    """Sums by cluster, or by the intersection of two, of (n, D) columns, each row times its factor."""
    if way == (ROBUST,):
        return columns if factor is None else columns * factor[:, None]
    starts, order = rows.grouping(way)
    values = np.ones(rows.n) if factor is None else factor[order]
    from scipy.sparse import csr_array

    # A sparse product reads the columns once; to multiply them first would write them too.
    shape = (len(starts) - 1, rows.n)
    found: Array = csr_array((values, order, starts), shape=shape) @ columns
    return found


def shared(
    frame: pd.DataFrame, numeric: Sequence[str], absorb: Sequence[str], weights: str | None
) -> SharedRows | None:
    """Rows that regressions share; None where a regression on them would stop, which then says why."""
    try:
        return SharedRows(frame, numeric, absorb, weights)
    except EstimationError:
        return None


def complete_columns(frame: pd.DataFrame, names: Sequence[str]) -> Mapping[str, bool]:
    """Whether each column is there, is a number everywhere and finite."""
    found = {}
    for name in names:
        ok = name in frame and pd.api.types.is_numeric_dtype(frame[name])
        found[name] = bool(ok and np.isfinite(frame[name].to_numpy(dtype=float, na_value=np.nan)).all())
    return found
