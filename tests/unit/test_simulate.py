"""The simulated yearbooks: what is true, what is printed, and that reading gives back the truth."""

import hashlib
import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import yaml

from nianjian import simulate, storage, units
from nianjian.estimators import twfe
from nianjian.extract.city_yearbook import extract_edition, find_editions
from nianjian.extract.compiled_panel import extract_panel
from nianjian.indices.entropy import entropy_weights
from nianjian.panel.cities import CityBook
from nianjian.panel.headers import Dictionary, take_apart, title_scope
from nianjian.simulate import books, calibrate, draws, effects, layouts, misprints, panels, printing, truth

CONFIG = Path(__file__).resolve().parents[2] / "config"
SEED = 20180101  # of config.yaml; the sizes of the effects are chosen for it
# One edition of each layout: unmerged with short names, a sheet a page and panels side by side, English beside
# Chinese, one scope a table, and late sheets with blank rows.
EDITIONS = (2005, 2008, 2013, 2018, 2024)
CONTROLS = ["lndensity", "lnopen", "lngovern", "lninvest", "lnemploy", "lnconsumption"]


@pytest.fixture(scope="module")
def world():
    return truth.build(CONFIG, SEED)


@pytest.fixture(scope="module")
def true_values(world):
    return world.truth()


@pytest.fixture(scope="module")
def printed(tmp_path_factory, true_values):
    """Some editions as files, and the record of their misprints."""
    root = tmp_path_factory.mktemp("simulated")
    path = root / "truth.parquet"
    storage.write_table(true_values, path, truth.TRUTH, truth.TRUTH_KEY)
    records = {e: books.write_edition(path, CONFIG, e, SEED, root / "yearbooks") for e in EDITIONS}
    return root, path, records


@pytest.fixture(scope="module")
def source():
    return yaml.safe_load((CONFIG / "sources" / "city_yearbook.yaml").read_text(encoding="utf8"))


@pytest.fixture(scope="module")
def reader():
    """The dictionary and the list of cities, loaded once."""
    items = simulate.read_yaml(CONFIG / "items.yaml")
    return items, Dictionary.from_items(items), CityBook.load(CONFIG / "reference")


# -- editions and names ------------------------------------------------------------------------------


def test_editions_and_folders_are_found_as_the_real_ones_are(printed, source):
    root, _, _ = printed
    found = find_editions(root / "yearbooks", source["folders"])
    assert [edition.year for edition in found] == sorted(EDITIONS)
    assert simulate.editions(CONFIG)[0] == 2004
    assert simulate.editions(CONFIG)[-1] == 2024
    assert simulate.folder_name(2019) == "中国城市统计年鉴2019（Excel）"
    assert simulate.edition_of(simulate.folder_name(2006)) == 2006


def test_every_column_of_every_edition_has_a_true_value(world):
    needed = layouts.printed(simulate.tables(CONFIG), simulate.editions(CONFIG))
    assert not {(item, scope) for item, scope, _ in needed if scope not in world.values.get(item, {})}


def test_columns_are_read_with_scopes_and_parts():
    tables = {
        "styles": {2004: {}},
        "folders": {2004: {}},
        "chapters": {2004: 2},
        "books": {2004: ["money"]},
        "tables": {"money": {2004: "金融 | deposits(household:c) loans:d | Money"}},
        "headers": {
            "deposits": {2004: "存款 | 万元 | 0", 2010: "各项存款 | 亿元 | 2 | Deposits | 100 million yuan"},
            "household": {2004: "储蓄 | 万元=0.1 | 0"},
            "loans": {2004: "贷款 | 万元 | 0"},
        },
    }
    (table,) = layouts.plan(tables, 2009).tables
    assert [(item, scope) for item, scope, _ in table.columns()] == [
        ("deposits", "city"), ("deposits", "districts"), ("household", "city"), ("loans", "districts"),
    ]  # fmt: skip
    assert table.groups[0].width() == 3
    assert table.groups[0].parts[0].header == layouts.Header("储蓄", "万元", 0, factor=0.1)
    assert layouts.plan(tables, 2011).tables[0].groups[0].header.english == "Deposits"


# -- the truth ---------------------------------------------------------------------------------------


def test_draws_depend_on_their_keys_only():
    codes = np.array([110000, 130100, 659000])
    years = np.arange(2002, 2024)
    whole = draws.autoregressive(1, "gdp", codes, years, 0.5)
    assert np.array_equal(whole[[2]], draws.autoregressive(1, "gdp", codes[[2]], years, 0.5))
    assert not np.array_equal(whole, draws.autoregressive(2, "gdp", codes, years, 0.5))
    many = draws.normals(3, "x", np.arange(200_000))
    assert abs(many.mean()) < 0.01
    assert abs(many.std() - 1) < 0.01


def test_neighbours_share_a_spatial_field():
    lon = np.linspace(90, 120, 400)
    field = draws.spatial(1, "wealth", lon, np.full(400, 30.0), reach=3)
    assert np.corrcoef(field[:-1], field[1:])[0, 1] > 0.95
    # ten reaches apart nothing is left in common
    assert abs(np.corrcoef(field[:-390], field[390:])[0, 1]) <= 1
    assert abs(field.mean()) < 1


def test_the_same_seed_gives_the_same_truth(world):
    again = truth.build(CONFIG, SEED)
    assert again.values.keys() == world.values.keys()
    for item, scopes in world.values.items():
        for scope, value in scopes.items():
            assert np.array_equal(value, again.values[item][scope]), (item, scope)


def test_cities_come_and_go_as_they_did(true_values):
    gdp = true_values[(true_values["item"] == "gdp") & (true_values["scope"] == "city")]
    years = gdp.groupby("city")["year"].agg(["min", "max"])
    assert years.loc[341400].tolist() == [2003, 2010]  # 巢湖
    assert years.loc[371200].tolist() == [2003, 2018]  # 莱芜
    assert years.loc[520500].tolist() == [2011, 2023]  # 毕节
    assert years.loc[630200].tolist() == [2013, 2023]  # 海东
    assert gdp.groupby("year").size().between(285, 300).all()


def test_six_controls_have_the_published_moments(world):
    table = world.calibration().set_index(["study", "row", "statistic"])
    for row in CONTROLS:
        found = table.xs(("S1", row), level=("study", "row"))
        assert np.allclose(
            found.loc[["mean", "sd"], "simulated"], found.loc[["mean", "sd"], "published"], atol=0.005
        )
        extremes = found.loc[found.index.isin(["min", "max"])]
        assert ((extremes["simulated"] - extremes["published"]).abs() < 0.05).all(), row


def test_other_adjusted_moments_are_near_the_published_ones(world):
    table = world.calibration()
    table = table[table["adjusted"] & table["statistic"].isin(["mean", "sd"])]
    scale = table.groupby(["study", "row"])["published"].transform("last").abs()
    assert ((table["simulated"] - table["published"]).abs() < 0.05 * scale + 0.02).all()


def test_moments_are_matched_by_an_increasing_map():
    sample = np.random.default_rng(1).normal(size=4000)
    fitted = calibrate.match_moments(sample, {"mean": 5.0, "sd": 2.0, "min": -4.0, "max": 11.0})
    mapped = fitted(sample)
    assert mapped.mean() == pytest.approx(5)
    assert mapped.std() == pytest.approx(2)
    assert mapped.min() == pytest.approx(-4, abs=0.1)
    assert mapped.max() == pytest.approx(11, abs=0.1)
    assert (np.diff(fitted(np.sort(sample))) > 0).all()


def test_what_must_add_up_adds_up(world):
    v = world.values
    for scope in ("city", "districts"):
        shares = sum(v[f"va{n}_share"][scope] for n in (1, 2, 3))
        assert np.allclose(shares, 100)
        sectors = sum(v[item][scope] for items in truth.SECTORS.values() for item in items)
        assert np.allclose(sectors, v["emp_total"][scope])
        firms = sum(v[f"n_ind_firms_{kind}"][scope] for kind in ("domestic", "hmt", "foreign"))
        assert np.array_equal(firms, v["n_ind_firms"][scope])
        assert np.allclose(v["gdp"][scope], v["gdp_pc"][scope] * v["pop_resident"][scope])
        assert np.allclose(v["pop_density"][scope], 1e4 * v["pop_hukou"][scope] / v["area_admin"][scope])
    assert np.allclose(
        v["pop_avg"]["city"][:, 1:], (v["pop_hukou"]["city"][:, 1:] + v["pop_hukou"]["city"][:, :-1]) / 2
    )
    assert np.isfinite(np.stack([a for scopes in v.values() for a in scopes.values()])).all()


def test_districts_stay_within_the_city_and_items_within_their_bounds(world, reader):
    items, _, _ = reader
    for item, scopes in world.values.items():
        declared = items.get(item)
        if declared is None:
            continue
        low, high = declared.get("bounds") or (None, None)
        for scope, value in scopes.items():
            alive = value[world._alive()]
            # One city-year in ten thousand may pass a bound by a little: suspects have to be found too.
            assert low is None or (alive < low).mean() < 1e-3, (item, scope, alive.min())
            assert high is None or (alive > high).mean() < 1e-3, (item, scope, alive.max())
        if declared["kind"] in ("flow", "stock", "count") and {"city", "districts"} <= scopes.keys():
            assert (scopes["districts"] <= scopes["city"] * (1 + 1e-9)).all(), item
        if "districts" in scopes and "city" in scopes and declared["kind"] in ("flow", "stock", "count"):
            assert np.allclose(scopes["districts"][world.whole], scopes["city"][world.whole]), item


# -- effects -----------------------------------------------------------------------------------------


def resilience(world: truth.World) -> pd.DataFrame:
    """The index of S1 from the truth, 100 times, with its dimensions, the treatment and the six controls."""
    v = world.values
    city, inner = (lambda item: v[item]["city"]), (lambda item: v[item]["districts"])
    people, residents = city("pop_hukou"), inner("pop_hukou")
    dimensions = {
        "economic": {
            "gdp_pc": city("gdp_pc"),
            "firms": city("n_ind_firms"),
            "fiscal": city("fisc_rev") / city("gdp"),
            "growth": city("gdp_growth"),
            "deposits": city("deposits") / people,
            "-trade": city("trade") * city("fx") / city("gdp"),
        },
        "social": {
            "beds": city("hosp_beds") / people,
            "books": city("lib_books") / people,
            "students": city("uni_students") / people,
            "pension": city("pension_insured"),
            "medical": city("medical_insured"),
            "wage": city("wage_avg"),
            "natural": city("pop_natgrowth"),
            "-unemployed": city("unemp_reg"),
        },
        "ecological": {
            "-wastewater": city("ind_wastewater"),
            "-so2": city("ind_so2"),
            "-dust": city("ind_dust"),
            "green": inner("green_area") / residents,
            "cover": inner("green_cover_rate"),
            "sewage": city("sewage_dom_rate"),
        },
        "engineering": {
            "roads": inner("road_area") / residents,
            "water": inner("water_pipe_len") / inner("area_builtup"),
            "drains": inner("drain_pipe_len") / inner("area_builtup"),
            "-power": inner("elec_res") / residents,
            "gas": inner("gas_cover"),
            "internet": city("internet_hh") / people,
        },
    }
    cities, years = world.sample([2004, 2020], [2003, 2020])
    at = np.ix_(cities, years)
    names, scaled = [], []
    for dimension, indicators in dimensions.items():
        for name, value in indicators.items():
            x = value[at].ravel()
            x = -x if name.startswith("-") else x
            scaled.append((x - x.min()) / (x.max() - x.min()))
            names.append(dimension)
    scaled = np.column_stack(scaled)
    score = 100 * scaled * entropy_weights(scaled)
    policy = {"policy": "urban_agglomerations", "coding": "s1", "starts": "approval_year"}
    first = effects.first_years(CONFIG, policy, world.codes, world.years)[cities]
    span = world.years[years]
    frame = pd.DataFrame(
        {
            "city": np.repeat(world.codes[cities], len(span)),
            "year": np.tile(span, cities.sum()),
            "integration": (span[None, :] >= first[:, None]).astype(float).ravel(),
            "resilience": score.sum(axis=1),
            "lndensity": np.log(1e4 * people / city("area_admin"))[at].ravel(),
            "lnopen": np.log1p(city("fdi"))[at].ravel(),
        }
    )
    for name, item in (
        ("lngovern", "fisc_exp"),
        ("lninvest", "fai"),
        ("lnemploy", "emp_total"),
        ("lnconsumption", "retail"),
    ):
        frame[name] = np.log(city(item))[at].ravel()
    for dimension in dimensions:
        frame[dimension] = score[:, np.array(names) == dimension].sum(axis=1)
    return frame


def coefficient(frame: pd.DataFrame, outcome: str, controls: list[str]) -> pd.Series:
    fit = twfe.fit(
        frame,
        outcome=outcome,
        regressors=["integration", *controls],
        absorb=["city", "year"],
        cluster="city",
    )
    tidy = fit.tidy("S1", outcome)
    return tidy[tidy["term"] == "integration"].iloc[0]


def test_integration_raises_resilience_as_published(world):
    frame = resilience(world)
    assert len(frame) == 5130
    assert frame["integration"].sum() == 727
    assert frame.groupby("city")["integration"].max().sum() == 147
    table = pd.read_csv(CONFIG / "published" / "S1_table3.csv")
    printed = table[(table["row"] == "integration") & (table["statistic"] == "coef")]["value"]
    assert len(printed) == len(CONTROLS) + 1
    for count, value in enumerate(printed.to_numpy(dtype=float)):
        found = coefficient(frame, "resilience", CONTROLS[:count])
        assert found["conf_low"] < value < found["conf_high"], count
        # S1, table 3: 0.34 to 0.51 in seven columns, all significant at 1 %
        assert 0.3 < found["estimate"] < 0.5, count
        assert found["p_value"] < 0.01, count
    parts = {
        name: coefficient(frame, name, CONTROLS)
        for name in ("economic", "social", "ecological", "engineering")
    }
    assert parts["economic"]["estimate"] == pytest.approx(0.2101, abs=0.06)
    assert parts["social"]["estimate"] == pytest.approx(0.2204, abs=0.06)
    assert parts["ecological"]["estimate"] == pytest.approx(-0.0461, abs=0.04)
    assert parts["engineering"]["p_value"] > 0.1
    assert max(parts["economic"]["p_value"], parts["social"]["p_value"]) < 0.01


def by_group(frame: pd.DataFrame, outcome: str = "resilience") -> pd.DataFrame:
    """Estimates of S1, table 7: a region's cities, or those of a grade or structure and all that are not treated."""
    groups = {
        "east": {"region3_11": "east"},
        "inland": {"region3_11": ["centre", "west"]},
        "super_large": {"agglomeration_grade": ["super_large", "none"]},
        "medium": {"agglomeration_grade": ["medium", "none"]},
        "new": {"agglomeration_grade": ["new", "none"]},
        "poly": {"agglomeration_structure": ["poly", "none"]},
        "mono": {"agglomeration_structure": ["mono", "none"]},
    }
    codes = frame["city"].to_numpy()
    return pd.DataFrame(
        {
            name: coefficient(frame[effects.chosen(CONFIG, conditions, codes)], outcome, CONTROLS)
            for name, conditions in groups.items()
        }
    ).T


def test_super_large_agglomerations_and_the_east_gain_most(world):
    frame = resilience(world)
    found = by_group(frame)
    table = pd.read_csv(CONFIG / "published" / "S1_table7.csv")
    printed = table[(table["row"] == "integration") & (table["statistic"] == "coef")]["value"].astype(float)
    # The columns of table 7 stand in the order of the groups.
    assert ((found["conf_low"] < printed.to_numpy()) & (printed.to_numpy() < found["conf_high"])).all()
    low = found["conf_low"]
    assert found.loc[["east", "super_large", "poly"], "p_value"].max() < 0.05
    assert found.loc[["medium", "new"], "p_value"].min() > 0.1
    assert low["super_large"] > found.loc[["medium", "new"], "estimate"].max()
    assert low["east"] > found.loc["inland", "estimate"] > 0
    assert found.loc["poly", "estimate"] > found.loc["mono", "estimate"] > 0


def test_employment_gets_more_diverse_and_cities_larger(world):
    frame = resilience(world)
    at = np.ix_(*world.sample([2004, 2020], [2003, 2020]))
    sectors = np.stack([world.values[item]["city"][at] for items in truth.SECTORS.values() for item in items])
    diversity = 1 / ((sectors / sectors.sum(axis=0)) ** 2).sum(axis=0)
    # No yearbook prints the sectors for 2020: the year before stands in.
    diversity[:, -1] = diversity[:, -2]
    frame["diversity"] = diversity.ravel()
    frame["size1"] = world.values["pop_resident"]["city"][at].ravel() / 100
    frame["size2"] = world.values["pop_urban_area"]["districts"][at].ravel() / 100
    found = pd.DataFrame(
        {name: coefficient(frame, name, CONTROLS) for name in ("diversity", "size1", "size2")}
    ).T
    assert (found["estimate"] > 0).all()
    assert (found["p_value"] < 0.05).all()
    # S1, table 10; residents gain less than in the paper.
    assert found.loc["diversity", "conf_low"] < 0.0812 < found.loc["diversity", "conf_high"]
    assert found.loc["size2", "conf_low"] < 0.1727 < found.loc["size2", "conf_high"]


@pytest.fixture(scope="module")
def bare():
    """The same world without planted effects."""
    made = truth.World(CONFIG, SEED)
    made.settings = {**made.settings, "effects": []}
    return made.build()


def test_without_the_planted_effects_there_is_none(bare):
    frame = resilience(bare)
    found = coefficient(frame, "resilience", [])
    assert abs(found["estimate"]) < 0.12
    assert found["p_value"] > 0.1
    parts = by_group(frame)
    assert parts["estimate"].abs().max() < 0.12
    assert parts["p_value"].min() > 0.1


def test_each_part_of_a_policy_gets_the_trend_of_the_cities_outside(bare):
    cities, years = bare.sample([2004, 2020], [2003, 2020])
    insured, span = bare.values["pension_insured"]["city"][:, years], bare.years[years]
    policy = {"policy": "urban_agglomerations", "coding": "s1", "starts": "approval_year"}
    outside = cities & np.isnan(effects.first_years(CONFIG, policy, bare.codes, bare.years))
    for grade in ("super_large", "medium", "new"):
        first = effects.first_years(CONFIG, {**policy, "where": {"grade": grade}}, bare.codes, bare.years)
        difference = insured[cities & np.isfinite(first)].mean(axis=0) - insured[outside].mean(axis=0)
        trend = np.polyval(np.polyfit(span - 2011.5, difference, 3), span - 2011.5)
        assert np.ptp(trend) < 0.02 * insured[outside].mean(), grade


def test_planted_effects_are_recorded_as_what_they_change(world):
    rows = world.effect_rows()
    storage_key = list(truth.EFFECT_KEY)
    assert not rows.duplicated(storage_key).any()
    deposits = rows[(rows["item"] == "deposits") & (rows["scope"] == "city") & (rows["year"] == 2020)]
    assert len(deposits) == 147
    at = np.searchsorted(world.codes, deposits["city"])
    now = world.values["deposits"]["city"][at, list(world.years).index(2020)]
    assert np.allclose(np.log(now / (now - deposits["change"])), deposits["size"])


def test_effects_can_grow_and_hold_for_some_cities():
    share = effects.exposure(np.array([2015.0, np.nan]), np.arange(2013, 2019), [0.5, 1.0])
    assert share.tolist() == [[0, 0, 0.5, 1, 1, 1], [0, 0, 0, 0, 0, 0]]
    large = {
        "policy": "urban_agglomerations",
        "coding": "s1",
        "starts": "approval_year",
        "where": {"grade": "super_large"},
    }
    first = effects.first_years(CONFIG, large, np.array([110000, 420100]), np.arange(2003, 2021))
    assert first[0] == 2015
    assert np.isnan(first[1])


def test_a_common_trend_gives_groups_the_same_absolute_change():
    years = np.arange(2003, 2021)
    treated = np.repeat([True, False], 50)
    level = np.where(treated, 10.0, 5.0)[:, None] * np.exp(0.1 * (years - 2003))[None, :]
    factor = effects.common_trend(level, treated, np.ones(100, dtype=bool), years, (2003, 2020), 3)
    difference = level[treated].mean(axis=0) * factor - level[~treated].mean(axis=0)
    assert np.ptp(difference) < 0.02 * difference.mean()


# -- the books ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reading(printed, source, reader):
    """Reads an edition once."""
    root, _, _ = printed
    done = {}

    def read(edition: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        if edition not in done:
            done[edition] = read_back(root, edition, source, reader)
        return done[edition]

    return read


def read_back(root: Path, edition: int, source: dict, reader) -> tuple[pd.DataFrame, pd.DataFrame]:
    """City cells of an edition with item and scope, by the dictionary and cities that read real books."""
    items, dictionary, book = reader
    (found,) = [e for e in find_editions(root / "yearbooks", source["folders"]) if e.year == edition]
    rows, sheets = extract_edition(root / "yearbooks", found, source, "city_yearbook")
    cells = pd.DataFrame(rows)
    cells["year"] = edition - 1
    regions = book.resolve(cells)
    assert (regions["kind"] != "unknown").all(), cells.loc[regions["kind"] == "unknown", "label"].unique()
    meaning = {}
    for header, title in cells[["header", "title"]].drop_duplicates().itertuples(index=False):
        spelling, problem = dictionary.find(header, title, edition)
        assert spelling is not None, (edition, title, header, problem)
        scopes = items[spelling.item]["scopes"]
        default = items[spelling.item].get("default_scope") or (scopes[0] if len(scopes) == 1 else None)
        scope = spelling.scope or take_apart(header).scope or title_scope(title) or default
        meaning[header, title] = (spelling.item, scope)
    keys = list(zip(cells["header"], cells["title"], strict=True))
    cells["item"] = [meaning[key][0] for key in keys]
    cells["scope"] = [meaning[key][1] for key in keys]
    cells["city"] = regions["city"].to_numpy()
    cells = cells[(regions["kind"] == "city").to_numpy()].reset_index(drop=True)
    cells["city"] = cells["city"].astype("int32")
    return cells, pd.DataFrame(sheets)


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_printed_number_is_the_truth_or_a_recorded_misprint(
    printed, true_values, reading, reader, edition
):
    _, _, records = printed
    items, _, _ = reader
    cells, sheets = reading(edition)
    assert not (sheets["status"] == "failed").any()
    record = records[edition]
    plan = layouts.plan(simulate.tables(CONFIG), edition)
    factors = {
        (f"{table.chapter}-{table.number}", item, scope): (
            header.factor or printing.printed_factor(header.unit, items[item]["unit"])
        )
        for table in plan.tables
        for item, scope, header in table.columns()
    }
    misread = record[~record["kind"].isin([*misprints.READ_AS_TRUE, "spaced name", "misread name", "header"])]
    wrong_cells = set(zip(misread["file"], misread["sheet"], misread["cell"], strict=True))
    recorded = np.array(
        [key in wrong_cells for key in zip(cells["file"], cells["sheet"], cells["cell"], strict=True)]
    )
    factor = np.array(
        [factors.get(key, np.nan) for key in zip(cells["table"], cells["item"], cells["scope"], strict=True)]
    )
    true = true_values[true_values["year"] == edition - 1].set_index(["city", "item", "scope"])["value"]
    value = true.reindex(pd.MultiIndex.from_frame(cells[["city", "item", "scope"]])).to_numpy()
    decimals = cells["raw"].str.extract(r"[.．](\d+)", expand=False).str.len().fillna(0).to_numpy(dtype=float)
    tolerance = 0.5 * 10.0**-decimals * factor * (1 + 1e-6) + 1e-9 * np.abs(value)
    right = np.abs(cells["number"].to_numpy() * factor - value) <= tolerance
    odd = cells[~right & ~recorded]
    assert odd.empty, odd[["file", "cell", "label", "item", "scope", "raw"]].head()
    # Nothing is lost either: what is not read is on record as missing.
    wanted = sum(len(table.columns()) for table in plan.tables) * cells["city"].nunique()
    missing = record["kind"].isin(["blank", "dash", "cut off"]).sum()
    extra = sum(
        len(next(t for t in plan.tables if t.key == event["table"]).columns())
        for event in simulate.settings(CONFIG)["quirks"]["events"]
        if event["edition"] == edition and event["kind"] == "twice"
    )
    assert len(cells) == wanted - missing + extra
    assert cells["city"].nunique() == true.reset_index()["city"].nunique()


def test_the_layouts_differ_as_the_real_ones_do(printed):
    root, _, _ = printed

    def sheet(edition: int, table: str):
        (path,) = (root / "yearbooks" / simulate.folder_name(edition)).glob(f"*地级*/*{table}*.xlsx")
        return openpyxl.load_workbook(path)

    old = sheet(2005, "13综合经济(一)").worksheets[0]
    column = [old.cell(row, 1).value or "" for row in range(1, old.max_row + 1)]
    assert not old.merged_cells.ranges
    assert "城市合计" in "".join(column)
    assert any(text.strip() == "石家庄" for text in column)
    assert sum("续表" in text for text in column) >= 6
    assert isinstance(old.cell(column.index("  城市合计") + 1, 2).value, int)
    side = sheet(2008, "43_环境").worksheets[0]
    assert sum(str(cell.value).strip() == "城市" for row in side.iter_rows(max_row=8) for cell in row) == 2
    assert len(sheet(2008, "2_13_").sheetnames) > 6
    english = sheet(2013, "2-13_").worksheets[0]
    text = " ".join(str(cell.value) for row in english.iter_rows(max_row=6) for cell in row if cell.value)
    assert "(万元)\nGross Regional Product (Current Prices)\n(100 million yuan)" in text
    assert "全市\nTotal City" in text
    assert "2-9_地区生产总值(市辖区)" in str(list((root / "yearbooks").glob("*2018*/*地级*/2-9_*")))
    late = sheet(2024, "2-6_")
    assert re.fullmatch(r"Sheet\d+", late.sheetnames[0])
    assert late.worksheets[0].cell(2, 1).value is None


def test_what_lies_beside_the_tables_is_left_out(reading):
    _, sheets = reading(2013)
    skipped = sheets[sheets["status"] == "skipped"]
    reasons = " ".join(skipped["reason"])
    for text in ("县级", "not a workbook (.pdf)", "not a workbook (.txt)", "holds no numbers"):
        assert text in reasons
    assert (skipped["sheet"] == books.HIDDEN.name).sum() == (sheets["status"] == "extracted").sum()


def test_every_workbook_says_that_it_is_simulated(printed):
    root, _, _ = printed
    for path in sorted((root / "yearbooks").glob("*2024*/**/*.xlsx")):
        first = openpyxl.load_workbook(path, read_only=True).worksheets[0]
        assert next(first.iter_rows(max_row=1, values_only=True))[0] == simulate.NOTICE


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_an_edition_has_the_same_bytes_again(printed, tmp_path):
    root, path, records = printed
    again = books.write_edition(path, CONFIG, 2024, SEED, tmp_path)
    folder = simulate.folder_name(2024)
    assert digests(tmp_path / folder) == digests(root / "yearbooks" / folder)
    pd.testing.assert_frame_equal(again, records[2024])


def test_printed_factors_are_those_of_the_units_module(reader):
    items, _, _ = reader
    for item, by_edition in simulate.tables(CONFIG)["headers"].items():
        for text in by_edition.values():
            unit = text.split("|")[1].strip()
            if "=" in unit:
                continue
            words, medium = text.split("|")[0], items[item].get("medium")
            expected = units.factor(unit, items[item]["unit"], per=units.implied_per(words), medium=medium)
            assert printing.printed_factor(unit, items[item]["unit"]) == pytest.approx(expected), (item, text)


# -- misprints ---------------------------------------------------------------------------------------


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
    settings = simulate.settings(CONFIG)
    declared = yaml.safe_load((CONFIG / "corrections" / "simulated.yaml").read_text(encoding="utf8"))[
        "corrections"
    ]
    marked = {(p["edition"], p["item"], p["city"]) for p in settings["planted"] if p.get("corrected")}
    assert {(c["edition"], c["item"], c["city"]) for c in declared} == marked
    assert len(marked) < len(settings["planted"])
    assert {"scope"} <= set(records[2018]["kind"])
    kinds = pd.concat(records.values())["kind"].value_counts()
    assert kinds["misread name"] > 0
    assert kinds["junk"] > kinds.get("point", 0)


def test_a_table_of_2007_is_cut_off_on_record(printed):
    _, path, _ = printed
    book = books.read_edition(path, CONFIG, 2007)
    (table,) = [table for table in book.plan.tables if table.key == "phones"]
    _, sheets, found = books.print_table(
        book, table, simulate.settings(CONFIG), SEED, simulate.folder_name(2007)
    )
    labels = [str(row[0]).strip() for row in sheets[0].rows]
    assert "宣城市" in labels or "宜城市" in labels
    assert "福州市" not in labels
    lost = pd.DataFrame(found).query("kind == 'cut off'")
    assert lost["city"].min() > 350000
    assert len(lost) == (book.cities["city"] > 350000).sum() * len(table.columns())


# -- panels ------------------------------------------------------------------------------------------


def test_panels_read_back_as_the_truth(printed, true_values, reader, tmp_path):
    _, path, _ = printed
    written = panels.write_panels(path, CONFIG, tmp_path)
    assert [file.name for file in written] == simulate.panel_files(CONFIG)
    true = true_values.set_index(["city", "year", "item", "scope"])["value"]
    code = dict(zip(reader[2].cities(2010)["name_zh"], reader[2].cities(2010)["city"], strict=True))
    for panel, settings in simulate.settings(CONFIG)["panels"].items():
        declared = yaml.safe_load((CONFIG / "sources" / f"{panel}.yaml").read_text(encoding="utf8"))
        assert declared == panels.declaration(CONFIG, panel), f"write config/sources/{panel}.yaml anew"
        if panel not in ("simulated_innovation", "simulated_co2", "simulated_pm25"):
            continue  # three kinds of file are enough
        rows, (report,) = extract_panel(tmp_path, declared, panel)
        assert report["status"] == "extracted"
        cells = pd.DataFrame(rows)
        cells = cells[cells["label"].isin(code)]
        cells["city"] = cells["label"].map(code)
        cells["item"] = [declared["values"][name]["item"] for name in cells["header"]]
        cells["scope"] = [declared["values"][name]["scope"] for name in cells["header"]]
        keys = zip(cells["city"], cells["period"].astype(int), cells["item"], cells["scope"], strict=True)
        value = true.reindex(pd.MultiIndex.from_tuples(keys)).to_numpy()
        places = {c.get("item", key): c["decimals"] for key, c in settings["columns"].items()}
        half = 0.5 * 10.0 ** -cells["item"].map(places).to_numpy(dtype=float)
        assert (
            np.abs(cells["number"].to_numpy() - value) <= half * (1 + 1e-6) + 1e-9 * np.abs(value)
        ).all(), panel


def test_a_panel_leaves_blank_the_cities_that_it_lacks(printed, tmp_path):
    _, path, _ = printed
    panels.write_panels(path, CONFIG, tmp_path)
    settings = simulate.settings(CONFIG)["panels"]["simulated_construction_yearbook"]
    columns = {c.item: c for c in panels._columns(CONFIG, settings)}
    frame = pd.read_csv(tmp_path / settings["file"], skiprows=1)
    named = pd.read_csv(CONFIG / "reference" / "cities.csv").set_index("city")["name_zh"]
    lacking = columns["park_green_pc"].lacks
    rows = frame["城市"].isin(named[list(lacking)])
    assert rows.sum() == 20 + 21 + 21  # Longnan became a city in 2004
    assert frame.loc[rows, columns["park_green_pc"].name].isna().all()
    assert frame.loc[rows, columns["water_pipe_len"].name].notna().all()
    assert frame.loc[~rows, columns["park_green_pc"].name].notna().all()


def test_a_panel_fills_only_what_no_edition_prints():
    declared = panels.declaration(CONFIG, "simulated_bulletins")
    held = {value["item"] for value in declared["values"].values()}
    assert {"pension_insured", "imports", "exports", "fai_growth", "gdp"} <= held
    columns = {
        c.item: c.years
        for c in panels._columns(CONFIG, simulate.settings(CONFIG)["panels"]["simulated_bulletins"])
    }
    assert columns["gdp"] == (2017,)  # edition 2018 prints the districts only
    assert columns["pension_insured"] == tuple(range(2003, 2011))
