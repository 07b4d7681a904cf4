"""Several sources that print one item of a city and year: which stands, which contradict it, which together contest it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import schemas
from nianjian.declarations.models.items import LATER, OWN, PanelUse, SourceOrder
from nianjian.panel.cells import NO_EDITION

KEY = list(schemas.OBSERVATION_KEY)
RULE = "contested"
EDITIONS = 10_000  # more than the last year of an edition
EXACT = 1e-9
ROUNDING = 1.02  # half a unit of the last digit, and what floats add to it
AGREES, CONTESTS, DIFFERS = "agrees", "contests", "differs"


@dataclass(frozen=True)
class Ranking:
    """Which source stands before which.

    Attributes
    ----------
    declared : order and tolerance
    uses : of each compiled panel; one that is not named fills gaps and copies no other
    """

    declared: SourceOrder = field(default_factory=SourceOrder)
    uses: Mapping[str, PanelUse] = field(default_factory=dict)

    def compared(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether each row's source is there to be compared with only: its values never stand."""
        only = [source for source, use in self.uses.items() if not use.fills]
        found: NDArray[np.bool_] = rows["source"].isin(only).to_numpy()
        return found

    def ranks(self, rows: pd.DataFrame) -> NDArray[np.int64]:
        """One number a source and edition: the smallest of those that print a value stands.

        Of later editions the nearest comes first; sources that are only compared come last.
        """
        edition = rows["edition"].to_numpy(dtype="int64")
        own = edition == rows["year"].to_numpy() + 1
        source = rows["source"].astype("category").cat
        codes, names = source.codes.to_numpy(), source.categories
        order = self.declared.complete(sorted(names[np.unique(codes[edition == NO_EDITION])]))
        of_name = [order.index(name) if name in order else 0 for name in names]
        place = np.array(of_name, dtype="int64")[codes]
        by_kind = np.where(own, order.index(OWN), order.index(LATER))
        place = np.where(edition == NO_EDITION, place, by_kind) + self.compared(rows) * len(order)
        found: NDArray[np.int64] = place * EDITIONS + edition
        return found

    def voices(self, rows: pd.DataFrame) -> pd.Series:
        """Who speaks in each row: an edition, or a panel; one that copies another speaks with its voice."""
        copied = {source: use.copies for source, use in self.uses.items() if use.copies}
        source = rows["source"].astype("str")
        return source.map(lambda each: copied.get(each, each)) + " " + rows["edition"].astype("str")


def cities_listed(rows: pd.DataFrame) -> NDArray[np.int64]:
    """How many cities the table lists in which each row's item and scope stand; 0 where nothing is printed twice.

    Within an edition the item's own table stands before a summary of some cities.
    """
    counts = np.zeros(len(rows), dtype="int64")
    twice = rows.duplicated([*KEY, "source", "edition"], keep=False).to_numpy()
    if not twice.any():
        return counts
    wanted = (
        rows.loc[twice, ["source", "edition", "item", "scope"]].drop_duplicates().astype({"source": "str"})
    )
    near = rows["item"].isin(wanted["item"].unique()) & rows["edition"].isin(wanted["edition"].unique())
    own = rows.loc[near, ["source", "edition", "item", "scope", "city"]]
    table, sheet = rows.loc[near, "table"].astype("str"), rows.loc[near, "sheet"].astype("str")
    file = rows.loc[near, "file"].astype("str")
    # Pages of one table stand on several sheets; what has no number is counted by its sheet.
    nameless = table.isin(["", "nan", "None", "<NA>"])
    own = own.assign(table=table.where(~nameless, file + "|" + sheet))
    by = ["source", "edition", "item", "scope", "table"]
    counts[near.to_numpy()] = (
        own.groupby(by, observed=True, sort=False)["city"].transform("nunique").to_numpy()
    )
    return counts


def agree(
    a: NDArray[np.float64], b: NDArray[np.float64], half: NDArray[np.float64], relative: float = EXACT
) -> NDArray[np.bool_]:
    """Whether values are the same within rounding (``half`` a unit of the coarser one) or a relative tolerance."""
    near = np.maximum(half * ROUNDING + EXACT * np.abs(a), relative * np.maximum(np.abs(a), np.abs(b)))
    found: NDArray[np.bool_] = np.abs(a - b) <= near
    return found


def by_statement(groups: pd.DataFrame) -> pd.DataFrame:
    """Cells of repeated keys, the most precise of those that agree with a source's first cell before the others.

    Parameters
    ----------
    groups : sorted by ``_key``, ``_rank`` and place, with ``_half``

    Returns
    -------
    The same rows with ``_differs``: from the first cell of the same source and edition.
    """
    statement = ["_key", "_rank"]
    first = groups.groupby(statement, sort=False)[["value", "_half"]].transform("first")
    half = np.maximum(groups["_half"], first["_half"]).to_numpy()
    differs = ~agree(groups["value"].to_numpy(), first["value"].to_numpy(), half)
    return groups.assign(_differs=differs).sort_values([*statement, "_differs", "_half"], kind="stable")


def compare(groups: pd.DataFrame, ranking: Ranking) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare what stands with what every other source prints.

    Parameters
    ----------
    groups : of :func:`by_statement`

    Returns
    -------
    The cells of sources that differ from what stands, that cell itself among them; and the values that at least two
    voices contest which agree with each other, and more of them than agree with it: one row an other source, with
    ``relation`` (it agrees with what stands, it contests it, it differs from all).
    """
    heads = groups.drop_duplicates(["_key", "_rank"])
    heads = heads.assign(_voice=ranking.voices(heads).to_numpy())
    first = heads.groupby("_key", sort=False)[["value", "_half", "_rank"]].transform("first")
    heads = heads.assign(_stands=first["value"])
    half = np.maximum(heads["_half"], first["_half"]).to_numpy()
    tolerance = ranking.declared.tolerance
    same = agree(heads["value"].to_numpy(), first["value"].to_numpy(), half, tolerance)
    is_other = (heads["_rank"] != first["_rank"]).to_numpy()
    against, support = heads[~same], heads[same & is_other]
    differing = heads[heads["_key"].isin(against["_key"])]
    differing = differing[~differing.index.isin(support.index)]
    sides = _sides(against, tolerance)
    backing = support.groupby("_key")["_voice"].nunique().reindex(sides["_key"]).fillna(0).to_numpy()
    strong = sides[(sides["voices"] >= 2) & (sides["voices"].to_numpy() > backing)]
    others = heads[is_other & heads["_key"].isin(strong["_key"]).to_numpy()]
    relation = np.select(
        [others.index.isin(support.index), others.index.isin(strong["_at"])],
        [AGREES, CONTESTS],
        default=DIFFERS,
    )
    return differing, others.assign(relation=relation)


def _sides(against: pd.DataFrame, tolerance: float) -> pd.DataFrame:
    """How many voices print each value that differs from what stands: ``_key``, ``_at`` (its row), ``voices``."""
    many = against[against.duplicated("_key", keep=False)]
    own = many[["_key", "_voice", "value", "_half"]].rename_axis("_at").reset_index()
    pairs = own.merge(own, on="_key", suffixes=("", "_2"))
    half = np.maximum(pairs["_half"], pairs["_half_2"]).to_numpy()
    alike = pairs[agree(pairs["value"].to_numpy(), pairs["value_2"].to_numpy(), half, tolerance)]
    return alike.groupby(["_key", "_at"])["_voice_2"].nunique().rename("voices").reset_index()


def contested_table(found: pd.DataFrame) -> pd.DataFrame:
    """Rows of :func:`compare` as the schema ``CONTESTED`` has them: what stands, and what another source prints."""
    return found.rename(columns={"value": "other", "_stands": "value"})


def suspects(rows: pd.DataFrame, found: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The values that stand though they are contested, with who contests them, as suspects.

    Parameters
    ----------
    rows : values that stand
    found : rows of :func:`compare`
    columns : of the suspects
    """
    against = found[found["relation"] == CONTESTS]
    if against.empty:
        return rows.iloc[:0].assign(rule="", detail="")[columns]
    who = [
        f"{value:.10g} in {source if edition == NO_EDITION else f'edition {edition}'}"
        for value, source, edition in zip(
            against["value"], against["source"], against["edition"], strict=True
        )
    ]
    told = against[KEY].assign(detail=who).groupby(KEY, observed=True)["detail"].agg(", ".join)
    keys = pd.MultiIndex.from_frame(rows[KEY])
    own = rows[keys.isin(told.index)]
    detail = told.reindex(pd.MultiIndex.from_frame(own[KEY])).to_numpy()
    return own.assign(rule=RULE, detail=[f"others agree against it: {text}" for text in detail])[columns]
