"""Maps of the user's own: GeoJSON and Shapefile, compared with the cities."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
import shapely

from drawn import CITIES, Given, build, map_sample
from nianjian import storage
from nianjian.declarations.models.appearance import Appearance
from nianjian.errors import DeclarationError
from nianjian.publish.figures import base_map, geography, measuring

CODES = sorted(map_sample()["city"].unique())
SQUARES = {
    int(code): shapely.box(100 + i % 10, 25 + i // 10, 101 + i % 10, 26 + i // 10)
    for i, code in enumerate(CODES)
}
DASH = shapely.linestrings([(115, 5), (116, 8)])
NAMES = CITIES.drop_duplicates("city").set_index("city")["name_zh"]


def geojson(path, field="adcode", says=str, squares=SQUARES):
    features = [
        {
            "type": "Feature",
            "properties": {"id": i, field: says(code)},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for i, (code, shape) in enumerate(squares.items())
    ]
    features.append({"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(DASH))})
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf8"
    )
    return path


def shapefile(path, encoding):
    records, rows = b"", b""
    for number, (code, shape) in enumerate(SQUARES.items(), start=1):
        points = shapely.get_coordinates(shape)[::-1]
        body = struct.pack("<i4d2ii", 5, *shape.bounds, 1, len(points), 0) + points.astype("<f8").tobytes()
        records += struct.pack(">2i", number, len(body) // 2) + body
        rows += b" " + NAMES[code].encode(encoding).ljust(30)
    path.write_bytes(b"\0" * 100 + records)
    field = b"name".ljust(11, b"\0") + b"C" + b"\0" * 4 + bytes([30]) + b"\0" * 15
    head = struct.pack("<BBBBIHH", 3, 24, 1, 1, len(SQUARES), 32 + 32 + 1, 31) + b"\0" * 20
    path.with_suffix(".dbf").write_bytes(head + field + b"\r" + rows + b"\x1a")
    return path


@pytest.mark.parametrize(
    "says",
    [str, lambda code: f"156{code}", lambda code: NAMES[code], lambda code: NAMES[code].removesuffix("市")],
)
def test_a_geojson_names_its_cities_by_code_or_name(says, tmp_path):
    found = base_map.read(geojson(tmp_path / "a.geojson", says=says), None, CITIES)
    assert set(found["code"]) == {geography.DASHES, *map(int, CODES)}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_shapefile_is_read_with_its_table(encoding, tmp_path):
    found = base_map.read(shapefile(tmp_path / "a.shp", encoding), "name", CITIES)
    assert found["code"].tolist() == sorted(map(int, CODES))
    shapes = shapely.from_wkb(found["shape"].to_numpy(dtype=object))
    assert shapely.area(shapes).min() > 5000, "square kilometres of a degree"


def test_districts_of_a_municipality_are_one_city(tmp_path):
    squares = {110100: SQUARES[110000], 110200: shapely.box(90, 25, 91, 26), 120100: SQUARES[120000]}
    found = base_map.read(geojson(tmp_path / "a.json", squares=squares), "adcode", CITIES)
    assert found["code"].tolist() == [0, 110000, 120000]


@pytest.mark.parametrize(
    ("change", "code", "what"),
    [
        (dict, "adcod", r"has no field 'adcod'; did you mean 'adcode'\?"),
        ({"says": lambda _: "somewhere"}.copy, None, "none of its fields .* names cities"),
        ({"says": lambda _: "somewhere"}.copy, "adcode", "its field 'adcode' names cities|names cities"),
        (
            {"squares": {110000: shapely.box(500000, 0, 500001, 1)}}.copy,
            None,
            "coordinates are not in degrees",
        ),
    ],
)
def test_a_map_that_cannot_be_used_is_refused(change, code, what, tmp_path):
    with pytest.raises(DeclarationError, match=what):
        base_map.read(geojson(tmp_path / "a.geojson", **change()), code, CITIES)


def test_what_is_no_map_is_refused(tmp_path):
    for name, content, what in (
        ("a.geojson", "{", "no GeoJSON"),
        ("a.tif", "x", "a base map is a GeoJSON"),
        ("a.shp", "x", "a.dbf, which says what its shapes are"),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(DeclarationError, match=what):
            base_map.read(tmp_path / name, None, CITIES)


def drawn_on(base, tmp_path, language="en"):
    from nianjian.publish.figures import canvas

    frame = base_map.read(base, None, CITIES)
    storage.write_table(frame, tmp_path / "own.parquet", geography.SHAPES, ("code",))
    data = Given(tmp_path).data(maps=True, sample=map_sample(), cities=CITIES)
    data._files["shapes"] = [tmp_path / "own.parquet"]
    look = Appearance.model_validate(
        {"map": {"base": "data/a.geojson", "review_number": "GS(2024)0650号", "source": "MNR"}}
    )
    drawing = build("group_map", {"values": "policy"}, data, appearance=look)
    with canvas.style(language):
        return drawing, drawing.draw(language)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Map review number"), ("zh", "审图号：GS(2024)0650号")]
)
def test_the_map_is_drawn_on_it_with_its_review_number(language, words, tmp_path):
    drawing, page = drawn_on(geojson(tmp_path / "a.geojson"), tmp_path, language)
    said = [each.get_text() for each in measuring.shown_texts(page)]
    assert [each for each in said if words in each and "GS(2024)0650号" in each]
    notes = " ".join(note[language] for note in drawing.about.notes)
    assert "MNR" in notes and "GS(2024)0650号" in notes


def test_a_map_may_have_a_review_number_of_its_own():
    from nianjian.kinds.registry import kinds

    look = Appearance.model_validate(
        {"font": "serif", "map": {"review_number": "GS(2024)0650号", "source": "MNR"}}
    )
    own = look.reviewed("GS(2023)2767号")
    assert own.map.review_number == "GS(2023)2767号" and own.map.source == "MNR" and own.font == "serif"
    assert look.reviewed(None) == look and look.map.review_number == "GS(2024)0650号"
    maps = ("group_map", "value_map", "cluster_map", "link_map")
    assert all("review_number" in kinds().get("figures", each).params.model_fields for each in maps)
    assert "review_number" not in kinds().get("figures", "trend").params.model_fields


def test_a_city_that_the_map_lacks_is_named(tmp_path):
    some = {code: shape for code, shape in SQUARES.items() if code != CODES[3]}
    with pytest.raises(
        DeclarationError, match=f"data/a.geojson has no shape of 1 cities of the sample: {NAMES[CODES[3]]}"
    ):
        drawn_on(geojson(tmp_path / "a.geojson", squares=some), tmp_path)


def test_shapes_that_share_no_vertices_are_drawn_all_the_same(tmp_path):
    apart = {code: shapely.buffer(shape, 0.01 * (i % 2)) for i, (code, shape) in enumerate(SQUARES.items())}
    frame = base_map.read(geojson(tmp_path / "a.geojson", squares=apart), None, CITIES)
    storage.write_table(frame, tmp_path / "own.parquet", geography.SHAPES, ("code",))
    found = geography.country(5.0, tmp_path / "own.parquet")
    assert len(found.codes) == len(SQUARES) and np.all(shapely.area(found.shapes) > 0)
    assert shapely.length(found.provinces) > 0 and shapely.length(found.outline) > 0
