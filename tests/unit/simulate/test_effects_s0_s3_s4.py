"""The planted effects of S0, S3 and S4 come out of the simulated truth, and without them there is nothing."""

import numpy as np
import pandas as pd
import pytest

from nianjian.estimates import address
from nianjian.estimators import twfe
from nianjian.indices.efficiency import efficiency
from nianjian.indices.entropy import entropy_weights
from nianjian.spatial import combined, economic, geographic
from nianjian.spatial.seats import seats as seats_of
from nianjian.spatial.spatial_panel import fit_frame
from simulated import chosen, first_years
from small_books import CONFIG

TIBET = 540000
THIN = (620200, 621200, 640500)  # without numbers in the compiled panels
S0_CONTROLS = ["lnGDP", "INF", "FIN", "GOV", "URB"]
S3_CONTROLS = ["INV", "ROAD", "BOOK", "TECH"]
S4_CONTROLS = ["Eco", "Fin", "Urban", "Gov", "Industry"]


class Panel:
    """City-years of a study: codes, years, treatment and attributes."""

    def __init__(self, world, years, policy, coding, drop=()):
        self.world = world
        cities, span = world.sample(years, years)
        province = world.cities["province"].to_numpy()
        self.cities = cities & (province != TIBET) & ~np.isin(world.codes, drop)
        self.at = np.ix_(self.cities, span)
        self.codes, self.years = world.codes[self.cities], world.years[span]
        declared = {"policy": policy, "coding": coding, "starts": "approval_year"}
        first = first_years(declared, self.codes)
        self.frame = pd.DataFrame(
            {
                "city": np.repeat(self.codes, len(self.years)),
                "year": np.tile(self.years, len(self.codes)),
                "first": np.repeat(first, len(self.years)),
                "did": (self.years[None, :] >= first[:, None]).astype(float).ravel(),
            }
        )

    def city(self, item):
        return self.world.values[item]["city"][self.at]

    def inner(self, item):
        return self.world.values[item]["districts"][self.at]

    def add(self, **columns):
        for name, values in columns.items():
            self.frame[name] = np.asarray(values, dtype=float).ravel()

    def has(self, **conditions):
        """Rows of cities with these attributes."""
        return np.repeat(chosen(conditions, self.codes), len(self.years))

    def wide(self, name):
        return self.frame[name].to_numpy().reshape(len(self.codes), len(self.years))


def scaled(indicators, low=0.0):
    columns = []
    for sign, value in indicators:
        x = sign * value.ravel()
        columns.append(low + (1 - low) * (x - x.min()) / (x.max() - x.min()))
    return np.column_stack(columns)


def entropy(indicators, low=0.0):
    columns = scaled(indicators, low)
    return columns @ entropy_weights(columns)


def estimates(frame, outcome, regressors):
    fit = twfe.fit(frame, outcome=outcome, regressors=regressors, absorb=["city", "year"], cluster="city")
    return fit.tidy("S", outcome).set_index("term")


def ecology(world):
    """UER of S0 with controls and mediators."""
    p = Panel(world, [2009, 2023], "urban_agglomerations", "official", THIN)
    gdp, people = p.city("gdp"), p.city("pop_hukou")
    p.add(
        UER=entropy(
            [
                (-1, 1e4 * people / p.city("area_admin")),
                (-1, p.inner("area_builtup") / p.inner("area_district")),
                (-1, p.city("ind_so2") / gdp),
                (-1, p.city("ind_wastewater") / gdp),
                (1, p.city("solid_util")),
                (1, p.city("sewage_central")),
                (1, p.inner("sewage_rate")),
                (1, p.city("waste_harmless")),
                (1, p.inner("water_supply") / p.inner("pop_hukou")),
                (1, p.inner("park_green_pc")),
                (1, p.inner("green_cover_rate")),
                (1, p.inner("n_parks")),
            ]
        ),
        lnGDP=np.log(p.city("gdp_pc")),
        INF=p.city("highway_km") / p.city("area_admin"),
        FIN=(p.city("deposits") + p.city("loans")) / gdp,
        GOV=p.city("fisc_exp") / gdp,
        URB=p.city("urban_rate") / 100,
        ISU=p.city("va3_share") / p.city("va2_share"),
        TI=p.city("patents_granted") / people,
        stations=p.city("ming_stations") * (p.years - 2008)[None, :],
    )
    return p


def chain(world):
    """ICR of S3 with controls, mediators and the other policy."""
    p = Panel(world, [2006, 2023], "eco_industrial_parks", "s3")
    gdp, spent = p.city("gdp"), p.city("fisc_exp")
    p.add(
        ICR=entropy(
            [
                (1, p.city("emp_mfg") / p.city("emp_total")),
                (1, spent / gdp),
                (1, p.city("deposits") / gdp),
                (1, 1 / sum((p.city(f"va{k}_share") / 100) ** 2 for k in (1, 2, 3))),
                (1, p.city("retail") / gdp),
                (1, p.city("fisc_rev") / spent),
                (1, p.city("solid_util")),
                (1, p.city("irie")),
                (1, (p.city("exp_sci") + p.city("exp_edu")) / spent),
            ]
        ),
        INV=p.city("re_inv") / gdp,
        ROAD=np.log10(p.inner("road_area") / p.inner("pop_hukou")),
        BOOK=np.log10(p.city("lib_books")),
        TECH=100 * p.city("emp_sci") / p.city("emp_total"),
        GPAT=np.log10(1 + p.city("green_pat_grant")),
        ENT=np.log10(p.city("n_pollute")),
    )
    other = {"policy": "low_carbon", "coding": "s4", "starts": "approval_year"}
    first = first_years(other, p.codes)
    p.add(DID_2=p.years[None, :] >= first[:, None])
    return p


def innovation(world):
    """GIE of S4 with controls and mediators."""
    p = Panel(world, [2007, 2021], "innovative_clusters", "s4")
    gdp = p.city("gdp")
    inputs = [
        p.city("exp_edu") + p.city("exp_sci") + p.city("exp_env"),
        p.city("emp_sci") + p.city("emp_env"),
        entropy([(1, p.inner("water_supply")), (1, p.city("elec_total")), (1, p.inner("lpg"))], 0.01),
    ]
    outputs = [p.city("gdp_pc"), p.inner("green_cover_area"), 1 + p.city("green_pat_app")]
    pollution = entropy([(1, p.city(f"ind_{x}")) for x in ("so2", "wastewater", "dust")], 0.01)
    found = efficiency(
        np.column_stack([x.ravel() for x in inputs]),
        np.column_stack([x.ravel() for x in outputs]),
        pollution[:, None],
    )
    p.add(
        GIE=found.score,
        Eco=gdp / p.city("area_admin"),
        Fin=(p.city("deposits") + p.city("loans")) / gdp,
        Urban=p.city("urban_rate") / 100,
        Gov=p.city("fisc_exp") / gdp,
        Industry=(p.city("va2_share") + p.city("va3_share")) / 100,
        Energy=np.log(p.city("energy_total") / gdp),
        Stru=np.log(sum(k * p.city(f"va{k}_share") / 100 for k in (1, 2, 3))),
        Innov=np.log(p.city("innov_index")),
        Digital=np.log(p.city("emp_it") / p.city("pop_hukou")),
    )
    return p


@pytest.fixture(scope="module")
def s0(world):
    return ecology(world)


@pytest.fixture(scope="module")
def s3(world):
    return chain(world)


@pytest.fixture(scope="module")
def s4(world):
    return innovation(world)


def published(study, table, row, column, statistic="coef", panel=None):
    found = pd.read_csv(CONFIG / "published" / f"{study}.csv", dtype=str)
    found = found[found["table"] == str(table)]
    found = found[(found["row"] == row) & (found["column"] == column) & (found["statistic"] == statistic)]
    if panel:
        found = found[found["panel"].str.contains(panel)]
    (value,) = found["value"]
    return float(value)


def agrees(row, value):
    """The published coefficient lies in the interval, and the estimate is significant at 5 %."""
    return row["conf_low"] < value < row["conf_high"] and row["p_value"] < 0.05


def spatial(panel, outcome, controls, where):
    fitted = fit_frame(
        panel.frame,
        outcome=outcome,
        regressors=["did", *controls],
        weights=where.matrix,
        cities=panel.codes.tolist(),
        impact_errors="delta",
    )
    rows = fitted.tidy("S", outcome)
    return rows.set_index(pd.Index([address(row) for row in rows.to_dict("records")]))


def seats(panel):
    return seats_of(panel.world.cities, panel.codes.tolist())


def test_agglomerations_raise_ecological_resilience_as_published(s0):
    assert s0.frame["UER"].mean() == pytest.approx(published("S0", 2, "UER", "mean", "mean"), abs=0.02)
    found = estimates(s0.frame, "UER", ["did", *S0_CONTROLS]).loc["did"]
    assert agrees(found, published("S0", 3, "DID", "(2)"))
    without = estimates(s0.frame, "UER", ["did"]).loc["did"]
    assert agrees(without, published("S0", 3, "DID", "(1)"))


def test_the_effect_is_in_the_east_and_strongest_in_capitals(s0):
    groups = {
        "east": s0.has(region3_12="east"),
        "inland": s0.has(region3_12=["centre", "west"]),
        "capitals": s0.has(capital_or_municipality=1),
        "others": s0.has(capital_or_municipality=0),
    }
    found = {
        name: estimates(s0.frame[rows], "UER", ["did", *S0_CONTROLS]).loc["did"]
        for name, rows in groups.items()
    }
    assert agrees(found["east"], 0.022)
    assert found["inland"]["p_value"] > 0.1
    assert agrees(found["capitals"], 0.030)
    assert agrees(found["others"], 0.011)
    assert found["east"]["estimate"] > found["inland"]["estimate"] > 0
    assert found["capitals"]["estimate"] > found["others"]["estimate"]


def test_there_is_no_trend_before_and_a_growing_effect_after(s0):
    frame = s0.frame.copy()
    since = np.clip(frame["year"] - frame["first"], -6, 8)
    times = [k for k in range(-6, 9) if k != -1]
    for k in times:
        frame[f"t{k}"] = (since == k).astype(float)
    found = estimates(frame, "UER", [*(f"t{k}" for k in times), *S0_CONTROLS])
    before = found.loc[[f"t{k}" for k in range(-6, -1)]]
    after = found.loc[[f"t{k}" for k in range(9)]]
    assert (before["p_value"] > 0.1).all()
    assert (after["estimate"] > 0).all()
    assert (after["p_value"] < 0.05).all()
    assert after["estimate"].iloc[-3:].mean() > 2 * after["estimate"].iloc[:3].mean()


@pytest.mark.parametrize("mediator", ["ISU", "TI"])
def test_structure_and_technology_mediate(s0, mediator):
    assert (
        estimates(s0.frame, mediator, ["did", *S0_CONTROLS])
        .loc["did", ["estimate", "p_value"]]
        .between([0, 0], [np.inf, 0.05])
        .all()
    )
    found = estimates(s0.frame, "UER", ["did", mediator, *S0_CONTROLS])
    assert (found.loc[["did", mediator], "estimate"] > 0).all()
    assert (found.loc[["did", mediator], "p_value"] < 0.05).all()


def test_stations_predict_who_joins_and_two_stages_give_more(s0):
    first = estimates(s0.frame, "did", ["stations", *S0_CONTROLS]).loc["stations"]
    reduced = estimates(s0.frame, "UER", ["stations", *S0_CONTROLS]).loc["stations"]
    assert (first["estimate"] / first["std_error"]) ** 2 > 16.38  # S0 compares with Stock and Yogo's 10 %
    direct = estimates(s0.frame, "UER", ["did", *S0_CONTROLS]).loc["did", "estimate"]
    assert reduced["estimate"] / first["estimate"] > direct > 0


def test_shuffled_agglomerations_have_no_effect(s0):
    rng = np.random.default_rng(1)
    first = s0.wide("first")[:, 0]
    frame, found = s0.frame.copy(), []
    for _ in range(30):
        drawn = rng.permutation(first)
        frame["did"] = (s0.years[None, :] >= drawn[:, None]).astype(float).ravel()
        found.append(estimates(frame, "UER", ["did", *S0_CONTROLS]).loc["did", "estimate"])
    assert abs(np.mean(found)) < 0.002
    assert np.abs(found).max() < published("S0", 3, "DID", "(2)")


def test_eco_parks_raise_the_resilience_of_chains_as_published(s3):
    found = estimates(s3.frame, "ICR", ["did", *S3_CONTROLS]).loc["did"]
    assert agrees(found, published("S3", 2, "DID", "(5)"))
    assert found["p_value"] < 0.01
    both = estimates(s3.frame, "ICR", ["did", "DID_2", *S3_CONTROLS])
    assert agrees(both.loc["did"], 0.0149)
    assert both.loc["DID_2", "conf_low"] < 0.0032 < both.loc["DID_2", "conf_high"]
    regions = [
        estimates(s3.frame[s3.has(region3_11=name)], "ICR", ["did", *S3_CONTROLS]).loc["did"]
        for name in ("east", ["centre", "west"])
    ]
    assert agrees(regions[0], 0.0132)
    assert agrees(regions[1], 0.0147)


def test_green_patents_rise_and_polluters_leave(s3):
    for mediator, first, second in (("GPAT", 0.0925, 0.0072), ("ENT", -0.0478, -0.0148)):
        assert agrees(estimates(s3.frame, mediator, ["did", *S3_CONTROLS]).loc["did"], first), mediator
        found = estimates(s3.frame, "ICR", ["did", mediator, *S3_CONTROLS])
        assert agrees(found.loc[mediator], second), mediator
        assert found.loc["did", "p_value"] < 0.01


def test_chains_of_neighbours_resemble_and_raise_each_other(s3):
    where = geographic.contiguity(seats(s3), islands="nearest")
    centred = s3.wide("ICR") - s3.wide("ICR").mean(axis=0)
    moran = (centred * (where.matrix @ centred)).sum(axis=0) / (centred**2).sum(axis=0)
    assert ((moran > 0.25) & (moran < 0.46)).all()  # S3, table 6: 0.294 to 0.432
    found = spatial(s3, "ICR", S3_CONTROLS, where)
    assert agrees(found.loc["W*did"], 0.0124)
    assert agrees(found.loc["rho"], 0.1492)
    assert agrees(found.loc["did"], 0.0128)
    assert found.loc["indirect[did]", "estimate"] > 0


def test_clusters_raise_efficiency_where_published(s4):
    def did(rows):
        return estimates(s4.frame[rows], "GIE", ["did", *S4_CONTROLS]).loc["did"]

    assert agrees(did(s4.frame["year"] > 0), published("S4", 3, "did", "(6)"))
    for attribute, value in (("central", 0.0607), ("key_environmental", 0.0190)):
        assert agrees(did(s4.has(**{attribute: 1})), value), attribute
        assert did(s4.has(**{attribute: 0}))["p_value"] > 0.1, attribute
    assert agrees(did(s4.has(resource_based=0)), 0.0192)
    assert did(s4.has(resource_based=1))["p_value"] > 0.1


@pytest.mark.parametrize(("mediator", "sign"), [("Energy", -1), ("Stru", 1), ("Innov", 1), ("Digital", 1)])
def test_four_mediators_carry_the_effect_of_clusters(s4, mediator, sign):
    first = estimates(s4.frame, mediator, ["did", *S4_CONTROLS]).loc["did"]
    second = estimates(s4.frame, "GIE", ["did", mediator, *S4_CONTROLS])
    for row in (first, second.loc[mediator]):
        assert np.sign(row["estimate"]) == sign
        assert row["p_value"] < 0.05
    # Energy carries so much of it that little is left.
    assert second.loc["did", "estimate"] > 0


def test_clusters_radiate_more_than_they_gain(s4):
    # The study's main matrix, by which the spillover is planted.
    where = seats(s4)
    wealth = s4.city("gdp_pc")[:, np.isin(s4.years, range(2007, 2013))]
    alike = economic.economic_distance(where, wealth.mean(axis=1))
    composite = combined.composite(geographic.inverse_distance(where), alike, 0.5)
    found = spatial(s4, "GIE", S4_CONTROLS, composite)
    direct, indirect = found.loc["direct[did]"], found.loc["indirect[did]"]
    assert max(direct["p_value"], indirect["p_value"]) < 0.01
    assert indirect["estimate"] > direct["estimate"] > 0


def test_without_the_planted_effects_there_is_none(bare):
    for panel, outcome, controls, size in (
        (ecology(bare), "UER", S0_CONTROLS, 0.013),
        (chain(bare), "ICR", S3_CONTROLS, 0.0157),
        (innovation(bare), "GIE", S4_CONTROLS, 0.0143),
    ):
        found = estimates(panel.frame, outcome, ["did", *controls]).loc["did"]
        assert found["p_value"] > 0.1, outcome
        assert abs(found["estimate"]) < size / 3, outcome


def test_without_the_planted_spillover_there_is_none(bare):
    panel = chain(bare)
    found = spatial(panel, "ICR", S3_CONTROLS, geographic.contiguity(seats(panel), islands="nearest"))
    assert found.loc["W*did", "p_value"] > 0.1
