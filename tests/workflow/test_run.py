"""A full run on simulated books, as its user gets it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from nianjian.publish.origin import BANNER
from workflow.conftest import ENVIRONMENT, ROOT, SAID, STEMS, planned, snakemake

R = "results/simulated"
STUDY = f"{R}/studies/resilience_integration"
MOST_JOBS = 160


def test_a_run_makes_panel_tables_scorecard_and_catalog(project: Path) -> None:
    for name in (
        "panel/observations.parquet",
        "panel/city_year.parquet",
        "panel/coverage.en.html",
        "nianjian.duckdb",
    ):
        assert (project / R / name).stat().st_size > 1000
    for table in "123":
        for suffix in ("csv", "tex", "html", "docx", "xlsx"):
            for language in ("en", "zh"):
                assert (project / STUDY / "tables" / f"{table}.{language}.{suffix}").stat().st_size > 300
    assert (project / STUDY / "scorecard.en.html").stat().st_size > 1000
    claims = pd.read_parquet(project / STUDY / "headlines.parquet")
    assert set(claims["verdict"]) <= {"holds", "does not hold", "cannot be told"} and len(claims) > 20
    for language in ("en", "zh"):
        assert (project / R / "papers" / f"S1.{language}.html").stat().st_size > 20_000


def test_a_run_takes_few_jobs(project: Path) -> None:
    log = max((project / ".snakemake/log").glob("*.log"), key=lambda path: path.stat().st_size)
    (total,) = re.findall(r"^total +(\d+)$", log.read_text(encoding="utf8"), flags=re.MULTILINE)[:1]
    assert 60 < int(total) <= MOST_JOBS


def test_a_run_says_how_far_it_is_and_ends_with_what_was_made(project: Path) -> None:
    text = (project.parent / SAID).read_text(encoding="utf8")
    said = text.splitlines()
    assert len(text) < 15_000 and "Reason" not in text and "Traceback" not in text
    (start,) = [
        index for index, line in enumerate(said) if re.match(r"\d+ jobs, about .* on 2 cores, by ", line)
    ]
    (end,) = [index for index, line in enumerate(said) if line.startswith("Done in ")]
    count = int(said[start].split()[0])
    assert said[end].endswith(f": {count} jobs")
    shares = [int(each) for each in re.findall(r"^\[ *(\d+) %\]", text, flags=re.MULTILINE)]
    assert len(shares) >= count and shares[0] == 0 and shares[-1] >= 90
    assert any(f" of {count} jobs · " in line and line.endswith(" left") for line in said[start:end])
    ending = dict(line.split(maxsplit=1) for line in said[end + 1 :] if not line.startswith("  left out"))
    assert re.match(r"\d+ tables and \d+ figures of 5 studies, \d+ specifications", ending["made"])
    for place in ending["where"].split(", "):
        assert list(project.glob(place.replace("<study>", "*"))), place
    report = (project / R / "sources.txt").read_text(encoding="utf8")
    assert ending["sources"] == report.splitlines()[0]
    # The log file keeps what the screen does not show.
    log = max((project / ".snakemake/log").glob("*.log"), key=lambda path: path.stat().st_size)
    assert "Reason: Missing output files" in log.read_text(encoding="utf8")


def test_a_dry_run_of_everything_is_a_line_a_kind_of_job(project: Path) -> None:
    run = snakemake(project, "--dry-run", "--forceall")
    made = set(STEMS) - {"draw_part", "estimate_points"}  # no built-in study splits its work
    assert set(planned(run)) == made
    assert len(run.stdout.splitlines()) == len(made) + 2 and "by earlier runs;" in run.stdout
    count, *_ = run.stdout.split()
    assert sum(planned(run).values()) == int(count)
    assert set(re.findall(r" s  (.*)$", run.stdout, flags=re.MULTILINE)) == {"asked for"}


def test_what_comes_from_simulated_data_says_so(project: Path) -> None:
    for path in [*(project / STUDY / "tables").glob("*.html"), project / R / "panel/coverage.en.html"]:
        assert "SIMULATED DATA" in path.read_text(encoding="utf8"), path
    for path in (project / STUDY / "tables").glob("*.tex"):
        assert re.search("SIMULATED DATA|模拟数据", path.read_text(encoding="utf8")), path
    book = openpyxl.load_workbook(project / STUDY / "tables/3.zh.xlsx")
    assert any("模拟数据" in str(cell.value) for row in book.active.iter_rows() for cell in row)
    assert "simulated" in (project / R / "sources.txt").read_text(encoding="utf8")


def test_a_second_run_has_nothing_to_do(project: Path) -> None:
    run = snakemake(project)
    said = [line for line in (run.stdout + run.stderr).splitlines() if "profile" not in line]
    assert said == [f"Nothing to be done: all that was asked for is up to date, in {R}/"]


def test_every_cell_and_point_is_walked_to_its_end(project: Path) -> None:
    walked = pd.read_parquet(project / R / "sources.parquet")
    assert set(walked["kind"]) == {"table", "figure"}
    assert walked["cells"].sum() > 10_000 and (walked["cells"] > 0).all()
    assert (walked["walked"] == walked["cells"]).all(), walked[walked["problem"] != ""]["problem"].tolist()[
        :5
    ]
    assert walked["depth"].min() >= 1 and walked["depth"].max() >= 5


def test_no_stored_file_holds_an_absolute_path(project: Path) -> None:
    here = str(project.parent).encode()
    for path in (project / R).rglob("*"):
        if path.is_file() and path.suffix in (
            ".json",
            ".csv",
            ".txt",
            ".html",
            ".tex",
            ".duckdb",
            ".parquet",
        ):
            assert here not in path.read_bytes(), path
    for path in (project / R).rglob("*.parquet"):
        # Exports say what their columns are.
        assert "export" in path.parts or not pq.read_schema(path).metadata, path


def test_the_panel_gives_back_the_simulated_truth(project: Path) -> None:
    """Through the real reading path, every number equals the truth but for rounding and planted misprints."""
    truth = pd.read_parquet(project / R / "truth/truth.parquet")
    seen = pd.read_parquet(project / R / "panel/observations.parquet")
    assert set(seen["level"]) == {"city", "province"}
    seen = seen[seen["level"] == "city"]
    key = ["city", "year", "item", "scope"]
    both = seen.merge(truth[[*key, "value"]], on=key, suffixes=("", "_true"))
    assert len(both) > 0.95 * len(seen)
    both = both[both["status"] != "corrected"]
    number = pd.to_numeric(both["raw"].map(lambda text: unicodedata.normalize("NFKC", text)), errors="coerce")
    plain = number.notna() & (number != 0)
    both, number = both[plain], number[plain]
    assert plain.mean() > 0.9
    decimals = both["raw"].str.extract(r"[.．](\d+)", expand=False).str.len().fillna(0)
    half_unit = 0.501 * 10.0**-decimals * (both["value"] / number).abs()
    wrong = (both["value"] - both["value_true"]).abs() > half_unit + 1e-9 * both["value_true"].abs()
    assert wrong.mean() < 1e-4
    # What is wrong was planted, in these cells.
    planted = pd.concat([pd.read_parquet(p) for p in (project / R / "truth/misprints").glob("*.parquet")])
    cells = set(zip(planted["file"], planted["sheet"], planted["cell"], strict=True))
    places = zip(*(both.loc[wrong, name] for name in ("file", "sheet", "cell")), strict=True)
    explained = [place in cells for place in places]
    assert sum(explained) >= 0.9 * len(explained)


def test_the_planted_effect_is_found(project: Path) -> None:
    estimates = pd.read_parquet(project / STUDY / "estimates/baseline.parquet").set_index("term")
    effect = estimates.loc["integration"]
    assert effect["estimate"] > 0 and effect["p_value"] < 0.05
    assert effect["variable"] == "integration"
    assert estimates.loc["nobs", "estimate"] > 4500


def test_estimates_hold_no_structure_in_their_terms(project: Path) -> None:
    terms = set()
    for path in (project / R / "studies").glob("*/estimates/*.parquet"):
        terms |= set(pq.read_table(path, columns=["term"]).column("term").to_pylist())
    assert len(terms) > 50
    assert not [term for term in terms if re.search(r"[\[\]|:*]", term)]


def test_the_catalog_answers_queries_from_any_folder(project: Path, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "sent on").mkdir()
    shutil.copy2(project / R / "nianjian.duckdb", tmp_path / "sent on" / "books.duckdb")
    monkeypatch.chdir(tmp_path / "sent on")
    with duckdb.connect("books.duckdb", read_only=True) as connection:
        ((cities,),) = connection.sql(
            "SELECT count(DISTINCT city) FROM observations WHERE item = 'gdp' AND year = 2012"
        ).fetchall()
        joined = connection.sql(
            "SELECT i.zh, o.value, o.cell FROM observations o JOIN items i USING (item) "
            "WHERE o.city_name = '济南市' AND o.year = 2012 AND o.item = 'gdp' AND o.scope = 'city'"
        ).fetchall()
        ((books,),) = connection.sql("SELECT books FROM books").fetchall()
        ((coefficients,),) = connection.sql(
            "SELECT count(*) FROM estimates WHERE term = 'integration'"
        ).fetchall()
        local = connection.sql(
            "SELECT l.cluster, avg(s.gdp) FROM icr_ecopark.local_moran l "
            "JOIN panel s USING (city, year) GROUP BY l.cluster"
        ).fetchall()
    assert cities > 270
    assert len(joined) == 1 and joined[0][0] == "地区生产总值"
    assert {"HH", "LL", "ns"} <= {name for name, _ in local} <= {"HH", "LL", "HL", "LH", "ns"}
    assert books == "simulated"
    assert coefficients >= 7


def test_the_catalog_holds_all_that_was_made_and_says_what_it_is(project: Path) -> None:
    with duckdb.connect(f"{project / R}/nianjian.duckdb", read_only=True) as connection:
        said = connection.sql(
            "SELECT schema_name || '.' || table_name, comment FROM duckdb_tables() UNION ALL "
            "SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        columns = connection.sql(
            "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
        ).fetchall()
        counts = {
            name: connection.sql(f"SELECT count(*) FROM {name}").fetchall()[0][0]
            for name in ("table_cells", "figure_points", "estimates", "outputs", "sample_cities")
        }
        (weights,) = connection.sql(
            "SELECT comment FROM duckdb_tables() WHERE schema_name = 'gie_cluster' AND table_name = 'weights_queen'"
        ).fetchall()
    studies = project / R / "studies"
    rows = {
        name: sum(pq.read_metadata(path).num_rows for path in studies.glob(f"*/{pattern}"))
        for name, pattern in (
            ("table_cells", "tables/*.cells.parquet"),
            ("figure_points", "figures/*.points.parquet"),
            ("estimates", "estimates/*.parquet"),
            ("sample_cities", "sample_cities.parquet"),
        )
    }
    rows["outputs"] = len([*studies.glob("*/tables/*.en.html"), *studies.glob("*/figures/*.en.svg")])
    assert counts == rows
    assert "Contiguity (queen)" in weights[0] and BANNER in weights[0]
    unsaid = "as its own kind writes it"
    assert not [name for name, comment in said if not comment or "Further output" in comment]
    assert not [row for row in columns if not row[2] or unsaid in row[2]]
    assert {"main.scorecard", "main.policies", "main.corrections", "main.variables", "main.sheets"} <= dict(
        said
    ).keys()


@pytest.mark.parametrize("page", ["README.md", "docs/catalogue.md"])
def test_the_documented_queries_run_from_any_folder(
    page: str, project: Path, tmp_path: Path, monkeypatch
) -> None:
    """Those of the pages in the other language are the same, by tests/unit/test_translations.py."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(
        r"^```sql\n(.*?)^```$", (ROOT / page).read_text(encoding="utf8"), flags=re.DOTALL | re.MULTILINE
    )
    queries = [each for block in blocks for each in re.split(r";\n", block) if each.strip()]
    assert len(queries) >= 2
    with duckdb.connect(str(project / R / "nianjian.duckdb"), read_only=True) as connection:
        for query in queries:
            assert connection.sql(query).fetchall(), query


def test_the_report_opens_offline_and_lists_all_by_study_and_language(project: Path, tmp_path: Path) -> None:
    snakemake(project, "--report", str(tmp_path / "report.zip"))
    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        names = archive.namelist()
        page = archive.read("report/report.html").decode("utf8")
    assert not re.findall(r"""<(?:script|link|img)[^>]+(?:src|href)=["']https?:""", page)
    reported = json.JSONDecoder().raw_decode(page, page.index("var results = {") + len("var results = "))[0]
    listed = Counter(
        (each["labels"].get("language"), *(name in each["labels"] for name in ("table", "figure", "what")))
        for each in reported.values()
    )
    studies = project / R / "studies"
    tables = len(list(studies.glob("*/tables/*.en.html")))
    figures = len(list(studies.glob("*/figures/*.en.svg")))
    pages = [*studies.glob("*/*.en.html"), *(project / R / "papers").glob("*.en.html")]
    pages.append(project / R / "panel/coverage.en.html")
    for language in ("en", "zh"):
        assert listed[language, True, False, False] == tables
        assert listed[language, False, True, False] == figures
        assert listed[language, False, False, True] == len(pages)
    assert sum(name.endswith(".svg") for name in names) == 2 * figures
    # It opens on a page of its own, finds tables by their words, and hands out their other formats.
    assert "SIMULATED DATA" in page[page.index("var workflow_desc") :][:3000]
    assert '"Books / 年鉴": "simulated"' in page or json.dumps({"Books / 年鉴": "simulated"}) in page
    table = reported[f"{R}/studies/resilience_integration/tables/3.zh.html"]
    assert "region" not in table["labels"]["table"] and any("基准" in words for words in table["columns"])
    assert table["caption"].count("<a download=") == 3 and "S1 " in next(iter(table["columns"]))


def test_only_one_language_can_be_asked_for(project: Path) -> None:
    both, one = (
        snakemake(project, "--summary", *more).stdout for more in ([], ["--config", "languages=[en]"])
    )
    assert "/tables/3.en.csv" in both and "/tables/3.zh.csv" in both
    assert "/tables/3.en.csv" in one and ".zh." not in one


def test_an_interpreter_in_a_folder_with_a_blank_runs_jobs(started, tmp_path: Path) -> None:
    """Snakemake starts scripts through a shell without quoting the interpreter (snakemake#2645)."""
    mine = started("blank")
    environment = tmp_path / "an environment"
    environment.symlink_to(Path(sys.prefix), target_is_directory=True)
    run = subprocess.run(
        [str(environment / "bin/python"), "-m", "snakemake", "--cores", "1", "--config", "studies=[]",
         "--forcerun", "check_panel", "--", f"{R}/panel/check.txt"],
        cwd=mine, env=ENVIRONMENT, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    assert ": 1 job\n" in run.stdout + run.stderr
