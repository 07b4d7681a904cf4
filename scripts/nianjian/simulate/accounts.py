"""What must add up in the simulated world is computed, not drawn: population, output, employment, parts, ratios."""

from __future__ import annotations

import numpy as np

from nianjian.simulate import draws, planting, quantities
from nianjian.simulate.world import Array, World

SCOPES = ("city", "districts")
SECTORS = {
    "primary": ("emp_agri",),
    "secondary": ("emp_mining", "emp_mfg", "emp_utilities", "emp_construction"),
    "tertiary": (
        *("emp_transport", "emp_it", "emp_trade", "emp_catering", "emp_finance", "emp_realestate"),
        *("emp_leasing", "emp_sci", "emp_env", "emp_residents", "emp_education", "emp_health"),
        *("emp_culture", "emp_public"),
    ),
}
SECTOR_OF = {item: stratum for stratum, items in SECTORS.items() for item in items}
PARTS = {
    "n_ind_firms": ("n_ind_firms_domestic", "n_ind_firms_hmt", "n_ind_firms_foreign"),
    "ind_output": ("ind_output_domestic", "ind_output_hmt", "ind_output_foreign"),
}
TOTAL_OF = {part: total for total, parts in PARTS.items() for part in parts}
SHARES = ("va1_share", "va2_share", "va3_share")


def draw_population(world: World) -> None:
    """Registered population, and the area it lives on."""
    declared = world.process.population
    mean, sd, by_wealth = declared.growth
    growth = (
        mean
        + sd * draws.normals(world.seed, "population growth", world.codes)
        + by_wealth * world.drawn_wealth
    )
    log = world.levels(declared.level)[None, :] + (world.drawn_size - np.median(world.drawn_size))[:, None]
    city = np.exp(log + growth[:, None] * (world.years - 2012)[None, :])
    world.values["pop_hukou"] = {"city": city, "districts": city * world.urban}
    quantities.generate(world, "area_admin")
    planting.settle(world, "area_admin")


def compute_output(world: World) -> None:
    """Output from output per head, its growth rate, and its composition."""
    v = world.values
    residents = v["pop_resident"]
    output = world.within("gdp", v["gdp_pc"]["city"] * residents["city"])
    v["gdp_pc"]["city"] = output / residents["city"]
    apart = world.process.quantities["gdp_pc"].districts_output
    assert apart is not None, "checked when the declaration is read"
    share = quantities.districts_share(world, "gdp", *apart)
    v["gdp"] = {"city": output, "districts": output * share}
    v["gdp_pc"]["districts"] = v["gdp"]["districts"] / residents["districts"]
    v["gdp_growth"] = _growth(world)
    for item in SHARES:
        quantities.generate(world, item)
    for scope in SCOPES:
        _to_hundred(world, scope)
    for item in (*SHARES, "gdp"):
        planting.settle(world, item)
    for scope in SCOPES:
        for item in SHARES:
            v[item][scope] = np.maximum(v[item][scope], 0.03)
        _to_hundred(world, scope)


def _growth(world: World) -> dict[str, Array]:
    """Real growth rates of output in percent, by scope."""
    declared, output = world.process.gdp_growth, world.values["gdp"]["city"]
    real = world.levels(declared.level, link=lambda x: x)
    growth = {}
    for scope, value in world.values["gdp"].items():
        nominal = np.diff(np.log(value), axis=1, prepend=np.nan)
        nominal[:, 0] = nominal[:, 1]
        deflator = np.median(np.diff(np.log(output), axis=1, prepend=np.nan)[:, 1:], axis=0)
        deflator = np.concatenate([deflator[:1], deflator]) - np.log1p(real / 100)
        rate = 100 * np.expm1(nominal - deflator[None, :])
        reported = draws.normals(world.seed, "growth reported", world.codes[:, None], world.years[None, :])
        growth[scope] = rate + declared.noise * reported
    gap = declared.gap * draws.normals(
        world.seed, "growth districts", world.codes[:, None], world.years[None, :]
    )
    growth["districts"] = np.where(world.whole[:, None], growth["city"], growth["districts"] + gap)
    return growth


def _to_hundred(world: World, scope: str) -> None:
    """Make the three sectors' shares of output add up to 100."""
    total = world.total(scope, SHARES)
    for item in SHARES:
        world.values[item][scope] = 100 * world.values[item][scope] / total


def compute_employment(world: World) -> None:
    """Employment by sector, which adds up to the total."""
    v = world.values
    for item in SECTOR_OF:
        quantities.generate(world, item)
    total = v["emp_total"]["city"]
    world.scale(list(SECTOR_OF), total / world.total("city", SECTOR_OF))
    for moment in world.process.moments:
        item = moment.adjust[0] if len(moment.adjust) == 1 else ""
        if item in SECTOR_OF:
            planting.match(world, moment)
            others = [other for other in SECTOR_OF if other != item]
            world.scale(others, (total - v[item]["city"]) / world.total("city", others))
    _hold_sectors(world, total)
    for item in SECTOR_OF:
        planting.plant_all(world, item)
    for scope in SCOPES:
        for stratum, items in SECTORS.items():
            world.put(scope, f"emp_{stratum}", world.total(scope, items))
        v["emp_total"][scope] = world.total(scope, [f"emp_{stratum}" for stratum in SECTORS])
        for stratum in SECTORS:
            share = 100 * v[f"emp_{stratum}"][scope] / v["emp_total"][scope]
            world.put(scope, f"emp_{stratum}_share", share)


def _hold_sectors(world: World, total: Array) -> None:
    """Hold every sector below its bound; the others take what it gives up."""
    city = {item: world.values[item]["city"] for item in SECTOR_OF}
    held = {item: world.within(item, city[item], knee=0.85) for item in SECTOR_OF}
    near = {item: city[item] > 0.85 * world.bounds.get(item, np.inf) for item in SECTOR_OF}
    fixed = sum(np.where(near[item], held[item], 0.0) for item in SECTOR_OF)
    free = sum(np.where(near[item], 0.0, held[item]) for item in SECTOR_OF)
    for item in SECTOR_OF:
        factor = np.where(near[item], held[item] / city[item], (total - fixed) / free)
        world.scale([item], factor)


def split(world: World, total: str) -> None:
    """Make the parts of a total add up to it; the districts' total is the sum of its parts."""
    v, parts = world.values, PARTS[total]
    rounded = world.process.quantities[total].round
    city = v[total]["city"]
    drawn = {part: v[part]["city"] for part in parts}
    everything = sum(drawn.values())
    below = {part: v[part]["districts"] / np.maximum(drawn[part], 1e-12) for part in parts}
    for part in parts[1:]:
        share = city * drawn[part] / everything
        v[part]["city"] = np.rint(share) if rounded else share
    v[parts[0]]["city"] = city - world.total("city", parts[1:])
    for part in parts:
        inner = v[part]["city"] * np.minimum(below[part], 1.0)
        inner = np.floor(inner) if rounded else inner
        v[part]["districts"] = np.where(world.whole[:, None], v[part]["city"], inner)
    v[total]["districts"] = world.total("districts", parts)


def compute_ratios(world: World) -> None:
    """What the books compute from other numbers."""
    _trade(world)
    _hold_districts(world)
    for scope in SCOPES:
        _people(world, scope)
        _urban_and_wages(world, scope)
        _per_head(world, scope)
    _transport(world)
    _environment(world)
    _urban_construction(world)


def _trade(world: World) -> None:
    v = world.values
    rate = np.array(world.process.exchange_rate)[None, :] * np.ones((len(world.codes), 1))
    v["fx"] = {"city": rate}
    for item in ("imports", "exports"):
        v[f"{item}_usd"] = {"city": v[item]["city"] / rate}
    v["trade"] = {"city": v["imports_usd"]["city"] + v["exports_usd"]["city"]}


def _hold_districts(world: World) -> None:
    v = world.values
    v["gas_nat_res"]["districts"] = np.minimum(v["gas_nat_res"]["districts"], v["gas_nat"]["districts"])
    # Students live where the universities are, but not in any number beside the other inhabitants.
    inner = np.minimum(v["uni_students"]["districts"], 4000 * v["pop_hukou"]["districts"])
    v["uni_students"]["districts"] = np.where(world.whole[:, None], v["uni_students"]["city"], inner)


def _below_city(world: World, scope: str, item: str, value: Array, share: float) -> Array:
    """The districts' part of an item, held below ``share`` of the city's; the city's own as it is."""
    if scope == "city":
        return value
    city = world.values[item]["city"]
    return np.where(world.whole[:, None], city, np.minimum(value, share * city))


def _people(world: World, scope: str) -> None:
    v = world.values
    average = _average(v["pop_hukou"][scope])
    births = _below_city(world, scope, "pop_births", v["birth_rate"][scope] * average * 10, 0.98)
    deaths = _below_city(world, scope, "pop_deaths", v["death_rate"][scope] * average * 10, 0.98)
    world.put(scope, "pop_avg", average)
    world.put(scope, "pop_births", births)
    world.put(scope, "pop_deaths", deaths)
    world.put(scope, "pop_natgrowth", (births - deaths) / average / 10)
    world.put(scope, "pop_density", 1e4 * v["pop_hukou"][scope] / v["area_admin"][scope])


def _urban_and_wages(world: World, scope: str) -> None:
    v = world.values
    urban = v["urban_rate"][scope] / 100 * v["pop_resident"][scope]
    wages = v["staff_avg"][scope] * v["wage_avg"][scope]
    if scope == "districts":
        whole = world.whole[:, None]
        urban = np.where(whole, urban, np.minimum(urban, 0.99 * v["pop_urban_res"]["city"]))
        wages = np.where(whole, wages, np.minimum(wages, 0.99 * v["wage_bill"]["city"]))
        world.put(scope, "urban_rate", 100 * urban / v["pop_resident"][scope])
        world.put(scope, "wage_avg", wages / v["staff_avg"][scope])
    world.put(scope, "pop_urban_res", urban)
    world.put(scope, "wage_bill", wages)


def _per_head(world: World, scope: str) -> None:
    v = world.values
    people = v["pop_avg"][scope]
    profit = ("ind_profit", "ind_vat", "ind_tax_surcharge")
    world.put(scope, "ind_profit_tax", world.total(scope, profit))
    world.put(scope, "lib_books_per100", 10 * v["lib_books"][scope] / v["pop_hukou"][scope])
    world.put(scope, "uni_students_per10k", v["uni_students"][scope] / people)
    world.put(scope, "students_senior_per10k", v["students_senior"][scope] / people)
    world.put(scope, "voc_students_per10k", v["students_vocational"][scope] / people)
    if scope == "city":
        for crop in ("veg", "fruit", "meat", "milk", "aquatic"):
            world.put("city", f"agri_{crop}_pc", v[f"agri_{crop}"]["city"] / people / 10)
        world.put("city", "cultivated_pc", 1.5 * v["cultivated_area"]["city"] / v["pop_hukou"]["city"])


def _transport(world: World) -> None:
    v = world.values
    modes = ("rail", "road", "water", "air")
    world.put("city", "pass_total", world.total("city", [f"pass_{mode}" for mode in modes]))
    # Air freight is counted in tonnes, the others in 10^4 t.
    tonnes = {mode: v[f"freight_{mode}"]["city"] / (1e4 if mode == "air" else 1) for mode in modes}
    world.put("city", "freight_total", sum(tonnes.values()))  # type: ignore[arg-type]
    world.put("city", "pass_road_water", v["pass_road"]["city"] + v["pass_water"]["city"])
    world.put("city", "freight_road_water", v["freight_road"]["city"] + v["freight_water"]["city"])


def _environment(world: World) -> None:
    v = world.values
    treated = v["ind_wastewater"]["city"] * v["wastewater_std_rate"]["city"] / 100
    world.put("city", "ind_wastewater_std", treated)
    for gas in ("so2", "dust"):
        made = v[f"ind_{gas}"]["city"] + v[f"ind_{gas}_removed"]["city"]
        world.put("city", f"ind_{gas}_generated", made)
    growth = 100 * (v["fai"]["city"][:, 1:] / v["fai"]["city"][:, :-1] - 1)
    world.put("city", "fai_growth", np.concatenate([growth[:, :1], growth], axis=1))


def _urban_construction(world: World) -> None:
    d = {item: scopes["districts"] for item, scopes in world.values.items() if "districts" in scopes}
    people, built = d["pop_hukou"], d["area_builtup"]
    made = {
        "construction_share": 100 * d["area_construction"] / d["area_admin"],
        "green_cover_area": d["green_cover_rate"] * built,
        "green_area_pc": d["green_area"] / people,
        "road_area_pc": d["road_area"] / people,
        "buses_per10k": d["buses"] / people,
        "water_res_pc": d["water_res"] / people,
        "elec_res_pc": d["elec_res"] / people,
        "drain_pipe_density": d["drain_pipe_len"] / built,
        "area_district": world.within("area_district", d["area_admin"]),
        "pop_density_urban": 1e4 * d["pop_urban_area"] / d["area_urban"],
    }
    for item, value in made.items():
        world.put("districts", item, value)


def _average(stock: Array) -> Array:
    """Mean of a stock at the beginning and the end of the year."""
    before = np.concatenate([stock[:, :1], stock[:, :-1]], axis=1)
    return (stock + before) / 2
