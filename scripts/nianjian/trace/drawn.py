"""Points of figures on the page that says where numbers come from: a row a point, or a row a series where it has very many."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from nianjian.kinds.labels import Label
from nianjian.publish.page_numbers import plain_number
from nianjian.publish.panel_names import Names
from nianjian.publish.places import figure_anchor, point_anchor
from nianjian.publish.sources import SOURCE
from nianjian.text import FIRST, Text, has, word

EACH = 40
"""ASSUME: a series of so many points has a row for each; of a longer one, such as the cities of a map, one point stands for all."""
LISTED = 400
"""ASSUME: so many points of a long series are listed with their numbers; the Parquet beside the figure has all."""
DIGITS = 4
"""Significant digits of a point, as a reader sees no more of it in print."""
SERIES = ("figures", "captions", "estimates", "multiverse", "statistics")
"""Subjects of the messages in which series that are nothing declared have their words."""
CODE = re.compile(r"\d{6}")
MINUS = "\u2212"

Record = Mapping[str, Any]


@dataclass(frozen=True)
class FigureOf:
    """A figure of a study.

    Attributes
    ----------
    name, title : its number and what it is called
    points : schema ``POINTS``
    labels : what columns and the values of attributes are called
    specs : what specifications are called, by whose name a series may go
    """

    name: str
    title: Text
    points: pd.DataFrame
    labels: Mapping[str, Label]
    specs: Mapping[str, Text]

    @cached_property
    def series(self) -> list[tuple[int, str, pd.DataFrame]]:
        """Panel, series and its records, in the order in which they are drawn."""
        grouped = self.points.groupby(["panel", "series"], sort=False)
        return [(int(panel), str(series), own) for (panel, series), own in grouped]

    def called(self, series: str, language: str) -> str:
        """A series in words: as a whole, or word by word where it is of several things, as ``gini_cell east west``."""
        found = self._known(series)
        if found is None:
            parts = series.split()
            named = [self._known(part) or Text.same(part) for part in parts]
            return " ".join(each[language] for each in named)
        return found[language]

    def _known(self, name: str) -> Text | None:
        if name in self.labels:
            return self.labels[name].text
        for own in self.labels.values():
            if name in own.values:
                return own.values[name]
        if name in self.specs:
            return self.specs[name]
        for key in (f"{subject}.{name}" for subject in SERIES):
            if has(key) and "{" not in word(key)[FIRST]:
                return word(key)
        # A dimension of an index, whose column is called <index>_<dimension>.
        ends = [own for column, own in self.labels.items() if column.endswith(f"_{name}")]
        return ends[0].text if len(ends) == 1 else None


@dataclass(frozen=True)
class FigureRows:
    """Rows of a figure in a language.

    Attributes
    ----------
    figure : whose points these are
    language : of the page
    names : what cities are called
    asked : the command up to the figure's number, and what stands behind all arguments
    chains : what records of one point are made from, as HTML
    """

    figure: FigureOf
    language: str
    names: Names
    asked: tuple[Sequence[str], str]
    chains: Callable[[Sequence[Record]], Iterator[str]]

    @property
    def plain(self) -> dict[str, Any]:
        """What the template shows."""
        figure, language = self.figure, self.language
        return {
            "name": figure_anchor(figure.name),
            "anchor": figure_anchor(figure.name),
            "title": self._said("figure", number=figure.name, title=figure.title),
            "link": f"figures/{figure.name}.{language}.svg",
            "shown": self._said("as_drawn"),
            "heads": [self._said(key) for key in ("series", "at", "drawn", "comes_from")],
            "rows": [row for panel, series, own in figure.series for row in self._series(panel, series, own)],
        }

    def _said(self, key: str, **values: object) -> str:
        return word(f"trace_page.{key}", **values)[self.language]

    def _series(self, panel: int, series: str, own: pd.DataFrame) -> Iterator[dict[str, Any]]:
        name = self.figure.called(series, self.language)
        if self.figure.points["panel"].max() > 0:
            name = self._said("panel", name=name, number=panel + 1)
        firsts = own.drop_duplicates("order")
        if len(firsts) > EACH:
            yield self._together(name, own, firsts)
            return
        for order, records in own.groupby("order", sort=True):
            first = records.iloc[0].to_dict()
            yield {
                "anchor": point_anchor(self.figure.name, int(order)),
                "row": name,
                "column": self._at(first),
                "printed": self._drawn(first),
                "chain": "".join(self.chains(records.to_dict("records"))),
                "command": self._command(first),
            }

    def _together(self, name: str, own: pd.DataFrame, firsts: pd.DataFrame) -> dict[str, Any]:
        """One row for a series of many points: what one of them comes from, and all of them with their numbers."""
        first = firsts.iloc[0].to_dict()
        records = own[own["order"] == first["order"]].to_dict("records")
        keys = [key for key in SOURCE if key != "source"]
        chain = "".join(self.chains(records))
        if len(firsts[keys].drop_duplicates()) > 1:
            one = self._said("one_of", name=self._at(first))
            chain = f"<p>{escape(one)}</p>{chain}{self._list(firsts)}"
        return {
            "anchor": point_anchor(self.figure.name, int(first["order"])),
            "row": name,
            "column": self._said("points", number=f"{len(firsts):,}"),
            "printed": self._range(firsts["y"].dropna()),
            "chain": chain,
            "command": self._command(first),
        }

    def _list(self, firsts: pd.DataFrame) -> str:
        shown = firsts.head(LISTED).to_dict("records")
        told = [f"{self._at(each)} {self._drawn(each)}".strip() for each in shown]
        more = len(firsts) - len(shown)
        if more:
            file = f"figures/{self.figure.name}.points.parquet"
            told.append(self._said("more_points", number=f"{more:,}", file=file))
        head = self._said("all_points" if not more else "some_points", number=f"{len(shown):,}")
        return f"<details><summary>{escape(head)}</summary><p>{escape(' · '.join(told))}</p></details>"

    def _at(self, point: Record) -> str:
        """Where a point stands: a city, a year, a category."""
        if isinstance(point["x_word"], str):
            return CODE.sub(self._city, point["x_word"])
        return _short(point["x"])

    def _city(self, match: re.Match[str]) -> str:
        code = int(match[0])
        return self.names.regions[code][self.language] if code in self.names.regions else match[0]

    def _drawn(self, point: Record) -> str:
        """The number or word that a point shows, with the ends of its interval."""
        number = _short(point["y"])
        ends = [_short(point[side]) for side in ("low", "high")]
        if all(ends):
            number = f"{number} [{', '.join(ends)}]".strip()
        if number or not isinstance(point["word"], str):
            return number
        key = f"figures.{point['word']}"
        return word(key)[self.language] if has(key) else point["word"]

    def _range(self, values: pd.Series) -> str:
        return "" if values.empty else f"{_short(values.min())} … {_short(values.max())}"

    def _command(self, point: Record) -> str:
        head, behind = self.asked
        asked = [*head, "--figure", self.figure.name, "--row", str(point["series"])]
        at = point["x_word"] if isinstance(point["x_word"], str) else _exact(point["x"])
        if at:
            asked.append(f"--point={at}" if at.startswith("-") else "--point")
            asked += [] if at.startswith("-") else [at]
        if self.figure.points["panel"].max() > 0:
            asked += ["--panel", str(int(point["panel"]))]
        return f"nianjian trace {shlex.join(asked)}{behind}"


def _short(value: Any) -> str:
    """A number with the digits that a reader of a figure may want; a year or a count as it is."""
    if value is None or pd.isna(value):
        return ""
    if float(value).is_integer():
        return f"{value:.0f}".replace("-", MINUS)
    return plain_number(float(f"{value:.{DIGITS}g}"))


def _exact(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))
