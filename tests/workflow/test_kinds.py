"""The walls: one file in a workspace's ``kinds`` is enough for an estimator, table, figure, index, matrix or source."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workflow.conftest import ENVIRONMENT, ROOT

R = "results/simulated"
S = f"{R}/studies/toy"

KINDS = {
    "estimators/toy_mean.py": '''
        """The mean of a variable in treated and other city-years."""
        from pydantic import Field
        from nianjian.estimators.params import EstimatorParams


        class Params(EstimatorParams):
            """A difference of means."""

            shift: float = Field(0.0, description="added to the difference")


        def build(params, data, context):
            """Difference of means, with its error."""
            rows = context.rows()
            treated = data[params.treatment] == 1
            one, other = data.loc[treated, params.outcome], data.loc[~treated, params.outcome]
            variance = one.var() / len(one) + other.var() / len(other)
            gap = one.mean() - other.mean() + params.shift
            rows.add_estimate("coefficient", params.treatment, gap, variance, len(data) - 2, variable=params.treatment)
            rows.add("fit", "nobs", len(data))
            return rows.table()
    ''',
    "estimators/toy_resample.py": '''
        """The mean of a variable in treated city-years and its spread over resamples, which can be split over jobs."""
        from pydantic import Field
        from nianjian.estimators.params import EstimatorParams
        from nianjian.kinds.base import Chunks

        BLOCK = 4


        class Params(EstimatorParams):
            """A mean."""

            draws: int = Field(30, ge=2, description="resamples")
            chunks: Chunks = 1


        def treated(params, data):
            return data.loc[data[params.treatment] == 1, params.outcome].to_numpy()


        def pieces(params):
            """Resamples."""
            return params.draws


        def drawer(params, data, context):
            """Makes some of them."""
            import pandas as pd

            values = treated(params, data)

            def draw(piece):
                return pd.DataFrame({"mean": [context.rng(number).choice(values, len(values)).mean() for number in piece]})

            return draw


        def build(params, data, context, drawn):
            """The mean, with the spread of those that were drawn."""
            rows = context.rows()
            spread, name = drawn["mean"].std(), params.treatment
            rows.add_normal("coefficient", name, treated(params, data).mean(), spread, variable=name)
            rows.add("fit", "draws", len(drawn))
            return rows.table()
    ''',
    "tables/toy_list.py": '''
        """The first cities of the sample with one value each."""
        from pydantic import Field
        from nianjian.kinds.base import Column
        from nianjian.publish.params import TableParams


        class Params(TableParams):
            """A short list."""

            values: Column = Field(description="what is listed")
            most: int = Field(3, ge=1, description="number of cities")


        def build(params, data, context):
            """Mean of each city over its years."""
            from nianjian.publish.sources import Source
            from nianjian.publish.tables import Column, Number, Panel, Row, Table
            from nianjian.text import Text

            sample = data.sample([params.values])
            rows = []
            for city, own in list(sample.groupby("city"))[: params.most]:
                source = Source.row(data.file_of(params.values), params.values, how="mean", city=int(city))
                mean = Number(float(own[params.values].mean()), 2, "mean", shows=(source,))
                rows.append(Row(str(city), (Text.same(own["city_name"].iloc[0]),), (((mean,),),)))
            return Table(
                study=context.study,
                id=context.name,
                title=Text.of(**params.title.plain()),
                stubs=(Text.of(en="City", zh="城市"),),
                columns=(Column("mean", (context.label(params.values),)),),
                panels=(Panel(tuple(rows)),),
                origin=context.origin,
                notes=params.own_notes,
            )
    ''',
    "figures/toy_dots.py": '''
        """Yearly means as dots."""
        from pydantic import Field
        from nianjian.kinds.base import Column
        from nianjian.publish.figures.params import FigureParams


        class Params(FigureParams):
            """Dots."""

            values: Column = Field(description="what is drawn")


        def build(params, data, context):
            """One dot a year."""
            from nianjian.publish.figures import canvas
            from nianjian.publish.figures.drawing import Drawing, Point
            from nianjian.publish.sources import Source

            means = data.sample([params.values]).groupby("year")[params.values].mean()
            file = data.file_of(params.values)
            points = [
                Point(panel=0, series=params.values, x=float(year), y=float(mean),
                      shows=(Source.row(file, params.values, how="mean", year=int(year)),))
                for year, mean in means.items()
            ]

            def draw(language):
                figure, axes = canvas.new("single", 60)
                axes.plot(means.index, means, "o")
                return figure

            return Drawing(points, draw)
    ''',
    "indices/toy_sum.py": '''
        """The sum of some variables, each over its mean."""
        from pydantic import Field
        from nianjian.kinds.base import Labelled, Variable


        class Params(Labelled):
            """A plain sum."""

            parts: list[Variable] = Field(description="what is added")


        def build(params, data, context):
            """Scores of all city-years."""
            from nianjian.kinds.outputs import Output

            sample = data.sample(params.parts)
            score = sum(sample[name] / sample[name].mean() for name in params.parts)
            return {"": Output(sample[["city", "year"]].assign(**{context.name: score}), ("city", "year"))}
    ''',
    "matrices/toy_ring.py": '''
        """Every city borders on the next one by code, the last on the first."""
        from nianjian.kinds.base import Labelled


        class Params(Labelled):
            """A ring."""


        def build(params, data, context):
            """Row-standardised weights."""
            import numpy as np
            from nianjian.spatial.weights import from_matrix

            n = len(data.seats.cities)
            ring = np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), -1, axis=1)
            return from_matrix(data.seats.cities, ring, name=str(context.name))
    ''',
    "sources/toy_lines.py": '''
        """A text file with one line a city and year: code year value."""
        from pydantic import Field
        from nianjian.kinds.base import Params as Base

        FOLDER = "workspace"


        class Params(Base):
            """Lines."""

            file: str = Field(description="path below the workspace")
            item: str = Field(description="item that it holds")
            unit: str = Field(description="its unit")


        def values(params):
            """What its only column holds."""
            return {params.item: {"item": params.item, "unit": params.unit, "scope": "city"}}


        def units(params, root, shown):
            """Its one file."""
            return {"panel": {"files": [params.file], "about": {}}}


        def build(params, data, context):
            """One row a line."""
            from pathlib import Path

            rows = []
            lines = (Path(data["root"]) / params.file).read_text(encoding="utf8").splitlines()
            for number, line in enumerate(lines, start=1):
                city, year, value = line.split()
                rows.append({
                    "source": context, "edition": None, "table": "", "title": params.item, "file": params.file,
                    "sheet": "", "block": 1, "row": number, "col": 3, "cell": f"C{number}", "label": city,
                    "period": year, "header": params.item, "note": "", "raw": value, "number": float(value),
                })
            report = {
                "source": context, "edition": None, "file": params.file, "sheet": "", "table": "", "title": "",
                "status": "extracted", "reason": "", "numeric_cells": len(rows), "extracted_cells": len(rows),
                "labels": len(rows),
            }
            return rows, [report]
    ''',
}
STUDY = """
title: {en: A toy, zh: 玩具}
sample:
  years: [2012, 2014]
  suspects: keep
  cities: {min_coverage: 1.0}
  balance: true
variables:
  gdp_pc: {label: {en: GDP per head, zh: 人均GDP}}
  toy_value: {label: {en: Toy value, zh: 玩具值}}
  lntoy: {expr: ln(toy_value), label: {en: Toy value (ln), zh: 玩具值（对数）}}
treatment: {name: smart, policy: smart_city, coding: s1, label: {en: Smart city, zh: 智慧城市}}
indices:
  toys: {kind: toy_sum, parts: [gdp_pc, toy_value], label: {en: Toys, zh: 玩具指数}}
spatial_weights:
  ring: {kind: toy_ring, label: {en: Ring, zh: 环}}
specs:
  gap: {estimator: toy_mean, outcome: toys, shift: 0.5, label: {en: Gap, zh: 差距}}
  spread: {estimator: toy_resample, outcome: toys, chunks: 3, label: {en: Spread, zh: 离散}}
  moran: {estimator: global_autocorrelation, outcome: toys, matrix: ring, permutations: 19}
tables:
  1: {kind: regression, title: {en: Gap, zh: 差距}, columns: [gap]}
  3: {kind: regression, title: {en: Mean, zh: 均值}, columns: [spread], statistics: [draws]}
  2: {kind: toy_list, title: {en: List, zh: 列表}, values: toys}
figures:
  1: {kind: toy_dots, title: {en: Dots, zh: 点}, values: toys}
"""
ITEMS = """
toy_value: {zh: 玩具值, en: Toy value, unit: "1", scopes: [city], kind: index}
"""


@pytest.fixture(scope="module")
def workspace(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the user's own: six kinds, one file each, a source, an item and a study that uses them all."""
    made = tmp_path_factory.mktemp("workspace") / "my work"
    for name, text in KINDS.items():
        path = made / "kinds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf8")
    config = made / "config"
    (config / "studies").mkdir(parents=True)
    (config / "sources").mkdir()
    (config / "config.yaml").write_text("studies: [toy]\nlanguages: [en]\n", encoding="utf8")
    (config / "studies/toy.yaml").write_text(STUDY, encoding="utf8")
    (config / "items.yaml").write_text(ITEMS, encoding="utf8")
    (config / "sources/toys.yaml").write_text(
        "type: toy_lines\nfile: data/toys.txt\nitem: toy_value\nunit: '1'\n", encoding="utf8"
    )
    cities = pd.read_parquet(project / R / "panel/city_year.parquet", columns=["city", "year"])
    own = cities[cities["year"].between(2012, 2014)]
    lines = [
        f"{city} {year} {1 + (city // 100) % 9 + year / 1000}"
        for city, year in zip(own["city"], own["year"], strict=True)
    ]
    (made / "data").mkdir()
    (made / "data/toys.txt").write_text("\n".join(lines) + "\n", encoding="utf8")
    for part in ("books", "truth", "extracts", "drawing"):
        shutil.copytree(project / R / part, made / R / part)
    run(made)
    return made


def run(folder: Path, *arguments: str, check: bool = True) -> str:
    """Snakemake on the project's Snakefile in a workspace."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--snakefile", str(ROOT / "Snakefile")]
    done = subprocess.run(
        [*command, "--directory", str(folder), *arguments],
        cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    text = done.stdout + done.stderr
    assert (done.returncode == 0) is check, text[-5000:]
    return text


def test_a_source_of_the_workspace_reaches_the_panel(workspace: Path) -> None:
    seen = pd.read_parquet(workspace / R / "panel/observations.parquet")
    own = seen[seen["item"] == "toy_value"]
    assert len(own) > 700 and set(own["file"]) == {"data/toys.txt"} and own["cell"].str.match(r"C\d+").all()


def test_an_index_and_an_estimator_of_the_workspace_are_used(workspace: Path) -> None:
    scores = pd.read_parquet(workspace / S / "indices/toys.parquet")
    sample = pd.read_parquet(workspace / S / "sample.parquet").merge(scores, on=["city", "year"])
    parts = sum(sample[name] / sample[name].mean() for name in ("gdp_pc", "toy_value"))
    np.testing.assert_allclose(sample["toys"], parts)
    rows = pd.read_parquet(workspace / S / "estimates/gap.parquet").set_index("term")
    treated = sample["smart"] == 1
    gap = sample.loc[treated, "toys"].mean() - sample.loc[~treated, "toys"].mean() + 0.5
    assert np.isclose(rows.loc["smart", "estimate"], gap)


def test_a_matrix_of_the_workspace_weighs(workspace: Path) -> None:
    links = pd.read_parquet(workspace / S / "spatial_weights/ring.parquet")
    assert (links.groupby("city")["weight"].sum().round(12) == 1).all()
    assert (links.groupby("city").size() == 2).all()
    moran = pd.read_parquet(workspace / S / "estimates/moran.parquet")
    assert moran[(moran["term"] == "moran") & moran["year"].notna()]["estimate"].abs().max() <= 1.5


def test_tables_and_figures_of_the_workspace_are_written_with_their_sources(workspace: Path) -> None:
    folder = workspace / S
    assert (folder / "tables/2.en.docx").stat().st_size > 1000
    assert not list(folder.glob("tables/*.zh.*")), "only English was asked for"
    assert "Gap" in (folder / "tables/1.en.html").read_text(encoding="utf8")
    assert (folder / "figures/1.en.png").stat().st_size > 1000
    said = (folder / "figures/1.en.caption.md").read_text(encoding="utf8")
    assert said.startswith("**Figure 1.** Dots") and "Toys: from" in said, "told from its points"
    walked = pd.read_parquet(workspace / R / "sources.parquet")
    assert set(walked["kind"] + walked["name"]) == {"table1", "table2", "table3", "figure1"}
    assert (walked["walked"] == walked["cells"]).all(), walked["problem"].tolist()


def test_an_estimator_of_the_workspace_is_split_over_jobs(workspace: Path) -> None:
    estimates, study = workspace / S / "estimates/spread.parquet", workspace / "config/studies/toy.yaml"
    parts = estimates.with_suffix(".parts")
    assert {path.name for path in parts.iterdir()} == {"1-12.parquet", "13-24.parquet", "25-30.parquet"}
    known, text = estimates.read_bytes(), study.read_text(encoding="utf8")
    rows = pd.read_parquet(estimates).set_index("term")
    assert rows.loc["draws", "estimate"] == 30 and rows.loc["smart", "std_error"] > 0
    # A part of the old split with other numbers stands beside those of the new one: nobody reads it.
    pd.DataFrame({"mean": [1e9] * 12}).to_parquet(parts / "1-12.parquet")
    try:
        study.write_text(text.replace("chunks: 3", "chunks: 2"), encoding="utf8")
        told = run(workspace, f"{S}/estimates/spread.parquet")
        assert "Drawing part 2 of spread" in told and "Drawing part 3 of spread" not in told
        assert estimates.read_bytes() == known and (parts / "17-30.parquet").is_file()
        study.write_text(text.replace(", chunks: 3", ""), encoding="utf8")
        told = run(workspace, f"{S}/estimates/spread.parquet")
    finally:
        study.write_text(text, encoding="utf8")
        (parts / "1-12.parquet").unlink()
        run(workspace, f"{S}/estimates/spread.parquet")  # as the other tests know it
    assert "Estimating 1 specifications: toy_toy_resample" in told and "Drawing part" not in told
    assert estimates.read_bytes() == known


def test_a_wrong_key_of_the_workspaces_kind_is_named(workspace: Path) -> None:
    path = workspace / "config/studies/toy.yaml"
    text = path.read_text(encoding="utf8")
    try:
        path.write_text(text.replace("shift: 0.5", "shfit: 0.5"), encoding="utf8")
        told = run(workspace, "--dry-run", check=False)
    finally:
        path.write_text(text, encoding="utf8")
    assert (
        "shfit" in told and "did you mean 'shift'" in told and "toy.yaml" in told and "Traceback" not in told
    )


def test_editing_one_kind_reruns_what_uses_it_alone(workspace: Path) -> None:
    path = workspace / "kinds/estimators/toy_mean.py"
    text = path.read_text(encoding="utf8")
    try:
        path.write_text(text.replace("gap = one.mean()", "gap = 0.0 + one.mean()"), encoding="utf8")
        told = run(workspace, "--dry-run")
    finally:
        path.write_text(text, encoding="utf8")
    assert re.search(r"^ +1  estimate_specs .* code changed: toy_toy_mean$", told, re.MULTILINE)
    assert "build_sample" not in told and "compute_index" not in told
