"""A small study that declares something of every kind, written to a folder of declarations and read from there."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from nianjian.declarations.layers import CONFIG, Layers
from nianjian.declarations.registry import Registry, read_config
from nianjian.kinds.registry import kinds

WHERE = "config/studies/uer.yaml"
ITEMS = """
gdp: {zh: 地区生产总值, en: GDP, unit: 10^4 yuan, kind: flow, bounds: [1, null]}
pop_hukou: {zh: 户籍人口, en: Registered population, unit: 10^4 person, kind: stock}
ind_so2: {zh: 二氧化硫, en: SO2, unit: t, scopes: [city], kind: flow, headers: [工业二氧化硫排放量]}
green_area: {zh: 绿地面积, en: Green area, unit: hectare, scopes: [districts], kind: stock}
fai: {zh: 投资, en: Investment, unit: 10^4 yuan, scopes: [city], kind: flow}
fai_growth: {zh: 投资增长, en: Growth of investment, unit: percent, scopes: [city], kind: rate}
"""
STUDY: dict[str, Any] = {
    "title": {"en": "Regional integration", "zh": "区域一体化"},
    "paper": "S0",
    "sample": {"years": [2003, 2020], "suspects": "missing"},
    "variables": {
        "so2_intensity": "ind_so2 / gdp",
        "lngdp": {"expr": "ln(gdp)", "label": {"en": "Output", "zh": "产出"}},
        "lnpop": {"expr": "ln(pop_hukou)", "only_in": "CUCSY"},
        "green": "green_area__districts / pop_hukou__districts",
    },
    "treatment": {"name": "rip", "policy": "urban_agglomerations", "coding": "official"},
    "groups": {"eastern": "province == 310000"},
    "indices": {
        "uer": {
            "method": "entropy",
            "dimensions": {"resist": {"indicators": ["-so2_intensity"]}, "adapt": {"indicators": ["green", "lnpop"]}},
        }
    },
    "specs": {
        "baseline": {"estimator": "twfe", "outcome": "uer", "controls": ["lngdp", "lnpop"]},
        "eastern_only": {"extends": "baseline", "where": "eastern"},
        "step": {"stepwise": {"base": "baseline", "add": "controls"}},
    },
    "tables": {
        "1": {"kind": "indicators", "index": "uer", "title": "Indicators"},
        "2": {"kind": "descriptive", "title": "Sample", "rows": [{"label": "Index", "rows": ["uer"]}, {"label": "Controls", "rows": ["lngdp", "lnpop"]}]},
        "3": {"kind": "regression", "title": {"en": "Baseline", "zh": "基准"}, "columns": ["step*", "baseline"]},
    },
    "variants": {"books": {"label": {"en": "books only", "zh": "仅年鉴"}, "drop_only_in": ["CUCSY"]}},
}  # fmt: skip
INDEXED: dict[str, Any] = {
    "attributes": {
        "region": {
            "file": "regions.csv", "by": "province", "column": "region4",
            "values": {"east": {"en": "Eastern", "zh": "东部"}, "west": {"en": "Western", "zh": "西部"}},
        },
        "plain": {"file": "regions.csv", "by": "province", "column": "region3_10"},
    },
    "indices": {
        **STUDY["indices"],
        "gie": {"kind": "efficiency", "inputs": ["so2_intensity"], "desirable": ["green"], "undesirable": ["uer"]},
        "gml": {"kind": "productivity", "inputs": ["so2_intensity"], "desirable": ["green"], "undesirable": ["lnpop"]},
        "gaps": {"kind": "inequality", "of": "uer", "groups": "region"},
    },
    "spatial_weights": {
        "near": {"kind": "inverse_distance"},
        "alike": {"kind": "economic", "variable": "lngdp", "years": [2003, 2005], "floor": 0.01},
        "mixed": {"kind": "composite", "first": "near", "second": "alike", "share": 0.3},
    },
}  # fmt: skip
"""Sections with an index and a weight matrix of every kind."""

Change = Callable[[dict[str, Any]], Any]


def put(*path: str | int, value: Any) -> Change:
    """Sets a key of the study, however deep."""

    def change(study: dict[str, Any]) -> None:
        place: Any = study
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def without(*path: str) -> Change:
    """Takes a key out of the study, however deep."""

    def change(study: dict[str, Any]) -> None:
        place = study
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]

    return change


def indexed(*path: str | int, value: Any = None) -> Change:
    """Adds the sections of ``INDEXED``, then sets a key."""

    def change(study: dict[str, Any]) -> None:
        study.update(copy.deepcopy(INDEXED))
        if path:
            put(*path, value=value)(study)

    return change


def write(
    folder: Path,
    change: Change | None = None,
    *,
    text: str | None = None,
    items: str = ITEMS,
    config: Mapping[str, Any] | None = None,
) -> Layers:
    """Write the study, changed as asked, into a folder of declarations that has the project's reference files."""
    (folder / "studies").mkdir(parents=True, exist_ok=True)
    if not (folder / "reference").exists():
        (folder / "reference").symlink_to(CONFIG / "reference", target_is_directory=True)
    study = copy.deepcopy(STUDY)
    if change is not None:
        change(study)
    written = text if text is not None else yaml.safe_dump(study, allow_unicode=True, sort_keys=False)
    (folder / "studies" / "uer.yaml").write_text(written, encoding="utf8")
    (folder / "items.yaml").write_text(items, encoding="utf8")
    settings = {"studies": ["uer"]} | dict(config or {})
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf8")
    return Layers((folder,))


def read(layers: Layers, results: str = "results/simulated") -> Registry:
    """A registry with all studies that are asked for read and checked."""
    registry = Registry.load(layers, read_config(layers), results=results, known=kinds(layers.kinds))
    for name in registry.names():
        registry.study(name)
    return registry
