"""The steps of a walk from a multiverse: a statistic of the curve, a choice, a point, and what the point was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from nianjian.multiverse.files import FOLDER
from nianjian.publish.sources import Source, plain
from nianjian.trace.steps import Step
from nianjian.trace.study import Selected

if TYPE_CHECKING:
    from nianjian.trace.walking import Walker

POINTS, CHOICES, OPTIONS, SAMPLES = (
    f"{FOLDER}/{name}.parquet" for name in ("points", "choices", "options", "samples")
)
SAID = ("estimator", "outcome", "treatment", "controls", "absorb", "cluster", "where", "nobs", "units")
NUMBERS = ("estimate", "std_error", "p_value", "conf_low", "conf_high", "dep_sd", "shown")


def step(walker: Walker, source: Source, rows: Selected) -> Step:
    """What a source of a multiverse's tables shows."""
    if source.file in (POINTS, CHOICES) and source.get("name") is not None:
        own = point(walker, str(source.get("name")))
        if source.file == POINTS:
            return own
        return Step("choice", f"{source.get('dimension')} of point {source.get('name')}", {}, [own])
    facts: dict[str, Any] = {"file": source.file, **dict(source.key)}
    if len(rows) == 1:
        facts["value"] = plain(rows[source.field][0])
        if "set" in rows:
            facts["set"] = rows["set"][0]
    else:
        facts["rows"] = len(rows)
    drawn = walker.study.frame(POINTS)["drawn"]
    facts["points"] = int(drawn.sum())
    return Step("statistic", f"{source.field} over the points of the multiverse", facts, [curve(walker)])


def curve(walker: Walker) -> Step:
    """All points together: the study's own, and what all are variants of."""

    def make() -> Step:
        points = walker.study.frame(POINTS)
        own = str(points.loc[points["own"], "name"].iloc[0])
        facts = {"points": len(points), "drawn": int(points["drawn"].sum())}
        return Step("points", "points of the multiverse", facts, [point(walker, own)])

    return walker.once(FOLDER, "", make)


def point(walker: Walker, name: str) -> Step:
    """One point: its choices, its specification and its sample, and the columns that these are made of."""
    return walker.once("point", name, lambda: _point(walker, name))


def _point(walker: Walker, name: str) -> Step:
    row = _row(walker, POINTS, name)
    if row is None:
        return Step("point", f"point {name}", problem="the multiverse has no such point")
    facts: dict[str, Any] = {key: row[key] for key in NUMBERS if not pd.isna(row[key])}
    facts |= {key: row[key] for key in SAID if not pd.isna(row[key]) and row[key] != ""}
    facts["choices"] = _choices(walker, name)
    samples = walker.study.frame(SAMPLES)
    sample = samples[samples["sample"] == row["sample"]].iloc[0]
    facts["sample"] = {key: int(sample[key]) for key in samples.columns}
    columns = [row["outcome"], row["treatment"], *filter(None, str(row["controls"]).split(", "))]
    known = dict.fromkeys(factor for column in columns for factor in str(column).split("*"))
    steps = [walker.column(column) for column in known]
    title = f"point {name} of the multiverse, a variant of {row['spec']}"
    return Step("point", title, facts, steps)


def _choices(walker: Walker, name: str) -> dict[str, str]:
    """Each choice that is not the study's own, with what it sets; the others by their names."""
    frame, options = walker.study.frame(CHOICES), walker.study.frame(OPTIONS)
    own = frame[frame["name"] == name]
    joined = own.merge(options, on=["dimension", "choice"], how="left")
    return {
        str(row["dimension"]): str(row["choice"]) + ("" if row["own"] else f" {row['set']}")
        for row in joined.to_dict("records")
    }


def _row(walker: Walker, file: str, name: str) -> dict[str, Any] | None:
    rows = walker.study.rows(Source.row(file, "name", name=name))
    return rows.first() if len(rows) else None
