"""What is true: the same for a seed, complete, and adding up."""

import numpy as np

from nianjian.simulate import FOLDER, accounts, truth
from simulated import SEED


def test_the_same_seed_gives_the_same_truth(world):
    again = truth.build(FOLDER, SEED)
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


def test_what_must_add_up_adds_up(world):
    v = world.values
    for scope in ("city", "districts"):
        shares = sum(v[f"va{n}_share"][scope] for n in (1, 2, 3))
        assert np.allclose(shares, 100)
        sectors = sum(v[item][scope] for items in accounts.SECTORS.values() for item in items)
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
        low, high = declared.bounds or (None, None)
        for scope, value in scopes.items():
            alive = value[world.alive()]
            # One city-year in ten thousand may pass a bound by a little: suspects have to be found too.
            assert low is None or (alive < low).mean() < 1e-3, (item, scope, alive.min())
            assert high is None or (alive > high).mean() < 1e-3, (item, scope, alive.max())
        if declared.kind in ("flow", "stock", "count") and {"city", "districts"} <= scopes.keys():
            assert (scopes["districts"] <= scopes["city"] * (1 + 1e-9)).all(), item
        if "districts" in scopes and "city" in scopes and declared.kind in ("flow", "stock", "count"):
            assert np.allclose(scopes["districts"][world.whole], scopes["city"][world.whole]), item


def test_indices_stay_within_their_scale(world):
    alive = world.alive()
    assert world.values["irie"]["city"][alive].min() > 0
    assert world.values["irie"]["city"][alive].max() < 100
    assert world.values["n_parks"]["districts"][alive].min() >= 0
    assert world.values["n_parks"]["districts"][alive].max() < 2000
