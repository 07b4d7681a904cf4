"""A new study: what is asked, what is refused, what is written, and that it is sound."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from nianjian import launcher
from nianjian.declarations.models.study import StudyFile
from nianjian.errors import DeclarationError, InputError
from nianjian.new_study import command, peeking, wishes, writing

OWN_FILE = "file" in StudyFile.model_fields["sample"].annotation.model_fields  # type: ignore[union-attr]
"""Whether a sample may be the user's own file."""


def asked(*words: str) -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    return parser.parse_args(list(words))


def frame() -> pd.DataFrame:
    """A panel of six firms as a thesis has it, with Chinese column names too."""
    rows = [
        {
            "firm_id": firm,
            "year": year,
            "did": int(firm > 3 and year >= 2011),
            "debt": firm + year / 100,
            "人口(万人)": 3.5,
        }
        for firm in range(1, 7)
        for year in range(2008, 2016)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def thesis(tmp_path: Path) -> Path:
    path = tmp_path / "毕业 论文.dta"
    frame().rename(columns={"人口(万人)": "pop"}).to_stata(
        path, write_index=False, variable_labels={"debt": "人均债务"}, version=118
    )
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """``nianjian new-study``."""
    assert launcher.main(["new-study", *words]) == code
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return printed.out + printed.err


def test_a_study_of_items_is_short_and_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "my 研究"
    told = run(
        capsys,
        str(folder),
        "--outcome",
        "gdp_pc",
        "--policy",
        "smart_city",
        "--coding",
        "prefecture",
        "--years",
        "2008-2015",
    )
    assert "Run it:" in told and "mistakes" not in told
    text = (folder / "config/studies/my.yaml").read_text(encoding="utf8")
    assert len(text.splitlines()) <= 60 and text.count("#") > 5
    read = yaml.safe_load(text)
    assert read["sample"]["years"] == [2008, 2015] and read["treatment"]["coding"] == "prefecture"
    assert read["specs"]["simple"]["outcome"] == "lngdp_pc" and "lngdp" not in read["variables"]
    assert "--raw-root" in (folder / "README.md").read_text(encoding="utf8")
    assert yaml.safe_load((folder / "config/config.yaml").read_text(encoding="utf8")) == {
        "languages": ["en", "zh"]
    }


@pytest.mark.parametrize("outcome", ["ind_so2", "ln(ind_so2 / gdp)", "green_cover_rate", "urban_rate"])
def test_any_outcome_gives_a_sound_study(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], outcome: str
) -> None:
    told = run(
        capsys,
        str(tmp_path / "w"),
        "--outcome",
        outcome,
        "--language",
        "zh",
        "--controls",
        "gdp_pc，fisc_exp",
    )
    assert "The declarations have mistakes" not in told
    text = (tmp_path / "w/config/studies/w.yaml").read_text(encoding="utf8")
    assert "查错" in text and "工作目录" in (tmp_path / "w/README.md").read_text(encoding="utf8")
    assert yaml.safe_load(text)["specs"]["baseline"]["controls"] == ["lngdp_pc", "lnfisc_exp"]


def test_a_policy_list_of_ones_own_is_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "My Pilots.csv"
    own.write_text("city,approval_date,first\n济南市,2010,true\n青岛市,2012,false\n", encoding="utf8")
    run(capsys, str(tmp_path / "w"), "--policy", str(own), "--coding", "first")
    assert (tmp_path / "w/config/policies/my_pilots.csv").read_bytes() == own.read_bytes()
    read = yaml.safe_load((tmp_path / "w/config/studies/w.yaml").read_text(encoding="utf8"))
    assert read["treatment"]["policy"] == "my_pilots" and read["treatment"]["coding"] == "first"


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "README.md").write_text("mine", encoding="utf8")
    assert "kept as it was" in run(capsys, str(folder))
    assert (folder / "README.md").read_text(encoding="utf8") == "mine"
    before = (folder / "config/studies/w.yaml").read_bytes()
    told = run(capsys, str(folder), "--outcome", "gdp_pc", code=1)
    assert "is there already; choose another --name or folder" in told
    assert (folder / "config/studies/w.yaml").read_bytes() == before
    # A second study stands beside the first.
    run(capsys, str(folder), "--outcome", "gdp_pc", "--name", "second")
    assert (folder / "config/studies/second.yaml").is_file()


def test_the_projects_folder_is_no_workspace_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, str(writing.CONFIG.parent / "mine"), code=1)
    assert "lies within the project" in told and not (writing.CONFIG.parent / "mine").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--outcome", "gdppc"], "--outcome gdppc: there is no such item; did you mean 'gdp_pc'?"),
        (["--outcome", "ln(gdppc)"], "did you mean 'gdp_pc'?"),
        (["--controls", "fai,gdppc"], "--controls gdppc"),
        (["--policy", "smart_cty"], "did you mean 'smart_city'?"),
        (["--policy", "nowhere.csv"], "there is no such file"),
        (["--policy", "smart_city", "--coding", "s9"], "--coding s9"),
        (["--years", "2016-2006"], "expected the first and the last year, such as 2006-2016"),
        (["--year", "year"], "--year is for a file of your own; name it with --data"),
        (["--data", "nowhere.dta"], "there is no such file"),
        (["--name", "my-study"], "a study's name has letters a-z"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], expected: str
) -> None:
    assert expected in run(capsys, str(tmp_path / "w"), *words, code=1)
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    "text", ["2006-2016", "2006 2016", "[2006, 2016]", "2006，2016", "2006–2016", "2006至2016"]
)
def test_years_are_read_as_people_write_them(text: str) -> None:
    assert wishes.years_of(text) == (2006, 2016)


# -- a file of one's own


def test_a_file_is_looked_into(thesis: Path) -> None:
    found = peeking.peek(thesis)
    assert found.names == ["firm_id", "year", "did", "debt", "pop"] and found.rows == 48
    assert (found.years, found.dummies, found.units) == (["year"], ["did"], [])
    assert "debt (人均债务): numbers" in found.listed and "did: 0 and 1" in found.listed


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_any_form_of_file_is_looked_into(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"data.{form}"
    writers: dict[str, Callable[[], object]] = {
        "csv": lambda: frame().to_csv(path, index=False, encoding="gb18030"),
        "xlsx": lambda: frame().to_excel(path, index=False),
        "parquet": lambda: frame().to_parquet(path),
    }
    writers[form]()
    found = peeking.peek(path)
    assert found.years == ["year"] and found.dummies == ["did"] and "人口(万人)" in found.names


def test_what_cannot_be_told_is_not_guessed(thesis: Path, tmp_path: Path) -> None:
    def refused(*words: str) -> str:
        with pytest.raises((DeclarationError, InputError)) as error:
            wishes.wished(asked(str(tmp_path / "w"), "--data", str(thesis), *words), None)
        return str(error.value)

    told = refused()
    assert "--unit or --city is missing" in told and "debt (人均债务): numbers" in told
    assert "--treatment is missing" in refused("--unit", "firm_id") and "it may be did" in refused(
        "--unit", "firm_id"
    )
    assert "--outcome is missing" in refused("--unit", "firm_id", "--treatment", "did")
    assert "did you mean 'debt'?" in refused("--unit", "firm_id", "--treatment", "did", "--outcome", "dept")
    assert "does not hold 0 and 1" in refused("--unit", "firm_id", "--treatment", "debt", "--outcome", "debt")
    assert "expected years such as 2008" in refused(
        "--unit", "firm_id", "--year", "debt", "--treatment", "did", "--outcome", "pop"
    )
    assert "2008 to 2015" in refused(
        "--unit", "firm_id", "--treatment", "did", "--outcome", "debt", "--years", "2000-2015"
    )
    assert "--policy needs --city" in refused("--unit", "firm_id", "--policy", "low_carbon")


def test_a_terminal_is_asked(thesis: Path, tmp_path: Path) -> None:
    answers = iter(["zh", str(thesis), "firm_id", "", "did", "debt", ""])
    questions: list[str] = []

    def ask(question: str, default: str) -> str:
        questions.append(question)
        return next(answers) or default

    found = wishes.wished(asked(str(tmp_path / "w")), ask)
    assert (found.identifier, found.year, found.treatment, found.outcome) == (
        ("unit", "firm_id"),
        "year",
        "did",
        "debt",
    )
    assert found.years == (2008, 2015) and found.language == "zh" and len(questions) == 7


def test_a_study_of_a_file_says_what_the_file_holds(thesis: Path, tmp_path: Path) -> None:
    words = [
        "--unit",
        "firm_id",
        "--treatment",
        "did",
        "--outcome",
        "debt",
        "--controls",
        "pop",
        "--language",
        "zh",
    ]
    found = wishes.wished(asked(str(tmp_path / "w"), "--data", str(thesis), *words), None)
    made = writing.write(found, "nianjian run")
    assert (
        "data/毕业 论文.dta" in made.made
        and (tmp_path / "w/data/毕业 论文.dta").read_bytes() == thesis.read_bytes()
    )
    text = (tmp_path / "w/config/studies/w.yaml").read_text(encoding="utf8")
    assert len(text.splitlines()) <= 60
    read = yaml.safe_load(text)
    assert read["sample"] == {
        "file": "data/毕业 论文.dta",
        "unit": "firm_id",
        "year": "year",
        "years": [2008, 2015],
    }
    assert read["treatment"]["name"] == "did" and read["treatment"]["column"] == "did"
    assert read["variables"]["debt"]["label"] == {"en": "人均债务", "zh": "人均债务"}
    assert read["specs"]["baseline"]["controls"] == ["pop"]


@pytest.mark.skipif(not OWN_FILE, reason="samples from a file of one's own are not there yet")
def test_a_study_of_a_file_is_sound(thesis: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--unit", "firm_id", "--treatment", "did", "--outcome", "debt", "--controls", "pop"]
    told = run(capsys, str(tmp_path / "w"), "--data", str(thesis), *words)
    assert "Run it:" in told and "mistakes" not in told


def test_a_file_can_be_linked(thesis: Path, tmp_path: Path) -> None:
    words = ["--unit", "firm_id", "--treatment", "did", "--outcome", "debt", "--link"]
    writing.write(
        wishes.wished(asked(str(tmp_path / "w"), "--data", str(thesis), *words), None), "nianjian run"
    )
    assert (tmp_path / "w/data/毕业 论文.dta").is_symlink()
