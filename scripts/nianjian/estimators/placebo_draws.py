"""Coefficients and standard errors of many treatments on one panel, without refitting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimators.prepare import codes_of, context_of, numbers, prepare
from nianjian.numerics import Array, Codes
from nianjian.numerics.absorb import FixedEffect, Trends, absorbed_df, partial_out
from nianjian.numerics.collinear import COLLINEAR, find_collinear
from nianjian.numerics.columns import group_sums
from nianjian.numerics.covariance import small_sample

BLOCK = 2**18
"""Numbers of a treatment matrix that are worked on at a time: they fit a processor's cache."""
NARROW = 16
"""Draws that are worked on together at least: by twos and threes those of a long panel take a quarter more time."""


@dataclass(frozen=True)
class Shifted:
    """Coefficients and variances of D treatments when r times the true one is taken out of the outcome.

    Attributes
    ----------
    estimates : (2, D): the coefficient is the first less r times the second
    squares : (3, D): the variance is the first plus r times the second plus r squared times the third
    """

    estimates: Array
    squares: Array

    def t(self, r: float) -> Array:
        """(D,) absolute t statistics."""
        variance = np.maximum(self.squares[0] + r * (self.squares[1] + r * self.squares[2]), 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Array = np.abs(self.estimates[0] - r * self.estimates[1]) / np.sqrt(variance)
        found[np.isnan(found)] = np.inf
        return found


@dataclass(frozen=True)
class Panel:
    """What all draws share: n observations sorted by key, y and k controls without fixed effects.

    ``y`` is without the controls, ``z`` is (n, k) and orthonormal in the weights, ``factor`` is reghdfe's
    small-sample factor of the variance, ``within`` partials the fixed effects out of (n, D) columns.
    """

    frame: pd.DataFrame
    n: int
    units: Codes
    periods: Array
    within: Callable[[Array], Array]
    y: Array
    z: Array
    w: Array | None
    clusters: Codes | None
    factor: float
    df: int

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        outcome: str,
        treatment: str,
        controls: Sequence[str],
        absorb: Sequence[str],
        cluster: str | Sequence[str] | None,
        weights: str | None,
        key: tuple[str, str],
        spec: str = "",
    ) -> Panel:
        """What the draws on a frame share; parameters as :func:`nianjian.estimators.placebo.run`.

        Raises
        ------
        EstimationError
            If errors are to be clustered in two ways.
        """
        sample = prepare(
            frame,
            outcome=outcome,
            regressors=[treatment, *controls],
            absorb=absorb,
            cluster=cluster,
            weights=weights,
            key=key,
        )
        frame, w, n = sample.frame, sample.weights, len(sample.frame)
        y, z = _without_controls(numbers(frame, [outcome, *controls]), controls, sample.absorb, absorb, w)
        clusters = list(sample.clusters.values())
        if len(clusters) > 1:
            raise EstimationError(
                f"{context_of(spec)}cluster {list(sample.clusters)}: the draws' errors are clustered by one column; name the one that "
                "treatment is assigned by"
            )
        absorbed, nested = absorbed_df(sample.absorb, clusters, n)
        factor, df = small_sample(n, 1 + z.shape[1], absorbed, nested, clusters)
        if not clusters:
            factor = 1.0 / df
        return cls(
            frame=frame,
            n=n,
            units=codes_of(frame, key[0]),
            periods=numbers(frame, [key[1]]),
            within=partialler(sample.absorb, None if weights is None else w),
            y=y,
            z=z,
            w=None if weights is None else w,
            clusters=clusters[0] if clusters else None,
            factor=factor,
            df=df,
        )

    def estimates(self, adoption: Array, context: str, first: int = 0) -> tuple[Array, Array]:
        """Coefficients and standard errors of (N, D) adoption years, some columns at a time; ``first`` is the number of the first.

        Raises
        ------
        EstimationError
            If the treatment of a draw has no variation of its own.
        """
        width = max(NARROW, BLOCK // self.n)
        parts = [
            self._coefficients(adoption[:, start : start + width], first + start, context)
            for start in range(0, adoption.shape[1], width)
        ]
        b, std_errors = (np.concatenate(part) for part in zip(*parts, strict=True))
        return b, std_errors

    def shifted(self, adoption: Array, true: Array, context: str) -> Shifted:
        """The same of the outcome less r times the true treatment, whose adoption years are (N,), for every r at once.

        Raises
        ------
        EstimationError
            As :meth:`estimates`.
        """
        of_true = self._columns(true[:, None], 0, context)[0][:, 0]
        width = max(NARROW, BLOCK // self.n)
        parts = [
            self._polynomials(adoption[:, start : start + width], start, of_true, context)
            for start in range(0, adoption.shape[1], width)
        ]
        estimates, squares = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
        return Shifted(estimates, squares)

    def _polynomials(self, adoption: Array, start: int, true: Array, context: str) -> tuple[Array, Array]:
        x, xw, xx = self._columns(adoption, start, context)
        targets = (self.y, true)
        b = np.stack([(target @ xw) / xx for target in targets])
        if self.clusters is None:
            weighed = [target if self.w is None else self.w * target for target in targets]
            pairs = [weighed[i] @ targets[j] - b[i] * b[j] * xx for i, j in ((0, 0), (0, 1), (1, 1))]
            scale = self.factor / xx
        else:
            sums = group_sums(xw * x, self.clusters)
            scores = [
                group_sums(xw * target[:, None], self.clusters) - own * sums
                for target, own in zip(targets, b, strict=True)
            ]
            pairs = [np.einsum("ij,ij->j", scores[i], scores[j]) for i, j in ((0, 0), (0, 1), (1, 1))]
            scale = self.factor / xx**2
        return b, np.stack([pairs[0], -2 * pairs[1], pairs[2]]) * scale

    def _coefficients(self, adoption: Array, start: int, context: str) -> tuple[Array, Array]:
        """Those of one block; ``start`` is the first draw's number."""
        x, xw, xx = self._columns(adoption, start, context)
        b = (self.y @ xw) / xx
        if self.clusters is None:
            yy = self.y @ self.y if self.w is None else self.w @ self.y**2
            return b, np.sqrt(self.factor * (yy - b**2 * xx) / xx)
        score = group_sums(xw * self.y[:, None], self.clusters) - b * group_sums(xw * x, self.clusters)
        return b, np.sqrt(self.factor * np.einsum("ij,ij->j", score, score)) / xx

    def _columns(self, adoption: Array, start: int, context: str) -> tuple[Array, Array, Array]:
        """Treatments without effects and controls, (n, D), the same times the weights, and their sums of squares."""
        d = (self.periods >= adoption[self.units]).astype(float)
        w = 1.0 if self.w is None else self.w[:, None]
        mean = (w * d).sum(axis=0) / self.n
        size = (w * d**2).sum(axis=0) - self.n * mean**2
        x = self.within(d)
        left = (w * x**2).sum(axis=0)
        x -= self.z @ (self.z.T @ (w * x))
        xw = x if self.w is None else w * x
        xx = np.einsum("ij,ij->j", xw, x)
        lost = np.flatnonzero((left <= COLLINEAR * size) | (xx <= COLLINEAR * left))
        if lost.size:
            raise EstimationError(
                f"{context}the treatment of draw {start + lost[0] + 1} has no variation of its own beside the "
                "effects and controls; draw fewer treated cities or leave out effects and controls that "
                "explain it"
            )
        return x, xw, xx


def _without_controls(
    values: Array, controls: Sequence[str], effects: Sequence[FixedEffect], absorb: Sequence[str], w: Array
) -> tuple[Array, Array]:
    """y without fixed effects and controls, and the controls kept without fixed effects, orthonormal in the weights."""
    values = values - np.average(values, axis=0, weights=w)
    residuals = partial_out(values, effects, w)
    dropped = find_collinear(controls, values[:, 1:], residuals[:, 1:], w, absorb)
    stay = [j for j, name in enumerate(controls, start=1) if name not in dropped]
    root = np.sqrt(w)[:, None]
    x = residuals[:, stay] * root
    z = np.linalg.qr(x / np.linalg.norm(x, axis=0))[0] / root
    y = residuals[:, 0]
    for _ in range(2):  # the second pass takes out the rounding of the first
        y = y - z @ (z.T @ (w * y))
    return y, z


def partialler(effects: Sequence[FixedEffect], w: Array | None) -> Callable[[Array], Array]:
    """A function that takes the fixed effects out of (n, D) columns; by means where the panel allows it."""
    codes = [effect for effect in effects if not isinstance(effect, Trends)]
    if len(codes) < len(effects) or not _balanced(codes, w):
        return lambda values: partial_out(values, effects, w)
    n, levels = len(codes[0]), [int(c.max()) + 1 for c in codes]
    order = np.lexsort((codes[1], codes[0]))
    in_order = bool((order == np.arange(n)).all())
    back = np.argsort(order)

    def demeaned(values: Array) -> Array:
        cube = (values if in_order else values[order]).reshape(*levels, -1)
        first, second = cube.mean(axis=1, keepdims=True), cube.mean(axis=0, keepdims=True)
        cube = cube - first
        cube -= second - first.mean(axis=0, keepdims=True)
        flat: Array = cube.reshape(n, -1)
        return flat if in_order else flat[back]

    return demeaned


def _balanced(codes: Sequence[Codes], w: Array | None) -> bool:
    """Whether two fixed effects cross in exactly one row each, unweighted."""
    if w is not None or len(codes) != 2:
        return False
    n, levels = len(codes[0]), [int(c.max()) + 1 for c in codes]
    crossed = np.bincount(codes[0] * levels[1] + codes[1], minlength=n)
    return levels[0] * levels[1] == n and bool((crossed == 1).all())
