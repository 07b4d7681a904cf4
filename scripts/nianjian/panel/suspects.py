"""Values that break a rule: listed with their address, never repaired here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import schemas
from nianjian.declarations.models.items import Checks, Item
from nianjian.panel import unexpected
from nianjian.panel.series import ADDITIVE

KEY = list(schemas.OBSERVATION_KEY)
COLUMNS = [*KEY, "value", "unit", "raw", "rule", "detail", "edition", "file", "sheet", "cell"]


TOGETHER = ["city", "year", "scope", "source"]
"""What values have in common that an identity holds between."""


def _listed(rows: pd.DataFrame, rule: str, detail: Sequence[str] | pd.Series) -> pd.DataFrame:
    return rows.assign(rule=rule, detail=list(detail))[COLUMNS]


def _of_kind(rows: pd.DataFrame, items: Mapping[str, Item], kinds: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each row's item is of one of these kinds."""
    wanted = [item for item, declared in items.items() if declared.kind in kinds]
    of_kind: NDArray[np.bool_] = rows["item"].isin(wanted).to_numpy()
    return of_kind


def out_of_bounds(rows: pd.DataFrame, items: Mapping[str, Item]) -> pd.DataFrame:
    """Values outside the item's declared bounds (districts are held to the city's bounds)."""
    bounds = {item: declared.bounds or (None, None) for item, declared in items.items()}
    low, high = (
        rows["item"].map({item: own[at] for item, own in bounds.items()}).astype("float64") for at in (0, 1)
    )
    bad = (rows["value"] < low) | (rows["value"] > high)
    found = rows[bad]
    return _listed(
        found, "bounds", [f"outside {a:g} to {b:g}" for a, b in zip(low[bad], high[bad], strict=True)]
    )


def doubtful_units(rows: pd.DataFrame) -> pd.DataFrame:
    """Values of pages whose unit is not sure."""
    found = rows[(rows["doubt"] != "").to_numpy()]
    return _listed(found, "unit", found["doubt"].astype("str"))


def districts_above_city(rows: pd.DataFrame, items: Mapping[str, Item]) -> pd.DataFrame:
    """Additive quantities of the districts that exceed the whole city's by more than rounding."""
    additive = _of_kind(rows, items, ADDITIVE)
    of_districts = (rows["scope"] == "districts").to_numpy()
    item = rows["item"].astype("category").cat.codes.to_numpy(dtype=np.int64)
    # Codes have six digits, years four.
    key = (item * 1_000_000 + rows["city"].to_numpy()) * 10_000 + rows["year"].to_numpy()
    city = additive & ~of_districts
    at = pd.Index(key[city]).get_indexer(key[additive & of_districts])
    districts = rows[additive & of_districts]
    whole = np.where(at >= 0, rows["value"].to_numpy()[city][at], np.nan)
    # Tables since 2018 print whole numbers: a difference of one unit is rounding.
    unit = (
        np.where(districts["raw"].str.contains(".", regex=False), 0.011, 1.01)
        * districts["factor"].to_numpy()
    )
    bad = districts["value"].to_numpy() > whole * 1.005 + unit
    return _listed(districts[bad], "districts above city", [f"whole city prints {w:g}" for w in whole[bad]])


def shares_and_sums(rows: pd.DataFrame, checks: Checks) -> pd.DataFrame:
    """Declared identities: shares that add up to 100, parts that add up to their total, each within one source.

    Another source's part may be a revised one: that it does not add up to this one's total is no error of either.
    """
    found = []
    named = [item for shares in checks.shares for item in shares]
    named += [item for check in checks.sums for item in (*check.parts, check.total)]
    rows = rows[rows["item"].isin(named).to_numpy()]
    value = rows.set_index([*TOGETHER, "item"])["value"]
    for shares in checks.shares:
        wide = _together(value, shares)
        total = wide.sum(axis=1, skipna=False)
        bad = (total - 100).abs() > checks.share_tolerance
        found.append(_break(rows, wide[bad], total, shares, "shares", "add up to {:.4g}, not 100"))
    for check in checks.sums:
        together = [*check.parts, check.total]
        wide = _together(value, together)
        total, whole = wide[check.parts].sum(axis=1, skipna=False), wide[check.total]
        bad = (total - whole).abs() > check.tolerance * whole.abs() + check.slack
        text = f"parts of {check.total} add up to {{:.6g}}"
        found.append(_break(rows, wide[bad], total, together, "sum", text))
    return pd.concat(found, ignore_index=True) if found else rows.iloc[:0].reindex(columns=COLUMNS)


def _together(value: pd.Series, items: Sequence[str]) -> pd.DataFrame:
    wide = value[value.index.get_level_values("item").isin(items)].unstack("item")
    return wide.reindex(columns=list(items)).dropna()


def _break(
    rows: pd.DataFrame, wide: pd.DataFrame, total: pd.Series, items: Sequence[str], rule: str, text: str
) -> pd.DataFrame:
    if wide.empty:
        return rows.iloc[:0].reindex(columns=COLUMNS)
    keys = pd.MultiIndex.from_frame(rows[TOGETHER])
    here = rows[keys.isin(wide.index) & rows["item"].isin(items).to_numpy()]
    sums = total.reindex(pd.MultiIndex.from_frame(here[TOGETHER])).to_numpy()
    return _listed(here, rule, [text.format(s) for s in sums])


def conflicting(rows: pd.DataFrame, conflicts: pd.DataFrame) -> pd.DataFrame:
    """Values that another cell of the same edition contradicts."""
    found = rows[rows["conflict"]]
    if found.empty:
        return found.reindex(columns=COLUMNS)
    others = conflicts.groupby(KEY)["cell"].agg(", ".join)
    named = others.reindex(pd.MultiIndex.from_frame(found[KEY])).to_numpy()
    return _listed(found, "conflict", [f"printed with different values in {cells}" for cells in named])


def find_suspects(
    rows: pd.DataFrame, conflicts: pd.DataFrame, items: Mapping[str, Item], checks: Checks
) -> pd.DataFrame:
    """All suspects, one row a value and rule, sorted by key."""
    found = pd.concat(
        [
            out_of_bounds(rows, items),
            doubtful_units(rows),
            unexpected.unexpected_values(rows, items, checks)[COLUMNS],
            districts_above_city(rows, items),
            shares_and_sums(rows, checks),
            conflicting(rows, conflicts),
        ],
        ignore_index=True,
    )
    return found.drop_duplicates([*KEY, "rule"]).sort_values([*KEY, "rule"], ignore_index=True)
