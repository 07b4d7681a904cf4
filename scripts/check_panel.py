"""What must hold of every panel; the run stops if it does not."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from nianjian import jobs, schemas, storage
from nianjian.declarations import store
from nianjian.errors import InputError

KEY = ["city", "year", "item", "scope"]
Roster = Sequence[Sequence[int | str]]
"""City, name, first and last year of every city: :meth:`nianjian.panel.reference.CityTables.roster`."""


def check(
    observations: Path,
    wide: Mapping[str, Path],
    tables: Path,
    labels: Path,
    roster: Roster,
    report: Path,
) -> None:
    """Check keys, counts and completeness of the panel, and write what was found.

    Parameters
    ----------
    observations, tables, labels : what build_panel wrote
    wide : its wide tables by level
    roster : city, name, first and last year of every city
    report : where to write

    Raises
    ------
    InputError
        If a key repeats, a value is not finite, a wide cell differs from its observation, or a year has no city.
    """
    seen = storage.read_table(observations, columns=[*KEY, "level", "value", "edition"])
    lines = [f"observations: {len(seen):,}; items: {seen['item'].nunique()}"]
    for level, path in wide.items():
        table = storage.read_table(path)
        lines.append(f"{schemas.LEVELS[level]}: {len(table):,} rows")
        check_keys(seen[seen["level"] == level], table, schemas.LEVELS[level])
    lines += check_cities(seen[seen["level"] == "city"], roster)
    coverage = storage.read_table(tables)
    lost = coverage[(coverage["numeric_cells"] > 0) & (coverage["cities"] == 0)]
    lines += [f"{r.edition} {r.title}: no city was recognised" for r in lost.itertuples()]
    unknown = storage.read_table(labels)
    unknown = unknown[unknown["kind"] == "unknown"]
    lines += [
        f"{r.edition} label {r.label!r} matches no region: {r.file}, sheet {r.sheet}, {r.first_cell}"
        for r in unknown.itertuples()
    ]
    with storage.replacing(report) as part:
        part.write_text("\n".join(lines) + "\n", encoding="utf8")


def check_keys(seen: pd.DataFrame, wide: pd.DataFrame, name: str) -> None:
    """Raise an InputError unless keys are unique, values finite, and both tables hold the same number of values.

    ``wide`` is the wide table called ``name``, ``seen`` the observations of its level.
    """
    repeated = seen.duplicated(KEY)
    if repeated.any():
        raise InputError(f"observations repeat the key {KEY}: {seen[repeated].iloc[0][KEY].to_dict()}")
    if not seen["value"].abs().lt(float("inf")).all():
        raise InputError("observations hold values that are not finite")
    if wide.duplicated(["city", "year"]).any():
        raise InputError(f"{name} repeats a city and year")
    keys = [name for name in ("city", "year", "city_name", "unit") if name in wide]
    filled = wide.drop(columns=keys).notna().to_numpy().sum()
    if filled != len(seen):
        raise InputError(f"{name} holds {filled:,} values, observations {len(seen):,}")


def check_cities(seen: pd.DataFrame, roster: Roster) -> list[str]:
    """One line a year with the cities that its edition does not print; an InputError if half of them lack."""
    lines = []
    # Years that an edition at hand is about; compiled panels reach further with a few cities.
    own = seen[seen["edition"] == seen["year"] + 1]
    for year, cities in own.drop_duplicates(["year", "city"]).groupby("year")["city"]:
        alive = {city: str(name) for city, name, first, last in roster if int(first) <= year <= int(last)}
        absent = [name for city, name in alive.items() if city not in set(cities)]
        lines.append(
            f"{year}: {cities.nunique()} cities" + (f"; not printed: {', '.join(absent)}" if absent else "")
        )
        if cities.nunique() < 0.5 * len(alive):
            raise InputError(
                f"{year}: only {cities.nunique()} of {len(alive)} cities are there; the edition was not read"
            )
    return lines


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        told = {name: Path(paths[0]) for name, paths in jobs.files(job.input).items()}
        check(
            told["observations"],
            {level: told[name] for level, name in schemas.LEVELS.items()},
            told["by_table"],
            told["by_label"],
            store.read(job.params.roster),
            Path(job.output.report),
        )
