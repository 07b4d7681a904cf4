"""From the points of a multiverse to the tables of its curve."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.multiverse.content import Content, Point
from nianjian.multiverse.estimating import Found, words
from nianjian.multiverse.schemas import TABLES
from nianjian.numerics.curve import Curve, curve, explained, joint_p_values

SD = "outcome_sd"


def gathered(content: Content, found: Found, samples: Sequence[Mapping[str, int]]) -> dict[str, pd.DataFrame]:
    """All tables of :data:`nianjian.multiverse.schemas.TABLES`.

    Parameters
    ----------
    found : of all samples
    samples : rows of the schema ``SAMPLES``

    Raises
    ------
    EstimationError
        If less than two of the drawn points could be estimated.
    """
    points = _points(content, found)
    drawn = points[points["drawn"]]
    if len(drawn) < 2:
        raise EstimationError(
            f"{content.study}, multiverse: {len(drawn)} of the points that were drawn could be estimated; see why in "
            f"{content.plain['left_out'] or sorted(set(found.reasons.values()))[:3]}"
        )
    level = float(content.plain["level"])
    observed = curve(drawn["shown"].to_numpy(), drawn["p_value"].to_numpy(), level)
    choices = _choices(content, points)
    draws, p_values = _joint(content, points, found, level)
    options = _options(content, points, choices, observed, level)
    tables = {
        "points": points,
        "choices": choices,
        "options": options,
        "dimensions": _dimensions(drawn, choices, options),
        "summary": _summary(content, points, observed, p_values, len(draws)),
        "draws": draws,
        "samples": pd.DataFrame(samples),
        "left_out": _left_out(content, found),
    }
    return {name: tables[name].reindex(columns=list(TABLES[name][0])) for name in TABLES}


def _points(content: Content, found: Found) -> pd.DataFrame:
    in_sd = content.plain["scale"] == SD
    rows: list[dict[str, Any]] = []
    for point in content.points:
        effect = found.effects.get(point.name)
        if effect is None:
            continue
        scale = 1 / effect.dep_sd if in_sd else 1.0
        own = asdict(effect)
        own["statistic"] = own.pop("t")
        rows.append(
            {
                **{name: getattr(point, name) for name in ("name", "own", "alone", "drawn", "sample")},
                "spec": content.spec,
                **words(content.specs[point.spec]),
                **own,
                "shown": effect.estimate * scale,
                "shown_low": effect.conf_low * scale,
                "shown_high": effect.conf_high * scale,
                "permuted": point.drawn and point.name in found.estimates,
            }
        )
    return pd.DataFrame(rows)


def _choices(content: Content, points: pd.DataFrame) -> pd.DataFrame:
    there = set(points["name"])
    return pd.DataFrame(
        [
            {"name": point.name, "dimension": dimension, "choice": choice}
            for point in content.points
            if point.name in there
            for dimension, choice in point.choices.items()
        ]
    )


def _joint(
    content: Content, points: pd.DataFrame, found: Found, level: float
) -> tuple[pd.DataFrame, Curve | None]:
    """Statistics under each permutation, and p-values of those of the points that take part."""
    own = points[points["permuted"]]
    draws = int(content.plain["permutations"])
    if len(own) < 2 or not draws:
        return pd.DataFrame(columns=list(TABLES["draws"][0])), None
    scale = (own["shown"] / own["estimate"]).to_numpy()
    b = np.vstack([found.estimates[name] for name in own["name"]]) * scale[:, None]
    p = np.vstack([found.p_values[name] for name in own["name"]])
    # A draw in which the treatment of some point lost all variation has no curve.
    held = np.isfinite(b).all(axis=0)
    if not held.any():
        return pd.DataFrame(columns=list(TABLES["draws"][0])), None
    drawn = curve(b[:, held], p[:, held], level)
    observed = curve(own["shown"].to_numpy(), own["p_value"].to_numpy(), level)
    table = pd.DataFrame(
        {
            "draw": np.flatnonzero(held) + 1,
            "median": drawn.median,
            "share": drawn.share,
            "stouffer": drawn.stouffer,
        }
    )
    return table, joint_p_values(observed, drawn)


def _options(
    content: Content, points: pd.DataFrame, choices: pd.DataFrame, observed: Curve, level: float
) -> pd.DataFrame:
    joined = choices.merge(points, on="name")
    sign = float(np.sign(observed.median))
    joined["counts"] = (joined["p_value"] < level) & (np.sign(joined["estimate"]) == sign)
    rows = []
    for option in content.plain["options"]:
        all_points = joined[
            (joined["dimension"] == option["dimension"]) & (joined["choice"] == option["choice"])
        ]
        drawn = all_points[all_points["drawn"]]
        alone = all_points[all_points["own"] if option["own"] else all_points["alone"]]
        rows.append(
            {
                **option,
                "points": len(drawn),
                "median": drawn["shown"].median(),
                "mean": drawn["shown"].mean(),
                "minimum": drawn["shown"].min(),
                "maximum": drawn["shown"].max(),
                "share": drawn["counts"].mean() if len(drawn) else np.nan,
                "alone": alone["shown"].iloc[0] if len(alone) else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _dimensions(drawn: pd.DataFrame, choices: pd.DataFrame, options: pd.DataFrame) -> pd.DataFrame:
    rows = []
    shown = drawn.set_index("name")["shown"]
    for dimension, own in choices[choices["name"].isin(shown.index)].groupby("dimension", sort=True):
        codes = pd.factorize(own["choice"], sort=True)[0]
        medians = options.loc[options["dimension"] == dimension, "median"].dropna()
        rows.append(
            {
                "dimension": dimension,
                "explained": explained(shown.loc[own["name"]].to_numpy(), codes),
                "spread": medians.max() - medians.min(),
            }
        )
    return pd.DataFrame(rows)


def _summary(
    content: Content, points: pd.DataFrame, observed: Curve, p_values: Curve | None, draws: int
) -> pd.DataFrame:
    drawn = points[points["drawn"]]
    sign = np.sign(float(observed.median))
    level = float(content.plain["level"])
    significant = drawn["p_value"] < level
    nothing = float("nan")

    def p(name: str) -> float:
        return nothing if p_values is None else float(getattr(p_values, name))

    own = points[points["own"]].iloc[0]
    values: list[tuple[str, float, float]] = [
        ("median", float(observed.median), p("median")),
        ("share", float(observed.share), p("share")),
        ("stouffer", float(observed.stouffer), p("stouffer")),
        ("minimum", drawn["shown"].min(), nothing),
        ("maximum", drawn["shown"].max(), nothing),
        ("same_sign", float((np.sign(drawn["shown"]) == sign).mean()), nothing),
        ("opposite", float((significant & (np.sign(drawn["shown"]) == -sign)).mean()), nothing),
        ("own", own["shown"], own["p_value"]),
        ("rank", float((drawn["shown"] < own["shown"]).sum() + 1), nothing),
        ("points", len(drawn), nothing),
        ("grid", float(content.plain["grid"]), nothing),
        ("tested", float(points["permuted"].sum()), nothing),
        ("permutations", float(draws), nothing),
        ("samples", len(content.samples), nothing),
    ]
    return pd.DataFrame(values, columns=["property", "value", "p_value"])


def _left_out(content: Content, found: Found) -> pd.DataFrame:
    """Choices that were left out where they were read, and points that could not be estimated, by reason."""
    rows = [
        {"choices": _said(each["choices"]), "points": 0, "reason": each["reason"]}
        for each in content.plain["left_out"]
    ]
    by_reason: dict[str, list[Point]] = {}
    for point in content.points:
        if point.name in found.reasons:
            by_reason.setdefault(found.reasons[point.name], []).append(point)
    for reason, points in by_reason.items():
        shared = dict(points[0].choices)
        for point in points:
            shared = {key: own for key, own in shared.items() if point.choices[key] == own}
        rows.append(
            {"choices": _said(shared), "points": sum(each.drawn for each in points), "reason": reason}
        )
    table = pd.DataFrame(rows, columns=list(TABLES["left_out"][0]))
    return table.drop_duplicates(["choices", "reason"])


def _said(choices: Mapping[str, str]) -> str:
    return json.dumps(choices, ensure_ascii=False, sort_keys=True)
