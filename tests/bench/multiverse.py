"""A multiverse's regressions together and under permutations, each beside one regression at a time."""

from __future__ import annotations

import itertools
import logging
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import small_specs
from bench.measure import gap, line, seconds, timed
from nianjian.estimators import twfe
from nianjian.estimators.together import Asked, SharedRows
from nianjian.numerics import Array

CITIES, YEARS, CONTROLS, OUTCOMES = 285, 18, 4, 8
DRAWS, REFITTED = 500, 2
DECLARED = 16
"""Regressions that are also run as specifications of a study; their time is scaled to all."""
CLUSTERS = (("city",), ("province",), ("city", "year"), ("robust",))


def bench() -> None:
    """All outcomes, control sets and errors on effects that are partialled out once, against ``twfe.fit`` of each."""
    logging.disable(logging.WARNING)
    frame = _panel()
    controls = [f"x{j}" for j in range(CONTROLS)]
    outcomes = [f"y{j}" for j in range(OUTCOMES)]
    sets = [own for size in range(CONTROLS + 1) for own in itertools.combinations(controls, size)]
    asked = [Asked(y, ("did", *own), errors) for y in outcomes for own in sets for errors in CLUSTERS]

    def together() -> Array:
        rows = SharedRows(frame, [*outcomes, "did", *controls], ["city", "year"])
        found = [rows.fit(each) for each in asked]
        return np.array([(own.estimate, own.std_error) for own in found if own is not None])

    def one_by_one() -> Array:
        found = [_fitted(frame, each) for each in asked]
        return np.array([(own.params[0], own.std_errors[0]) for own in found])

    spent, other = timed(one_by_one)
    line(
        f"multiverse, {len(asked)} regressions on {CITIES} × {YEARS} rows",
        seconds(together),
        "twfe.fit of each",
        spent,
        difference=gap(together(), other),
        within=1e-9,
    )
    _declared(frame, asked, seconds(together))
    _permuted(frame, [each for each in asked if each.outcome == "y0" and each.clusters == ("city",)])


def _declared(frame: pd.DataFrame, asked: list[Asked], ours: float) -> None:
    """A plain loop of the pipeline: each regression a specification, which reads its sample and makes its rows as a job does."""
    few = asked[:: len(asked) // DECLARED]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "sample.parquet"
        frame.to_parquet(path)

        def loop() -> Array:
            found = []
            for each in few:
                treatment, *controls = each.regressors
                rows = small_specs.run(
                    pd.read_parquet(path),
                    {
                        "estimator": "twfe",
                        "outcome": each.outcome,
                        "treatment": treatment,
                        "controls": controls,
                    }
                    | {"cluster": _cluster(each)},
                )
                found.append(rows.loc[("coefficient", treatment), ["estimate", "std_error"]].to_numpy(float))
            return np.array(found)

        spent, values = timed(loop)
    shared = SharedRows(frame, sorted({*frame} - {"city", "year", "province"}), ["city", "year"])
    known = [shared.fit(each) for each in few]
    line(
        f"multiverse, {len(asked)} regressions on {CITIES} × {YEARS} rows",
        ours,
        "a specification each, in a loop",
        spent * len(asked) / len(few),
        difference=gap(values, [(own.estimate, own.std_error) for own in known if own is not None]),
    )


def _permuted(frame: pd.DataFrame, asked: list[Asked]) -> None:
    """The joint test: whole treatment paths exchanged, all regressions under each exchange, against refits; two, scaled."""
    rows = SharedRows(frame, ["y0", "did", *(f"x{j}" for j in range(CONTROLS))], ["city", "year"])
    rng = np.random.default_rng(1)
    paths = frame["did"].to_numpy().reshape(CITIES, YEARS)
    drawn = np.stack([paths[rng.permutation(CITIES)].ravel() for _ in range(DRAWS)], axis=1)

    def ours() -> Array:
        found = np.empty((len(asked), DRAWS))
        for place, which, b, _ in rows.permuted(asked, drawn, 64):
            found[place, which] = b
        return found

    def refits() -> Array:
        frames = [frame.assign(did=drawn[:, d]) for d in range(REFITTED)]
        return np.array([[_fitted(each, own).params[0] for each in frames] for own in asked])

    spent, other = timed(refits)
    line(
        f"joint test, {len(asked)} regressions × {DRAWS} permutations",
        seconds(ours),
        "a refit of each",
        spent * DRAWS / REFITTED,
        difference=gap(ours()[:, :REFITTED], other),
        within=1e-9,
    )


def _fitted(frame: pd.DataFrame, asked: Asked) -> twfe.TwfeFit:
    return twfe.fit(
        frame, outcome=asked.outcome, regressors=asked.regressors, absorb=["city", "year"], cluster=_cluster(asked),
        treatment="did",
    )  # fmt: skip


def _cluster(asked: Asked) -> str | list[str]:
    return "robust" if asked.clusters == ("robust",) else list(asked.clusters)


def _panel() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    keys = pd.MultiIndex.from_product([range(CITIES), range(YEARS)], names=["city", "year"])
    frame = keys.to_frame(index=False)
    first = np.where(np.arange(CITIES) % 2 == 0, 8 + np.arange(CITIES) % 5, 99)
    columns = {"province": frame["city"] // 10, "did": (frame["year"] >= first[frame["city"]]).astype(float)}
    columns |= {f"x{j}": rng.normal(size=len(frame)) for j in range(CONTROLS)}
    columns |= {f"y{j}": rng.normal(size=len(frame)) + 0.1 * columns["did"] for j in range(OUTCOMES)}
    return frame.assign(**columns)
