"""What is measured: the jobs' own functions on made-up books and counties, each prepared and run by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.scale import books, counties
from nianjian.declarations.layers import Layers
from nianjian.declarations.loading import read_words
from nianjian.declarations.models.reading import PageWords
from nianjian.kinds.registry import kinds
from nianjian.plan.reading import COVERAGE, read_sources
from nianjian.schemas import BESIDE, LEVELS
from nianjian.simulate import folder_name

EDITION = 2013
"""The edition whose extraction is measured: a job reads one."""
Work = Callable[[], object]


@dataclass(frozen=True)
class Stage:
    """One job.

    Attributes
    ----------
    what : in the table
    work : from the folder of one size to what is run
    largest : factor up to which it is measured
    """

    what: str
    work: Callable[[Path], Work]
    largest: int = 10


def declare(folder: Path, times: int) -> None:
    """Gazetteer, declarations and counties of one size."""
    folder.mkdir(parents=True, exist_ok=True)
    layers = books.write_workspace(folder, books.made_up_cities(times * books.CITIES))
    (folder / "panel.json").write_text(books.declarations(layers).to_json(), encoding="utf8")
    counties.write(folder, times * counties.COUNTIES)


def write_edition(folder: Path, times: int, edition: int) -> None:
    """Print one edition of one size."""
    books.Printer.of(books.made_up_cities(times * books.CITIES)).write(folder / "books", edition)


def extraction(folder: Path, edition: int = EDITION) -> Work:
    """Read one edition: as many cells as it prints."""
    from extract_source import extract_source

    layers, known = Layers(), kinds()
    source = read_sources(layers, known)["city_yearbook"]
    about = {"edition": edition, "folder": folder_name(edition)}
    declared = {"source": source.name, "entry": source.plain(), "root": str(folder / "books"), "about": about}
    cells, sheets = (folder / "extracts" / f"{edition}{end}.parquet" for end in ("", ".sheets"))
    read, places = (
        read_words(layers),
        json.loads((folder / "panel.json").read_text(encoding="utf8"))["cities"],
    )
    words = PageWords(
        sheets=read.sheets,
        regions=read.regions,
        cities=[row["name_zh"] for row in places["names"]],
        provinces=sorted({row["province_zh"] for row in places["cities"]}),
    )
    return lambda: extract_source(declared, words, cells, sheets, known=known)


def panel(folder: Path) -> Work:
    """All editions → the panel with its reports."""
    from build_panel import build

    sheets = sorted((folder / "extracts").glob("*.sheets.parquet"))
    cells = [path.with_name(path.name.replace(".sheets", "")) for path in sheets]
    names = {
        "observations": "observations",
        **{name: name for name in LEVELS.values()},
        **{name: name for name in BESIDE},
        **COVERAGE,
    }
    outputs = {name: folder / "panel" / f"{file}.parquet" for name, file in names.items()}
    return lambda: build(cells, sheets, folder / "panel.json", outputs)


def sample(folder: Path) -> Work:
    """The panel → a study's sample: formulas, gaps filled, a policy."""
    from build_sample import build_sample

    declared = folder / "sample.json"
    declared.write_text(json.dumps(_sample_declaration(folder)), encoding="utf8")
    outputs = [folder / "study" / f"{name}.parquet" for name in ("sample", "cities", "gaps", "boundaries")]
    return lambda: build_sample(
        [folder / "panel" / "city_year.parquet"],
        [folder / "panel" / "suspects.parquet"],
        [folder / "panel" / "corrected.parquet"],
        declared,
        *outputs,
    )


def _sample_declaration(folder: Path) -> dict[str, Any]:
    units = {
        "gdp": "10^4 yuan",
        "pop_hukou": "10^4 person",
        "ind_so2": "t",
        "retail": "10^4 yuan",
        "wage_avg": "yuan",
    }
    formulas = {
        "lngdp": "ln(gdp / pop_hukou)", "lnso2": "ln(ind_so2)", "lnretail": "ln(retail)", "lnwage": "ln(wage_avg)",
        "wage_before": "lag(wage_avg, 1)", "wealth": "share(gdp, year)",
    }  # fmt: skip
    tables = json.loads((folder / "panel.json").read_text(encoding="utf8"))["cities"]["cities"]
    codes = [row["city"] for row in tables]
    policy = {
        "name": "policy", "main": True, "policy": "policy", "coding": None, "starts": "approval_year",
        "first_by": "earliest", "members": [[code, 2008 + code % 8] for code in codes[::2]],
    }  # fmt: skip
    return {
        "study": "scale", "file": "config/studies/scale.yaml", "years": [2005, 2020],
        "rules": {"min_coverage": 0.0, "max_missing": 1.0, "exist": [None, None], "boundary": "keep", "drop": []},
        "missing": {"method": "linear", "fill": "items", "edges": 3},
        "suspects": "missing", "balance": False,
        "variables": [
            {"name": name, "expr": expr, "unit": None, "on_zero": "missing", "required": name != "wage_before"}
            for name, expr in formulas.items()
        ],
        "units": units | {"province": "1", "policy": "1"},
        "items": list(units), "policies": [policy],
        "book": [[row["city"], row["name_zh"], row["province"], None, None] for row in tables],
    }  # fmt: skip


def estimate(kind: str, **params: Any) -> Callable[[Path], Work]:
    """A job of specifications: one of an estimator."""

    def work(folder: Path) -> Work:
        from estimate_specs import estimate_specs

        known = kinds()
        model = known.get("estimators", kind, kind).params
        whole = model.model_validate(params, strict=False).plain()
        inputs = {"matrices": [str(folder / "spatial_weights" / "near.parquet")]}
        specs = {kind: {"entry": {"kind": kind, "params": whole}, "inputs": inputs}}
        declared = {"study": "scale", "folder": str(folder), "specs": specs}
        return lambda: estimate_specs(declared, folder / "sample.parquet", known=known, seed=1)

    return work


def weights(folder: Path) -> Work:
    """The matrix of nearest neighbours."""
    from build_weights import build_weights

    entries = {"near": {"kind": "k_nearest", "params": {"k": 6}}}
    declared = {
        "study": "scale",
        "file": "config/studies/scale.yaml",
        "folder": str(folder),
        "entries": entries,
        "inputs": {},
    }
    return lambda: build_weights(declared, folder / "sample.parquet", folder / "cities.csv", known=kinds())


def index(kind: str, **params: Any) -> Callable[[Path], Work]:
    """A job of one index."""

    def work(folder: Path) -> Work:
        from compute_index import compute_index

        known = kinds()
        model = known.get("indices", kind, kind)
        entry = {"kind": kind, "params": model.params.model_validate(params, strict=False).plain()}
        declared = {"study": "scale", "section": "indices", "name": "score_of", "entry": entry}
        parts = ("scores", *model.option("PARTS", ()))
        outputs = {part: folder / "indices" / f"{kind}.{part}.parquet" for part in parts}
        inputs = {"sample": [str(folder / "sample.parquet")]}
        return lambda: compute_index(declared, inputs, outputs, known=known, seed=1)

    return work


_REGRESSION = {"outcome": "y", "treatment": "policy", "controls": counties.CONTROLS}
_SPATIAL = {"outcome": "y", "treatment": "policy", "controls": counties.CONTROLS[:2], "matrix": "near"}
_UNITS = {"inputs": counties.INPUTS, "desirable": counties.DESIRABLE, "undesirable": counties.UNDESIRABLE}
_DEA = {**_UNITS, "model": "two_stage"}
STAGES: Mapping[str, Stage] = {
    "extract": Stage("extract one edition", extraction),
    "panel": Stage("panel", panel),
    "sample": Stage("sample", sample),
    "twfe": Stage("TWFE, clustered", estimate("twfe", **_REGRESSION)),
    "event_study": Stage("event study", estimate("event_study", **_REGRESSION, window=[-5, 8])),
    "sun_abraham": Stage(
        "event study by cohort",
        estimate("event_study", **_REGRESSION, window=[-5, 8], method="interaction_weighted"),
    ),
    "placebo": Stage("placebo, 500 draws", estimate("placebo", **_REGRESSION, draws=500)),
    "weights": Stage("weights: 6 nearest", weights),
    "sdm": Stage("SDM, impacts", estimate("spatial_panel", **_SPATIAL, model="sdm")),
    "sdm_tests": Stage(
        "SDM with LM, LR, Wald tests",
        estimate("spatial_panel", **_SPATIAL, model="sdm", tests=["lm", "lr", "wald"]),
    ),
    "sdm_clustered": Stage(
        "SDM, clustered", estimate("spatial_panel", **_SPATIAL, model="sdm", cluster="city")
    ),
    "moran": Stage(
        "Moran's I, Geary's C by year", estimate("global_autocorrelation", outcome="score", matrix="near")
    ),
    "local_moran": Stage(
        "local Moran's I by year",
        estimate("local_moran", outcome="score", matrix="near", years=[2005, 2010, 2015, 2020]),
    ),
    "gini": Stage(
        "Gini in two dimensions, 20 resamples",
        index(
            "inequality",
            of="score",
            groups="region",
            components=counties.PARTS,
            years=[counties.YEARS[0], counties.YEARS[-1]],
            bootstrap=20,
            permutations=99,
        ),
    ),
    "dea_yearly": Stage("super-SBM, yearly frontier", index("efficiency", **_DEA, frontier="yearly")),
    "dea_window": Stage(
        "super-SBM, window of 3 years", index("efficiency", **_DEA, frontier="window", window=3)
    ),
    "dea_pooled": Stage("super-SBM, pooled frontier", index("efficiency", **_DEA), largest=3),
    "productivity": Stage("global Malmquist-Luenberger", index("productivity", **_UNITS), largest=3),
}
"""By name, in the order of the run: each stage reads what those before it wrote."""
