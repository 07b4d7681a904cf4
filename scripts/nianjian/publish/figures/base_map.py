"""A map of the user's own: polygons of cities, and perhaps lines, from a GeoJSON or a Shapefile.

A journal that wants maps on an approved base (标准地图, with its review number 审图号) gets them on what its author may use. The
shapes are drawn as they are, thinned to what paper can show; each must say which city it is.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from nianjian.errors import DeclarationError
from nianjian.spatial.boundaries import albers

GEOJSON, SHAPEFILE = (".json", ".geojson"), ".shp"
POLYGONS, LINES = (5, 15, 25), (3, 13, 23)
"""Types of a Shapefile's records: plain, with heights, with measures."""
MUNICIPALITIES = {110000, 120000, 310000, 500000}
"""Cities that answer to the centre: a map may call them by the code of their districts, 110100."""
NATION = "156"
"""What some maps write before a code."""
LEAST = 0.5
"""Share of the shapes that a field must name to be the one that says which city each is."""
LISTED = 12


@dataclass(frozen=True)
class Feature:
    """One shape of a map, in degrees, with what the file says of it."""

    shape: shapely.Geometry
    says: Mapping[str, Any]


def read(file: Path, code: str | None, cities: pd.DataFrame) -> pd.DataFrame:
    """Shapes of a map by city, km of the Albers projection.

    Parameters
    ----------
    file : GeoJSON or Shapefile
    code : its field with codes or names; None: the one that names a city for most shapes
    cities : table of all cities: ``city, name_zh, to_year``

    Returns
    -------
    DataFrame ``code, shape`` as :data:`nianjian.publish.figures.geography.SHAPES` has them: 0 are lines, below 100 000 what is
    no city

    Raises
    ------
    DeclarationError
        If the file is no such map, or its field does not name cities.
    """
    features = list(_features(file))
    areas = [each for each in features if shapely.get_dimensions(each.shape) == 2]
    lines = [each.shape for each in features if shapely.get_dimensions(each.shape) == 1]
    if not areas:
        raise DeclarationError(f"{file}: no polygons; an approved base map has one a city")
    bounds = shapely.total_bounds(np.array([each.shape for each in features], dtype=object))
    if not (bounds[0] >= -180 and bounds[2] <= 180 and bounds[1] >= -90 and bounds[3] <= 90):
        raise DeclarationError(
            f"{file}: coordinates are not in degrees ({bounds[0]:.0f} to {bounds[2]:.0f}); save it in longitude and latitude"
        )
    codes = _codes(file, areas, code, cities)
    found: dict[int, list[shapely.Geometry]] = {}
    for number, (own, area) in enumerate(zip(codes, areas, strict=True), start=1):
        found.setdefault(own or number, []).append(shapely.make_valid(area.shape))
    shapes = {own: shapely.union_all(parts) for own, parts in found.items()}
    if lines:
        shapes[0] = shapely.union_all(lines)
    order = sorted(shapes)
    projected = shapely.transform(np.array([shapes[own] for own in order], dtype=object), albers)
    return pd.DataFrame({"code": order, "shape": shapely.to_wkb(projected)})


def lacking(file: str, absent: list[int], cities: pd.DataFrame) -> str:
    """What is to be said of cities that a map does not have; empty if it has all that there are today."""
    today = cities[cities["to_year"].isna()].set_index("city")["name_zh"]
    names = [f"{today[city]} {city}" for city in absent if city in today.index]
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return (
        f"the base map {file} has no shape of {len(names)} cities of the sample: {', '.join(names[:LISTED])}{more}; "
        "add them, or name the field with their codes or names in appearance.map.code"
        if names
        else ""
    )


def _codes(file: Path, areas: list[Feature], code: str | None, cities: pd.DataFrame) -> list[int | None]:
    """Code of each shape; None where it is no city."""
    fields = list(dict.fromkeys(key for each in areas for key in each.says))
    if code is not None and code not in fields:
        from nianjian.declarations.reading import suggestion

        raise DeclarationError(
            f"appearance.map.code: {file} has no field '{code}'{suggestion(code, fields)}; there is {', '.join(fields) or 'none'}"
        )
    names = {str(row.name_zh): int(row.city) for row in cities.itertuples()}
    names |= {name.removesuffix("市"): city for name, city in names.items()}
    known = set(names.values())
    best: list[int | None] = []
    best_count = -1
    for field in [code] if code else fields:
        own = [_city(each.says.get(field), names, known) for each in areas]
        count = len({each for each in own if each in known})
        if count > best_count:
            best, best_count = own, count
    if best_count < LEAST * len({each for each in best if each} or areas) or best_count == 0:
        where = (
            f"its field '{code}'" if code else f"none of its fields ({', '.join(fields) or 'it has none'})"
        )
        raise DeclarationError(
            f"{file}: {where} names cities; give each shape the city's six-digit code (370100) or name (济南市), and say in "
            "appearance.map.code which field it is"
        )
    return best


def _city(said: object, names: Mapping[str, int], known: set[int]) -> int | None:
    words = str(said).strip().removesuffix(".0") if said is not None else ""
    if words in names:
        return names[words]
    if re.fullmatch(r"(156)?\d{6}(0{6})?", words):
        code = int((words.removeprefix(NATION) if len(words) in (9, 15) else words)[:6])
        above = code // 10000 * 10000
        return above if code not in known and above in MUNICIPALITIES else code
    return None


def _features(file: Path) -> Iterator[Feature]:
    suffix = file.suffix.lower()
    if suffix in GEOJSON:
        yield from _geojson(file)
    elif suffix == SHAPEFILE:
        yield from _shapefile(file)
    else:
        raise DeclarationError(
            f"{file}: a base map is a GeoJSON ({', '.join(GEOJSON)}) or a Shapefile ({SHAPEFILE})"
        )


def _geojson(file: Path) -> Iterator[Feature]:
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
        for own in content["features"]:
            if own.get("geometry"):
                yield Feature(shapely.from_geojson(json.dumps(own["geometry"])), own.get("properties") or {})
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.GEOSException) as error:
        raise DeclarationError(f"{file}: no GeoJSON with features that can be read ({error})") from error


def _shapefile(file: Path) -> Iterator[Feature]:
    """Records of a Shapefile and of the dBase table beside it (ESRI 1998, "Shapefile technical description")."""
    table = file.with_suffix(".dbf")
    if not table.is_file():
        raise DeclarationError(f"{file}: {table.name}, which says what its shapes are, is not beside it")
    try:
        for shape, says in zip(_records(file.read_bytes()), _rows(table), strict=True):
            if shape is not None:
                yield Feature(shape, says)
    except (struct.error, ValueError, IndexError, UnicodeDecodeError, shapely.errors.GEOSException) as error:
        raise DeclarationError(f"{file}: no Shapefile that can be read ({error})") from error


def _records(content: bytes) -> Iterator[shapely.Geometry | None]:
    at = 100
    while at < len(content):
        (length,) = struct.unpack(">i", content[at + 4 : at + 8])
        body = content[at + 8 : at + 8 + 2 * length]
        at += 8 + 2 * length
        (kind,) = struct.unpack("<i", body[:4])
        if kind == 0:
            yield None
            continue
        if kind not in (*POLYGONS, *LINES):
            raise ValueError(f"shapes of type {kind}; polygons and lines are drawn")
        parts, count = struct.unpack("<2i", body[36:44])
        begins = np.frombuffer(body, "<i4", parts, 44)
        points = np.frombuffer(body, "<f8", 2 * count, 44 + 4 * parts).reshape(-1, 2)
        pieces = np.split(points, begins[1:])
        lines = shapely.multilinestrings([shapely.linestrings(each) for each in pieces])
        # Rings within others are holes, whatever way they run.
        yield shapely.build_area(lines) if kind in POLYGONS else lines


def _rows(table: Path) -> Iterator[dict[str, str]]:
    content = table.read_bytes()
    count, head, size = struct.unpack("<IHH", content[4:12])
    fields = []
    for at in range(32, head - 1, 32):
        if content[at] == 0x0D:
            break
        name = content[at : at + 11].split(b"\0")[0]
        fields.append((_decoded(name, table), content[at + 16]))
    for number in range(count):
        at, row = head + number * size + 1, {}
        for key, width in fields:
            row[key] = _decoded(content[at : at + width], table).strip()
            at += width
        yield row


def _decoded(words: bytes, table: Path) -> str:
    """Words of a table: in UTF-8 or, as Chinese programs write them, GB 18030."""
    try:
        return words.decode("utf-8")
    except UnicodeDecodeError:
        return words.decode("gb18030")
