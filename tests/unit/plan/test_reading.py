"""From the books to the panel: which editions and panels are read, and what their jobs are told."""

from __future__ import annotations

import pytest

from nianjian.declarations import store
from nianjian.errors import DeclarationError, InputError
from nianjian.plan.reading import kind_folders
from planned import UNITS, own_source, plan_in, texts


def test_each_edition_and_panel_of_the_simulated_books_is_a_job(simulated):
    jobs = {job.name: job for job in simulated.stages["extracts"]}
    editions = sorted(name for name in jobs if name.startswith("city_yearbook_"))
    assert editions[0] == "city_yearbook_2004" and len(editions) == len(simulated.plan.books.editions)
    assert "simulated_co2_panel" in jobs and "fdi_panel_panel" not in jobs, "real panels are for real books"
    assert jobs["city_yearbook_2004"].inputs["books"] == [
        f"results/simulated/books/yearbooks/{simulated.plan.books.editions[2004]}"
    ]


def test_each_edition_of_a_real_set_is_a_job_that_reads_through_the_link(tmp_path, raw):
    planned = plan_in(tmp_path / "w", studies=[], raw_root=str(raw), books="mine")
    jobs = {job.name: job for job in planned.stages["extracts"]}
    assert sorted(jobs) == ["city_yearbook_2013", "city_yearbook_2014"]
    (book,) = jobs["city_yearbook_2013"].inputs["books"]
    assert book.startswith("results/mine/books/") and (planned.workspace / book).is_file()
    assert planned.plan.folder == "results/mine" and planned.plan.books.kind == "real"
    told = [text for job in planned.jobs for text in texts([job.params, job.inputs, job.outputs])]
    declared = [
        path.read_text(encoding="utf8") for path in (planned.workspace / "results/mine/declared").iterdir()
    ]
    assert not [text for text in told + declared if str(tmp_path) in text]


def test_the_name_alone_is_the_same_plan(tmp_path, raw):
    before = plan_in(tmp_path / "w", studies=[], raw_root=str(raw), books="mine")
    assert plan_in(tmp_path / "w", studies=[], books="mine").stages == before.stages


def test_a_study_that_no_source_prints_is_left_out_and_says_why(tmp_path, raw):
    planned = plan_in(tmp_path / "w", studies=["uer_inequality"], raw_root=str(raw))
    if planned.plan.studies.studies:
        assert planned.plan.studies.left_out == {}
    else:
        assert planned.plan.studies.left_out["uer_inequality"].startswith("no source at hand prints ")


def test_a_file_that_comes_into_an_edition_is_one_more_input_of_its_job(tmp_path, raw, write_book):
    before = plan_in(tmp_path / "w", studies=[], raw_root=str(raw))
    write_book([["城市", "人口"], ["北京市", 1]], name="2-14_人口.xlsx", edition=2014)
    after = plan_in(tmp_path / "w", studies=[])
    # Without raw_root the simulated books are meant; the set has to be named.
    assert after.plan.books.simulated
    after = plan_in(tmp_path / "w", studies=[], books="real")
    files = [{job.name: job.inputs["books"] for job in each.stages["extracts"]} for each in (before, after)]
    assert files[0]["city_yearbook_2013"] == files[1]["city_yearbook_2013"]
    assert len(files[1]["city_yearbook_2014"]) == len(files[0]["city_yearbook_2014"]) + 1


def test_a_panel_beside_the_books_is_read(tmp_path, raw):
    panels = tmp_path / "panels"
    panels.mkdir()
    workspace = tmp_path / "w"
    source = workspace / "config" / "sources" / "own.yaml"
    source.parent.mkdir(parents=True)
    source.write_text(
        "type: panel\ntitle: Own\nfile: own*.csv\ncity: city\nyear: year\nsource: me\n"
        "values: {gdp: {item: gdp, unit: 万元}}\n",
        encoding="utf8",
    )
    config = {"studies": [], "raw_root": str(raw), "panel_root": str(panels)}
    assert "own" in plan_in(workspace, **config).plan.reading.missing
    (panels / "own1.csv").write_text("city,year,gdp\n济南市,2010,5\n", encoding="utf8")
    planned = plan_in(workspace, **config)
    (job,) = [job for job in planned.stages["extracts"] if job.name == "own_panel"]
    assert job.inputs["books"] == ["results/real/panels/own1.csv"]
    declared = store.read(workspace / job.params["declared"])
    assert declared["source"] == "own" and declared["entry"]["params"]["file"] == "own*.csv"
    assert "gdp" in planned.plan.reading.printed and "own" not in planned.plan.reading.missing
    (panels / "own2.csv").write_text("", encoding="utf8")
    with pytest.raises(InputError, match=r"config/sources/own\.yaml, file: fits 2 files"):
        plan_in(workspace, **config)


def test_what_a_workspaces_kind_of_source_says_of_its_columns_is_checked(tmp_path):
    workspace = own_source(
        tmp_path / "w", UNITS, values='{"gdp": {"item": "gdp", "unit": "万元", "scope": "town"}}'
    )
    (workspace / "mine.csv").write_text("", encoding="utf8")
    with pytest.raises(
        DeclarationError,
        match=r"sources/mine\.yaml, values\.gdp\.scope: expected one of city, districts, got 'town'",
    ):
        plan_in(workspace, studies=[])


def test_what_a_column_means_changes_the_panel_but_not_the_extract(tmp_path):
    workspace = tmp_path / "w"
    before = plan_in(workspace, studies=[])
    (workspace / "config").mkdir()
    (workspace / "config" / "items.yaml").write_text("gdp: {notes: another note}\n", encoding="utf8")
    after = plan_in(workspace, studies=[])
    params = [{job.name: job.params for job in each.stages["extracts"]} for each in (before, after)]
    assert params[0] == params[1]
    assert before.stages["panel"][0].params != after.stages["panel"][0].params


def test_folders_of_kinds_are_told_relative_to_the_workspace(tmp_path, monkeypatch):
    workspace = tmp_path / "w"
    (workspace / "kinds" / "tables").mkdir(parents=True)
    (workspace / "config").mkdir()
    planned = plan_in(workspace, studies=[])
    monkeypatch.chdir(workspace)
    assert kind_folders(planned.plan.reading.layers) == ["kinds"]
    assert planned.stages["extracts"][0].params["kinds"] == ["kinds"]


def test_outputs_say_that_compiled_panels_lay_beside_the_books(raw, tmp_path):
    alone = plan_in(tmp_path / "w", raw_root=str(raw), studies=[]).plan.reading.books.origin
    (tmp_path / "mine").mkdir()
    beside = plan_in(tmp_path / "v", raw_root=str(raw), studies=[], panel_root=str(tmp_path / "mine"))
    origin = beside.plan.reading.books.origin
    assert "panels" not in alone and "汇编" not in alone
    assert ", and compiled panels / " in origin and origin.endswith("年版及汇编面板")


def test_real_books_are_named_with_their_editions_in_every_language(raw, tmp_path):
    books = plan_in(tmp_path / "w", raw_root=str(raw), studies=[]).plan.reading.books
    assert books.origin == (
        "real: China City Statistical Yearbook, editions 2013–2014 / 《中国城市统计年鉴》2013–2014年版"
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            "",
            r"^kinds/sources/mine\.py: there is no units; a kind has Params and build, a type of source units too$",
        ),
        (
            "\nFOLDER = 'book'\n",
            r"^kinds/sources/mine\.py: FOLDER is 'book'; it must be one of books, panels, workspace$",
        ),
    ],
)
def test_a_type_of_source_that_lacks_something_says_what(tmp_path, more, message):
    workspace = own_source(tmp_path / "w", more)
    with pytest.raises(DeclarationError, match=message):
        plan_in(workspace, studies=[])


PANEL = """type: panel
title: Mine
file: "*.csv"
city: city
year: year
values: {gdp: {item: gdp, unit: 10^4 yuan}}
source: me
"""


def panels_in(folder, **more: str):
    """A workspace with panels of its own, each with the keys that are given, and their files."""
    for name, keys in more.items():
        path = folder / "config/sources" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PANEL.replace("*.csv", f"{name}.csv") + keys, encoding="utf8")
        (folder / "panels").mkdir(exist_ok=True)
        (folder / "panels" / f"{name}.csv").write_text("city,year,gdp\n济南,2012,5\n", encoding="utf8")
    return folder


def test_what_a_panel_is_for_reaches_the_panel_stage(tmp_path, raw):
    workspace = panels_in(tmp_path / "w", mine="fills: false\ncopies: theirs\n", theirs="")
    planned = plan_in(workspace, studies=[], raw_root=str(raw), panel_root=str(workspace / "panels"))
    uses = planned.plan.reading.uses
    assert (uses["mine"].fills, uses["mine"].copies) == (False, "theirs")
    assert (uses["theirs"].fills, uses["theirs"].copies) == (True, None)
    assert planned.plan.reading.declarations.uses == uses


@pytest.mark.parametrize(
    ("mine", "theirs", "said"),
    [
        (
            "copies: thiers\n",
            "",
            r"sources/mine\.yaml, copies: no other source 'thiers'; did you mean 'theirs'\?",
        ),
        ("copies: mine\n", "", r"copies: no other source 'mine'"),
        ("copies: theirs\n", "copies: cre_gdp\n", r"copies: 'theirs' copies 'cre_gdp' itself; write cre_gdp"),
    ],
)
def test_a_copy_of_no_other_source_is_refused(tmp_path, raw, mine, theirs, said):
    workspace = panels_in(tmp_path / "w", mine=mine, theirs=theirs)
    with pytest.raises(DeclarationError, match=said):
        plan_in(workspace, studies=[], raw_root=str(raw), panel_root=str(workspace / "panels"))
