"""Contiguity and nearest neighbours of all cities of today against libpysal; see README.md."""

from pathlib import Path

import pandas as pd
import pytest

from nianjian.spatial import boundaries
from nianjian.spatial import weights as w
from nianjian.spatial.geographic import k_nearest
from nianjian.spatial.seats import seats

HERE = Path(__file__).parent
REFERENCE = HERE.parents[2] / "config" / "reference" / "cities.csv"


@pytest.fixture(scope="module")
def where():
    reference = pd.read_csv(REFERENCE)
    return seats(reference, reference.loc[reference["to_year"].isna(), "city"].tolist())


@pytest.fixture(scope="module")
def polygons(where):
    return boundaries.read_boundaries(where.cities)


@pytest.fixture(scope="module")
def expected():
    return pd.read_csv(HERE / "expected.csv")


def links(frame):
    return set(frame[["city", "neighbour"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("rule", ["queen", "rook"])
def test_contiguity_matches_libpysal(where, polygons, expected, rule):
    pairs = boundaries.adjacent_pairs(polygons, rule=rule)
    found = {(where.cities[i], where.cities[j]) for i, j in pairs}
    assert found == links(expected.query("kind == @rule")) and len(found) == 728


@pytest.mark.parametrize("tolerance", [0, 1.5])
def test_contiguity_does_not_depend_on_the_tolerance(where, polygons, expected, tolerance):
    pairs = boundaries.adjacent_pairs(polygons, tolerance_km=tolerance)
    found = {(where.cities[i], where.cities[j]) for i, j in pairs}
    assert found == links(expected.query("kind == 'queen'"))


def test_nearest_neighbours_match_libpysal(where, expected):
    frame = w.to_frame(k_nearest(where, 5))
    assert links(frame) == links(expected.query("kind == 'nearest_5'"))
