"""Papers of other people from their own data files, declared as a user would: every printed number, every stored estimate.

The workspace stands in ``papers``; its data are read from beside the project.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from nianjian.extract.panel_files import read_pages
from own_studies import Made, run
from small_books import CONFIG

DATA = CONFIG.parents[1] / "shared" / "replication"
DEBT, PILOT, DISCLOSURE = "county_to_district_debt", "low_carbon_pilot", "environmental_disclosure"
TABLES: dict[str, list[str | None]] = {
    "baseline": ["step1", "step2", "step3", "step4", "step5", "full"],
    # The second column is one draw of Stata's random numbers.
    "robustness": ["psm", None, "no_sub_provincial", "no_autonomous", "no_county_to_city"],
    "heterogeneity": ["city_scale", "population", "east", "midwest", "fiscal"],
    "mechanism1": ["land", "land2"],
    "mechanism1_hetero": [
        "land_high_upgrade", "land_low_upgrade", "land_upgrade", "land_inflow", "land_outflow", "land2_inflow",
        "land_many_centres", "land_few_centres", "land_centres",
    ],
    "mechanism2": ["cost", "cost_east", "cost_midwest", "vat", "tax", "agglomeration"],
}  # fmt: skip
"""Tables as printed, and our specification of each column."""
WORDS = {"Constant": "_cons", "Observations": "nobs", "R-squared": "r2"}
NUMBER = re.compile(r"(\()?(-?[\d,]*\.?\d+)\)?(\**)")
STARS = ((0.01, "***"), (0.05, "**"), (0.1, "*"))

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="other people's data are not at hand")


@dataclass(frozen=True)
class Printed:
    """A number of a printed table: ours are the row ``term`` of ``spec``."""

    table: str
    spec: str
    term: str
    text: str
    error: bool
    stars: str

    def is_shown_by(self, value: float) -> bool:
        """Whether a value rounds to what is printed."""
        digits = self.text.replace(",", "")
        decimals = len(digits.partition(".")[2])
        return f"{value:.{decimals}f}" == f"{float(digits):.{decimals}f}"


def outreg2(path: Path) -> Iterator[tuple[str, int, str]]:
    """(row, column from 0, cell) of a text file that Stata's outreg2 wrote: errors stand below, in rows without a name."""
    row = ""
    for line in path.read_text(encoding="utf8").splitlines()[2:]:
        name, *cells = line.split("\t")
        row = name or row
        yield from ((row, column, cell) for column, cell in enumerate(cells) if cell)


def printed(table: str) -> list[Printed]:
    """All numbers of a printed table."""
    found = []
    for row, column, cell in outreg2(DATA / DEBT / f"{table}_results.txt"):
        match = NUMBER.fullmatch(cell)
        if match is None or column >= len(TABLES[table]) or (spec := TABLES[table][column]) is None:
            continue
        term = re.sub(r"1\.(\w+)#c\.(\w+)", r"\1*\2", WORDS.get(row, row))
        found.append(Printed(table, spec, term, match[2], bool(match[1]), match[3]))
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("papers")
    shutil.copytree(Path(__file__).parent / "papers" / "config", folder / "config")
    (folder / "data").symlink_to(DATA, target_is_directory=True)
    return run(folder)


def compared(made: Made, each: Printed) -> list[tuple[object, bool]]:
    """The number, and its stars, each with whether ours are the same."""
    kind = "fit" if each.term in ("nobs", "r2") else "coefficient"
    row = made.estimate(DEBT, each.spec, each.term, kind)
    told = [(each, each.is_shown_by(row["std_error" if each.error else "estimate"]))]
    if kind == "coefficient" and not each.error:
        stars = next((marks for level, marks in STARS if row["p_value"] < level), "")
        told.append((f"{each.table}, {each.spec}, {each.term}: {each.stars}", stars == each.stars))
    return told


def test_every_number_of_the_thesis_to_its_last_digit(made: Made) -> None:
    told = [found for table in TABLES for each in printed(table) for found in compared(made, each)]
    assert [each for each, same in told if not same] == []
    assert len(told) == 310


def stored(file: str) -> pd.DataFrame:
    """The authors' own estimates."""
    path = DATA / file
    rows = read_pages(path, "time_to_treat", [])[0].rows
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    return frame[(frame["time_to_treat"] != -9999) & (frame["time_to_treat"] != -1)]


def test_low_carbon_pilots_by_cohort(made: Made) -> None:
    rows = made.frame(PILOT, "estimates/by_cohort")
    own = rows[(rows["kind"] == "effect") & rows["group"].notna()].set_index(["group", "event_time"])[
        "estimate"
    ]
    known = stored(f"{PILOT}/stored_estimates.xlsx")
    assert len(known) == 36
    for cohort, time, value in zip(known["policy"], known["time_to_treat"], known["TWFE"], strict=True):
        assert own[str(int(cohort)), int(time)] == pytest.approx(value, abs=1e-6)


def test_low_carbon_pilots_as_fixest_has_them(made: Made) -> None:
    known = pd.read_csv(DATA / PILOT / "fixest_0.14.2.csv")
    for spec, term, estimate, error in known[["spec", "term", "estimate", "std_error"]].itertuples(
        index=False
    ):
        if spec == "sunab_att":
            row = made.estimate(f"{PILOT}-of_2013", "by_cohort", "att", "effect")
        elif spec == "event_study_binned" and (event := re.match(r"relb::(-?\d)", term)):
            rows = made.frame(f"{PILOT}-of_2013", "estimates/binned")
            rows = rows[(rows["kind"] == "coefficient") & (rows["event_time"] == int(event[1]))]
            (row,) = (each for _, each in rows.iterrows())
        else:
            study = f"{PILOT}-of_2013" if spec == "event_study_binned" else PILOT
            row = made.estimate(study, "binned" if spec == "event_study_binned" else spec, term)
        assert row["estimate"] == pytest.approx(estimate, abs=1e-6), (spec, term)
        assert row["std_error"] == pytest.approx(error, abs=1e-6), (spec, term)


def test_environmental_disclosure(made: Made) -> None:
    rows = made.frame(DISCLOSURE, "estimates/event_study")
    own = rows[rows["kind"] == "coefficient"].set_index("event_time")["estimate"]
    known = stored(f"{DISCLOSURE}/stored_estimates.xlsx")
    assert len(known) == 9
    for time, value in zip(known["time_to_treat"], known["TWFE"], strict=True):
        assert own[int(time)] == pytest.approx(value, abs=1e-6)


def test_every_cell_leads_to_its_file(made: Made) -> None:
    said = made.walked()
    assert "(100.00 %)" in said and "毕业论文数据.dta" in said and "SIMULATED" not in said.upper()
