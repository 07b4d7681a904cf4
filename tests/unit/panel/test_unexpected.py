"""Values far from what years beside, related items and sums lead to expect; planted errors are found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench.plant import plant, spoiled
from nianjian.declarations.models.items import Checks, Item
from nianjian.panel.digits import likely, misread
from nianjian.panel.unexpected import unexpected_values

YEARS = range(2001, 2015)
PLACES = [*range(130100, 131100, 100), *range(140100, 141100, 100)]
ITEMS = {
    name: Item(zh=name, en=name, unit="10^4 yuan", kind=kind)
    for name, kind in (("gdp", "flow"), ("gdp_pc", "price"), ("pop", "stock"), ("share", "share"))
}
CHECKS = Checks(products=[{"product": "gdp", "factors": ["gdp_pc", "pop"]}])


def panel(seed: int = 1) -> pd.DataFrame:
    """Settled rows of twenty cities in two provinces, whose rows add up, for fourteen years and both scopes."""
    rng = np.random.default_rng(seed)
    pop = {city: rng.uniform(80, 900) for city in PLACES}
    rich = {city: 4e3 * 15 ** rng.uniform() for city in PLACES}
    rows = []
    for year in YEARS:
        for line, city in enumerate(PLACES):
            people = round(pop[city] * 1.005 ** (year - 2001) * rng.normal(1, 0.003), 2)
            per_head = round(rich[city] * 1.1 ** (year - 2001) * rng.normal(1, 0.03))
            of_item = {"gdp": round(people * per_head), "gdp_pc": per_head, "pop": people,
                       "share": round(40 * rng.normal(1, 0.03) + city % 700 / 50, 2)}  # fmt: skip
            for col, (item, value) in enumerate(of_item.items()):
                for scope, part in (("city", 1.0), ("districts", 0.4 * rng.normal(1, 0.01))):
                    own = round(value * (part if item in ("gdp", "pop") else 1.0), 2)
                    rows.append((city, "city", year, item, scope, own, line + 5, col * 2 + (scope != "city")))
    names = ["city", "level", "year", "item", "scope", "number", "row", "col"]
    frame = pd.DataFrame(rows, columns=names)
    added = frame[frame["item"].isin(["gdp", "pop"])].assign(city=lambda own: own["city"] // 10_000 * 10_000)
    sums = added.groupby(["city", "year", "item", "scope"], as_index=False)["number"].sum().round(2)
    frame = pd.concat([frame, sums.assign(level="province", row=4, col=50)], ignore_index=True)
    texts = {name: frame[name].astype("category") for name in ("item", "scope", "level")}
    return frame.assign(
        **texts, value=frame["number"], raw=frame["number"].map("{:.10g}".format), factor=1.0, edition=frame["year"] + 1,
        city_name=frame["city"].astype("str"), file=(frame["year"] + 1).astype("str").astype("category"),
        sheet=pd.Categorical(["1"] * len(frame)),
    )  # fmt: skip


def marked(rows: pd.DataFrame) -> pd.DataFrame:
    return unexpected_values(rows, ITEMS, CHECKS)


def place(rows: pd.DataFrame, city: int, year: int, item: str, scope: str = "city") -> int:
    own = (rows["city"] == city) & (rows["year"] == year) & (rows["item"] == item) & (rows["scope"] == scope)
    return int(np.flatnonzero(own)[0])


def changed(rows: pd.DataFrame, at: int, value: float) -> pd.DataFrame:
    rows = rows.copy()
    rows.loc[at, ["number", "value"]] = value
    rows.loc[at, "raw"] = f"{value:.10g}"
    return rows


def test_a_clean_panel_has_no_marks():
    assert len(marked(panel())) <= 2


@pytest.mark.parametrize("year", [2001, 2002, 2008, 2013, 2014])
@pytest.mark.parametrize("factor", [10, 0.1])
def test_a_misplaced_decimal_point_is_found_at_the_ends_too(year, factor):
    rows = panel()
    at = place(rows, 130300, year, "share")
    found = marked(changed(rows, at, float(rows["value"].iloc[at]) * factor))
    own = found[(found["city"] == 130300) & (found["item"] == "share") & (found["scope"] == "city")]
    assert own[["year", "rule"]].to_numpy().tolist() == [[year, "digit slip"]]
    assert "lead to expect" in own["detail"].iloc[0]


@pytest.mark.parametrize("years", [(2006, 2007), (2013, 2014), (2001, 2002)])
def test_two_wrong_years_running_are_found(years):
    rows = panel()
    for year in years:
        at = place(rows, 130300, year, "gdp_pc")
        rows = changed(rows, at, float(rows["value"].iloc[at]) * 10)
    own = marked(rows).query("city == 130300 and item == 'gdp_pc' and scope == 'city'")
    assert sorted(own["year"]) == list(years)


def test_the_province_says_which_value_is_wrong_and_what_was_done():
    rows = panel()
    at = place(rows, 140500, 2014, "gdp")
    right = str(round(float(rows["value"].iloc[at])))
    found = marked(changed(rows, at, float(right[1:])))
    own = found[(found["city"] == 140500) & (found["item"] == "gdp")]
    assert own["rule"].tolist() == ["province sum"]
    assert f"leaves {right}" in own["detail"].iloc[0] and "a lost leading digit" in own["detail"].iloc[0]
    assert not len(found[found["level"] == "province"])


def test_a_step_to_a_new_level_is_no_error():
    rows = panel()
    later = (rows["city"] == 130300) & (rows["item"] == "gdp_pc") & (rows["year"] >= 2008)
    rows.loc[later, "value"] *= 3
    rows.loc[later, "number"] *= 3
    assert not len(marked(rows).query("city == 130300 and item == 'gdp_pc'"))


def test_rows_shifted_by_one_are_marked_as_a_run():
    rows = panel()
    run = [130300, 130400, 130500, 130600, 130700]
    at = [place(rows, city, 2008, "gdp_pc") for city in [*run, 130800]]
    values = rows["value"].to_numpy()[at]
    for own, value in zip(at[:-1], values[1:], strict=True):
        rows = changed(rows, own, float(value))
    found = marked(rows).query("rule == 'shifted rows'")
    assert len(found) >= 3 and set(found["city"]) <= set(run)
    assert found["detail"].iloc[0].startswith("fits 130")


def test_quiet_items_have_tight_limits_and_wild_ones_wide():
    rows = panel()
    quiet = changed(
        rows, at := place(rows, 130300, 2008, "pop", "districts"), float(rows["value"].iloc[at]) * 1.6
    )
    assert len(marked(quiet).query("city == 130300 and year == 2008 and item == 'pop'")) == 1
    rng = np.random.default_rng(2)
    wild = rows["item"] == "share"
    swinging = rows["value"].where(~wild, rows["value"] * np.exp(rng.normal(0, 0.5, len(rows))))
    found = marked(rows.assign(value=swinging, number=swinging))
    assert (found["item"] == "share").sum() < 0.02 * wild.sum()


def test_planted_errors_are_found_and_little_else():
    rows = panel()
    shares = (rows["item"] == "share").to_numpy()
    bad, told = plant(rows, np.ones(len(rows), dtype=bool), shares, 70, np.random.default_rng(3))
    found = marked(bad.assign(value=bad["number"]))
    key = ["city", "year", "item", "scope"]
    spots = pd.MultiIndex.from_frame(rows.loc[told["place"], key].astype({"item": "str", "scope": "str"}))
    hits = pd.MultiIndex.from_frame(found[key].astype({"item": "str", "scope": "str"}))
    large = ~told["factor"].between(0.5, 1.5, inclusive="neither").to_numpy()
    assert spots.isin(hits)[large].mean() >= 0.8
    assert (~hits.isin(spots)).sum() <= 0.005 * len(rows)


@pytest.mark.parametrize(
    ("printed", "right", "why"),
    [
        ("8200627", "18200627", "a lost leading digit"),
        ("4.5", "45.0", "a misplaced decimal point"),
        ("1324", "1234", "two digits swapped"),
        ("12334", "1234", "a repeated digit"),
        ("124", "1234", "a dropped digit"),
        ("12934", "1234", "a digit too many"),
        ("91234", "1234", "a digit too many in front"),
        ("1284", "1234", "one digit another"),
        ("1234", "1234", ""),
        ("777", "1234", ""),
    ],
)
def test_what_was_done_to_the_digits(printed, right, why):
    assert misread(printed, right) == why


def test_what_may_have_been_done_if_the_right_number_is_only_about_known():
    found = likely(np.array([450.0, 8.2, 91.0, 30.0]), np.array([46.0, 18.0, 19.5, 20.0]))
    assert found.tolist() == ["digit slip", "lost digit", "swapped digits", "jump"]


@pytest.mark.parametrize("kind", ["point", "lost front", "swapped", "repeated", "dropped", "share"])
def test_a_planted_error_changes_the_number(kind):
    rng = np.random.default_rng(1)
    assert {spoiled(kind, "1234.5", rng) for _ in range(20)}.isdisjoint({"1234.5", None})
    assert spoiled(kind, "n.a.", rng) is None
