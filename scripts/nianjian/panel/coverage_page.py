"""The coverage report as one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, get_args

import jinja2
import pandas as pd

from nianjian.declarations.models.sample import Rule

# Single-hue, light to dark: readable in print and for colour-blind readers.
_STEPS = (
    (0.0, "#f4f5f7"),
    (0.25, "#d3e4f3"),
    (0.5, "#a6cbe6"),
    (0.75, "#6aaed6"),
    (0.9, "#3787c0"),
    (0.98, "#105ba4"),
)
_SCOPES = {"city": "whole 全市", "districts": "districts 市辖区"}
_LEVELS = {
    "city": ("Prefecture-level cities 地级及以上城市", "cities"),
    "county_city": ("County-level cities 县级市", "cities"),
    "province": ("Provinces 省", "provinces"),
}
_SHOWN = 400
_WHERE = ("edition", "file", "sheet", "cell")
_NUMBERS = (
    "table_cells",
    "other_cells",
    "extracted",
    "mapped",
    "ignored",
    "unmapped",
    "mapped_by_position",
    "unmatched_cells",
    "unreadable",
)
_RULE_ORDER = {rule: place for place, rule in enumerate(get_args(Rule))}


def _step(share: float) -> int:
    return max(number for number, (low, _) in enumerate(_STEPS) if share >= low)


def _heat(
    items: pd.DataFrame, breaks: pd.DataFrame, years: list[int]
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Title and rows of one grid for each level and scope; a cell is None where nothing is printed."""
    breaks_of = dict(list(breaks.groupby("item")))
    grids = []
    for (level, (title, regions)), (scope, name) in product(_LEVELS.items(), _SCOPES.items()):
        own = items[(items["scope"] == scope) & (items["level"] == level)]
        rows = []
        for (item, zh), group in own[own["printed"] > 0].groupby(["item", "zh"], sort=False):
            own_breaks = breaks_of.get(item)
            meaning = {} if own_breaks is None else _by_printed_year(own_breaks, sorted(group["year"]))
            cells = {
                int(at["year"]): _cell(at, regions, meaning.get(at["year"]))
                for at in group.to_dict("records")
            }
            rows.append({"item": item, "zh": zh, "cells": [cells.get(year) for year in years]})
        if rows:
            grids.append((f"{title}, {name}", rows))
    return grids


def _by_printed_year(breaks: pd.DataFrame, years: list[int]) -> dict[int, str]:
    """What changes at each of these years: a break in a year without a print stands at the next one with it."""
    found: dict[int, list[str]] = {}
    for each in breaks.itertuples():
        later = [year for year in years if year >= each.year]
        if later:
            found.setdefault(later[0], []).append(f"from {each.year} on: {each.what_en} · {each.what_zh}")
    return {year: "; ".join(said) for year, said in found.items()}


def _cell(at: dict[Any, Any], regions: str, meaning: str | None) -> dict[str, Any]:
    says = f"{at['year']}: {at['printed']} of {at['cities']} {regions}"
    says += f", {at['suspect']} suspect" if at["suspect"] else ""
    says += f", {at['corrected']} corrected" if at["corrected"] else ""
    says += f"; {meaning}" if meaning else ""
    return {
        "new": meaning is not None,
        "step": _step(at["printed"] / max(at["cities"], 1)),
        "mark": "·" if at["suspect"] else "",
        "title": says,
    }


@dataclass(frozen=True)
class _Listing:
    """One list of the page: what it shows, and which columns of which rows."""

    heading: str
    explanation: str
    rows: pd.DataFrame
    columns: tuple[str, ...]

    def shown(self) -> tuple[str, str, list[str], list[list[Any]], str]:
        """Heading, explanation, columns, cells, and how many rows more there are."""
        first = self.rows[list(self.columns)].head(_SHOWN)
        # Editions lack where a source has none: whole numbers stay whole.
        first = first.convert_dtypes()
        cells = first.astype("object").where(first.notna(), "").to_numpy().tolist()
        hidden = len(self.rows) - _SHOWN
        more = f"{hidden:,} more in the files beside this page" if hidden > 0 else ""
        return self.heading, self.explanation, list(self.columns), cells, more


def render(tables: Mapping[str, pd.DataFrame], origin: str) -> str:
    """The page as HTML.

    Parameters
    ----------
    tables : the panel stage's reports by name: ``by_table, by_item, by_column, by_label, breaks, suspects, conflicts,
        contested, corrections, units, unreadable, checksums, sheets``
    origin : which books these are
    """
    items = tables["by_item"]
    yearbook = tables["by_table"][tables["by_table"]["edition"] > 0]
    by_edition = _by_edition(yearbook)
    years = sorted(int(y) for y in items["year"].unique())
    listings = [*_what_is_unread(tables), *_what_is_doubtful(tables), *_what_was_decided(tables)]
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("nianjian.panel"),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("coverage.html").render(
        origin=origin,
        simulated=origin.startswith("simulated"),
        editions=", ".join(str(e) for e in by_edition["edition"]),
        years=f"{years[0]}–{years[-1]}" if years else "none",
        facts=_facts(by_edition, items, tables["checksums"]),
        steps=[colour for _, colour in _STEPS],
        key=[(f"≥ {low:.0%}" if low else "none or few", colour) for low, colour in _STEPS],
        heat=_heat(items, tables["breaks"], years),
        heat_years=years,
        by_edition=list(by_edition.itertuples()),
        by_table=list(yearbook.itertuples()),
        lists=[listing.shown() for listing in listings],
    )


def _by_edition(yearbook: pd.DataFrame) -> pd.DataFrame:
    """Counts of cells by edition, with shares in percent."""
    own = yearbook.assign(table_cells=yearbook["numeric_cells"] - yearbook["other_cells"])
    by_edition = own.groupby("edition")[list(_NUMBERS)].sum().reset_index()
    by_edition["tables"] = (own["table_cells"] > 0).groupby(own["edition"]).sum().to_numpy()
    by_edition["cities"] = yearbook.groupby("edition")["cities"].max().to_numpy()
    for name in ("extracted", "mapped"):
        by_edition[f"{name}_share"] = 100 * by_edition[name] / by_edition["table_cells"].clip(lower=1)
    return by_edition


def _facts(by_edition: pd.DataFrame, items: pd.DataFrame, sums: pd.DataFrame) -> list[tuple[str, str]]:
    total = by_edition[[*_NUMBERS, "tables"]].sum()
    cells = max(total["table_cells"], 1)
    facts = [
        ("editions 版", f"{len(by_edition)}"),
        ("tables of cities 城市表", f"{total['tables']:,}"),
        ("their cells with numbers 数值单元格", f"{total['table_cells']:,}"),
        ("extracted 提取", f"{100 * total['extracted'] / cells:.3f} %"),
        ("mapped 映射", f"{100 * total['mapped'] / cells:.3f} %"),
        ("observations 观测值", f"{int(items['printed'].sum()):,}"),
        ("suspect 存疑", f"{int(items['suspect'].sum()):,}"),
        ("corrected 更正", f"{int(items['corrected'].sum()):,}"),
    ]
    if len(sums):
        share = f"{100 * sums['agrees'].mean():.2f} %"
        facts.append(("province totals equal to their cities' sum 省合计核对", share))
    return facts


def _what_is_unread(tables: Mapping[str, pd.DataFrame]) -> list[_Listing]:
    sheets, columns, labels = tables["sheets"], tables["by_column"], tables["by_label"]
    plain = labels["how"].isin(["exact", "short", ""]) & (labels["problem"] == "")
    return [
        _Listing(
            "Sheets and files that failed · 未能读取",
            "Nothing of these reached the panel; the reason says what to do.",
            sheets[sheets["status"] == "failed"],
            ("file", "sheet", "reason"),
        ),
        _Listing(
            "Sheets that are no table of cities · 非城市统计表",
            "Rankings, groups, national totals: told by what they hold, with the reason. None of them is in the counts above.",
            sheets[(sheets["status"] == "skipped") & (sheets["numeric_cells"] > 0)],
            ("edition", "title", "numeric_cells", "reason", "file", "sheet"),
        ),
        _Listing(
            "What was said of sheets that were read · 读取说明",
            "Cells outside the table, hidden rows and columns, formats that show another number than the cell holds.",
            sheets[(sheets["status"] == "extracted") & (sheets["reason"].fillna("") != "")],
            ("edition", "title", "reason", "file", "sheet"),
        ),
        _Listing(
            "Columns that no item fits · 未映射的列",
            "Add a spelling to config/items.yaml, or list the column in config/ignored.yaml.",
            columns[columns["item"] == ""].sort_values(["edition", "table"]),
            ("edition", "title", "header", "cells", "first_cell"),
        ),
        _Listing(
            "Labels that are not plainly a region · 地区名称",
            "Misread or unknown names, with what they were taken for.",
            labels[(labels["kind"] == "unknown") | ~plain],
            ("edition", "label", "kind", "city_name", "how", "problem", "file", "sheet", "first_cell"),
        ),
    ]


def _what_is_doubtful(tables: Mapping[str, pd.DataFrame]) -> list[_Listing]:
    suspects, sums, columns = tables["suspects"], tables["checksums"], tables["by_column"]
    rules = suspects.groupby("rule").size().reset_index(name="values").sort_values("values", ascending=False)
    by_rule = suspects.sort_values(
        ["rule", "item", "city", "year"],
        key=lambda s: s.map(_RULE_ORDER) if s.name == "rule" else s,
    )
    return [
        _Listing(
            "Columns mapped by resemblance · 按词义对应的列",
            "No spelling fits; header and title hold the words of one item. Confirm each as a spelling in config/items.yaml.",
            columns[columns["how"] == "resemblance"].sort_values(["edition", "table"]),
            ("edition", "title", "header", "item", "scope", "unit", "unit_source", "cells", "first_cell"),
        ),
        _Listing(
            "Suspect values by rule · 存疑值",
            "Values that break a rule. None is changed.",
            rules,
            ("rule", "values"),
        ),
        _Listing(
            "Suspect values · 存疑值明细",
            "Misread digits, jumps and contradictions first. Confirmed errors go to config/corrections/.",
            by_rule,
            ("rule", "item", "city", "year", "scope", "value", "raw", "detail", *_WHERE),
        ),
        _Listing(
            "Province totals that differ from the sum of their cities · 省合计不符",
            f"{len(sums):,} province totals are printed; these differ by more than rounding.",
            sums[~sums["agrees"]].assign(difference=sums["printed"] - sums["cities"]),
            ("item", "scope", "year", "province", "printed", "cities", "difference", *_WHERE),
        ),
        _Listing(
            "Cells that contradict each other · 相互矛盾的单元格",
            "One city, year, item and scope printed with different values, in one edition or in two sources; `kept` says "
            "which one stands.",
            tables["conflicts"].sort_values(
                ["edition", "item", "city", "year"], na_position="last", kind="stable"
            ),
            ("item", "city", "year", "scope", "value", "kept", "source", *_WHERE),
        ),
        _Listing(
            "Values that other sources contest · 与其他来源不符",
            "What stands (`value`) and what every other source prints (`other`): at least two agree with each other against it.",
            tables["contested"],
            ("item", "city", "year", "scope", "value", "other", "relation", "source", *_WHERE),
        ),
    ]


def _what_was_decided(tables: Mapping[str, pd.DataFrame]) -> list[_Listing]:
    return [
        _Listing(
            "Series that change their meaning · 口径变化",
            "From this data year on; a red line in the grid above. Numbers before and after are not one series without care.",
            tables["breaks"],
            ("item", "year", "what_en", "what_zh"),
        ),
        _Listing(
            "Corrections · 更正",
            "From config/corrections/.",
            tables["corrections"],
            ("correction", "cells", "status", "reason", "reference"),
        ),
        _Listing(
            "Units decided or in doubt · 单位",
            "Where Chinese and English units contradict, or a level differs from its neighbours by a power of ten.",
            tables["units"].assign(log10_ratio=tables["units"]["log10_ratio"].round(2)),
            ("edition", "item", "scope", "decision", "log10_ratio", "reference", "cells"),
        ),
        _Listing(
            "Cells that hold digits but no number · 无法识别的数字",
            "Misread digits that no pattern or correction reads.",
            tables["unreadable"],
            ("item", "scope", "city_name", "year", "raw", *_WHERE),
        ),
    ]
