"""The declarations of the simulated world: what is wrong in them is named, and what changes their digests."""

import re
import shutil
from pathlib import Path

import pytest

from nianjian.declarations.reading import adapter
from nianjian.errors import DeclarationError
from nianjian.simulate import checks, outline
from nianjian.simulate.declared import layouts, process
from small_books import CONFIG


@pytest.fixture
def copy(tmp_path):
    """A copy of config/, and a way to change a file of it."""
    folder = tmp_path / "config"
    shutil.copytree(
        CONFIG, folder, ignore=shutil.ignore_patterns("published", "schemas", "studies", "sources")
    )

    def edit(name: str, old: str, new: str) -> Path:
        path = folder / name
        text = path.read_text(encoding="utf8")
        assert old in text, (name, old)
        path.write_text(text.replace(old, new, 1), encoding="utf8")
        return folder

    return edit


PROCESS, TABLES = "simulation/process.yaml", "simulation/tables.yaml"


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (PROCESS, "regions: *emissions_regions}", "regions: {wset: 0.1}}", "{f}, quantities.ind_wastewater.regions: no region 'wset'; did you mean 'west'?"),
        (PROCESS, "spread: *emissions_spread", "spread: {early: 1.0}", "{f}, quantities.ind_wastewater.spread"),
        (PROCESS, "through: irie", "through: pm25", "{f}, balance[3].through: no indicator of the index 'pm25'"),
        (PROCESS, "{kind: contiguity, exist", "{kind: rook, exist", "{f}, weights.contiguity.kind: expected one of contiguity, composite, got 'rook'"),
        (PROCESS, "exchange_rate:", "exchange_rates:", "unknown key 'exchange_rates' in {f}; did you mean 'exchange_rate'?"),
        (PROCESS, "planted_effects:", "effects:", "unknown key 'effects' in {f}"),
        (PROCESS, "\nsparse: [150000", "\nsparse: [15000", "{f}, sparse[0]: expected at least 110000, got 15000"),
        (PROCESS, "wealth: 0.35, city: 0.18", "welth: 0.35, city: 0.18", "unknown key 'welth' in {f}, quantities.pop_resident; did you mean 'wealth'?"),
        (PROCESS, "pop_resident: {level: [335, 340,", "pop_resident: {level: [340,", "{f}, quantities.pop_resident.level: expected at least 6 entries, got 5"),
        (PROCESS, "{percent: [36, 42, 47, 53, 58, 63],", "{", "{f}, quantities.urban_rate: expected one of level, percent, amount and share (none given)"),
        (PROCESS, "staff_avg: {of: emp_total,", "staff_avg: {of: emp_totl,", "{f}, quantities.staff_avg.of: no quantity declared before 'emp_totl'; did you mean 'emp_total'?"),
        (PROCESS, "  emp_it: {level", "  emp_itt: {level", "{f}, quantities.emp_itt: no item 'emp_itt' in config/simulation/items.csv; did you mean 'emp_it'?"),
        (PROCESS, "[8.277, 8.277, 8.2768,", "[8.277, 8.2768,", "{f}, exchange_rate: expected 22 rates, 2002 to 2023, got 21"),
        (PROCESS, "transform: ln, adjust: area_admin", "transform: log, adjust: area_admin", "{f}, moments[0].transform: expected one of ln, log1p, log10, log10p, level, got 'log'; did you mean"),
        (PROCESS, "n_parks: {log: 0.15}", "n_prks: {log: 0.15}", "{f}, planted_effects[4].items: no quantity 'n_prks'; did you mean 'n_parks'?"),
        (PROCESS, "n_parks: {log: 0.15}", "n_parks: {log: 0.15, points: 1}", "{f}, planted_effects[4].items.n_parks: expected one of log and points"),
        (PROCESS, "n_parks: {log: 0.15}", "n_parks: {logs: 0.15}", "unknown key 'logs' in {f}, planted_effects[4].items.n_parks; did you mean 'log'?"),
        (PROCESS, "neighbours: contiguity", "neighbours: queen", "{f}, planted_effects[9].neighbours: no weights 'queen'"),
        (PROCESS, "&integrated {policy: urban_agglomerations, coding: s1", "&integrated {policy: urban_agglomerations, coding: s9", "{f}, planted_effects[0].coding: no coding 's9'"),
        (PROCESS, "where: {grade: super_large}", "where: {grade: superlarge}", "{f}, planted_effects[1].where.grade: no grade 'superlarge'; did you mean 'super_large'?"),
        (PROCESS, "cities: {central: 1}", "cities: {centrl: 1}", "no column 'centrl'; did you mean 'central'?"),
        (PROCESS, "{edition: 2014, table: culture, kind: twice, city: 330400}", "{edition: 2014, table: culture, kind: twice, city: 330401}", "{f}, quirks.events[2].city: no city 330401 in config/simulation/cities.csv"),
        (PROCESS, "kind: twice,", "kind: thrice,", "{f}, quirks.events[2].kind: expected one of cut off, scope, twice, got 'thrice'"),
        (PROCESS, "{edition: 2012, table: emissions, item: ind_so2,", "{edition: 2012, table: emission, item: ind_so2,", "{f}, planted_misprints[0].table: no table 'emission'; did you mean 'emissions'?"),
        (PROCESS, "lacks: &thin [620200,", "lacks: &thin [620299,", "{f}, panels.simulated_construction_yearbook.columns.park_green_pc.lacks: no city 620299 in config/simulation/cities.csv"),
        (PROCESS, "file: 城市碳排放(模拟数据).xlsx", "file: 城市碳排放(模拟数据).xls", "{f}, panels.simulated_co2.file:"),
        (PROCESS, "editions: [2004, 2024]", "editions: [2004, 2024]\neditions: [2004, 2024]", "{f}, line {line}, column 1: duplicate key 'editions'"),
        (TABLES, "names: short, english", "names: shrt, english", "{f}, styles[2004].names: expected one of short, full, got 'shrt'; did you mean 'short'?"),
        (TABLES, "2004: [population, labour, strata,", "2004: [population, labor, strata,", "{f}: edition 2004 lists a table 'labor'"),
        (TABLES, "2004: 人口 | pop_hukou(", "2004: 人口 pop_hukou(", "{f}, tables.population[2004]: expected title | columns | English title | panels, got"),
        (TABLES, '"地区生产总值 | 万元 | 0"', '"地区生产总值 | 万圆 | 0"', "{f}, headers.gdp[2004]: no unit '万圆' in config/simulation/units.csv"),
        (TABLES, '"地区生产总值 | 万元 | 0"', '"地区生产总值 | 万人 | 0"', "{f}, headers.gdp[2004]: '万人' does not measure what is stored in '10^4 yuan'"),
        (TABLES, '"地区生产总值 | 万元 | 0"', '"地区生产总值 | 万元"', "{f}, headers.gdp[2004]: expected words | unit | decimals"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_file_and_key(copy, name, old, new, message):
    folder = copy(name, old, new)
    # The line of what was put behind the text that was there.
    line = (folder / name).read_text(encoding="utf8").partition(new)[0].count("\n") + 2
    message = message.replace("{f}", f"config/{name}").replace("{line}", str(line))
    with pytest.raises(DeclarationError, match=re.escape(message)):
        checks.check(folder / "simulation")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("items.yaml", "    - 年末总人口\n", "    - 年末总人口甲\n    - 年末总人口\n"),
        ("items.yaml", "bounds: [0.01, 4500]", "bounds: [0.01, 4600]"),
        ("reference/policies/low_carbon.csv", "2010-07-19", "2011-07-19"),
        ("reference/units.yaml", "万户: 10^4 household", "万户: 10^3 household"),
        ("reference/cities.csv", "116.40", "116.41"),
        ("corrections/simulated.yaml", "corrections:", "# a comment\ncorrections:"),
        (PROCESS, "editions: [2004, 2024]", "# a comment\neditions: [2004,   2024]  # and another"),
        (PROCESS, "{sd: 0.42, range: 5,", "{range: 5, sd: 0.42,"),
        (PROCESS, "cells: {blank: 0.004, dash: 0.0005,", "cells: {dash: 0.0005, blank: 0.004,"),
        (TABLES, "prefecture: 三、地级及以上城市统计资料, county: 四、县级城市资料,", "county: 四、县级城市资料, prefecture: 三、地级及以上城市统计资料,"),
    ],
)  # fmt: skip
def test_no_job_depends_on_the_rest_of_config_on_comments_or_the_order_of_keys(copy, name, old, new):
    assert outline.outline(copy(name, old, new)).digests == outline.outline().digests


@pytest.mark.parametrize(
    ("name", "old", "new", "changed"),
    [
        (PROCESS, "{sd: 0.42, range: 5,", "{sd: 0.43, range: 5,", {"truth"}),
        (PROCESS, "n_parks: {log: 0.15}", "n_parks: {log: 0.16}", {"truth"}),
        (PROCESS, "headers: {twin: 0.02}", "headers: {twin: 0.03}", {"editions"}),
        (PROCESS, "co2: {scope: city, decimals: 2", "co2: {scope: city, decimals: 3", {"panels"}),
        (PROCESS, "      water_pipe_len: {scope: districts, decimals: 2}\n", "", {"panels"}),
        (TABLES, "names: short", "names: full", {"editions", "panels"}),
        ("simulation/policies.csv", "2011-04-25", "2012-04-25", {"truth"}),
        ("simulation/units.csv", "10^4 household", "10^3 household", {"editions"}),
        ("simulation/city_names.csv", "北京市", "北平市", {"editions"}),
    ],
)  # fmt: skip
def test_what_a_job_reads_changes_its_digest(copy, name, old, new, changed):
    before, after = outline.outline().digests, outline.outline(copy(name, old, new)).digests
    assert {kind for kind in before if before[kind] != after[kind]} == changed


def test_books_and_panels_are_named():
    here = outline.outline()
    assert here.editions == list(range(2004, 2025))
    assert len(here.panels) == 6 and "城市碳排放(模拟数据).xlsx" in here.panels


def test_quantities_are_drawn_in_the_order_written(copy):
    text = (CONFIG / PROCESS).read_text(encoding="utf8")
    (line,) = [line for line in text.splitlines() if line.startswith("  pop_households: {")]
    copy(PROCESS, f"{line}\n", "")
    folder = copy(PROCESS, "  death_rate: {", f"{line}\n  death_rate: {{")
    assert outline.outline(folder).digests["truth"] != outline.outline().digests["truth"]


@pytest.mark.parametrize("model", [process.Process, layouts.Tables])
def test_every_key_is_described(model):
    schema = adapter(model).json_schema(by_alias=True)
    own = schema["$defs"]
    bare = [
        f"{name}.{key}"
        for name, part in {**own, model.__name__: schema}.items()
        for key, field in part["properties"].items()
        if not field.get("description")
    ]
    assert len(own) > 1
    assert not bare


def test_editions_are_printed_in_a_few_chunks():
    made = outline.chunks(range(2004, 2025))
    assert list(made) == ["2004_2009", "2010_2014", "2015_2019", "2020_2024"]
    assert [edition for chunk in made.values() for edition in chunk] == list(range(2004, 2025))
    assert outline.chunks([2004, 2005]) == {"2004_2004": [2004], "2005_2005": [2005]}
