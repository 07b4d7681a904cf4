"""Averages of the effects of a regression by cohort and year: shares of rows, taken as known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from nianjian.estimators.staggered.effects import Effects, from_covariance, without_rounding
from nianjian.estimators.staggered.result import Cell
from nianjian.estimators.twfe import Numbers, TwfeFit
from nianjian.numerics import Array, Mask


@dataclass(frozen=True)
class RowEffects:
    """The effects on m rows as combinations of p coefficients.

    Attributes
    ----------
    cohort, year, weights : (m,) of the rows
    gradient : (m, p) derivative of each row's effect with respect to the coefficients
    effect : (m,) effects
    vcov : (p, p) covariance of the coefficients
    df : of t; None: normal
    regression : that the coefficients are the first slopes of, if it is least squares
    """

    cohort: Array
    year: Array
    weights: Array
    gradient: Array
    effect: Array
    vcov: Array
    df: int | None
    regression: TwfeFit | None = None

    @property
    def time(self) -> Array:
        """(m,) years since treatment."""
        return self.year - self.cohort

    def _means(self, masks: list[Mask]) -> tuple[Array, Array, Array | None]:
        """Averages over some rows, their covariance, and the weights that they give to all slopes."""
        share = np.stack([mask * self.weights / self.weights[mask].sum() for mask in masks])
        line = share @ self.gradient
        lines = None
        if self.regression is not None:
            lines = np.zeros((len(line), len(self.regression.names) - 1))
            lines[:, : line.shape[1]] = line
        return share @ self.effect, line @ self.vcov @ line.T, lines

    def by(self, values: Array, which: Mask, rng: np.random.Generator | None) -> Effects:
        """Averages over the rows of each value."""
        at = [int(value) for value in np.unique(values[which])]
        if not at:
            return Effects((), np.zeros(0), np.zeros((0, 0)), np.nan)
        params, vcov, lines = self._means([which & (values == value) for value in at])
        return from_covariance(at, params, vcov, self.degrees, rng=rng, lines=lines)

    @property
    def degrees(self) -> float:
        """Degrees of freedom, infinite if normal."""
        return np.inf if self.df is None else self.df

    def cells(self) -> list[Cell]:
        """Average of each cohort and event time."""
        pairs = np.unique(np.column_stack([self.cohort, self.time]), axis=0)
        masks = [(self.cohort == g) & (self.time == k) for g, k in pairs]
        params, vcov, lines = self._means(masks)
        vcov = without_rounding(vcov)
        return [
            Cell(
                int(g),
                int(k),
                float(params[j]),
                float(vcov[j, j]),
                None
                if lines is None or not vcov[j, j] > 0
                else own_numbers(self.regression, lines[j], f"cohort {g:.0f} {k:.0f}"),
            )
            for j, (g, k) in enumerate(pairs)
        ]

    def results(
        self, window: tuple[float, float], generator: Callable[[str], np.random.Generator | None]
    ) -> Mapping[str, object]:
        """Keywords of :class:`nianjian.estimators.staggered.result.StaggeredFit` that are averages of rows.

        Parameters
        ----------
        window : first and last event time shown
        generator : of an aggregation's band by its name; None: pointwise
        """
        post = self.time >= 0
        shown = (self.time >= window[0]) & (self.time <= window[1])
        events = self.by(self.time, shown, generator("event"))
        params, vcov, lines = self._means([post])
        overall = {"att": (float(params[0]), float(vcov[0, 0]))}
        own = {"att": None if lines is None else lines[0]}
        if any(at >= 0 for at in events.at):
            overall["mean_post"], own["mean_post"] = mean_post(events)
        numbers = {term: own_numbers(self.regression, line, term) for term, line in own.items()}
        return {
            "overall": overall,
            "numbers": {term: found for term, found in numbers.items() if found is not None},
            "events": events,
            "cohorts": self.by(self.cohort, post, generator("cohort")),
            "years": self.by(self.year, post, generator("calendar")),
            "cells": self.cells(),
            "df": self.df,
        }


def mean_post(events: Effects) -> tuple[tuple[float, float], Array | None]:
    """Plain average of the effects at event times from 0 on with its variance, and the weights that it gives to the slopes."""
    which = np.array([at >= 0 for at in events.at], dtype=float)
    share = which / which.sum()
    line = None if events.lines is None else share @ events.lines
    return (float(share @ events.params), float(share @ events.vcov @ share)), line


def own_numbers(regression: TwfeFit | None, line: Array | None, name: str) -> Numbers | None:
    """Inference on a combination of slopes where the regression's is not by its covariance; None where it is."""
    if regression is None or line is None or regression.combine is None:
        return None
    return regression.combined(line, name)
