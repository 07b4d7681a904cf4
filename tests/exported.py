"""A small study with specifications of every estimator, estimated and exported: what tests of exports look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from estimate_specs import estimate_specs
from nianjian import storage
from nianjian.declarations.models.chain import Chain
from nianjian.declarations.models.sample import Missing
from nianjian.export.study import StudyFiles, export_study
from nianjian.kinds.registry import Kinds, kinds
from nianjian.spatial import weights

KINDS = kinds()
CITIES, YEARS = 48, range(2005, 2015)
CODES = [110100 + number for number in range(CITIES)]
LONG = "share_of_local_public_budget_expenditure"
"""A name that is too long for Stata."""
REGIONS = {"east": {"en": "Eastern", "zh": "东部"}, "mid": {"en": "Central", "zh": "中部"}}
CONTROLS = ["x", LONG]
BASE: dict[str, Any] = {"outcome": "y", "treatment": "did", "controls": CONTROLS}
STAGGERED: dict[str, Any] = {**BASE, "draws": 100}
SPECS: dict[str, tuple[str, dict[str, Any]]] = {
    "baseline": ("twfe", BASE),
    "no_controls": ("twfe", {**BASE, "controls": []}),
    "trends": ("twfe", {**BASE, "absorb": ["city[year]", "year"]}),
    "province_years": ("twfe", {**BASE, "absorb": ["city", "province#year"]}),
    "by_province": ("twfe", {**BASE, "cluster": "province"}),
    "two_way": ("twfe", {**BASE, "cluster": ["city", "year"]}),
    "plain_errors": ("twfe", {**BASE, "cluster": None}),
    "robust": ("twfe", {**BASE, "cluster": "robust"}),
    "moderated": ("twfe", {**BASE, "controls": ["x", "z", "did*z"]}),
    "pooled": ("twfe", {**BASE, "absorb": [], "cluster": None}),
    "weighted": ("twfe", {**BASE, "weights": "size"}),
    "eastern": ("twfe", {**BASE, "where": "region == 'east'"}),
    "not_eastern": ("twfe", {**BASE, "where": "not (region in ['east'] or gappy > 1)"}),
    "by_function": ("twfe", {**BASE, "where": "ln(size) > 0"}),
    "with_gaps": ("twfe", {**BASE, "controls": ["x", "gappy"], "missing": "drop"}),
    "iv": ("iv", {**BASE, "endogenous": ["did"], "instruments": ["z"]}),
    "iv_two": ("iv", {**BASE, "endogenous": ["did"], "instruments": ["z", "z2"]}),
    "iv_bounds": ("iv", {**BASE, "endogenous": ["did"], "instruments": ["z"], "tf": True, "plausibly_exogenous": {"gamma": [0, 0.1]}}),
    "iv_robust": ("iv", {**BASE, "endogenous": ["did"], "instruments": ["z"], "cluster": "robust"}),
    "event": ("event_study", {**BASE, "window": [-3, 3]}),
    "event_omit": ("event_study", {**BASE, "window": [-2, 2], "outside": "omit"}),
    "cohorts": ("event_study", {**BASE, "window": [-3, 3], "method": "interaction_weighted"}),
    "by_region": ("heterogeneity", {**BASE, "by": "region"}),
    "by_kind": ("heterogeneity", {**BASE, "by": "kind", "shared": True}),
    "placebo": ("placebo", {**BASE, "draws": 20}),
    "placebo_time": ("placebo", {**BASE, "scheme": "in_time", "leads": [1, 2]}),
    "mediation": ("mediation", {**BASE, "mediators": ["m"], "draws": 20}),
    "psm": ("psm_did", {**BASE, "covariates": ["x", "z"], "bandwidth": 0.2}),
    "psm_years": ("psm_did", {**BASE, "covariates": ["x", "z"], "unit": "city_year", "regression": "common_support"}),
    "psm_nearest": ("psm_did", {**BASE, "covariates": ["x"], "method": "nearest", "neighbours": 2, "caliper": 0.2}),
    "psm_within": ("psm_did", {**BASE, "covariates": ["x"], "unit": "city_year", "within": "year", "bandwidth": 0.3}),
    "psm_pooled": ("psm_did", {**BASE, "covariates": ["x"], "unit": "city_year", "within": "year", "propensity": "pooled", "method": "nearest"}),
    "psm_entropy": ("psm_did", {**BASE, "covariates": ["x"], "method": "entropy"}),
    "psm_entropy_years": ("psm_did", {**BASE, "covariates": ["x"], "unit": "city_year", "within": "year", "method": "entropy", "moments": "variances"}),
    "mediation_step": ("mediation", {**BASE, "mediators": ["m"], "draws": 20, "sensitivity": 0.25}),
    "psm_period": ("psm_did", {**BASE, "covariates": ["x"], "period": [2005, 2006], "kernel": "gaussian", "scale": "index"}),
    "sar": ("spatial_panel", {**BASE, "matrix": "ring", "model": "sar", "draws": 100}),
    "sdm": ("spatial_panel", {**BASE, "matrix": "ring", "model": "sdm", "draws": 100}),
    "sem": ("spatial_panel", {**BASE, "matrix": "ring", "model": "sem", "draws": 100}),
    "cs": ("callaway_santanna", {**STAGGERED, "method": "dr_improved", "window": [-3, 3]}),
    "cs_never": ("callaway_santanna", {**STAGGERED, "control_group": "never", "base": "varying", "bands": "pointwise"}),
    "imputed": ("imputation", {**STAGGERED, "window": [-3, 3]}),
    "two_stage": ("two_stage", {**STAGGERED, "weights": "size"}),
    "sunab": ("sun_abraham", STAGGERED),
    "sunab_window": ("sun_abraham", {**STAGGERED, "window": [-2, 3], "anticipation": 1, "controls": []}),
    "stack": ("stacked", {**STAGGERED, "window": [-3, 3]}),
    "stack_equal": ("stacked", {**STAGGERED, "weighting": "equal", "control_group": "never", "window": [-2, 2]}),
    "stack_group": ("stacked", {**STAGGERED, "level": "group", "weights": "size", "window": [-2, 2]}),
    "etwfe": ("etwfe", {**STAGGERED, "controls": ["x"]}),
    "etwfe_plain": ("etwfe", {**STAGGERED, "interact": False, "control_group": "never", "level": "cohort"}),
    "dcdh": ("dcdh", {**STAGGERED, "window": [-3, 3], "normalised": True}),
    "bacon": ("bacon_decomposition", {"outcome": "y", "treatment": "did"}),
    "honest": ("honest_did", {**BASE, "window": [-3, 3], "bounds": [0.5, 1]}),
    "honest_sd": ("honest_did", {**BASE, "window": [-3, 3], "restriction": "sd", "target": "first", "bounds": [0.5]}),
    "sdid": ("synthetic_did", {"outcome": "y", "treatment": "did", "errors": "jackknife"}),
    "wild": ("twfe", {**BASE, "inference": {"method": "wild_cluster", "draws": 99, "weights": "webb", "restricted": False}}),
    "cr2": ("twfe", {**BASE, "inference": {"method": "cr2"}}),
    "cv3": ("twfe", {**BASE, "inference": {"method": "cv3"}}),
    "random": ("twfe", {**BASE, "inference": {"method": "randomisation", "draws": 99}}),
    "iv_wild": ("iv", {**BASE, "endogenous": ["did"], "instruments": ["z"], "inference": {"method": "wild_cluster", "draws": 99}}),
    "groups_wild": ("heterogeneity", {**BASE, "by": "region", "inference": {"method": "wild_cluster", "draws": 99}}),
    "groups_cr2": ("heterogeneity", {**BASE, "by": "region", "inference": {"method": "cr2"}}),
    "mediation_cv3": ("mediation", {**BASE, "mediators": ["m"], "draws": 20, "inference": {"method": "cv3"}}),
    "psm_cv3": ("psm_did", {**BASE, "covariates": ["x", "z"], "bandwidth": 0.2, "inference": {"method": "cv3"}}),
    "sunab_cv3": ("sun_abraham", {**STAGGERED, "inference": {"method": "cv3"}}),
    "stack_wild": (
        "stacked",
        {**STAGGERED, "window": [-3, 3], "bands": "pointwise", "inference": {"method": "wild_cluster", "draws": 99}},
    ),
    "moran": ("global_autocorrelation", {"outcome": "y", "matrix": "ring", "permutations": 0}),
}  # fmt: skip
UNCOMPARED = {
    *(
        "callaway_santanna",
        "imputation",
        "two_stage",
        "etwfe",
        "dcdh",
        "bacon_decomposition",
        "synthetic_did",
    ),
    "global_autocorrelation",
}
"""Estimators whose numbers an R script does not set beside the project's."""
TABLES = {
    "3": ["baseline", "no_controls", "trends", "province_years", "by_province", "two_way", "plain_errors", "robust", "moderated", "pooled"],
    "4": ["weighted", "eastern", "not_eastern", "by_function", "with_gaps", "iv", "iv_two", "iv_bounds", "iv_robust"],
    "5": ["event", "event_omit", "cohorts", "by_region", "by_kind"],
    "6": ["placebo", "placebo_time", "mediation", "psm", "psm_years", "psm_nearest", "psm_period", "psm_within", "psm_pooled", "psm_entropy", "psm_entropy_years", "mediation_step"],
    "7": ["sar", "sdm", "sem", "moran"],
    "8": ["cs", "cs_never", "imputed", "two_stage", "sunab", "sunab_window", "stack", "stack_equal", "stack_group"],
    "9": ["etwfe", "etwfe_plain", "dcdh", "bacon", "honest", "honest_sd", "sdid", "wild", "cr2", "cv3"],
}  # fmt: skip


def sample() -> pd.DataFrame:
    """A balanced panel with staggered adoption, words, flags, gaps where they are allowed, and a known effect."""
    rng = np.random.default_rng(11)
    rows = pd.MultiIndex.from_product([CODES, YEARS], names=["city", "year"]).to_frame(index=False)
    n, number = len(rows), np.repeat(np.arange(CITIES), len(YEARS))
    first = np.array([[2008, 2010, 2011, np.nan][each % 4] for each in range(CITIES)])[number]
    own = rng.normal(size=CITIES)[number]
    rows.insert(1, "city_name", [f"城市{each}" for each in rows["city"]])
    rows["province"] = 110000 + 10000 * (number // 8)
    rows["x"] = rng.normal(size=n) + 0.3 * own + 0.1 * np.isfinite(first)
    rows[LONG] = rng.normal(size=n)
    rows["z"] = rng.normal(size=n) + own * 0.2
    rows["z2"] = rng.normal(size=n)
    rows["size"] = rng.lognormal(size=n)
    rows["gappy"] = np.where(rng.uniform(size=n) < 0.1, np.nan, rng.normal(size=n) + 0.5)
    rows["first_treated_year"] = pd.array(first, dtype="Int32")
    rows["did"] = (rows["year"].to_numpy() >= np.nan_to_num(first, nan=9999)).astype("int32")
    rows["m"] = 0.5 * rows["did"] + rng.normal(size=n)
    rows["y"] = rows["did"] + 0.5 * rows["x"] + own + 0.3 * rows["m"] + 0.2 * rows["z"] + rng.normal(size=n)
    rows["region"] = np.where(number % 3 == 0, "east", "mid")
    rows["kind"] = np.where(np.isfinite(first), number % 2, np.nan)
    rows["x__filled"] = rng.uniform(size=n) < 0.2
    return rows


def ring() -> weights.SpatialWeights:
    """Each city beside the next two and the one before: not symmetric."""
    matrix = np.zeros((CITIES, CITIES))
    for each in range(CITIES):
        for step, weight in ((1, 2.0), (2, 1.0), (-1, 1.0)):
            matrix[each, (each + step) % CITIES] = weight
    return weights.from_matrix(CODES, matrix, name="ring")


def entry(name: str, known: Kinds = KINDS) -> dict[str, Any]:
    """A specification as jobs get it."""
    estimator, written = SPECS[name]
    kind = known.get("estimators", estimator)
    return {"kind": estimator, "params": kind.read(dict(written)).plain()}


def declared() -> dict[str, Any]:
    """What the job of an export is told."""
    words = {name: {"en": name, "zh": name} for name in (*sample().columns, "ring")}
    words["y"] = {"en": "Output, of 京 = 1", "zh": "产出", "unit": {"en": "yuan", "zh": "元"}}
    words["region"] = {
        "en": "Region",
        "zh": "地区",
        "values": [{"value": k, **own} for k, own in REGIONS.items()],
    }
    labels = {
        name: own for name, own in words.items() if name not in ("city", "city_name", "year", "province")
    }
    chain = Chain(
        file="config/studies/small.yaml", treatment="did", years=[2005, 2014], missing=Missing(), suspects="keep",
        variables={"x": {"expr": "ln(gdp)", "unit": None, "items": ["gdp"], "uses": [], "note": None}},
        groups={}, policies={}, attributes={}, indices={}, matrices={}, specs={},
    )  # fmt: skip
    facts = {
        "study": "small", "labels": labels, "treatment": "did", "years": [2005, 2014],
        "specs": {name: entry(name) for name in SPECS}, "indices": {}, "matrices": {},
    }  # fmt: skip
    tables = [
        {"name": name, "title": {"en": f"Table {name}", "zh": f"表{name}"}, "specs": specs, "decimals": 3}
        for name, specs in TABLES.items()
    ]
    return {
        "study": "small", "title": {"en": "A small study", "zh": "小研究"}, "chain": chain.plain(), "facts": facts,
        "tables": tables, "languages": ["en", "zh"], "bom": True,
    }  # fmt: skip


def export(folder: Path, origin: str = "simulated") -> Path:
    """Estimate everything below a folder and export it; the folder of the export."""
    storage.write_wide(sample(), folder / "sample.parquet", ["city", "year"])
    weights.write(ring(), folder / "spatial_weights" / "ring.parquet")
    matrices = {"matrices": [str(folder / "spatial_weights" / "ring.parquet")]}
    specs = {
        name: {"entry": entry(name), "inputs": matrices if "matrix" in SPECS[name][1] else {}}
        for name in SPECS
    }
    told = {"study": "small", "folder": str(folder), "specs": specs}
    estimate_specs(told, folder / "sample.parquet", known=KINDS, seed=1)
    cities = folder / "cities.csv"
    rows = [f"{code},城市{code},City {code},110000,北京市,Beijing" for code in CODES]
    cities.write_text(
        "city,name_zh,name_en,province,province_zh,province_en\n" + "\n".join(rows) + "\n", "utf8"
    )
    files = StudyFiles(
        sample=folder / "sample.parquet",
        indices=[],
        estimates=[folder / "estimates" / f"{name}.parquet" for name in SPECS],
        matrices=[folder / "spatial_weights" / "ring.parquet"],
        cities=cities,
    )
    export_study(declared(), files, folder / "export", known=KINDS, origin=origin)
    return folder / "export"
