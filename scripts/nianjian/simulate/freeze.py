"""Take the facts of the simulated world anew from the rest of ``config/``.

Only this module reads both sides: jobs read what it wrote. Each file holds the rows and columns that the
declarations of the simulated world ask for, and nothing else.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from nianjian.declarations.loading import read_units, read_words
from nianjian.errors import DeclarationError
from nianjian.panel.printed_units import PrintedUnits
from nianjian.simulate import CONFIG, FOLDER, PROCESS, TABLES, facts, reading, shown
from nianjian.simulate.declared.layouts import Tables
from nianjian.simulate.declared.process import Process
from nianjian.spatial import boundaries

ABOLISHED = (341400, 371200)
"""Cities of which no map of today shows the borders: 巢湖 (until 2011) and 莱芜 (until 2019)."""
FIRST = 1999
"""The world has the cities of this year and later; to it, all that was so already has no beginning."""
CITY_COLUMNS = (
    *("city", "name_zh", "name_en", "province", "province_zh", "province_en"),
    *("from_year", "to_year", "lon", "lat"),
)


def _read(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _since_first(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Rows with a span of years that reaches :data:`FIRST`, their beginning left open where it lies before."""
    return [
        {**row, "from_year": row["from_year"] if int(row["from_year"] or 0) > FIRST else ""}
        for row in rows
        if int(row["to_year"] or FIRST) >= FIRST
    ]


def _cities(config_dir: Path) -> list[dict[str, str]]:
    return _since_first(_read(config_dir / "reference" / "cities.csv"))


def _text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, extrasaction="ignore", restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def named_items(process: Process, layouts: Tables) -> set[str]:
    """Items that the simulated world draws, computes, prints or writes into panels."""
    return {*process.described, *layouts.headers, *(item for _, item, _ in process.panel_columns())}


def printed_units(layouts: Tables) -> list[str]:
    """Units that the headers print, as they print them."""
    return sorted({header.unit for by_edition in layouts.headers.values() for header in by_edition.values()})


def _items(config_dir: Path, process: Process, layouts: Tables) -> str:
    dictionary = reading.read_yaml(config_dir / "items.yaml")
    rows = [
        {"item": item, **dictionary[item], "upper": (dictionary[item].get("bounds") or (None, ""))[1]}
        for item in sorted(named_items(process, layouts) & set(dictionary))
    ]
    return _text(("item", "zh", "kind", "unit", "upper"), rows)


def _units(config_dir: Path, layouts: Tables) -> str:
    known, rows = PrintedUnits(read_units(config_dir), read_words(config_dir).units), []
    for printed in printed_units(layouts):
        unit = known.spelled(printed)
        if unit is None:
            raise DeclarationError(
                f"{shown(TABLES)}: headers print the unit {printed!r}, which is not in config/reference/units.yaml; "
                "add it there"
            )
        rows.append({"printed": printed, "unit": unit})
    return _text(("printed", "unit"), rows)


def read_attributes(config_dir: Path = CONFIG) -> list[dict[str, str]]:
    """All attributes of all cities: those of attributes.csv, and those of regions.csv for their provinces."""
    reference = config_dir / "reference"
    by_city = {row["city"]: row for row in _read(reference / "attributes.csv")}
    by_province = {row["province"]: row for row in _read(reference / "regions.csv")}
    return [
        {**by_province.get(row["province"], {}), **by_city.get(row["city"], {}), "city": row["city"]}
        for row in sorted(_cities(config_dir), key=lambda row: int(row["city"]))
    ]


def _attributes(config_dir: Path, process: Process) -> str:
    columns = sorted({column for _, group in process.groups() for column in group.cities})
    rows = read_attributes(config_dir)
    for column in columns:
        if column not in rows[0]:
            raise DeclarationError(
                f"{shown(PROCESS)}: no attribute {column!r}; attributes.csv and regions.csv have {', '.join(rows[0])}"
            )
    return _text(("city", *columns), rows)


def _policies(config_dir: Path, process: Process) -> str:
    groups = [group for _, group in process.groups()]
    conditions = sorted({column for group in groups for column in group.where})
    rows: list[dict[str, str]] = []
    for policy, coding in sorted({(g.policy, g.coding) for g in groups if g.policy and g.coding}):
        path = config_dir / "reference" / "policies" / f"{policy}.csv"
        if not path.is_file():
            raise DeclarationError(
                f"{shown(PROCESS)}: policy {policy!r} has no file config/reference/policies/{policy}.csv"
            )
        members = _read(path)
        if coding not in members[0]:
            raise DeclarationError(
                f"{shown(PROCESS)}: config/reference/policies/{policy}.csv has no coding {coding!r}; "
                f"it has {', '.join(members[0])}"
            )
        meant = [row for row in members if row[coding].strip().lower() in ("true", "1")]
        rows += [{**row, "policy": policy, "coding": coding} for row in meant]
    columns = ("policy", "coding", "city", "approval_date", *conditions)
    # One row a city and date is enough, whatever stood in several.
    kept = sorted({tuple(row.get(column, "") for column in columns) for row in rows})
    return _text(columns, [dict(zip(columns, values, strict=True)) for values in kept])


def _borders(config_dir: Path) -> str:
    cities = sorted(int(row["city"]) for row in _cities(config_dir))
    codes = np.array([city for city in cities if city not in ABOLISHED])
    pairs = codes[boundaries.contiguous_pairs(codes.tolist())]
    return _text(("city", "neighbour"), [{"city": a, "neighbour": b} for a, b in pairs.tolist()])


def made(config_dir: Path = CONFIG) -> dict[str, str]:
    """The files of facts as ``config/`` would make them now: file name to text.

    Raises
    ------
    DeclarationError
        If the simulated world names an attribute, policy, coding or unit that ``config/`` does not have.
    """
    folder, reference = config_dir / FOLDER.name, config_dir / "reference"
    process, layouts = reading.process(folder), reading.tables(folder)
    return {
        "items.csv": _items(config_dir, process, layouts),
        "units.csv": _units(config_dir, layouts),
        "cities.csv": _text(CITY_COLUMNS, _cities(config_dir)),
        "city_names.csv": _text(
            ("city", "name_zh", "from_year", "to_year"), _since_first(_read(reference / "city_names.csv"))
        ),
        "attributes.csv": _attributes(config_dir, process),
        "policies.csv": _policies(config_dir, process),
        "borders.csv": _borders(config_dir),
    }


def differences(config_dir: Path = CONFIG) -> list[str]:
    """Lines of the facts that ``config/`` would now write otherwise, ``-`` as they stand and ``+`` as they would."""
    found = []
    for name, text in made(config_dir).items():
        path = config_dir / FOLDER.name / name
        stands = path.read_text(encoding="utf8").splitlines() if path.exists() else []
        now = text.splitlines()
        found += [f"{name}: - {line}" for line in stands if line not in set(now)]
        found += [f"{name}: + {line}" for line in now if line not in set(stands)]
        if not found and stands != now:
            found.append(f"{name}: the lines stand in another order")
    return found


def write(config_dir: Path = CONFIG) -> list[Path]:
    """Write the facts; returns the paths of all files."""
    texts = made(config_dir)
    assert tuple(texts) == facts.FILES
    paths = [config_dir / FOLDER.name / name for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf8", newline="\n")
    return paths
