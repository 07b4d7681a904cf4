"""The slow way to ``panel.csv``'s estimates: dense dummy variables, pseudo-inverse, explicit sandwich.

Shares no code with ``nianjian.estimators.twfe``. ``python lsdv.py`` writes ``expected.csv``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

HERE = Path(__file__).parent
REGRESSORS = ["policy", "a", "b"]  # of the five columns the two that follow are not estimable
SPECS: dict[str, dict] = {
    "city_cluster": {"absorb": ["city", "year"], "cluster": ["city"]},
    "conventional": {"absorb": ["city", "year"], "cluster": []},
    "two_way_cluster": {"absorb": ["city", "year"], "cluster": ["city", "year"]},
    "weighted": {"absorb": ["city", "year"], "cluster": ["city"], "weights": "weight"},
    "province_cluster": {"absorb": ["city", "year"], "cluster": ["province"]},
    "year_cluster": {"absorb": ["city"], "cluster": ["year"]},
    "no_effects": {"absorb": [], "cluster": ["city"]},
    "province_year": {"absorb": ["city", "province#year"], "cluster": ["city"]},
    "three_effects": {"absorb": ["city", "year", "province#year"], "cluster": ["city"]},
    "city_trends": {"absorb": ["city", "year", "city[year]"], "cluster": ["city"]},
    "conventional_trends": {"absorb": ["year", "city[year]"], "cluster": []},
    "weighted_trends": {"absorb": ["year", "city[year]"], "cluster": ["city"], "weights": "weight"},
    "province_trends": {"absorb": ["city", "year", "province[year]"], "cluster": ["province"]},
    "trends_clustered_apart": {"absorb": ["city[year]"], "cluster": ["year"]},
    "several_slopes": {"absorb": ["year", "city[year]", "province[weight]"], "cluster": ["city"]},
}


def groups(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name.split("[")[0].split("#")].astype(str).agg("-".join, axis=1)


def trend_columns(frame: pd.DataFrame, effects: list[str]) -> np.ndarray:
    """A column for each slope: the dummy of a level times the column in brackets, where it varies."""
    columns = []
    for effect in effects:
        if "[" in effect:
            value = frame[effect.split("[")[1][:-1]]
            for _, rows in frame.groupby(groups(frame, effect)):
                if np.ptp(value[rows.index]) > 0:
                    columns.append(((value - value.mean()) * frame.index.isin(rows.index)).to_numpy(float))
    return np.array(columns).T.reshape(len(frame), -1)


def lsdv(
    frame: pd.DataFrame, absorb: list[str], cluster: list[str], weights: str | None = None
) -> pd.DataFrame:
    """One row a term (regressors, then the grand-mean constant) and the fit statistics."""
    nobs = len(frame)
    while True:
        sizes = [groups(frame, effect).map(groups(frame, effect).value_counts()) for effect in absorb]
        alone = np.any([size == 1 for size in sizes], axis=0) if absorb else np.zeros(len(frame), dtype=bool)
        if not alone.any():
            break
        frame = frame[~alone]
    singletons, n, k = nobs - len(frame), len(frame), len(REGRESSORS)

    trends, effects = (
        trend_columns(frame, absorb),
        list(dict.fromkeys(effect.split("[")[0] for effect in absorb)),
    )
    dummies = {effect: pd.get_dummies(groups(frame, effect)).to_numpy(float) for effect in effects}
    x, one = frame[REGRESSORS].to_numpy(float), np.ones((n, 1))
    d = np.hstack([one, *dummies.values(), trends])
    z, y = np.hstack([x, d]), frame["y"].to_numpy()
    w = np.ones(n) if weights is None else frame[weights].to_numpy() * n / frame[weights].sum()
    bread = np.linalg.pinv(z.T @ (w[:, None] * z), rcond=1e-12, hermitian=True)
    theta = bread @ z.T @ (w * y)
    e = y - z @ theta
    rss, tss = w @ e**2, w @ (y - np.average(y, weights=w)) ** 2
    only_d = y - d @ np.linalg.lstsq(d * np.sqrt(w)[:, None], y * np.sqrt(w), rcond=None)[0]
    # reghdfe counts every slope, though the sum of all trends is a year effect, and though they are nested.
    rank = k + np.linalg.matrix_rank(np.hstack([one, *dummies.values()])) + trends.shape[1]

    if cluster:
        names = [groups(frame, name) for name in cluster]
        crossed = (
            [(names[0], 1), (names[1], 1), (names[0] + "|" + names[1], -1)] if names[1:] else [(names[0], 1)]
        )
        meat = np.zeros_like(bread)
        for labels, sign in crossed:
            for label in labels.unique():
                score = z[labels == label].T @ (w * e)[labels == label]
                meat += sign * np.outer(score, score)
        nested = [
            any(frame.groupby(groups(frame, effect))[name].nunique().eq(1).all() for name in cluster)
            for effect in effects
        ]
        free = [dummies[effect] for effect, inside in zip(effects, nested, strict=True) if not inside]
        lost = k + np.linalg.matrix_rank(np.hstack([one, *free])) + trends.shape[1]
        # For the adjusted R2 reghdfe counts every level of a nested effect, even a redundant one.
        levels = sum(
            dummies[effect].shape[1] for effect, inside in zip(effects, nested, strict=True) if inside
        )
        rank = lost - any(nested) + levels
        fewest = min(labels.nunique() for labels in names)
        v = bread @ meat @ bread * (n - 1) / (n - lost) * fewest / (fewest - 1)
        df = fewest - 1
    else:
        df = n - rank
        v = bread * rss / df

    # What is reported: each slope, and the fitted value at the mean of the dummies with x at zero.
    pick = np.vstack([np.eye(k, z.shape[1]), np.r_[np.zeros(k), np.average(d, axis=0, weights=w)]])
    estimate, covariance = pick @ theta, pick @ v @ pick.T
    if len(cluster) == 2:
        # City and year effects make each cluster's residuals sum to zero, so the constant's two-way
        # variance is negative; reghdfe cuts negative eigenvalues and keeps the slopes' block as it was.
        values, vectors = np.linalg.eigh(covariance)
        assert np.linalg.eigvalsh(covariance[:k, :k])[0] > 0 > values[0]
        slopes, covariance = covariance[:k, :k], vectors @ np.diag(values.clip(0)) @ vectors.T
        covariance[:k, :k] = slopes
    std_error = np.sqrt(np.diag(covariance))
    rows = pd.DataFrame({"term": [*REGRESSORS, "_cons"], "estimate": estimate, "std_error": std_error})
    rows["p_value"] = 2 * stats.t.sf(np.abs(rows["estimate"] / rows["std_error"]), df)
    rows["conf_low"] = rows["estimate"] - stats.t.ppf(0.975, df) * rows["std_error"]
    wald = estimate[:k] @ np.linalg.inv(covariance[:k, :k]) @ estimate[:k] / k
    fit = {
        "nobs": n,
        "singletons": singletons,
        "df_resid": df,
        "r2": 1 - rss / tss,
        "r2_adj": 1 - rss / (n - rank) / (tss / (n - 1)),
        "r2_within": 1 - rss / (w @ only_d**2),
        "rmse": np.sqrt(rss / (n - rank)),
        "dep_mean": np.average(y, weights=w),
        "dep_sd": np.sqrt(tss / (n - 1)),
        "f": wald,
    }
    return pd.concat(
        [rows, pd.DataFrame({"term": list(fit), "estimate": list(fit.values())})], ignore_index=True
    )


def expected() -> pd.DataFrame:
    panel = pd.read_csv(HERE / "panel.csv")
    return pd.concat([lsdv(panel, **options).assign(spec=spec) for spec, options in SPECS.items()])


if __name__ == "__main__":
    table = expected()
    table = table[["spec", "term", "estimate", "std_error", "p_value", "conf_low"]]
    table.to_csv(HERE / "expected.csv", index=False, float_format="%.12g", lineterminator="\n")
