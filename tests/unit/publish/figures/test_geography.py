"""Shapes of the map: the whole country, every city around its seat."""

import pytest
import shapely

from drawn import CITIES, WITH_SHAPE, prepared
from nianjian.publish.figures import geography


@pytest.fixture(scope="module")
def country():
    return geography.country(prepared=prepared() / "shapes.parquet")


def test_every_city_in_force_has_a_shape_around_its_seat(country):
    assert set(WITH_SHAPE) <= set(country.codes.tolist())
    assert geography.without_boundary([110000, 341400, 371200]) == [341400, 371200]
    book = CITIES.drop_duplicates("city", keep="last").set_index("city").loc[WITH_SHAPE]
    seats = shapely.points(geography.albers(book[["lon", "lat"]].to_numpy()))
    shapes = dict(zip(country.codes.tolist(), country.shapes, strict=True))
    # 8 km: boundaries are in GCJ-02 and thinned, and some governments sit outside their old territory.
    far = [code for code, seat in zip(WITH_SHAPE, seats, strict=True) if shapes[code].distance(seat) > 8]
    assert [code for code in far if code != 460300] == []  # 三沙 is islets far apart


def test_shapes_are_the_whole_country_without_overlaps(country):
    assert shapely.coverage_is_valid(country.shapes)
    assert shapely.area(country.shapes).sum() == pytest.approx(9.6e6, rel=0.02)  # km², land
    assert len(shapely.get_parts(country.dashes)) == 10
    assert 710000 in country.codes  # Taiwan stands within the outline


def test_prepared_shapes_are_those_of_the_package(country):
    plain = geography.country()
    assert (plain.codes == country.codes).all()
    assert shapely.equals_exact(plain.shapes, country.shapes).all()
    assert plain.outline.equals_exact(country.outline)
