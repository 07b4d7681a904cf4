"""Take the facts of the simulated world anew from the rest of ``config/``.

Only this module reads both sides: jobs read what it wrote. Each file holds the rows and columns that the
declarations of the simulated world ask for, and nothing else.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from nianjian.declarations.loading import read_units, read_words
from nianjian.errors import DeclarationError
from nianjian.panel.printed_units import PrintedUnits
from nianjian.simulate import CONFIG, FOLDER, PROCESS, TABLES, facts, settings, shown, tables
from nianjian.simulate.layouts import fields
from nianjian.spatial import boundaries

Row = Mapping[str, Any]

ABOLISHED = (341400, 371200)
"""Cities of which no map of today shows the borders: 巢湖 (until 2011) and 莱芜 (until 2019)."""
CITY_COLUMNS = (
    *("city", "name_zh", "name_en", "province", "province_zh", "province_en"),
    *("from_year", "to_year", "lon", "lat"),
)


def _read(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, extrasaction="ignore", restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _nested(value: Any, key: str) -> Iterator[Any]:
    """Every value under ``key``, however deep."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name == key:
                yield each
            yield from _nested(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _nested(each, key)


def named_items(process: Mapping[str, Any], layouts: Mapping[str, Any]) -> set[str]:
    """Items that the simulated world draws, computes, prints or writes into panels."""
    columns = {
        column.get("item", name)
        for panel in process["panels"].values()
        for name, column in panel["columns"].items()
    }
    return {*process["quantities"], *process["derived"], *layouts["headers"], *columns}


def printed_units(layouts: Mapping[str, Any]) -> list[str]:
    """Units that the headers print, as they print them."""
    headers = [text for by_edition in layouts["headers"].values() for text in by_edition.values()]
    return sorted({fields(text)[1].partition("=")[0] for text in headers})


def _items(config_dir: Path, process: Mapping[str, Any], layouts: Mapping[str, Any]) -> str:
    dictionary = yaml.safe_load((config_dir / "items.yaml").read_text(encoding="utf8"))
    rows = [
        {
            "item": item,
            "zh": dictionary[item]["zh"],
            "kind": dictionary[item]["kind"],
            "unit": dictionary[item]["unit"],
            "upper": (dictionary[item].get("bounds") or (None, ""))[1],
        }
        for item in sorted(named_items(process, layouts) & set(dictionary))
    ]
    return _text(("item", "zh", "kind", "unit", "upper"), rows)


def _units(config_dir: Path, layouts: Mapping[str, Any]) -> str:
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
        for row in sorted(_read(reference / "cities.csv"), key=lambda row: int(row["city"]))
    ]


def _attributes(config_dir: Path, process: Mapping[str, Any]) -> str:
    columns = sorted({column for conditions in _nested(process, "cities") for column in conditions})
    rows = read_attributes(config_dir)
    for column in columns:
        if column not in rows[0]:
            raise DeclarationError(
                f"{shown(PROCESS)}: no attribute {column!r}; attributes.csv and regions.csv have {', '.join(rows[0])}"
            )
    return _text(("city", *columns), rows)


def policy_groups(process: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Entries of process.yaml that name a policy: planted effects, balanced groups, members."""
    entries = [*process["planted_effects"], *process["balance"]]
    entries += [group for entry in process["balance"] for group in entry.get("groups", [])]
    entries += [group for spec in process["quantities"].values() for group in spec.get("members", [])]
    return [entry for entry in entries if "policy" in entry]


def _policies(config_dir: Path, process: Mapping[str, Any]) -> str:
    groups = policy_groups(process)
    conditions = sorted(
        {name for g in groups for part in (g.get("where", {}), *g.get("parts", [])) for name in part}
    )
    rows: list[dict[str, str]] = []
    for policy, coding in sorted({(group["policy"], group["coding"]) for group in groups}):
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
    cities = sorted(int(row["city"]) for row in _read(config_dir / "reference" / "cities.csv"))
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
    process, layouts = settings(folder), tables(folder)
    return {
        "items.csv": _items(config_dir, process, layouts),
        "units.csv": _units(config_dir, layouts),
        "cities.csv": _text(CITY_COLUMNS, _read(reference / "cities.csv")),
        "city_names.csv": _text(
            ("city", "name_zh", "from_year", "to_year"), _read(reference / "city_names.csv")
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
