"""All tables of a study in one job: what changed is made, the rest stays, what fails is told at once."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pandas as pd
import pytest

from nianjian import storage
from nianjian.errors import DeclarationError, NianjianError
from nianjian.kinds.registry import kinds
from nianjian.publish import making
from nianjian.publish.batches import make_all

FORMATS = ("csv", "tex")


class Batch:
    """Two tables of descriptive statistics of a small sample."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        keys = pd.MultiIndex.from_product([[110000, 120000], [2001, 2002]], names=["city", "year"])
        frame = keys.to_frame(index=False).assign(x=[1.0, 2.0, 3.0, 4.0], y=[0.0, 1.0, 0.0, 1.0])
        storage.write_wide(frame, folder / "sample.parquet", ["city", "year"])
        self.declared = {
            "study": "demo",
            "folder": folder.as_posix(),
            "languages": ["en", "zh"],
            "variant": None,
            "facts": {
                "study": "demo",
                "file": "config/studies/demo.yaml",
                "labels": {"x": {"en": "Wealth", "zh": "财富"}, "y": {"en": "Policy", "zh": "政策"}},
                "treatment": None,
                "years": [2001, 2002],
                "specs": {"s": {"kind": "twfe", "params": {}}},
                "indices": {},
                "matrices": {},
            },
            "items": {"1": self.item("x"), "2": self.item("y")},
        }
        self.made: list[str] = []
        self.origin = "simulated"

    def item(self, column: str, specs=(), code="c"):
        kind = kinds().get("tables", "descriptive")
        params = kind.read({"title": "T", "rows": [column]})
        return {
            "entry": {"kind": "descriptive", "params": params.plain()},
            "inputs": {"sample": [f"{self.folder}/sample.parquet"]},
            "specs": list(specs),
            "shown": {},
            "code": [code],
        }

    def run(self) -> list[str]:
        """Tables that are made."""
        self.made = []

        def make(entry, data, context, files):
            making.make(entry, data, context, files)
            self.made.append(entry.name)

        make_all(self.declared, "tables", FORMATS, "cells", make, kinds=kinds(), origin=self.origin)
        return self.made

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((self.folder / "tables").glob("*.*"))}


@pytest.fixture
def batch(tmp_path) -> Batch:
    made = Batch(tmp_path)
    assert made.run() == ["1", "2"]
    return made


def test_every_file_of_every_table_is_written(batch):
    assert set(batch.files()) == {
        "made.json",
        *(f"{table}.{language}.{form}" for table in "12" for language in ("en", "zh") for form in FORMATS),
        "1.cells.parquet",
        "2.cells.parquet",
    }
    assert "财富" in batch.files()["1.zh.csv"].decode() and "Wealth" in batch.files()["1.en.csv"].decode()


def test_a_second_run_makes_nothing_and_changes_no_byte(batch):
    before = batch.files()
    assert batch.run() == []
    assert batch.files() == before


@pytest.mark.parametrize(
    ("change", "made"),
    [
        (lambda declared: declared["items"]["2"]["entry"]["params"].update(decimals=1), ["2"]),
        (lambda declared: declared["items"]["1"].update(code=["other"]), ["1"]),
        (lambda declared: declared["facts"]["labels"]["x"].update(en="Riches"), ["1", "2"]),
        (lambda declared: declared["facts"]["specs"]["s"].update(kind="iv"), []),
        (lambda declared: declared.update(variant={"en": "books only", "zh": "仅年鉴"}), ["1", "2"]),
        (lambda declared: declared.update(languages=["zh", "en"]), ["1", "2"]),
    ],
)
def test_a_table_is_made_anew_if_what_it_depends_on_changes(batch, change, made):
    batch.declared = copy.deepcopy(batch.declared)
    change(batch.declared)
    assert batch.run() == made
    assert batch.run() == []


def test_the_sample_and_the_origin_count(batch):
    frame = storage.read_table(batch.folder / "sample.parquet")
    storage.write_wide(frame.assign(x=frame["x"] + 1), batch.folder / "sample.parquet", ["city", "year"])
    assert batch.run() == ["1", "2"]
    batch.origin = "real: Yearbook, editions 2013"
    assert batch.run() == ["1", "2"]
    assert "SIMULATED" not in batch.files()["1.en.csv"].decode()


def test_a_specification_counts_for_the_tables_that_show_it(batch):
    batch.declared["items"]["2"]["specs"] = ["s"]
    assert batch.run() == ["2"]
    batch.declared["facts"]["specs"]["s"] = {"kind": "twfe", "params": {"outcome": "x"}}
    assert batch.run() == ["2"]


def test_a_table_that_is_declared_no_more_moves_aside(batch):
    old = batch.files()["2.en.csv"]
    del batch.declared["items"]["2"]
    assert batch.run() == []
    assert not [name for name in batch.files() if name.startswith("2.")]
    assert (batch.folder / "tables" / "outdated" / "2.en.csv").read_bytes() == old


def test_a_language_fewer_leaves_no_page_of_it_standing(batch):
    batch.declared["languages"] = ["en"]
    assert batch.run() == ["1", "2"]
    assert not [name for name in batch.files() if ".zh." in name]
    assert (batch.folder / "tables" / "outdated" / "1.zh.csv").is_file()


def test_what_can_be_made_is_made_and_every_failure_is_told(batch):
    before = batch.files()
    batch.declared["items"] |= {"1": batch.item("no_such"), "2": batch.item("x"), "3": batch.item("nor_this")}
    with pytest.raises(NianjianError) as error:
        batch.run()
    lines = str(error.value).splitlines()
    assert len(lines) == 2 and "no_such" in lines[0] and "nor_this" in lines[1]
    assert all("demo, tables." in line for line in lines)
    assert batch.made == ["2"]
    assert batch.files()["1.en.csv"] == before["1.en.csv"], "what fails leaves its old files"
    assert batch.files()["2.en.csv"] != before["2.en.csv"]
    batch.declared["items"] = {"1": batch.item("x"), "2": batch.item("x")}
    assert "2" in batch.run()
    assert json.loads((batch.folder / "tables" / "made.json").read_text())["2"]["files"]


def test_a_failure_of_the_program_is_not_swallowed(batch, monkeypatch):
    batch.declared["items"]["1"]["code"] = ["other"]
    monkeypatch.setattr(making, "make", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        batch.run()


def test_an_entry_of_an_unknown_kind_is_named(batch):
    batch.declared["items"]["1"]["entry"]["kind"] = "descriptives"
    with pytest.raises(
        DeclarationError.__base__, match="'descriptives' is no kind of table; did you mean 'descriptive'"
    ):
        batch.run()


def test_a_map_s_own_review_number_reaches_its_builder() -> None:
    """Of the appearance of all figures only the number changes."""
    from types import SimpleNamespace

    from nianjian.kinds.entries import Facts
    from nianjian.publish.batches import _context

    facts = Facts("demo", {}, None, (2001, 2002), {})
    declared = {"study": "demo", "appearance": {"map": {"review_number": "GS(2024)0650号", "source": "MNR"}}}
    for number, shown in (("GS(2023)2767号", "GS(2023)2767号"), (None, "GS(2024)0650号")):
        entry = SimpleNamespace(name="1", params=SimpleNamespace(review_number=number))
        look = _context(declared, "figures", entry, {}, facts, "simulated").appearance.map  # type: ignore[arg-type]
        assert (look.review_number, look.source) == (shown, "MNR")
