"""Points of a multiverse on one sample: those of regressions together, all others each by its own estimator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError, NianjianError
from nianjian.estimators import together
from nianjian.estimators.city_years import used
from nianjian.estimators.placebo_draws import BLOCK, NARROW
from nianjian.estimators.together import Asked, Effect, SharedRows
from nianjian.kinds.base import names
from nianjian.kinds.context import EstimatorContext
from nianjian.kinds.drawn import built
from nianjian.kinds.entries import Entry
from nianjian.multiverse.content import Content, Point
from nianjian.multiverse.frames import Frames, quiet, with_indices
from nianjian.multiverse.permuting import Ints, Paths
from nianjian.numerics import Array

OVERALL = (("effect", "att"), ("effect", "mean_post"))
"""Rows that say what a treatment does, where it has no coefficient."""
NUMBERS = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "df")


@dataclass
class Found:
    """What became of the points of some samples.

    Attributes
    ----------
    effects : by point
    reasons : why a point has none
    estimates, p_values : (D,) arrays by point, under each permutation; of points that take part in the joint test
    """

    effects: dict[str, Effect] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    estimates: dict[str, Array] = field(default_factory=dict)
    p_values: dict[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class _Version:
    """A sample with one set of indices, and the rows that its specifications use."""

    frame: pd.DataFrame
    rows: dict[Any, Array] = field(default_factory=dict)

    def used(self, entry: Entry) -> pd.DataFrame:
        """Rows of a specification; see :func:`nianjian.estimators.city_years.used`."""
        with quiet():
            return used(entry, self.frame)[0]

    def positions(self, entry: Entry) -> Array:
        """Their places in the sample."""
        params = entry.params
        columns = tuple(entry.kind.columns(params)) if params.missing == "drop" else ()
        key = (params.where, columns)
        if key not in self.rows:
            self.rows[key] = self.used(entry).index.to_numpy()
        return self.rows[key]


class OnSample:
    """Estimates all points of one sample.

    Parameters
    ----------
    content : the multiverse
    number : of the sample
    frames : from which it is built
    exchange : (N, D) permutations of the cities that the panel has
    """

    def __init__(
        self, content: Content, number: int, frames: Frames, exchange: Ints, *, seed: int, cities: Path | None
    ) -> None:
        self.content, self.seed, self.exchange, self.seats = content, seed, exchange, cities
        declared = content.sample(number)
        self.cities = frames.cities(declared)
        self.base = frames.sample(declared).reset_index(drop=True)
        self.points = content.of_sample(number)
        self.found = Found()
        self._versions: dict[int, _Version] = {}

    def run(self) -> Found:
        """Estimate every point; what cannot be estimated says why.

        Raises
        ------
        NianjianError
            If the study's own point cannot be estimated.
        """
        left: list[Point] = []
        for rows, points in self._groups(left):
            self._shared(rows, points, left)
        for point in left:
            self._alone(point)
        return self.found

    def _version(self, number: int) -> _Version:
        if number not in self._versions:
            entries = self.content.indices[number]
            self._versions[number] = _Version(with_indices(self.base, entries, self.content.study, self.seed))
        return self._versions[number]

    def _failed(self, point: Point, error: NianjianError) -> None:
        if point.own:
            raise error
        self.found.reasons[point.name] = str(error)

    # -- regressions together

    def _groups(self, left: list[Point]) -> Iterator[tuple[Array, list[Point]]]:
        """Rows with the points that may share them, by rows, effects and weights; ``left`` gets the other points."""
        groups: dict[Any, tuple[Array, list[Point]]] = {}
        for point in self.points:
            entry = self.content.specs[point.spec]
            shares = entry.kind.option("together", None)
            if shares is None or not shares(entry.params):
                left.append(point)
                continue
            try:
                rows = self._version(point.indices).positions(entry)
            except NianjianError as error:
                self._failed(point, error)
                continue
            key = (rows.tobytes(), tuple(entry.params.absorb), entry.params.weights)
            groups.setdefault(key, (rows, []))[1].append(point)
        yield from groups.values()

    def _shared(self, at: Array, points: Sequence[Point], left: list[Point]) -> None:
        """Points that share rows and effects: regressions on columns without these."""
        entry = self.content.specs[points[0].spec]
        asked, columns = self._asked(points)
        frame = self.base.iloc[at]
        frame = frame.assign(**{name: values[at] for name, values in columns.items() if name not in frame})
        whole = together.complete_columns(frame, list(columns))
        clean = {name: ok for name, ok in whole.items() if ok}
        ready = {
            point: each
            for point, each in asked.items()
            if all(name in clean for name in (each.outcome, *each.regressors))
            and not any(
                frame[column].isna().any() for name in each.clusters for column in _columns(name, frame)
            )
        }
        rows = None
        numeric = list(
            dict.fromkeys(name for each in ready.values() for name in (each.outcome, *each.regressors))
        )
        if ready:
            rows = together.shared(frame, numeric, entry.params.absorb, entry.params.weights)
        kept = []
        for point in points:
            effect = None if rows is None or point.name not in ready else rows.fit(ready[point.name])
            if effect is None:
                left.append(point)
            else:
                self.found.effects[point.name] = effect
                kept.append(point)
        if rows is not None and kept:
            self._permute(rows, [(point, ready[point.name]) for point in kept])

    def _asked(self, points: Sequence[Point]) -> tuple[dict[str, Asked], dict[str, Array]]:
        """The regression of each point, and the sample's columns that they use; an index's by its version."""
        asked, columns = {}, {}
        for point in points:
            params = self.content.specs[point.spec].params
            version = self._version(point.indices).frame
            called = {}
            for name in (params.outcome, *params.regressors, *([params.weights] if params.weights else [])):
                own = name in self.base
                called[name] = name if own else f"{name}@{point.indices}"
                if called[name] not in columns:
                    columns[called[name]] = _values(version, name)
            regressors = tuple(called[name] for name in params.regressors)
            asked[point.name] = Asked(called[params.outcome], regressors, tuple(names(params.cluster)))
        return asked, columns

    def _permute(self, rows: SharedRows, points: Sequence[tuple[Point, Asked]]) -> None:
        """The joint test's draws of regressions that share rows."""
        draws = self.exchange.shape[1]
        tested = [(point, asked) for point, asked in points if point.drawn or point.own]
        if not draws or not tested:
            return
        for treatment in dict.fromkeys(asked.regressors[0] for _, asked in tested):
            own = [(point, asked) for point, asked in tested if asked.regressors[0] == treatment]
            frame = rows.sample.frame
            paths = Paths.of(frame, treatment)
            if paths is None or (paths.values == paths.values[:1]).all():
                continue  # there is nothing to exchange
            drawn = paths.exchanged(frame, self.exchange, self.cities)
            for point, _ in own:
                self.found.estimates[point.name] = np.full(draws, np.nan)
                self.found.p_values[point.name] = np.full(draws, np.nan)
            block = max(NARROW, BLOCK // rows.n)
            for place, which, b, p in rows.permuted([asked for _, asked in own], drawn, block):
                name = own[place][0].name
                self.found.estimates[name][which], self.found.p_values[name][which] = b, p

    # -- the others, each by itself

    def _alone(self, point: Point) -> None:
        entry = self.content.specs[point.spec]
        inputs = {"cities": [str(self.seats)]} if self.seats is not None else {}
        context = EstimatorContext.of(self.content.study, self.content.spec, inputs, self.seed)
        try:
            data = self._version(point.indices).used(entry)
            with quiet():
                rows = built(entry.kind, entry.params, data, context)
            self.found.effects[point.name] = effect_of(rows, entry.params, data)
        except NianjianError as error:
            self._failed(point, error)


def _values(frame: pd.DataFrame, name: str) -> Array:
    """A column, or a product of columns."""
    from nianjian.products import with_products

    if name not in frame:
        frame = with_products(frame, [name])
    values: Array = frame[name].to_numpy()
    return values


def _columns(cluster: str, frame: pd.DataFrame) -> list[str]:
    """Columns of a clustering that the frame has."""
    return [column for column in cluster.split("#") if column in frame]


def effect_of(rows: pd.DataFrame, params: Any, data: pd.DataFrame) -> Effect:
    """What a specification's rows of estimates say of its treatment.

    Parameters
    ----------
    rows : schema ``ESTIMATES``
    data : rows that it used

    Raises
    ------
    EstimationError
        If there is neither a coefficient of the treatment nor an overall effect.
    """
    plain = rows[rows[["event_time", "group", "equation", "matrix"]].isna().all(axis=1)]
    wanted = [("coefficient", str(params.treatment)), *OVERALL]
    found = [plain[(plain["kind"] == kind) & (plain["term"] == term)] for kind, term in wanted]
    own = next((each.iloc[0] for each in found if len(each)), None)
    if own is None or not np.isfinite(own["estimate"]):
        raise EstimationError(f"there is no overall effect of {params.treatment}")
    fits = plain[plain["kind"] == "fit"].set_index("term")["estimate"]
    spread = data[params.outcome].std(ddof=1)
    estimate, error, t, p, low, high, df = (float(own[name]) for name in NUMBERS)
    return Effect(
        *(estimate, error, t, p, low, high, df),
        nobs=int(fits.get("nobs", len(data))),
        units=int(fits.get("units", data["city"].nunique())),
        dep_sd=float(fits.get("dep_sd", spread)),
    )


def words(entry: Entry) -> Mapping[str, str]:
    """What a specification says, as columns of the schema ``POINTS``."""
    params = entry.params
    found = {"estimator": entry.kind.name, "treatment": params.treatment, "where": params.where or ""}
    found |= {"outcome": params.outcome, "controls": ", ".join(getattr(params, "controls", ()))}
    for key in ("absorb", "cluster"):
        found[key] = ", ".join(names(getattr(params, key, None)))
    return found
