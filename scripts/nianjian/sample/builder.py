"""From the panel to a study's sample: variables, cities, filled gaps, treatment, groups.

Everything is computed on a grid of all candidate cities by all years of the panel, so that lags reach back
before the sample's first year and gaps are filled from printed years just outside it. Averages, quantiles and
shares look at the sample's own city-years only.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import formulas, units
from nianjian.errors import SampleError
from nianjian.sample import gaps

log = logging.getLogger(__name__)

DISTRICTS = "__districts"
FILLED = "__filled"
FIRST = "first_treated_year"
TERRITORY = ("gain", "loss", "established", "abolished")
"""Events of city_events.csv after which a city's numbers stand for another territory."""

NOTHING_FILLED = {"method": "none", "fill": "items", "edges": "none", "max_gap": None, "chain": []}

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """What a study works with.

    Attributes
    ----------
    frame : one row a city-year of the sample
        ``city, city_name, year, province``, the variables (float64, each in its unit), ``{variable}__filled``
        (bool) unless nothing is filled, the treatment's column with ``first_treated_year``, other policies'
        dummies, attributes, groups.
    cities : one row a city of the panel
        ``city, city_name, province, kept, reason, coverage`` (share of required cells that is printed),
        ``missing_after`` (required cells still missing after filling).
    gaps : one row a variable, counts over the sample's city-years
        ``variable, cells, missing_before, filled_inside, chained, extrapolated, missing_after`` and
        ``share_filled``, the share of all cells.
    """

    frame: pd.DataFrame
    cities: pd.DataFrame
    gaps: pd.DataFrame


@dataclass(frozen=True)
class _Grid:
    """Rows are cities × years in this order; ``within`` marks the sample's."""

    cities: NDArray[np.int64]
    years: NDArray[np.int64]
    within: pd.Series

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.cities), len(self.years)

    def index(self) -> pd.MultiIndex:
        return pd.MultiIndex.from_product([self.cities, self.years], names=["city", "year"])

    def in_years(self, first: int, last: int) -> NDArray[np.bool_]:
        return np.tile((self.years >= first) & (self.years <= last), len(self.cities))


@dataclass(frozen=True)
class _Variable:
    name: str
    formula: formulas.Formula
    factor: float
    on_zero: str
    required: bool


class _Declared:
    """The study's formulas, parsed, with the units that they give."""

    def __init__(self, study: Plain, columns: Sequence[str]) -> None:
        self.units: dict[str, str] = dict(study["units"])
        known = {*self.units, *columns}
        self.variables: list[_Variable] = []
        for entry in study["variables"]:
            where = f"{study['file']}, variables.{entry['name']}"
            formula = formulas.parse(entry["expr"], where, known=known)
            derived = formula.unit(self.units)
            factor = 1.0 if entry["unit"] is None else units.factor(derived, entry["unit"])
            self.units[entry["name"]] = entry["unit"] or derived
            known.add(entry["name"])
            self.variables.append(
                _Variable(entry["name"], formula, factor, entry["on_zero"], entry["required"])
            )
        self.groups: dict[str, formulas.Formula] = {}
        for entry in study["groups"]:
            self.groups[entry["name"]] = formulas.parse(
                entry["expr"], f"{study['file']}, groups.{entry['name']}", known=known
            )
            self.units[entry["name"]] = self.groups[entry["name"]].unit(self.units)
            known.add(entry["name"])

    @property
    def required(self) -> list[str]:
        return [variable.name for variable in self.variables if variable.required]


def build(
    panel: pd.DataFrame,
    suspects: pd.DataFrame,
    study: Plain,
    cities: pd.DataFrame,
    *,
    policies: Mapping[str, pd.DataFrame] | None = None,
    attributes: Mapping[str, pd.DataFrame] | None = None,
    events: pd.DataFrame | None = None,
) -> Sample:
    """Build a study's sample.

    Parameters
    ----------
    panel : wide panel, key (city, year), a column ``item`` or ``item__districts`` each
    suspects : ``city, year, item, scope`` of values that break a rule
    study : what ``Registry.sample`` gives
    cities : config/reference/cities.csv
    policies : member list by policy name, if the study has any
    attributes : file name to frame, for the files that the study's attributes name (``cities.csv`` is known)
    events : config/reference/city_events.csv, needed with ``boundary: drop``

    Raises
    ------
    SampleError
        If an item is not printed at all, a formula is undefined somewhere and does not say ``on_zero:
        missing``, an excluded city is unknown, or no city is left.
    """
    first, last = study["years"]
    place = study["file"]
    items = _items(panel, suspects, study)
    grid = _grid(panel, first, last)
    raw = items.reindex(grid.index())
    fixed = _fixed(grid, cities, study, attributes or {}, policies or {})
    declared = _Declared(study, list(fixed))

    before = _evaluate(declared, raw, fixed, grid, NOTHING_FILLED).values
    book = _city_book(cities, grid.cities)
    listing = _select(study, declared, before, book, fixed, grid, events, cities)
    _check_printed(declared, before, grid, listing, place)

    kept = listing.index[listing["kept"]].to_numpy()
    result = _on_cities(declared, raw, fixed, grid, study, kept)
    required = declared.required
    left = result.values[required].isna().to_numpy() & result.grid.within.to_numpy()[:, None]
    per_city = left.reshape(*result.grid.shape, -1).sum(axis=(1, 2))
    listing.loc[kept, "missing_after"] = per_city
    if study["balance"] and per_city.any():
        unbalanced = kept[per_city > 0]
        for city, holes in zip(unbalanced, left.reshape(*result.grid.shape, -1)[per_city > 0], strict=True):
            year, variable = np.argwhere(holes)[0]
            example = f"{required[variable]} {result.grid.years[year]}"
            listing.loc[city, ["kept", "reason"]] = [False, f"{holes.sum()} gaps are left, first {example}"]
        kept = listing.index[listing["kept"]].to_numpy()
        _require_cities(listing, place, declared, before, grid)
        # Averages and quantiles over the sample change with its cities.
        result = _on_cities(declared, raw, fixed, grid, study, kept)
    _check_undefined(declared, result, book, place)
    _report(study, listing, result, declared)
    return Sample(
        frame=_frame(declared, result, book, study),
        cities=listing.reset_index()[
            ["city", "city_name", "province", "kept", "reason", "coverage", "missing_after"]
        ],
        gaps=result.gaps(),
    )


# -- the panel -------------------------------------------------------------------------------------


def _items(panel: pd.DataFrame, suspects: pd.DataFrame, study: Plain) -> pd.DataFrame:
    """The columns that the study uses, suspects taken out if it says so."""
    missing = [item for item in study["items"] if item not in panel]
    if missing:
        raise SampleError(
            f"{study['file']}: the panel has no column {', '.join(missing)}; no source prints it, so add a "
            "source, leave the variable out, or run a variant of the study without it"
        )
    if panel.duplicated(["city", "year"]).any():
        first = panel.loc[panel.duplicated(["city", "year"]), ["city", "year"]].iloc[0].to_dict()
        raise SampleError(
            f"{study['file']}: the panel repeats a city and year, first {first}; build it again"
        )
    items = panel.set_index(["city", "year"])[list(study["items"])].astype(float)
    if study["suspects"] == "missing" and len(suspects):
        column = suspects["item"].where(suspects["scope"] == "city", suspects["item"] + DISTRICTS)
        hits = suspects.assign(column=column)[lambda frame: frame["column"].isin(items.columns)]
        rows = items.index.get_indexer(pd.MultiIndex.from_frame(hits[["city", "year"]]))
        columns = items.columns.get_indexer(hits["column"])
        values = items.to_numpy(copy=True)
        held = rows >= 0
        values[rows[held], columns[held]] = np.nan
        log.info("%d suspect cells of %d items count as missing", held.sum(), len(set(hits["column"])))
        items = pd.DataFrame(values, index=items.index, columns=items.columns)
    return items


def _grid(panel: pd.DataFrame, first: int, last: int) -> _Grid:
    years = np.arange(min(int(panel["year"].min()), first), max(int(panel["year"].max()), last) + 1)
    cities = np.sort(panel["city"].unique()).astype("int64")
    within = np.tile((years >= first) & (years <= last), len(cities))
    return _Grid(cities, years, pd.Series(within))


def _city_book(cities: pd.DataFrame, wanted: NDArray[np.int64]) -> pd.DataFrame:
    """Name, province and years of existence by city; a city that is not listed has no name."""
    book = cities.sort_values(["city", "from_year"], na_position="first", kind="stable")
    last = book.drop_duplicates("city", keep="last").set_index("city")
    spans = book.assign(
        from_year=book["from_year"].fillna(-np.inf), to_year=book["to_year"].fillna(np.inf)
    ).groupby("city")
    table = pd.DataFrame(
        {
            "city_name": last["name_zh"],
            "name_en": last["name_en"],
            "province": last["province"],
            "from_year": spans["from_year"].min(),
            "to_year": spans["to_year"].max(),
        }
    )
    return table.reindex(pd.Index(wanted, name="city"))


def _fixed(
    grid: _Grid,
    cities: pd.DataFrame,
    study: Plain,
    attributes: Mapping[str, pd.DataFrame],
    policies: Mapping[str, pd.DataFrame],
) -> dict[str, pd.Series]:
    """Columns that are not printed: city, year, province, attributes, dummies."""
    keys = grid.index()
    city = pd.Series(keys.get_level_values("city"))
    province = city.map(_city_book(cities, grid.cities)["province"])
    columns = {"city": city, "year": pd.Series(keys.get_level_values("year")), "province": province}
    for name, entry in study["attributes"].items():
        table = cities if entry["file"] == "cities.csv" else attributes[entry["file"]]
        where = f"{study['file']}, attributes.{name}"
        for needed in (entry["by"], entry["column"]):
            if needed not in table:
                hint = difflib.get_close_matches(needed, list(table), n=1)
                raise SampleError(
                    f"{where}: config/reference/{entry['file']} has no column '{needed}'"
                    + (f"; did you mean '{hint[0]}'?" if hint else "")
                )
        values = table.drop_duplicates(entry["by"], keep="last").set_index(entry["by"])[entry["column"]]
        mapped = (city if entry["by"] == "city" else province).map(values)
        columns[name] = mapped.astype(object) if entry["unit"] == formulas.TEXT else mapped.astype(float)
    if study["policies"]:
        from nianjian.sample.policies import treatment

        for entry in study["policies"]:
            place = f"{study['file']}, {'treatment' if entry['main'] else 'policies.' + entry['name']}"
            try:
                coded = treatment(
                    policies[entry["policy"]],
                    grid.cities,
                    grid.years,
                    starts=entry["starts"],
                    coding=entry["coding"],
                    first_by=entry["first_by"],
                )
            except SampleError as error:
                file = f"config/reference/policies/{entry['policy']}.csv"
                raise SampleError(f"{place}, {file}: {error}") from error
            coded = coded.set_index(["city", "year"]).reindex(keys)
            columns[entry["name"]] = coded["treated"].astype("int32").reset_index(drop=True)
            if entry["main"]:
                columns[FIRST] = coded["first_year"].reset_index(drop=True)
    return columns


# -- variables -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Evaluated:
    """Variables on a grid: with what was printed, with chains, with interpolation, with edges."""

    grid: _Grid
    stages: tuple[pd.DataFrame, ...]
    undefined: pd.DataFrame
    columns: Mapping[str, pd.Series]

    @property
    def values(self) -> pd.DataFrame:
        return self.stages[-1]

    def filled(self) -> pd.DataFrame:
        """Cells that have a value now and had none before."""
        return self.values.notna() & self.stages[0].isna()

    def gaps(self) -> pd.DataFrame:
        """Counts by variable over the sample's city-years."""
        inside = self.grid.within.to_numpy()
        missing = [stage[inside].isna().sum() for stage in self.stages]
        cells = int(inside.sum())
        table = pd.DataFrame(
            {
                "cells": cells,
                "missing_before": missing[0],
                "filled_inside": missing[1] - missing[2],
                "chained": missing[0] - missing[1],
                "extrapolated": missing[2] - missing[3],
                "missing_after": missing[3],
                "share_filled": (missing[0] - missing[3]) / max(cells, 1),
            }
        )
        return table.rename_axis("variable").reset_index()


def _evaluate(
    declared: _Declared, raw: pd.DataFrame, fixed: Mapping[str, pd.Series], grid: _Grid, missing: Plain
) -> _Evaluated:
    """Compute every variable with ever more cells filled; each stage only adds values."""
    items = {name: raw[name].to_numpy() for name in raw}
    shape = grid.shape
    stages, undefined, columns = [], pd.DataFrame(), dict(fixed)

    def compute(series: Mapping[str, NDArray[np.float64]]) -> pd.DataFrame:
        nonlocal undefined, columns
        columns = {**fixed, **{name: pd.Series(values) for name, values in series.items()}}
        found, bad = {}, {}
        for variable in declared.variables:
            result = variable.formula.evaluate_fully(columns, declared.units, grid.within)
            found[variable.name] = columns[variable.name] = result.values * variable.factor
            bad[variable.name] = result.undefined
        undefined = pd.DataFrame(bad)
        return pd.DataFrame(found)

    stages.append(compute(items))
    chained = dict(items)
    for entry in missing["chain"]:
        ratio = units.factor(declared.units[entry["growth"]], "1")
        chained[entry["item"]] = gaps.chain(
            items[entry["item"]].reshape(shape), items[entry["growth"]].reshape(shape) * ratio
        ).ravel()
    stages.append(compute(chained) if missing["chain"] else stages[0])

    def between(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return gaps.interpolate(values.reshape(shape), max_gap=missing["max_gap"]).ravel()

    def beyond(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return gaps.extend(values.reshape(shape), years=int(missing["edges"].partition(":")[2])).ravel()

    linear, edges = missing["method"] == "linear", missing["edges"] != "none"
    for fill, wanted in ((between, linear), (beyond, edges)):
        if not wanted:
            stages.append(stages[-1])
        elif missing["fill"] == "items":
            chained = {name: fill(values) for name, values in chained.items()}
            stages.append(compute(chained))
        else:
            stages.append(stages[-1].apply(lambda column, fill=fill: pd.Series(fill(column.to_numpy()))))
    columns = {**columns, **{name: stages[-1][name] for name in stages[-1]}}
    return _Evaluated(grid, tuple(stages), undefined, columns)


def _on_cities(
    declared: _Declared,
    raw: pd.DataFrame,
    fixed: Mapping[str, pd.Series],
    grid: _Grid,
    study: Plain,
    kept: NDArray[np.int64],
) -> _Evaluated:
    """Evaluate on the kept cities alone: quantiles and means must not see the others."""
    rows = np.repeat(np.isin(grid.cities, kept), len(grid.years))
    part = _Grid(
        grid.cities[np.isin(grid.cities, kept)], grid.years, grid.within[rows].reset_index(drop=True)
    )
    columns = {name: series[rows].reset_index(drop=True) for name, series in fixed.items()}
    return _evaluate(declared, raw[rows], columns, part, study["missing"])


def _check_undefined(declared: _Declared, result: _Evaluated, book: pd.DataFrame, place: str) -> None:
    """Divisions by zero and logarithms of zero stop the run unless the variable says what they mean."""
    for variable in declared.variables:
        bad = result.undefined[variable.name] & result.grid.within
        if not bad.any():
            continue
        rows = result.grid.index()[bad.to_numpy()]
        shown = ", ".join(f"{book.loc[city, 'city_name']} {year}" for city, year in rows[:20])
        more = f" and {len(rows) - 20} more" if len(rows) > 20 else ""
        what = (
            f"`{variable.formula.text}` divides by zero or has no logarithm or root in {len(rows)} city-years"
        )
        if variable.on_zero == "error":
            raise SampleError(
                f"{place}, variables.{variable.name}: {what}: {shown}{more}; correct the data, or declare "
                "on_zero: missing"
            )
        log.warning("%s: %s, which are missing: %s%s", variable.name, what, shown, more)


# -- cities ----------------------------------------------------------------------------------------


def _select(
    study: Plain,
    declared: _Declared,
    before: pd.DataFrame,
    book: pd.DataFrame,
    fixed: Mapping[str, pd.Series],
    grid: _Grid,
    events: pd.DataFrame | None,
    cities: pd.DataFrame,
) -> pd.DataFrame:
    """Apply the city rules in order; the first that a city breaks is its reason."""
    rule, place = study["cities"], study["file"]
    first, last = study["years"]
    required = declared.required
    inside = grid.in_years(first, last)
    printed = before.loc[inside, required].notna().to_numpy().reshape(len(grid.cities), -1, len(required))
    coverage = printed.mean(axis=(1, 2)) if required else np.ones(len(grid.cities))
    lacking = 1 - printed.mean(axis=1)
    listing = book[["city_name", "province"]].assign(kept=True, reason="", coverage=coverage)
    listing["missing_after"] = pd.array([pd.NA] * len(listing), dtype="Int32")

    def drop(condition: NDArray[np.bool_], reasons: Sequence[str] | str) -> None:
        hit = condition & listing["kept"].to_numpy()
        texts = np.array(
            [reasons] * len(listing) if isinstance(reasons, str) else list(reasons), dtype=object
        )
        listing.loc[hit, "reason"] = texts[hit]
        listing.loc[hit, "kept"] = False

    drop(book["city_name"].isna().to_numpy(), "not in config/reference/cities.csv")
    for position, entry in enumerate(rule["drop"]):
        where = f"{place}, sample.cities.drop[{position}]"
        drop(_named(entry, where, cities, fixed, grid), f"left out: {entry['reason']}")
    start, end = rule["exist"] if rule["exist"] is not None else (first, last)
    early = (book["from_year"] > (start if start is not None else np.inf)).to_numpy()
    late = (book["to_year"] < (end if end is not None else -np.inf)).to_numpy()
    drop(early, [f"a city only since {year:.0f}" for year in book["from_year"]])
    drop(late, [f"a city only until {year:.0f}" for year in book["to_year"]])
    if rule["boundary"] == "drop":
        drop(*_moved(events, grid.cities, first, last, place))
    minimum = rule["min_coverage"]
    drop(coverage < minimum, [f"coverage {share:.3f} is below {minimum:g}" for share in coverage])
    if required:
        worst = lacking.argmax(axis=1)
        most = lacking[np.arange(len(lacking)), worst]
        named = [
            f"{required[j]} is missing in {share:.0%} of the years"
            for j, share in zip(worst, most, strict=True)
        ]
        drop(most > rule["max_missing"], named)
    _require_cities(listing, place, declared, before, grid)
    return listing


def _named(
    entry: Plain, where: str, cities: pd.DataFrame, fixed: Mapping[str, pd.Series], grid: _Grid
) -> NDArray[np.bool_]:
    """Which cities an exclusion names, by code, by name, or by a condition on attributes."""
    if entry["where"] is not None:
        formula = formulas.parse(entry["where"], f"{where}.where", known=fixed)
        holds = formula.holds(fixed).to_numpy().reshape(grid.shape)
        return holds.any(axis=1)
    codes: list[int] = []
    for city in entry["city"] if isinstance(entry["city"], list) else [entry["city"]]:
        match = cities[(cities["city"] == city) | (cities["name_zh"] == city) | (cities["name_en"] == city)]
        if match.empty:
            names = [
                *cities["name_zh"].astype(str),
                *cities["name_en"].astype(str),
                *cities["city"].astype(str),
            ]
            near = difflib.get_close_matches(str(city), names, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise SampleError(f"{where}.city: config/reference/cities.csv has no city '{city}'{hint}")
        if len(set(match["city"])) > 1:
            both = ", ".join(f"{row.city} {row.name_zh}" for row in match.itertuples())
            raise SampleError(f"{where}.city: '{city}' is the name of several cities ({both}); give the code")
        codes.append(int(match["city"].iloc[0]))
    return np.isin(grid.cities, codes)


def _moved(
    events: pd.DataFrame | None, cities: NDArray[np.int64], first: int, last: int, place: str
) -> tuple[NDArray[np.bool_], list[str]]:
    """Cities whose territory changed between the sample's first and last year."""
    if events is None:
        raise SampleError(f"{place}, sample.cities.boundary: 'drop' needs config/reference/city_events.csv")
    year = events["data_year"].fillna(events["year"])
    # An event of the first year is in all of the sample's numbers.
    hits = events[events["event"].isin(TERRITORY) & (year > first) & (year <= last)].assign(when=year)
    told = {
        row.city: f"boundary change in {row.when:.0f}: {row.event}"
        for row in hits.drop_duplicates("city").itertuples()
    }
    reasons = [told.get(city, "") for city in cities]
    return np.isin(cities, list(told)), reasons


def _require_cities(
    listing: pd.DataFrame, place: str, declared: _Declared, before: pd.DataFrame, grid: _Grid
) -> None:
    """Stop if no city is left, and say what took most of them."""
    if listing["kept"].any():
        return
    told = "; ".join(f"{count} cities: {reason}" for reason, count in _counted(listing).head(3).items())
    present = before.loc[grid.within.to_numpy(), declared.required].notna().mean().sort_values()
    worst = ", ".join(f"{name} {share:.0%}" for name, share in present.head(5).items())
    raise SampleError(f"{place}, sample.cities: no city is left ({told}); least printed are {worst}")


def _counted(listing: pd.DataFrame) -> pd.Series:
    """How often each reason occurs, whatever numbers and examples it holds."""
    reasons = listing.loc[~listing["kept"], "reason"]
    return (
        reasons.str.replace(r", first .*", "", regex=True)
        .str.replace(r"\b\d[\d.]*%?", "#", regex=True)
        .value_counts()
    )


def _check_printed(
    declared: _Declared, before: pd.DataFrame, grid: _Grid, listing: pd.DataFrame, place: str
) -> None:
    """A required variable without any value is a missing source, not a gap."""
    rows = np.repeat(listing["kept"].to_numpy(), len(grid.years)) & grid.within.to_numpy()
    present = before.loc[rows, declared.required].notna().any()
    empty = list(present.index[~present])
    if empty:
        raise SampleError(
            f"{place}, variables: {', '.join(empty)} {'has' if len(empty) == 1 else 'have'} no value in any "
            "city-year of the sample; add a source that prints it, drop it, or run a variant without it"
        )


# -- results ---------------------------------------------------------------------------------------


def _frame(declared: _Declared, result: _Evaluated, book: pd.DataFrame, study: Plain) -> pd.DataFrame:
    rows = result.grid.within.to_numpy()
    columns = result.columns
    filled = result.filled()
    parts: dict[str, Any] = {
        "city": columns["city"].astype("int32"),
        "city_name": columns["city"].map(book["city_name"]),
        "year": columns["year"].astype("int32"),
        "province": columns["province"].astype("int32"),
    }
    for variable in declared.variables:
        parts[variable.name] = result.values[variable.name]
    if study["missing"]["method"] != "none":
        for variable in declared.variables:
            parts[f"{variable.name}{FILLED}"] = filled[variable.name]
    for entry in study["policies"]:
        parts[entry["name"]] = columns[entry["name"]]
    if FIRST in columns:
        parts[FIRST] = columns[FIRST]
    for name in study["attributes"]:
        parts[name] = columns[name]
    known = dict(columns)
    for name, formula in declared.groups.items():
        values = formula.evaluate(known, declared.units, result.grid.within)
        known[name] = values
        parts[name] = values
    return pd.DataFrame(parts)[rows].sort_values(["city", "year"], ignore_index=True)


def _report(study: Plain, listing: pd.DataFrame, result: _Evaluated, declared: _Declared) -> None:
    kept = int(listing["kept"].sum())
    first, last = study["years"]
    published = study.get("published") or {}
    beside = f"; the paper reports {published['cities']} cities" if published.get("cities") else ""
    log.info(
        "%s: %d of %d cities, %d to %d, %d city-years%s",
        *(study["study"], kept, len(listing), first, last, int(result.grid.within.sum()), beside),
    )
    main = next((entry["name"] for entry in study["policies"] if entry["main"]), None)
    if main is not None:
        treated = result.columns[main][result.grid.within]
        cities = result.columns["city"][result.grid.within][treated == 1].nunique()
        beside = f"; the paper reports {published['treated']} cities" if published.get("treated") else ""
        log.info("%s: %d treated cities, mean %.4f%s", main, cities, treated.mean(), beside)
    for reason, count in _counted(listing).items():
        log.info("%d left out: %s", count, reason)
    for row in result.gaps().itertuples():
        if row.missing_before:
            log.info(
                "%s: %d of %d cells missing, %d filled inside, %d chained, %d carried outwards, %d left",
                *(row.variable, row.missing_before, row.cells, row.filled_inside, row.chained),
                *(row.extrapolated, row.missing_after),
            )
