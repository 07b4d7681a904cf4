"""Small data to draw, the figures drawn from them, and what is seen on these."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from nianjian import estimates
from nianjian.declarations.models.appearance import Appearance
from nianjian.declarations.names import StudyNames
from nianjian.declarations.study import Study
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Entry, Facts
from nianjian.kinds.labels import read_labels
from nianjian.kinds.registry import kinds
from nianjian.publish.figures import canvas, measuring
from nianjian.publish.figures.captions import Caption, caption
from nianjian.publish.figures.drawing import points
from nianjian.publish.figures.font_choice import SANS
from nianjian.publish.figures.tidying import tidy
from prepare_drawing import prepare_drawing

CONFIG = Path(__file__).resolve().parents[1] / "config"
CITIES = pd.read_csv(CONFIG / "reference/cities.csv")
LABELS = {
    "score": {"en": "Score", "zh": "得分"},
    "p": {"en": "First", "zh": "第一"},
    "q": {"en": "Second", "zh": "第二"},
    "idx_p": {"en": "First", "zh": "第一"},
    "idx_q": {"en": "Second", "zh": "第二"},
    "x": {"en": "Wealth", "zh": "财富", "unit": {"en": "yuan", "zh": "元"}},
    "z": {"en": "Size", "zh": "规模"},
    "policy": {"en": "Policy", "zh": "政策"},
    "region": {
        "en": "Region",
        "zh": "地区",
        "values": [
            {"value": "west", "en": "Western", "zh": "西部"},
            {"value": "east", "en": "Eastern", "zh": "东部"},
        ],
    },
    "icr": {"en": "Resilience", "zh": "韧性"},
    "near": {"en": "Two nearest", "zh": "最近2城市"},
    "far": {"en": "Distance", "zh": "距离"},
    "geographic": {"en": "Inverse distance", "zh": "距离倒数"},
    "economic": {"en": "Economic distance", "zh": "经济距离"},
    "queen": {"en": "Contiguity", "zh": "邻接"},
}
TITLE = {"title": {"en": "T", "zh": "题"}}
WITH_SHAPE = sorted(CITIES.loc[CITIES["to_year"].isna(), "city"])


@cache
def prepared() -> Path:
    """Folder with the fonts and the shapes that all figures share."""
    folder = Path(tempfile.mkdtemp(prefix="nianjian-drawing-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    prepare_drawing([SANS], prepared_in(folder), [("", "")], [folder / "shapes.parquet"])
    return folder


def prepared_fonts() -> tuple[Path, ...]:
    """Its fonts."""
    return prepared_in(prepared())


def prepared_in(folder: Path) -> tuple[Path, ...]:
    """Names of the fonts in a folder."""
    return tuple(folder / name for name in SANS.files)


@cache
def small_sample() -> pd.DataFrame:
    """Six cities over five years, with a score of two parts."""
    rng = np.random.default_rng(5)
    codes = [110000, 120000, 130100, 140100, 150100, 210100]
    frame = pd.MultiIndex.from_product([codes, range(2001, 2006)]).to_frame(
        index=False, name=["city", "year"]
    )
    frame["city_name"] = frame["city"].map(dict(zip(codes, "甲乙丙丁戊己", strict=True))) + "市"
    frame["region"] = np.where(frame["city"] < 140000, "east", "west")
    frame["p"], frame["q"] = rng.uniform(1, 2, len(frame)), rng.uniform(0, 1, len(frame))
    frame["score"] = frame["p"] + frame["q"]
    return frame


@cache
def map_sample() -> pd.DataFrame:
    """Sixty cities over two years."""
    keys = pd.MultiIndex.from_product([WITH_SHAPE[:60], [2001, 2002]], names=["city", "year"])
    frame = keys.to_frame(index=False)
    frame["city_name"] = frame["city"].map(CITIES.drop_duplicates("city").set_index("city")["name_zh"])
    frame["region"] = np.where(frame["city"] < 150000, "east", "west")
    frame["score"] = np.random.default_rng(1).normal(size=len(frame))
    frame["policy"] = ((frame["city"] % 3 == 0) & (frame["year"] == 2002)).astype(int)
    return frame


def rows(*given: Mapping[str, Any], spec: str = "s") -> pd.DataFrame:
    """Estimates of one specification."""
    return estimates.typed(pd.DataFrame(list(given)).assign(study="demo", spec=spec))


class SomeFacts(Facts):
    """Facts whose entries are at hand."""

    def _entries(self, group: str, family: str) -> dict[str, Entry]:
        return dict(self.plain[group])


@dataclass
class Given:
    """A folder of results with the files that one figure is drawn from.

    Attributes
    ----------
    folder : to write them in
    """

    folder: Path

    def data(self, *, maps: bool = False, **tables: Any) -> Data:
        """Write tables: ``sample``, ``estimates``, ``inequality``, ``weights``, ``matrices`` by name, ``cities``.

        ``maps`` adds the shapes of the country.
        """
        places = {
            "sample": "sample",
            "estimates": "estimates/s",
            "inequality": "indices/gaps",
            "weights": "indices/idx.weights",
        }
        files: dict[str, list[Path]] = {"shapes": [prepared() / "shapes.parquet"]} if maps else {}
        for name, table in tables.items():
            if name == "cities":
                path = self._path("cities.csv")
                table.to_csv(path, index=False)
                files[name] = [path]
            elif name == "matrices":
                files[name] = [self._written(f"spatial_weights/{each}", own) for each, own in table.items()]
            else:
                files[name] = [self._written(places[name], table)]
        return Data(files, self.folder, "demo, figures.1")

    def _path(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _written(self, name: str, table: pd.DataFrame) -> Path:
        path = self._path(f"{name}.parquet")
        table.to_parquet(path)
        return path


@dataclass
class Seen:
    """A figure drawn in one language, and its points."""

    page: Any
    points: pd.DataFrame
    said: Caption

    @property
    def axes(self) -> list[Any]:
        return list(self.page.axes)

    @property
    def words(self) -> list[str]:
        """Everything that is written on it."""
        found = [text.get_text() for axis in self.axes for text in axis.texts]
        for axis in self.axes:
            found += [axis.get_xlabel(), axis.get_ylabel(), axis.get_title("left"), axis.get_title("right")]
            found += [tick.get_text() for tick in (*axis.get_xticklabels(), *axis.get_yticklabels())]
            if axis.get_legend():
                found += [text.get_text() for text in axis.get_legend().get_texts()]
        return found

    @property
    def _legend(self) -> Any:
        return ([axis.get_legend() for axis in self.axes if axis.get_legend()] or self.page.legends)[0]

    @property
    def legend(self) -> list[str]:
        """Lines of the legend."""
        return [text.get_text() for text in self._legend.get_texts()]

    @property
    def legend_title(self) -> str:
        """What stands above them."""
        return str(self._legend.get_title().get_text())

    def drawn(self, series: str, panel: int = 0) -> pd.DataFrame:
        """Points of one series, a row each."""
        own = self.points[(self.points["series"] == series) & (self.points["panel"] == panel)]
        return own.drop_duplicates("order").reset_index(drop=True)

    def sources(self, series: str) -> pd.DataFrame:
        """All sources of one series, without the columns that do not apply."""
        return self.points[self.points["series"] == series].dropna(axis=1, how="all").reset_index(drop=True)


def build(
    kind: str,
    declared: Mapping[str, Any],
    data: Data,
    *,
    more: Mapping[str, Any] | None = None,
    appearance: Appearance | None = None,
    **facts: Any,
) -> Any:
    """The drawing of a declaration; ``facts`` are parameters of specs and indices by name, ``more`` what the study fills in."""
    entry = kinds().get("figures", kind, "demo, figures.1.kind")
    params = entry.read(TITLE | dict(declared), "demo", "figures.1").model_copy(update=dict(more or {}))
    plain: dict[str, dict[str, Any]] = {"specs": {}, "indices": {}, "matrices": {}}
    for group, own in facts.items():
        plain[group] = {name: Entry(name, entry, SimpleNamespace(**each)) for name, each in own.items()}
    return entry.build(params, data, _context(plain, appearance))


def _context(plain: Mapping[str, Any], appearance: Appearance | None = None) -> PublishContext:
    facts = SomeFacts("demo", read_labels(LABELS, "demo"), "policy", (2001, 2005), plain)
    return PublishContext("demo", "figures", "1", facts=facts, appearance=appearance or Appearance())


class Said:
    """Declared words."""

    def plain(self) -> dict[str, str]:
        return TITLE["title"]


def draw(kind: str, declared: Mapping[str, Any], data: Data, language: str = "en", **more: Any) -> Seen:
    """A figure, laid out as it is before it is saved: no words on it overlap, and none reach beyond the page."""
    drawing = build(kind, declared, data, **more)
    with canvas.style(language, prepared_fonts()):
        page = drawing.draw(language)
        tidy(page)
        assert not measuring.measure(page).faults
        said = caption(
            drawing.about,
            points(drawing, "1"),
            page,
            SimpleNamespace(title=Said(), notes=None),
            _context({}),
            language,
        )
    return Seen(page, points(drawing, "1"), said)


def lines(axis: Any) -> dict[str, Any]:
    """Lines with a name."""
    return {line.get_label(): line for line in axis.get_lines() if not line.get_label().startswith("_")}


def inside(page: Any) -> bool:
    """Whether nothing is drawn beyond the page."""
    box = page.get_tightbbox()
    width, height = page.get_size_inches()
    return bool(min(box.x0, box.y0) > -0.03 and box.x1 < width + 0.03 and box.y1 < height + 0.03)


def a_study(**entries: Any) -> Study:
    """A study that kinds are completed in: ``specs``, ``indices`` by name as (kind, parameters); ``columns``."""
    study = Study.__new__(Study)
    StudyNames.__init__(study, SimpleNamespace(), "config/studies/demo.yaml", {})  # type: ignore[arg-type]
    study.reference = lambda name: f"R/declared/{name}"  # type: ignore[method-assign]
    study.name, study.shared, study.folder = "demo", "R", "R/studies/demo"
    study.appearance = Appearance()
    found = kinds()
    for group, family in (("specs", "estimators"), ("indices", "indices")):
        own = entries.get(group, {})
        made = {}
        for name, (kind, params) in own.items():
            known = found.family(family).get(kind) or SimpleNamespace(
                name=kind, option=lambda _, default: default
            )
            made[name] = Entry(name, known, SimpleNamespace(**params))
        setattr(study, group, made)
    return study
