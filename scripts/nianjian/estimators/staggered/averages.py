"""Averages of the effects of a regression by cohort and year: shares of rows, taken as known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from nianjian.estimators.staggered.effects import Effects, from_covariance, without_rounding
from nianjian.estimators.staggered.result import Cell
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
    """

    cohort: Array
    year: Array
    weights: Array
    gradient: Array
    effect: Array
    vcov: Array
    df: int | None

    @property
    def time(self) -> Array:
        """(m,) years since treatment."""
        return self.year - self.cohort

    def mean(self, which: Mask) -> tuple[float, float]:
        """Average over some rows, and its variance."""
        found = self._means([which])
        return float(found[0][0]), float(found[1][0, 0])

    def _means(self, masks: list[Mask]) -> tuple[Array, Array]:
        share = np.stack([mask * self.weights / self.weights[mask].sum() for mask in masks])
        line = share @ self.gradient
        return share @ self.effect, line @ self.vcov @ line.T

    def by(self, values: Array, which: Mask, rng: np.random.Generator | None) -> Effects:
        """Averages over the rows of each value."""
        at = [int(value) for value in np.unique(values[which])]
        if not at:
            return Effects((), np.zeros(0), np.zeros((0, 0)), np.nan)
        params, vcov = self._means([which & (values == value) for value in at])
        return from_covariance(at, params, vcov, self.degrees, rng=rng)

    @property
    def degrees(self) -> float:
        """Degrees of freedom, infinite if normal."""
        return np.inf if self.df is None else self.df

    def cells(self) -> list[Cell]:
        """Average of each cohort and event time."""
        pairs = np.unique(np.column_stack([self.cohort, self.time]), axis=0)
        masks = [(self.cohort == g) & (self.time == k) for g, k in pairs]
        params, vcov = self._means(masks)
        vcov = without_rounding(vcov)
        return [Cell(int(g), int(k), float(params[j]), float(vcov[j, j])) for j, (g, k) in enumerate(pairs)]

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
        overall = {"att": self.mean(post)}
        if any(at >= 0 for at in events.at):
            overall["mean_post"] = mean_post(events)
        return {
            "overall": overall,
            "events": events,
            "cohorts": self.by(self.cohort, post, generator("cohort")),
            "years": self.by(self.year, post, generator("calendar")),
            "cells": self.cells(),
            "df": self.df,
        }


def mean_post(events: Effects) -> tuple[float, float]:
    """Plain average of the effects at event times from 0 on, and its variance."""
    which = np.array([at >= 0 for at in events.at], dtype=float)
    share = which / which.sum()
    return float(share @ events.params), float(share @ events.vcov @ share)
