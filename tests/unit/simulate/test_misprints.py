"""Misprints look like those of the scans and are on record."""

import numpy as np
import pandas as pd
import pytest
import yaml

from nianjian import simulate
from nianjian.simulate import FOLDER, compose, edition, misprints, reading
from simulated import SEED
from small_books import CONFIG


@pytest.mark.parametrize(
    ("cell", "kind", "expected"),
    [
        (23.05, "letter", "23.O5"),
        ("86.1", "wide", "86．1"),
        ("14633068", "gap", "1 4633068"),
        ("49.60", "text", "    49.60"),
        ("49.60", "point", "496.0"),
        (12345, "point", "1234"),
        ("3.20", "blank", ""),
        ("", "junk", None),
        ("7", "letter", None),
    ],
)
def test_a_slip_looks_like_those_of_the_scans(cell, kind, expected):
    assert misprints.damage(cell, kind, np.random.default_rng(1)) == expected


def test_planted_misprints_are_put_right_or_left_for_the_suspects(printed):
    _, _, records = printed
    process = reading.process(FOLDER)
    declared = yaml.safe_load((CONFIG / "corrections" / "simulated.yaml").read_text(encoding="utf8"))[
        "corrections"
    ]
    marked = {(p.edition, p.item, p.city) for p in process.planted_misprints if p.corrected}
    assert {(c["edition"], c["item"], c["city"]) for c in declared} == marked
    assert len(marked) < len(process.planted_misprints)
    assert {"scope"} <= set(records[2018]["kind"])
    kinds = pd.concat(records.values())["kind"].value_counts()
    assert kinds["misread name"] > 0
    assert kinds["junk"] > kinds.get("point", 0)


def test_a_table_of_2007_is_cut_off_on_record(printed):
    _, path, _ = printed
    book = edition.read_edition(path, FOLDER, 2007)
    (table,) = [table for table in book.plan.tables if table.key == "phones"]
    _, sheets, found = compose.print_table(book, table, SEED, simulate.folder_name(2007))
    labels = [str(row[0]).strip() for row in sheets[0].rows]
    assert "宣城市" in labels or "宜城市" in labels
    assert "福州市" not in labels
    lost = pd.DataFrame(found).query("kind == 'cut off'")
    assert lost["city"].min() > 350000
    assert len(lost) == sum(int(city["city"]) > 350000 for city in book.cities) * len(table.columns)
