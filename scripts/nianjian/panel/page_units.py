"""Units settled page by page: what a page's values say of its unit, beside other pages and other years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nianjian import schemas
from nianjian.declarations.models.items import Item
from nianjian.panel.series import Bools, Floats, Ints, medians

FEW = 5
"""Values of a page that must have years beside before it is judged."""
LEVEL_SHIFT = 0.75  # log10: five- to sixfold, which no item moves by in a year over all cities
NEAR = 0.4  # log10 by which a value may be off a power of ten and still be explained by it
MOST = 0.7  # share of a page's values that a power of ten must explain
ACROSS = 1.0  # log10 that a page's cities may lie above or below the other pages' for it to say nothing
CERTAIN = 1.5  # log10 ratio to one side's years from which a page is in doubt; tenfold in the years of a gap may be growth
SIDE = 2  # years on each side that a value is compared with
PASSES = 3  # a page may only be judged once those beside it are right
PRINTED_BY = ("declared", "header", "note", "english")
CHINESE = (4, 8)  # powers of ten between 个, 万 and 亿, which one sign tells apart
UNEXPLAINED, OTHER = "level differs, unexplained", "other unit holds"
CONTINUITY = "continuity"
"""Source of a unit that the years or pages beside say."""
PAGE = ("file", "sheet", "block", "item", "scope")


@dataclass
class _Pages:
    """Columns of pages, of one item and scope.

    Attributes
    ----------
    page, run, year : (n,) of values, sorted by run and year
    level : (n,) log10 of the value by the unit as it stands
    factor, other : (p,) of pages: factor that holds, and one that contradicts it (else NaN)
    edition : (p,)
    printed : (p,) whether a unit is printed for the page
    offers : log10 factors that pages of the item print, of any edition
    bounds : log10 of the item's bounds
    """

    page: Ints
    run: Ints
    year: Ints
    level: Floats
    factor: Floats
    other: Floats
    edition: Ints
    printed: Bools
    offers: Floats
    bounds: tuple[float, float]

    def beside(self) -> Floats:
        """Values of up to ``SIDE`` years before and after, of pages that print a unit if the item has such; (2 SIDE, n)."""
        anchors = self.printed[self.page] if self.printed.any() else np.full(len(self.page), True)
        at = np.flatnonzero(anchors)
        after = np.searchsorted(at, np.arange(len(self.page)), side="right")
        before = np.searchsorted(at, np.arange(len(self.page)), side="left") - 1
        found = np.full((2 * SIDE, len(self.page)), np.nan)
        for row, near in enumerate([*(before - k for k in range(SIDE)), *(after + k for k in range(SIDE))]):
            inside = (near >= 0) & (near < len(at))
            place = at[np.clip(near, 0, max(len(at) - 1, 0))] if len(at) else np.zeros(len(near), dtype=int)
            same = inside & (self.run[place] == self.run) & (self.page[place] != self.page)
            found[row] = np.where(same, self.level[place], np.nan)
        return found

    def shifts(self) -> tuple[Floats, Ints, Floats, Ints]:
        """Of each page: log10 ratio to the years beside, the power of ten that explains most of it (0 for none), the share
        that it explains, and how many values have years beside."""
        pages = len(self.factor)
        beside = self.beside()
        ordered = np.sort(beside, axis=0)
        count = (~np.isnan(beside)).sum(axis=0)
        own = np.arange(len(self.page))
        middle = (
            ordered[np.maximum(count - 1, 0) // 2, own] + ordered[np.minimum(count // 2, 2 * SIDE - 1), own]
        ) / 2
        distance = self.level - middle
        ratio, sizes = medians(self.page, distance, pages)
        power = np.where(np.abs(ratio) >= LEVEL_SHIFT, np.round(np.nan_to_num(ratio)), 0).astype(int)
        explained = np.abs(distance - power[self.page]) < NEAR
        share = np.bincount(self.page[explained], minlength=pages) / np.maximum(sizes, 1)
        return ratio, np.where((sizes >= FEW) & (share >= MOST), power, 0), share, sizes

    def across(self) -> Floats:
        """Of each page: log10 ratio of its median to that of the same edition's other pages; NaN where there is none."""
        pages = len(self.factor)
        middle, _ = medians(self.page, self.level, pages)
        own, sizes = np.full(pages, np.nan), np.bincount(self.page, minlength=pages)
        for edition in np.unique(self.edition):
            here = np.flatnonzero((self.edition == edition) & (sizes >= FEW))
            if len(here) > 1:
                own[here] = middle[here] - np.array([np.median(middle[here[here != page]]) for page in here])
        return own


def decide_units(rows: pd.DataFrame, items: Mapping[str, Item]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Settle contradicting, missing and wrong units of single pages by their values.

    A page is what one file prints of an item and scope below one header. Its values are compared with those of the same
    regions in the years beside, on pages that print a unit. A page off by a power of ten is put right if another unit says
    why: one that stands at its header too, one of the edition's other pages, or, where the page stands alone among the
    pages and years beside, one of other years or the next Chinese one (万, 亿). Otherwise its values are suspect.

    Returns
    -------
    rows with ``factor`` settled, ``unit_source`` ``continuity`` where it was, and ``doubt``: why a page's unit is not
    sure, else empty; a table of decisions, schema ``UNIT_DECISIONS``.
    """
    rows = rows.reset_index(drop=True)
    factor = rows["factor"].to_numpy(dtype=float, copy=True)
    doubt = np.full(len(rows), "", dtype=object)
    settled = np.zeros(len(rows), dtype=bool)
    decisions: list[dict[str, object]] = []
    page = _numbered(rows)
    for index in _groups(rows, items, page):
        pages, names, order = _pages(rows, items, index, page)
        printed = pages.factor.copy()
        told = _decided(pages)
        for number, (decision, power, ratio, reference) in told.items():
            own = order[pages.page == number]
            own_rows = np.flatnonzero(page == names[number]) if decision else own
            if power:
                factor[own_rows] *= pages.factor[number] / printed[number]
                settled[own_rows] = True
            elif decision == UNEXPLAINED and (abs(ratio) >= CERTAIN or _alone(pages, number, round(ratio))):
                doubt[own_rows] = (
                    f"the page's values are {10.0**ratio:.3g} times those of the years beside, and no other unit says why"
                )
            decisions.append(_told(rows, own_rows, decision, ratio, reference))
    source = rows["unit_source"].astype("object").to_numpy(copy=True)
    source[settled] = CONTINUITY
    names_of = list(schemas.UNIT_DECISIONS)
    table = pd.DataFrame(decisions, columns=names_of).sort_values(names_of[:6], ignore_index=True)
    return rows.assign(factor=factor, unit_source=source, doubt=pd.Categorical(doubt)), table


def _told(rows: pd.DataFrame, at: Ints, decision: str, ratio: float, reference: int) -> dict[str, object]:
    first = rows.iloc[at[0]]
    return {
        "edition": int(first["edition"]), "item": first["item"], "scope": first["scope"], "file": first["file"],
        "sheet": first["sheet"], "first_row": int(rows["row"].to_numpy()[at].min()),
        "last_row": int(rows["row"].to_numpy()[at].max()), "decision": decision, "log10_ratio": ratio,
        "reference": reference, "cells": len(at),
    }  # fmt: skip


def _numbered(rows: pd.DataFrame) -> Ints:
    """Number of each row's page."""
    keys = [rows[name].astype("category").cat.codes.to_numpy(dtype=np.int64) for name in PAGE]
    key = np.zeros(len(rows), dtype=np.int64)
    for each in keys:
        _, key = np.unique(key * (int(each.max(initial=0)) + 2) + each + 1, return_inverse=True)
    return key


def _groups(rows: pd.DataFrame, items: Mapping[str, Item], page: Ints) -> list[Ints]:
    """Rows of each item and scope that has a page whose unit is in question."""
    names = rows["item"].astype("category")
    counted = np.array(
        [items[name].kind not in ("rate", "share", "index") for name in names.cat.categories], dtype=bool
    )
    number = rows["number"].to_numpy(dtype=float)
    value = number * rows["factor"].to_numpy(dtype=float)
    usable = counted[names.cat.codes] & (rows["edition"].to_numpy() > 0) & (value > 0)
    at = np.flatnonzero(usable)
    scope = rows["scope"].astype("category").cat.codes.to_numpy(dtype=np.int64)
    series = names.cat.codes.to_numpy(dtype=np.int64) * 4 + scope
    city = rows["city"].to_numpy()
    order = at[np.lexsort((rows["year"].to_numpy()[at], city[at], series[at]))]
    level = np.log10(value[order])
    same = (series[order][1:] == series[order][:-1]) & (city[order][1:] == city[order][:-1])
    far = same & (np.abs(np.diff(level)) >= LEVEL_SHIFT)
    count = int(page.max(initial=-1)) + 1
    pairs = [page[order][1:][same], page[order][:-1][same]]
    leaps = [page[order][1:][far], page[order][:-1][far]]
    questioned = np.zeros(count, dtype=bool)
    for pair, leap in zip(pairs, leaps, strict=True):
        sizes = np.bincount(pair, minlength=count)
        questioned |= (sizes >= FEW) & (np.bincount(leap, minlength=count) > 0.5 * sizes)
    contradicted = rows["other_factor"].notna().to_numpy() & usable
    asked = np.unique(series[order][questioned[page[order]]])
    asked = np.union1d(asked, np.unique(series[contradicted]))
    start = np.searchsorted(series[order], asked)
    end = np.searchsorted(series[order], asked, side="right")
    return [order[a:b] for a, b in zip(start, end, strict=True)]


def _pages(
    rows: pd.DataFrame, items: Mapping[str, Item], index: Ints, page: Ints
) -> tuple[_Pages, Ints, Ints]:
    names, first, own = np.unique(page[index], return_index=True, return_inverse=True)
    part = rows.take(index)
    head = part.iloc[first]
    value = part["number"].to_numpy(dtype=float) * part["factor"].to_numpy(dtype=float)
    _, run = np.unique(part["city"].to_numpy(), return_inverse=True)
    printed = head["unit_source"].isin(PRINTED_BY).to_numpy()
    factor = head["factor"].to_numpy(dtype=float, copy=True)
    low, high = items[str(head["item"].iloc[0])].bounds or (None, None)
    pages = _Pages(
        page=own, run=run, year=part["year"].to_numpy(dtype=np.int64), level=np.log10(value), factor=factor,
        other=head["other_factor"].to_numpy(dtype=float), edition=head["edition"].to_numpy(dtype=np.int64),
        printed=printed, offers=np.unique(np.log10(factor)),
        bounds=(np.log10(low) if low and low > 0 else -np.inf, np.log10(high) if high else np.inf),
    )  # fmt: skip
    return pages, names, index


def _decided(pages: _Pages) -> dict[int, tuple[str, int, float, int]]:
    """Decision, power of ten taken off, log10 ratio and nearest other edition, by page."""
    told: dict[int, tuple[str, int, float, int]] = {}
    for _ in range(PASSES):
        ratio, power, _, _ = pages.shifts()
        across = pages.across()
        found = {
            int(number): why
            for number in np.flatnonzero(power)
            if number not in told and (why := _why(pages, int(number), int(power[number]), power, across))
        }
        if not found:
            break
        before = pages.factor.copy()
        for number, why in found.items():
            told[number] = (why, int(power[number]), float(ratio[number]), _nearest(pages, number))
            right = pages.factor[number] / 10.0 ** power[number]
            pages.factor[number] = pages.other[number] if why == OTHER else right
        pages.level += np.log10(pages.factor / before)[pages.page]
    ratio, power, _, _ = pages.shifts()
    for number in map(int, np.flatnonzero(power)):
        if number not in told:
            told[number] = (UNEXPLAINED, 0, float(ratio[number]), _nearest(pages, number))
    for number in map(int, np.flatnonzero(~np.isnan(pages.other))):
        if number not in told:
            told[number] = ("first unit holds", 0, float(ratio[number]), _nearest(pages, number))
    return told


def _why(pages: _Pages, number: int, power: int, powers: Ints, across: Floats) -> str:
    """Why a page's values are off by this power of ten; empty if nothing says so clearly."""
    own = np.log10(pages.factor[number])
    right = own - power
    if abs(np.log10(pages.other[number]) - right) < NEAR:
        return OTHER
    beside = (pages.edition == pages.edition[number]) & (np.arange(len(pages.factor)) != number)
    steady = beside & (powers == 0)
    fits = np.abs(np.log10(pages.factor) - right) < 0.01
    if (fits & steady).any():
        return "unit of the pages beside holds"
    offered = bool((np.abs(pages.offers - right) < 0.01).any()) or abs(power) in CHINESE
    if not offered:
        return ""
    if not pages.printed[number] and _inside(pages, number, power):
        return "unit of other years holds"
    apart = abs(across[number] - power) < ACROSS and steady.sum() >= 1
    return "unit of other years holds" if apart or _alone(pages, number, power) else ""


def _inside(pages: _Pages, number: int, power: int) -> bool:
    """Whether the page's values lie within the item's bounds once the power of ten is taken off."""
    level = pages.level[pages.page == number] - power
    return bool(np.mean((level >= pages.bounds[0]) & (level <= pages.bounds[1])) > 0.9)


def _alone(pages: _Pages, number: int, power: int) -> bool:
    """Whether years before and years after agree that the page is off."""
    beside = pages.beside()[:, pages.page == number]
    level = pages.level[pages.page == number]
    sides = [np.abs(level - beside[half] - power) for half in (slice(0, SIDE), slice(SIDE, 2 * SIDE))]
    known = [~np.isnan(side) for side in sides]
    return all(
        each.sum() >= FEW and (side[each] < 2 * NEAR).mean() >= MOST
        for side, each in zip(sides, known, strict=True)
    )


def _nearest(pages: _Pages, number: int) -> int:
    """The edition nearest to a page's, other than it."""
    others = np.unique(pages.edition[pages.edition != pages.edition[number]])
    if not len(others):
        return int(pages.edition[number])
    return int(others[np.argmin(np.abs(others - pages.edition[number]))])
