"""The facts of the simulated world against the rest of config/."""

import shutil

import pytest

from nianjian.errors import DeclarationError
from nianjian.simulate import FOLDER, facts, freeze, reading
from small_books import CONFIG


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of config/ with an edit; the borders, which take seconds, stay as they are."""
    folder = tmp_path / "config"
    shutil.copytree(
        CONFIG, folder, ignore=shutil.ignore_patterns("published", "schemas", "studies", "sources")
    )
    monkeypatch.setattr(freeze, "_borders", lambda _: (FOLDER / "borders.csv").read_text(encoding="utf8"))

    def edit(name: str, old: str, new: str):
        path = folder / name
        text = path.read_text(encoding="utf8")
        assert old in text, (name, old)
        path.write_text(text.replace(old, new, 1), encoding="utf8")
        return folder

    return edit


def test_the_facts_are_those_of_config():
    differing = freeze.differences(CONFIG)
    assert not differing, (
        "config/ says something else than the simulated world now:\n"
        + "\n".join(differing[:20])
        + "\nIf the change is meant to enter the simulated world, run python -m nianjian.simulate; the books are then "
        "printed anew"
    )


def test_a_change_of_config_is_named_and_enters_by_the_command(copy):
    folder = copy("items.yaml", "bounds: [0.01, 4500]", "bounds: [0.01, 4600]")
    assert freeze.differences(folder) == [
        "items.csv: - pop_hukou,年末户籍人口,stock,10^4 person,4500",
        "items.csv: + pop_hukou,年末户籍人口,stock,10^4 person,4600",
    ]
    freeze.write(folder)
    assert freeze.differences(folder) == []


def test_a_policy_date_is_named(copy):
    folder = copy("reference/policies/low_carbon.csv", "2010-07-19", "2011-07-19")
    differing = freeze.differences(folder)
    assert differing == [
        "policies.csv: - low_carbon,s4,120000,2010-07-19,,",
        "policies.csv: + low_carbon,s4,120000,2011-07-19,,",
    ]


def test_what_the_world_does_not_name_is_no_fact_of_it(copy):
    copy("items.yaml", "    - 年末总人口\n", "    - 年末总人口甲\n    - 年末总人口\n")
    folder = copy("reference/policies/smart_city.csv", "2013-01-29", "2014-01-29")
    assert freeze.differences(folder) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cities: {central: 1}", "cities: {centrl: 1}", "no attribute 'centrl'"),
        ("{policy: low_carbon, coding: s4", "{policy: low_carbn, coding: s4", "policy 'low_carbn' has no file"),
        ("{policy: low_carbon, coding: s4", "{policy: low_carbon, coding: s5", "low_carbon.csv has no coding 's5'"),
    ],
)  # fmt: skip
def test_what_config_lacks_is_named(copy, old, new, message):
    with pytest.raises(DeclarationError, match=message):
        freeze.made(copy("simulation/process.yaml", old, new))


def test_facts_hold_what_the_world_names_and_little_else():
    process, layouts = reading.process(FOLDER), reading.tables(FOLDER)
    assert set(facts.items(FOLDER)) <= freeze.named_items(process, layouts)
    assert set(facts.units(FOLDER)) == set(freeze.printed_units(layouts))
    assert sorted(path.name for path in FOLDER.glob("*.csv")) == sorted(facts.FILES)
    for path in FOLDER.iterdir():
        assert path.stat().st_size < 500_000, path
