"""How one quantity is drawn."""

import copy

import numpy as np
import pytest

from nianjian.errors import DeclarationError
from nianjian.simulate import FOLDER, accounts, quantities
from nianjian.simulate.world import World
from simulated import SEED


def redrawn(item: str, **changes) -> World:
    """The item drawn alone, with changes of its declaration."""
    world = World(FOLDER, SEED)
    world.settings = copy.deepcopy(world.settings)
    spec = {k: v for k, v in world.settings["quantities"][item].items() if k not in ("spread", "regions")}
    accounts.draw_population(world)
    quantities.generate(world, item, {**spec, **changes})
    return world


def logits(world: World, item: str) -> np.ndarray:
    share = world.values[item]["city"] / world.settings["quantities"][item]["top"]
    return np.log(share / (1 - share))


def test_a_quantity_stays_below_its_top_and_follows_its_level():
    level = {2003: 40000, 2013: 80000}
    value = redrawn("ind_so2", level=level, top=200000).values["ind_so2"]["city"]
    assert 0 < value.min() < value.max() < 200000
    # Without anything that sets cities apart, all have the level: straight between the years in logits.
    bare = redrawn("ind_so2", level=level, top=200000, size=0.0, wealth=0.0, city=0.0, shock=0.0)
    value, years = bare.values["ind_so2"]["city"], bare.years
    assert np.allclose(value[:, years == 2003], 40000)
    assert np.allclose(value[:, years >= 2013], 80000)
    halfway = np.sqrt((0.2 / 0.8) * (0.4 / 0.6))
    assert np.allclose(value[:, years == 2008], 200000 * halfway / (1 + halfway))


def test_spread_widens_what_sets_cities_apart():
    plain, wide = redrawn("ind_so2"), redrawn("ind_so2", spread={2009: 1.0, 2019: 2.0})
    middle = plain.levels(
        plain.settings["quantities"]["ind_so2"]["level"], link=lambda x: np.log(x / (200000 - x))
    )
    apart = (logits(wide, "ind_so2") - middle) / (logits(plain, "ind_so2") - middle)
    for year, factor in ((2003, 1.0), (2009, 1.0), (2014, 1.5), (2019, 2.0), (2023, 2.0)):
        assert np.allclose(apart[:, plain.years == year], factor, atol=1e-6), year


def test_a_region_is_shifted_as_a_whole():
    plain, moved = redrawn("ind_so2"), redrawn("ind_so2", regions={"west": {2009: 0.0, 2019: 0.5}})
    shift = logits(moved, "ind_so2") - logits(plain, "ind_so2")
    assert np.allclose(shift[plain.region("west")][:, plain.years == 2014], 0.25)
    assert np.allclose(shift[~plain.region("west")], 0)


def test_an_unknown_region_is_named():
    with pytest.raises(
        DeclarationError, match=r"quantities\.ind_so2\.regions: no region 'wset'; expected one of"
    ):
        redrawn("ind_so2", regions={"wset": 0.1})


def test_a_course_has_years():
    with pytest.raises(DeclarationError, match=r"quantities\.ind_so2\.spread: write a number, or years"):
        redrawn("ind_so2", spread={"early": 1.0})


def test_members_of_a_group_are_shifted():
    made = World(FOLDER, SEED)
    made.settings = copy.deepcopy(made.settings)
    accounts.draw_population(made)
    spec = made.settings["quantities"]["ming_stations"]
    plain = {key: value for key, value in spec.items() if key not in ("members", "round")}
    quantities.generate(made, "ming_stations", plain)
    before = made.values["ming_stations"]["city"]
    group = {"policy": "urban_agglomerations", "coding": "s1", "starts": "approval_year"}
    quantities.generate(
        made, "ming_stations", {**plain, "members": [{**group, "shift": {2003: 0.0, 2023: 1.0}}]}
    )
    ratio = made.values["ming_stations"]["city"] / before
    inside = made.group(group)
    assert inside.sum() == 147
    assert np.allclose(ratio[inside][:, made.years == 2013], np.exp(0.5))
    assert np.allclose(ratio[~inside], 1)
