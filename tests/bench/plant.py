"""Plants errors of reading into real cells, and counts what the list of suspects finds of them.

python tests/bench/plant.py results/<books>/extracts/city_yearbook [--errors 2000] [--seed 1] [--old aadeec9] [--sample 30]

The cells are mapped once. Then errors of the kinds below are planted into the text and number of cells that no rule marks,
the rows are settled anew, and the marks are counted: by kind and by level, of this tree's rules and of those of an earlier
commit. Errors count that move a value to half or less, or to one and a half or more.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from nianjian import schemas, storage  # noqa: E402
from nianjian.panel import assemble, corrections, observations, page_units, suspects  # noqa: E402
from nianjian.panel.cells import CATEGORIES  # noqa: E402
from nianjian.panel.declared import PanelDeclarations  # noqa: E402

KEY = list(schemas.OBSERVATION_KEY)
KINDS = ("point", "lost front", "swapped", "repeated", "dropped", "share", "shifted")
RUN = 6  # rows of a shifted run
OLD = "aadeec9"
NEW_RULES = ("jump", "digit slip", "lost digit", "swapped digits", "shifted rows", "province sum")


def spoiled(kind: str, text: str, rng: np.random.Generator) -> str | None:
    """A printed number with one error in it, None where it cannot have one.

    Parameters
    ----------
    kind : one of ``KINDS`` but ``shifted``
    text : without separators of thousands
    """
    whole, _, decimals = text.partition(".")
    if not (whole + decimals).isdigit():
        return None
    rest = f".{decimals}" if decimals else ""
    if kind in ("point", "share"):
        power = int(rng.choice([-1, 1])) if kind == "point" else -1
        return f"{float(text) * 10.0**power:.10g}"
    if kind == "lost front":
        return (whole[1:].lstrip("0") or "0") + rest if len(whole) > 1 else None
    if kind == "repeated":
        at = int(rng.integers(len(whole)))
        return whole[: at + 1] + whole[at:] + rest
    if kind == "dropped":
        at = int(rng.integers(1, len(whole))) if len(whole) > 2 else 0
        return whole[:at] + whole[at + 1 :] + rest if at else None
    digits = list(whole + decimals)
    places = [at for at in range(len(digits) - 1) if digits[at] != digits[at + 1]]
    if not places:
        return None
    at = int(rng.choice(places))
    digits[at], digits[at + 1] = digits[at + 1], digits[at]
    return "".join(digits[: len(whole)]) + (f".{''.join(digits[len(whole) :])}" if decimals else "")


def plant(
    rows: pd.DataFrame, allowed: np.ndarray, shares: np.ndarray, errors: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows with errors in them, and one row an error: its place among the rows, kind, and the factor of the change.

    Parameters
    ----------
    rows : of :func:`nianjian.panel.observations.candidates`
    allowed, shares : (n,) where an error may stand; whether a row's item is a share or rate
    """
    raw, number = rows["raw"].to_numpy(dtype=object, copy=True), rows["number"].to_numpy(copy=True)
    free = allowed & (number > 0)
    beside = _row_below(rows)
    planted: dict[int, tuple[str, float]] = {}
    for kind in KINDS:
        pool = np.flatnonzero(free & (shares if kind == "share" else True))
        enough = len(planted) + errors // len(KINDS)
        while len(planted) < enough:
            at = int(rng.choice(pool))
            if at in planted:
                continue
            if kind == "shifted":
                run = _run(at, beside, free, planted)
                new = [(place, raw[beside[place]], number[beside[place]]) for place in run]
            else:
                text = spoiled(kind, str(raw[at]).replace(",", "").strip(), rng)
                new = [(at, text, float(text))] if text and float(text) > 0 else []
            for place, text, value in new:
                factor = value / number[place]
                # The rows of a run that look alike belong to it, though their change counts for nothing.
                if kind == "shifted" or not 0.5 < factor < 1.5:
                    planted[place] = (kind, factor)
                    raw[place], number[place] = text, value
    told = pd.DataFrame(
        [(place, *each) for place, each in planted.items()], columns=["place", "kind", "factor"]
    )
    return rows.assign(raw=raw, number=number), told


def _row_below(rows: pd.DataFrame) -> np.ndarray:
    """The next row of each row's printed column, -1 for none."""
    keys = [rows[name].cat.codes.to_numpy() for name in ("file", "sheet", "item", "scope")]
    keys += [rows["year"].to_numpy(), rows["col"].to_numpy()]
    order = np.lexsort((rows["row"].to_numpy(), *reversed(keys)))
    same = np.all([key[order[1:]] == key[order[:-1]] for key in keys], axis=0)
    below = np.full(len(rows), -1)
    below[order[:-1][same]] = order[1:][same]
    return below


def _run(at: int, below: np.ndarray, free: np.ndarray, planted: dict[int, tuple[str, float]]) -> list[int]:
    run: list[int] = []
    while len(run) < RUN and below[at] >= 0 and free[at] and free[below[at]] and at not in planted:
        run.append(at)
        at = int(below[at])
    return run if len(run) == RUN else []


Finder = Callable[..., pd.DataFrame]


def old_rules(commit: str) -> Finder:
    """The function that listed suspects at a commit, which imports what else it needs from this tree."""
    source = subprocess.run(
        ["git", "show", f"{commit}:scripts/nianjian/panel/suspects.py"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    module = types.ModuleType("old_suspects")
    exec(compile(source, f"{commit}:suspects.py", "exec"), module.__dict__)
    return module.find_suspects  # type: ignore[no-any-return]


def settled(rows: pd.DataFrame, declared: PanelDeclarations) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows as the panel stage settles them, before suspects are looked for, and conflicts."""
    rows = corrections.read_misprints(rows, declared.patterns)
    rows, _ = page_units.decide_units(rows, declared.items)
    rows, _ = corrections.apply_corrections(rows, declared.corrections, "config/corrections")
    rows = rows[rows["number"].notna()]
    return observations.settle_conflicts(rows.assign(value=rows["number"] * rows["factor"]))


def measure(
    rows: pd.DataFrame, declared: PanelDeclarations, finders: dict[str, Finder], errors: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Plant errors and count what is found.

    Returns
    -------
    one row an error that counts, with a column of marks a finder; one row a finder with ``values``, ``marked`` before
    planting, ``false`` alarms (clean values marked after planting only) and ``cpu`` seconds; the new rules' suspects
    before planting
    """
    clean, conflicts = settled(rows, declared)
    before = {name: find(clean, conflicts, declared.items, declared.checks) for name, find in finders.items()}
    place = ["file", "sheet", "row", "col"]
    marked = pd.MultiIndex.from_frame(pd.concat([each[KEY] for each in before.values()]))
    unmarked = clean[~pd.MultiIndex.from_frame(clean[KEY]).isin(marked) & ~clean["corrected"].to_numpy()]
    free = pd.MultiIndex.from_frame(rows[place]).isin(pd.MultiIndex.from_frame(unmarked[place]))
    kinds = rows["item"].astype("str").map({name: item.kind for name, item in declared.items.items()})
    shares = kinds.isin(["share", "rate"]).to_numpy()
    bad, told = plant(rows, free, shares, errors, np.random.default_rng(seed))
    planted = pd.concat([rows[[*KEY, "level"]].take(told["place"]).reset_index(drop=True), told], axis=1)
    keys = pd.MultiIndex.from_frame(planted[KEY])
    spoilt, conflicts = settled(bad, declared)
    counts = []
    for name, find in finders.items():
        start = time.process_time()
        after = find(spoilt, conflicts, declared.items, declared.checks)
        cpu = time.process_time() - start
        own = after[after["rule"].isin(NEW_RULES)]
        found = pd.MultiIndex.from_frame(after[KEY])
        planted[name] = keys.isin(found)
        known = pd.MultiIndex.from_frame(before[name][KEY])
        mine = before[name][before[name]["rule"].isin(NEW_RULES)]
        false = (
            ~pd.MultiIndex.from_frame(own[KEY]).isin(known) & ~pd.MultiIndex.from_frame(own[KEY]).isin(keys)
        ).sum()
        counts.append((name, len(clean), len(mine), int(false), cpu))
    large = (planted["factor"] <= 0.5) | (planted["factor"] >= 1.5)
    columns = ["rules", "values", "marked", "false", "cpu"]
    return planted[large], pd.DataFrame(counts, columns=columns).set_index("rules"), before["new"]


def _read(path: Path) -> pd.DataFrame:
    if path.is_file():
        frame = pd.read_parquet(path)
        return frame.assign(edition=frame["edition"].astype("Int32"), **{
            name: frame[name].astype("category") for name in CATEGORIES})  # fmt: skip
    files = [each for each in sorted(path.glob("**/*.parquet")) if not each.name.endswith(".sheets.parquet")]
    return storage.read_stacked(files, CATEGORIES)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("extracts", type=Path, help="folder of extracts, or one Parquet file of cells")
    parser.add_argument("--errors", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--old", default=OLD, help="commit whose rules stand beside")
    parser.add_argument("--sample", type=int, default=0, help="values marked before planting to print")
    given = parser.parse_args()
    declared = PanelDeclarations.load(ROOT / "config", ("city_yearbook.yaml",))
    cells = assemble.map_cells(_read(given.extracts), declared)
    rows = observations.candidates(cells, declared.cities)
    finders = {"old": old_rules(given.old), "new": suspects.find_suspects}
    planted, counts, before = measure(rows, declared, finders, given.errors, given.seed)
    for by in ("kind", "level"):
        table = planted.groupby(by, observed=True)[list(finders)].mean().mul(100).round(1)
        print(table.assign(errors=planted.groupby(by, observed=True).size()).to_string(), end="\n\n")
    print(
        f"recall of {len(planted)} errors: "
        + ", ".join(f"{name} {planted[name].mean():.1%}" for name in finders)
    )
    print(counts.assign(marked_share=counts["marked"] / counts["values"] * 100,
                        false_share=counts["false"] / counts["values"] * 100).round(3).to_string())  # fmt: skip
    if given.sample:
        own = before[before["rule"].isin(NEW_RULES)].sample(given.sample, random_state=given.seed)
        print(own[["rule", *KEY, "raw", "detail", "edition", "sheet", "cell"]].to_string())


if __name__ == "__main__":
    main()
