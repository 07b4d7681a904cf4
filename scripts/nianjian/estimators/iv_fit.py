"""What two-stage least squares found, and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from nianjian.estimates import Rows
from nianjian.estimators.direct_effects import DirectEffects
from nianjian.estimators.iv_inference import InferredIv
from nianjian.numerics import Array
from nianjian.numerics.tf import TF, Level
from nianjian.numerics.weak_instruments import Pieces, Statistic


@dataclass(frozen=True)
class IvFit:
    """A fitted second stage with p endogenous regressors, then m controls; K instruments.

    Attributes
    ----------
    names : p + m regressors, the endogenous first
    params, vcov : (p + m,) and (p + m, p + m) arrays
    df_resid : degrees of freedom of t
    first_stage : (endogenous, instrument) to coefficient and variance
    reduced_form : instrument to coefficient and variance in the regression of the outcome
    ols : endogenous to coefficient and variance of least squares on the same rows
    tests : name to test, see :meth:`tidy`
    interval : pieces of the Anderson-Rubin set, in order; empty if every value is rejected, None with
        several endogenous regressors or a singular covariance
    statistics : name to value of the ``fit`` rows
    dropped : control to reason
    tf : confidence in per cent to the error and interval of the tF procedure; empty if it was not asked for
    direct : effects where instruments may act on the outcome; None if it was not asked for
    inferred : errors, p-values and intervals of the second stage where they are made otherwise
    """

    names: tuple[str, ...]
    endogenous: tuple[str, ...]
    instruments: tuple[str, ...]
    params: Array
    vcov: Array
    df_resid: int
    first_stage: Mapping[tuple[str, str], tuple[float, float]]
    reduced_form: Mapping[str, tuple[float, float]]
    ols: Mapping[str, tuple[float, float]]
    tests: Mapping[str, Statistic]
    interval: Pieces | None
    statistics: Mapping[str, float]
    dropped: Mapping[str, str]
    tf: Mapping[Level, TF] = field(default_factory=dict)
    direct: DirectEffects | None = None
    inferred: InferredIv | None = None

    @property
    def std_errors(self) -> Array:
        return np.sqrt(np.diag(self.vcov))

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the estimates' schema.

        ``coefficient``: the second stage. ``effect``: ``first_stage`` of each instrument in the equation of each
        endogenous regressor, ``reduced_form`` of each instrument, ``ols`` of each endogenous regressor (least
        squares on the same rows). ``test``:

        - ``kleibergen_paap_lm`` (chi2; df) and ``kleibergen_paap_f``: rank of the first stage
        - ``cragg_donald_f``: the same under homoskedasticity
        - ``stock_yogo_10, _15, _20, _25``: critical values for either F, where the table has them; they
          hold for homoskedastic errors
        - ``effective_f`` and ``effective_f_critical``: one endogenous regressor
        - ``anderson_rubin`` (F; its p-value is right whatever the strength) and ``anderson_rubin_chi2``
        - ``anderson_rubin_interval``: all values that are not rejected at 5 %, ends may be infinite. If they
          make several pieces it is their hull, and rows with group 1, ... are the pieces
        - ``hansen_j`` if there are more instruments than endogenous regressors; Sargan's without clusters
        - ``endogeneity``: ivreg2's difference of two Hansen statistics
        - ``anderson_rubin_wild`` (F) with the wild bootstrap: p-value, and the piece around the estimate of the set of values that
          are not rejected

        ``fit``: ``nobs, units, singletons, clusters, treated_clusters, instruments, df_model, df_resid, df_absorbed, r2,
        r2_within, rmse, dep_mean, dep_sd, f``, ``anderson_rubin_pieces`` (0: every value is rejected) and
        ``dropped`` as :class:`nianjian.estimators.twfe.TwfeFit`.

        If asked for, ``test`` ``tf_interval`` (5 %) and ``tf_interval_99`` (1 %), whose ends may be infinite, ``fit``
        ``tf_std_error``, ``tf_factor`` (also with ``_99``; none where they are infinite) and ``tf_unbounded`` (1 where the 5 %
        interval has no ends); and the rows of :meth:`nianjian.estimators.direct_effects.DirectEffects.add`.
        """
        rows = Rows(study, spec)
        df = self.df_resid
        self._add_second_stage(rows)
        for (x, z), found in self.first_stage.items():
            rows.add_estimate("effect", "first_stage", *found, df, variable=z, equation=x)
        for z, found in self.reduced_form.items():
            rows.add_estimate("effect", "reduced_form", *found, df, variable=z)
        for x, found in self.ols.items():
            rows.add_estimate("effect", "ols", *found, df, variable=x)
        nan = np.nan
        for name, test in self.tests.items():
            rows.add("test", name, test.statistic, nan, test.statistic, test.p_value, nan, nan, test.df)
        if self.interval is not None:
            self._add_interval(rows, self.interval)
        self._add_tf(rows)
        if self.direct is not None:
            self.direct.add(rows, self.endogenous, self.params, df)
        rows.add_fits(self.statistics)
        for name, reason in self.dropped.items():
            rows.add("fit", "dropped", 0.0, variable=name, group=reason.split()[0])
        return rows.table()

    def _add_tf(self, rows: Rows) -> None:
        """Errors and intervals of the tF procedure."""
        nan = np.nan
        for level, found in self.tf.items():
            end = "" if level == 95 else f"_{level}"
            rows.add("test", f"tf_interval{end}", self.params[0], nan, nan, nan, found.low, found.high)
            if np.isfinite(found.factor):
                rows.add_fits({f"tf_std_error{end}": found.std_error, f"tf_factor{end}": found.factor})
        if self.tf:
            rows.add("fit", "tf_unbounded", float(not np.isfinite(self.tf[95].factor)))

    def _add_second_stage(self, rows: Rows) -> None:
        """Coefficients, with their inference where it is not by clusters."""
        own, df = self.inferred, self.df_resid
        for j, name in enumerate(self.names):
            if own is None:
                rows.add_estimate("coefficient", name, self.params[j], self.vcov[j, j], df, variable=name)
            else:
                rows.add("coefficient", name, *own.numbers[j], variable=name)
        if own is not None:
            rows.add_fits(own.fits)
            if own.anderson_rubin is not None:
                f, (p_value, low, high) = self.tests["anderson_rubin"].statistic, own.anderson_rubin
                rows.add(
                    "test",
                    "anderson_rubin_wild",
                    self.params[0],
                    np.nan,
                    f,
                    p_value,
                    low,
                    high,
                    self.df_resid,
                )

    def _add_interval(self, rows: Rows, pieces: Pieces) -> None:
        """The Anderson-Rubin set: its hull, and its pieces if it has several."""
        nan, term = np.nan, "anderson_rubin_interval"
        ends = (pieces[0][0], pieces[-1][1]) if pieces else (nan, nan)
        rows.add("test", term, self.params[0], nan, nan, nan, *ends, self.df_resid)
        if len(pieces) > 1:
            for number, piece in enumerate(pieces, start=1):
                of = {"group": str(number)}
                rows.add("test", term, self.params[0], nan, nan, nan, *piece, self.df_resid, **of)
        rows.add("fit", "anderson_rubin_pieces", len(pieces))
