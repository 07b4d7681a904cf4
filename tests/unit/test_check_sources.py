"""The check that every cell and point can be walked to its end."""

from __future__ import annotations

import pytest

from check_sources import WALKED, check_sources
from nianjian import storage


@pytest.fixture
def check(traced, tmp_path):
    """Run the check over some files; its table and its text."""

    def run(records=None, chain=None):
        folder = traced.workspace / traced.folder
        found = sorted([*folder.glob("tables/*.cells.parquet"), *folder.glob("figures/*.points.parquet")])
        with traced.here():
            check_sources(
                traced.plan.folder,
                found if records is None else records,
                {"small": (chain or traced.chain).model_dump()},
                tmp_path / "sources.txt",
                tmp_path / "sources.parquet",
                origin="simulated",
            )
        return storage.read_table(tmp_path / "sources.parquet"), (tmp_path / "sources.txt").read_text("utf8")

    return run


def test_every_table_and_figure_is_walked_whole(check):
    frame, text = check()
    assert list(frame) == list(WALKED) and len(frame) == 8
    assert (frame["walked"] == frame["cells"]).all() and (frame["cells"] > 0).all()
    assert (frame["sources"] >= frame["cells"]).all() and frame["depth"].max() >= 5
    assert (frame["problem"] == "").all()
    cells = int(frame["cells"].sum())
    assert text.splitlines()[0] == (
        f"{cells:,} of {cells:,} cells and points walked to their end (100.00 %), up to {frame['depth'].max()} steps deep; "
        "books: simulated"
    )
    assert "small: " in text and " in 6 tables" in text and " in 2 figures" in text


def test_a_link_that_leads_nowhere_is_counted_and_told(check, traced):
    known = {name: own for name, own in traced.chain.variables.items() if name != "lngdp"}
    chain = traced.chain.model_copy(update={"variables": known})
    frame, text = check(chain=chain)
    broken = frame.set_index(["kind", "name"])
    # Which effects are absorbed is declared: no variable stands behind these four cells.
    assert broken.loc[("table", "3"), "walked"] == 4 < broken.loc[("table", "3"), "cells"]
    assert broken.loc[("table", "5"), "walked"] == broken.loc[("table", "5"), "cells"]
    assert "declares no such column" in broken.loc[("table", "3"), "problem"]
    assert (
        "(100.00 %)" not in text
        and "small, table 3: lngdp: config/studies/small.yaml declares no such column" in text
    )


def test_a_source_that_is_not_in_its_file_is_found_wanting(check, traced):
    tables = traced.workspace / traced.folder / "tables"
    frame = storage.read_table(tables / "1.cells.parquet")
    frame.loc[frame["field"] == "did", "field"] = "dit"
    frame.to_parquet(tables / "9.cells.parquet")
    try:
        rows, _ = check(records=[tables / "9.cells.parquet"])
    finally:
        (tables / "9.cells.parquet").unlink()
    row = rows.iloc[0]
    assert (row["cells"], row["walked"]) == (15, 10)
    assert row["problem"] == "dit of sample.parquet: there is no such column"


def test_a_run_without_studies_has_nothing_to_walk(check):
    frame, text = check(records=[])
    assert frame.empty and text.startswith("0 of 0 cells and points walked to their end (100.00 %)")
