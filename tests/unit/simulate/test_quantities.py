"""How one quantity is drawn."""

import numpy as np

from nianjian.simulate import FOLDER, accounts, quantities
from nianjian.simulate.declared.planted import PolicyGroup
from nianjian.simulate.declared.process import Members, Spreads
from nianjian.simulate.world import World
from simulated import SEED


def redrawn(item: str, **changes) -> World:
    """The item drawn alone, with changes of its declaration."""
    world = World(FOLDER, SEED)
    accounts.draw_population(world)
    redraw(world, item, **(dict(Spreads()) | changes))
    return world


def redraw(world: World, item: str, **changes) -> None:
    known = world.process.quantities
    changed = {item: known[item].model_copy(update=changes)}
    world.process = world.process.model_copy(update={"quantities": {**known, **changed}})
    quantities.generate(world, item)


def logits(world: World, item: str) -> np.ndarray:
    share = world.values[item]["city"] / world.process.quantities[item].top
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
    middle = plain.levels(plain.process.quantities["ind_so2"].path, link=lambda x: np.log(x / (200000 - x)))
    apart = (logits(wide, "ind_so2") - middle) / (logits(plain, "ind_so2") - middle)
    for year, factor in ((2003, 1.0), (2009, 1.0), (2014, 1.5), (2019, 2.0), (2023, 2.0)):
        assert np.allclose(apart[:, plain.years == year], factor, atol=1e-6), year


def test_a_region_is_shifted_as_a_whole():
    plain, moved = redrawn("ind_so2"), redrawn("ind_so2", regions={"west": {2009: 0.0, 2019: 0.5}})
    shift = logits(moved, "ind_so2") - logits(plain, "ind_so2")
    assert np.allclose(shift[plain.region("west")][:, plain.years == 2014], 0.25)
    assert np.allclose(shift[~plain.region("west")], 0)


def test_members_of_a_group_are_shifted():
    made = World(FOLDER, SEED)
    accounts.draw_population(made)
    redraw(made, "ming_stations", members=[], round=False)
    before = made.values["ming_stations"]["city"]
    group = {"policy": "urban_agglomerations", "coding": "s1", "starts": "approval_year"}
    redraw(made, "ming_stations", members=[Members(**group, shift={2003: 0.0, 2023: 1.0})])
    ratio = made.values["ming_stations"]["city"] / before
    inside = made.group(PolicyGroup(**group))
    assert inside.sum() == 147
    assert np.allclose(ratio[inside][:, made.years == 2013], np.exp(0.5))
    assert np.allclose(ratio[~inside], 1)
