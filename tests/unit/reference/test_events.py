"""Changes of boundaries within a sample's years."""

from __future__ import annotations

from pathlib import Path

import pytest

from nianjian.declarations.layers import Layers
from nianjian.errors import DeclarationError
from nianjian.reference import cities, events

EVENTS = """year,data_year,city,event
2005,,110000,gain
2003,,120000,loss
2006,,310000,rename
2012,,341400,gain
2003,2004,130100,abolished
2007,,110000,loss
"""


def test_only_the_first_change_of_territory_after_the_first_year_counts(write):
    layers = write("reference/city_events.csv", EVENTS)
    found = events.boundary_changes(layers, cities.load(layers), 2003, 2008, "x")
    assert found == ((110000, 2005, "gain"), (130100, 2004, "abolished"))


def test_the_projects_own_events_are_read():
    found = events.boundary_changes(Layers(), cities.load(Layers()), 1999, 2024, "x")
    assert (630100, 2000, "gain") in found and len({city for city, _, _ in found}) == len(found)


def test_without_the_file_cities_cannot_be_dropped(tmp_path: Path):
    with pytest.raises(DeclarationError, match=r"^x: needs config/reference/city_events.csv; write it"):
        events.boundary_changes(Layers((tmp_path,)), cities.load(Layers()), 2003, 2008, "x")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("soon,,110000,gain", "line 2: year 'soon' is no year"),
        ("2005,,110001,gain", "line 2: no city has the code '110001'"),
    ],
)
def test_a_wrong_row_names_its_line(write, row, message):
    layers = write("reference/city_events.csv", f"year,data_year,city,event\n{row}\n")
    with pytest.raises(DeclarationError, match=message):
        events.boundary_changes(layers, cities.load(layers), 2003, 2008, "x")
