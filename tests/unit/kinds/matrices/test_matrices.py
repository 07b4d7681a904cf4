"""What a user reads where weights cannot be had, or only with a reservation.

Matrices are declared as in a study, with all defaults, and built as ``build_weights`` does: messages must name the
city or variable and say what to do; the rule puts the study's file and key in front.
"""

import logging

import numpy as np
import pandas as pd
import pytest

from nianjian import storage
from nianjian.errors import DeclarationError, SampleError
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import kinds
from nianjian.spatial import building
from small_space import SEATS, sample

ALIKE = {"kind": "economic", "variable": "gdp", "years": [2005, 2006]}
MIXED = {"kind": "composite", "first": "near", "second": "alike", "share": 0.5}
PARTS = {"near": {"kind": "k_nearest", "k": 2}, "alike": ALIKE}


def reference(**changes):
    table = pd.DataFrame.from_dict(SEATS, orient="index", columns=["name_zh", "lon", "lat"])
    for column, cells in changes.items():
        for city, value in cells.items():
            table.loc[city, column] = value
    return table.rename_axis("city").reset_index()


def entry(name, declared):
    own = dict(declared)
    kind = kinds().get("matrices", own.pop("kind"))
    return Entry(name, kind, kind.read(own, "config/studies/demo.yaml", f"spatial_weights.{name}"))


@pytest.fixture
def build(tmp_path):
    """Build a matrix as a study declares it; returns the properties in its summary."""

    def built(declared, frame=None, cities=None, parts=PARTS):
        entries = {name: entry(name, own) for name, own in (parts | {"w": declared}).items()}
        frame = sample() if frame is None else frame
        made = building.build("w", entries, frame, reference() if cities is None else cities)
        building.write_summary("w", made, tmp_path / "w.summary.parquet")
        return storage.read_table(tmp_path / "w.summary.parquet").set_index("property")["value"]

    return built


def equal(frame):
    """Shijiazhuang and Tangshan with the same values."""
    values = frame.loc[frame["city"] == 130100, "gdp"].to_numpy()
    return frame.assign(gdp=frame["gdp"].mask(frame["city"] == 130200, np.resize(values, len(frame))))


WEIGHTS = {
    "k as large as the sample": (
        {"kind": "k_nearest", "k": 6}, {}, "weights w: k is 6, the sample has 6 cities", "write a k below",
    ),
    "k of a part": (
        MIXED, {"parts": PARTS | {"near": {"kind": "k_nearest", "k": 9}}}, "weights near: k is 9", "write a k below",
    ),
    "islands of the map": (
        {"kind": "contiguity"}, {}, "no neighbours for 石家庄市 (130100), 太原市 (140100), 上海市 (310000)",
        "set islands: nearest to link each with the nearest city, or keep",
    ),
    "islands of a part": (
        MIXED, {"parts": PARTS | {"near": {"kind": "contiguity"}}}, "weights near: no neighbours for 石家庄市",
        "set islands: nearest",
    ),
    "islands of a product": (
        {"kind": "product", "first": "near", "second": "alike"},
        {"parts": PARTS | {"near": {"kind": "contiguity", "islands": "keep"}}},
        "weights w: no neighbours for 石家庄市", "or set islands: keep",
    ),
    "a cut-off that isolates": (
        {"kind": "inverse_distance", "cutoff_km": 200}, {}, "no neighbours for 上海市 (310000); within 200 km",
        "raise cutoff_km, write cutoff_km: minimum, or islands: keep",
    ),
    "a cut-off that isolates all": (
        {"kind": "inverse_distance", "cutoff_km": 1, "islands": "keep"}, {}, "no neighbours for 北京市 (110000), 天津市",
        "write cutoff_km: minimum",
    ),
    "weights below the smallest number": (
        {"kind": "inverse_distance", "power": 400}, {}, "1/d^400 is too small for a number", "lower power",
    ),
    "no coordinates": (
        {"kind": "inverse_distance"}, {"cities": reference(lat={130100: np.nan})},
        "no coordinates for 石家庄市 (130100)", "fill lon and lat in degrees",
    ),
    "no column of coordinates": (
        {"kind": "inverse_distance"}, {"cities": reference().drop(columns="lon")},
        "config/reference/cities.csv has no column lon", "add it",
    ),
    "two cities at one point": (
        {"kind": "inverse_distance"}, {"cities": reference(lon={130100: 116.40}, lat={130100: 39.90})},
        "at one point 北京市 (110000) and 石家庄市 (130100)", "correct lon and lat of one of them",
    ),
    "coordinates exchanged": (
        {"kind": "inverse_distance"}, {"cities": reference().rename(columns={"lon": "lat", "lat": "lon"})},
        "北京市 (110000)", "are lon and lat exchanged?",
    ),
    "a city without seat": (
        {"kind": "inverse_distance"}, {"frame": sample([110000, 999999])}, "999999 not in config/reference/cities.csv",
        "add a row with lon and lat",
    ),
    "a city without boundary": (
        {"kind": "contiguity"},
        {"frame": sample([110000, 371200]), "cities": reference(lon={371200: 117.68}, lat={371200: 36.2})},
        "has no boundary of 371200", "or use weights by distance",
    ),
    "equal economies": (
        ALIKE, {"frame": equal(sample())}, "no value where cities are equal: 石家庄市 (130100) = 唐山市 (130200)",
        "set a floor",
    ),
    "an economy without a value": (
        ALIKE, {"frame": sample().assign(gdp=lambda f: f["gdp"].mask(f.index == 4))}, "no gdp for 120000 2006",
        "choose years in which all cities have one",
    ),
    "an infinite economy": (
        ALIKE, {"frame": sample().assign(gdp=lambda f: f["gdp"].mask(f.index == 4, np.inf))},
        "no gdp for 120000 2006", "choose years",
    ),
    "years outside the sample": (ALIKE | {"years": [1999, 2001]}, {}, "no gdp for 110000 1999", "choose years"),
    "an unknown variable": (
        ALIKE | {"variable": "gdpp"}, {}, "no column 'gdpp' in the panel", "declare it under variables",
    ),
    "an economy in words": (
        ALIKE, {"frame": sample().assign(gdp="high")}, "gdp is not numeric", "name a column of numbers",
    ),
    "a repeated key": (
        ALIKE, {"frame": pd.concat([sample(), sample().head(1)])}, "city 110000 stands twice in 2005",
        "keep one row each",
    ),
    "one city": (
        {"kind": "inverse_distance"}, {"frame": sample([110000])}, "the sample has 1 cities", "widen the study's cities",
    ),
    "no city": (ALIKE, {"frame": sample([])}, "the sample has 0 cities, weights need two", "widen the study's cities"),
}  # fmt: skip


@pytest.mark.parametrize("case", WEIGHTS)
def test_messages_about_matrices_name_place_and_remedy(build, case):
    declared, given, wrong, remedy = WEIGHTS[case]
    with pytest.raises(SampleError) as caught:
        build(declared, **given)
    text = str(caught.value)
    assert wrong in text and remedy in text.partition(wrong)[2]


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (MIXED | {"share": -0.1}, r"spatial_weights\.w\.share: .*at least 0"),
        (MIXED | {"share": 1.2}, r"spatial_weights\.w\.share: .*at most 1"),
        ({"kind": "k_nearest"}, r"spatial_weights\.w: key 'k' is missing"),
        ({"kind": "k_nearest", "k": 0}, r"spatial_weights\.w\.k: .*at least 1"),
        ({"kind": "contiguity", "k": 3}, r"unknown key 'k' in .*spatial_weights\.w"),
        ({"kind": "inverse_distance", "islands": "nearest"}, r"spatial_weights\.w\.islands: "),
        ({"kind": "inverse_distance", "cutoff_km": -1}, r"spatial_weights\.w\.cutoff_km"),
        (ALIKE | {"floor": 0}, r"spatial_weights\.w\.floor: .*more than 0"),
        (ALIKE | {"years": [2006, 2005]}, r"spatial_weights\.w\.years: .*smaller number first"),
        ({"kind": "nearest", "k": 3}, r"'nearest' is no kind of weight matrix; did you mean 'k_nearest'"),
    ],
)
def test_a_wrong_declaration_stops_before_anything_is_built(declared, message):
    with pytest.raises(DeclarationError, match=message):
        entry("w", declared)


class Declared:
    """As much of a study as matrices look at."""

    def __init__(self, **declared):
        self.matrices = {name: entry(name, own) for name, own in declared.items()}

    def fail(self, key, what):
        return DeclarationError(f"{key}: {what}")

    def check_known(self, key, name, known, what):
        if name not in known:
            raise self.fail(key, f"'{name}' is no {what}")


@pytest.mark.parametrize("kind", ["composite", "product"])
def test_parts_are_declared_and_no_mixtures_themselves(kind):
    declared = {"kind": kind, "first": "near", "second": "alike"} | (
        {"share": 0.5} if kind == "composite" else {}
    )
    study = Declared(**PARTS, mixed=MIXED)
    own = entry("w", declared)
    assert own.kind.complete(own.params, study) == own.params
    assert [each.name for each in own.kind.references(own.params)] == ["near", "alike"]
    for second, message in (
        ("mixed", "second: 'mixed' is made of two itself"),
        ("far", "second: 'far' is no matrix of spatial_weights"),
    ):
        wrong = entry("w", declared | {"second": second})
        with pytest.raises(DeclarationError, match=message):
            wrong.kind.complete(wrong.params, study)


def test_parts_are_built_once():
    entries = {name: entry(name, own) for name, own in PARTS.items()}
    data = building.matrix_data(entries, sample(), reference())
    assert data.part("near") is data.part("near")
    assert data.part("near").name == "near" and data.seats.cities == tuple(sorted(SEATS))


@pytest.mark.parametrize("share", [0, 1])
def test_the_ends_of_the_unit_interval_are_the_parts(build, share):
    assert float(build(MIXED | {"share": share})["parameter a"]) == share


def test_islands_that_are_kept_or_linked_are_named_in_summary_and_log(build, caplog):
    with caplog.at_level(logging.WARNING):
        kept = build({"kind": "contiguity", "islands": "keep"})
    assert kept["islands"] == "3" and kept["island 310000"] == "without neighbours"
    assert "w: 310000 has no neighbour" in caplog.text
    linked = build({"kind": "contiguity", "islands": "nearest"})
    assert linked["islands"] == "0" and linked["linked 130100"] == "140100"
    parts = PARTS | {"near": {"kind": "contiguity", "islands": "keep"}}
    product = {"kind": "product", "first": "near", "second": "alike", "islands": "keep"}
    assert build(product, parts=parts)["islands"] == "3"


def test_two_cities_are_each_others_neighbour(build):
    for declared in (
        {"kind": "inverse_distance"},
        {"kind": "k_nearest", "k": 1},
        ALIKE,
        {"kind": "contiguity"},
    ):
        told = build(declared, frame=sample([110000, 120000]))
        assert told["links"] == "2" and float(told["eigenvalue_min"]) == pytest.approx(-1)


def test_equal_economies_count_as_the_floor(build):
    told = build(ALIKE | {"floor": 0.1}, frame=sample().assign(gdp=1.0))
    assert (told["parameter pairs_at_floor"], told["links"]) == ("15", "30")
