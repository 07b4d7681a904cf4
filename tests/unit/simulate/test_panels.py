"""Compiled panels of what no yearbook prints."""

import numpy as np
import pandas as pd
import yaml

from nianjian.extract.compiled_panel import extract_panel
from nianjian.kinds.sources.panel import table
from nianjian.simulate import FOLDER, NOTICE, panels, reading
from nianjian.simulate.outline import outline
from small_books import CONFIG, WORDS, declared_sources


def declaration(panel: str) -> dict:
    """The panel's declaration as it stands in ``config/sources``, without its title."""
    declared = reading.process(FOLDER).panels[panel]
    wide = declared.layout == "wide"
    found = {
        "type": "panel",
        "books": "simulated",
        "file": declared.file,
        "sheet": NOTICE if declared.file.endswith(".xlsx") else None,
        "layout": declared.layout,
        "city": panels.CITY,
        "year": None if wide else panels.YEAR,
        "values": {
            column.name: {
                "item": column.item,
                "unit": column.name.rpartition("(")[2].removesuffix(")"),
                "scope": column.scope,
            }
            for column in panels.columns(FOLDER)[panel]
        },
        "source": f"{NOTICE}: config/simulation/process.yaml, panels.{panel}",
    }
    return {key: value for key, value in found.items() if value is not None}


def test_panels_read_back_as_the_truth(printed, true_values, reader, tmp_path):
    _, path, _ = printed
    written = panels.write_panels(path, FOLDER, tmp_path)
    assert [file.name for file in written] == outline().panels
    true = true_values.set_index(["city", "year", "item", "scope"])["value"]
    code = dict(zip(reader[2].cities(2010)["name_zh"], reader[2].cities(2010)["city"], strict=True))
    sources = declared_sources("panel")
    for panel, wanted in reading.process(FOLDER).panels.items():
        declared = yaml.safe_load((CONFIG / "sources" / f"{panel}.yaml").read_text(encoding="utf8"))
        assert declared.pop("title") and declared == declaration(panel), (
            f"write config/sources/{panel}.yaml anew"
        )
        if panel not in ("simulated_innovation", "simulated_co2", "simulated_pm25"):
            continue  # three kinds of file are enough
        rows, (report,) = extract_panel(tmp_path, table(sources[panel], sources[panel].file), WORDS, panel)
        assert report["status"] == "extracted"
        cells = pd.DataFrame(rows)
        cells = cells[cells["label"].isin(code)]
        cells["city"] = cells["label"].map(code)
        cells["item"] = [declared["values"][name]["item"] for name in cells["header"]]
        cells["scope"] = [declared["values"][name]["scope"] for name in cells["header"]]
        keys = zip(cells["city"], cells["period"].astype(int), cells["item"], cells["scope"], strict=True)
        value = true.reindex(pd.MultiIndex.from_tuples(keys)).to_numpy()
        places = {column.item or key: column.decimals for key, column in wanted.columns.items()}
        half = 0.5 * 10.0 ** -cells["item"].map(places).to_numpy(dtype=float)
        assert (
            np.abs(cells["number"].to_numpy() - value) <= half * (1 + 1e-6) + 1e-9 * np.abs(value)
        ).all(), panel


def test_a_panel_leaves_blank_the_cities_that_it_lacks(printed, tmp_path):
    _, path, _ = printed
    panels.write_panels(path, FOLDER, tmp_path)
    columns = {c.item: c for c in panels.columns(FOLDER)["simulated_construction_yearbook"]}
    frame = pd.read_csv(tmp_path / "城市建设统计年鉴(模拟数据).csv", skiprows=1)
    named = pd.read_csv(CONFIG / "reference" / "cities.csv").set_index("city")["name_zh"]
    lacking = columns["park_green_pc"].lacks
    rows = frame["城市"].isin(named[list(lacking)])
    assert rows.sum() == 20 + 21 + 21  # Longnan became a city in 2004
    assert frame.loc[rows, columns["park_green_pc"].name].isna().all()
    assert frame.loc[rows, columns["water_pipe_len"].name].notna().all()
    assert frame.loc[~rows, columns["park_green_pc"].name].notna().all()


def test_a_panel_fills_only_what_no_edition_prints():
    declared = declaration("simulated_bulletins")
    held = {value["item"] for value in declared["values"].values()}
    assert {"pension_insured", "imports", "exports", "fai_growth", "gdp"} <= held
    columns = {c.item: c.years for c in panels.columns(FOLDER)["simulated_bulletins"]}
    assert columns["gdp"] == (2017,)  # edition 2018 prints the districts only
    assert columns["pension_insured"] == tuple(range(2003, 2011))
