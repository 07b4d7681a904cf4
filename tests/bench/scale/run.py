"""Cost at once, three and ten times the cells: ``make bench-scale``, ``python tests/bench/scale/run.py --short``.

Each stage runs in a process of its own. Times are user and system time, so that other work on the machine counts little;
a ratio is to the smallest size of the same run. Peak memory is the whole process's, imports among it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.scale import books, counties
from bench.scale.stages import EDITION, STAGES, declare, write_edition

TIMES = (1, 3, 10)
FEW_EDITIONS = range(EDITION - 2, EDITION + 1)
"""Editions of the short form; the cells still grow tenfold, by the cities."""
LONG = ("dea_pooled", "productivity", "sun_abraham")
"""Stages that the short form leaves out."""
CHILD = Path(__file__).with_name("child.py")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
MARKS = ("<!-- the curve, written by tests/bench/scale/run.py -->", "<!-- end of the curve -->")


@dataclass(frozen=True)
class Cost:
    """What one stage cost at one size: CPU seconds, peak memory in MB."""

    cpu: float
    peak: float


Curve = Mapping[int, Cost | None]


def cost(stage: str, folder: Path) -> Cost | None:
    """Run a stage in a process of its own; None if it fails, with its last words on the screen."""
    done = subprocess.run(
        [sys.executable, str(CHILD), stage, str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, **ONE_THREAD},
    )
    if done.returncode:
        print(f"{stage}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else done.returncode}")
        return None
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return Cost(told["cpu"], told["peak"])


def read_books(folder: Path, times: int, editions: Iterable[int]) -> Cost | None:
    """Print and extract each edition, which the panel reads; what the measured one cost. Books are removed again."""
    found = None
    for edition in editions:
        write_edition(folder, times, edition)
        name = "extract" if edition == EDITION else f"extract:{edition}"
        own = cost(name, folder)
        found = own if edition == EDITION else found
        shutil.rmtree(folder / "books")
    return found


def measure(root: Path, stages: Sequence[str], editions: Iterable[int]) -> dict[str, dict[int, Cost | None]]:
    """Cost of each stage at each size, printed as it comes."""
    found: dict[str, dict[int, Cost | None]] = {stage: {} for stage in stages}
    for times in TIMES:
        folder = root / str(times)
        declare(folder, times)
        if "extract" in stages:
            found["extract"][times] = read_books(folder, times, editions)
            print(line("extract", found["extract"]), flush=True)
        for stage in stages:
            if stage != "extract" and times <= STAGES[stage].largest:
                found[stage][times] = cost(stage, folder)
                print(line(stage, found[stage]), flush=True)
        shutil.rmtree(folder)
    return found


def line(stage: str, curve: Curve) -> str:
    """One stage on the screen."""
    sizes = "   ".join(
        f"{times}× {own.cpu:8.2f} s {own.peak:6.0f} MB" + (f" ({ratio:4.1f})" if ratio else "")
        for times, own, ratio in _known(curve)
    )
    return f"{STAGES[stage].what:<34}{sizes}"


def _known(curve: Curve) -> list[tuple[int, Cost, float | None]]:
    """Size, cost and ratio to the smallest size."""
    known = [(times, own) for times, own in sorted(curve.items()) if own is not None]
    return [(times, own, own.cpu / known[0][1].cpu if times > known[0][0] else None) for times, own in known]


def markdown(found: Mapping[str, Curve], editions: Sequence[int]) -> str:
    """The curve as a table in Markdown."""
    cities, units, years = books.CITIES, counties.COUNTIES, len(counties.YEARS)
    head = (
        f"CPU seconds on a machine of 2 cores, one thread; in brackets the ratio to 1×. Books: {cities} cities and "
        f"{len(editions)} editions at 1×, {10 * cities:,} at 10×; counties: {units} × {years} years and {10 * units:,} × "
        f"{years}.\n\n| stage | 1× | 3× | 10× | peak memory, 1× and 10× |\n|---|---|---|---|---|\n"
    )
    return head + "".join(f"{_row(stage, curve)}\n" for stage, curve in found.items())


def _row(stage: str, curve: Curve) -> str:
    cells = {
        times: f"{own.cpu:.2f}" + (f" ({ratio:.1f})" if ratio else "") for times, own, ratio in _known(curve)
    }
    peaks = [f"{own.peak:,.0f}" for times, own, _ in _known(curve) if times in (TIMES[0], TIMES[-1])]
    shown = " | ".join(cells.get(times, "") for times in TIMES)
    return f"| {STAGES[stage].what} | {shown} | {', '.join(peaks)} MB |"


def write(page: Path, table: str) -> None:
    """Put the table between its marks on a page; stages that were not measured keep their lines."""
    text = page.read_text(encoding="utf8")
    before, rest = text.split(MARKS[0])
    old, after = rest.split(MARKS[1])
    lines = {**_lines(old), **_lines(table)}
    rows = [lines[stage.what] for stage in STAGES.values() if stage.what in lines]
    head = table.split("|---")[0] + "|---|---|---|---|---|\n"
    page.write_text(f"{before}{MARKS[0]}\n\n{head}{''.join(rows)}\n{MARKS[1]}{after}", encoding="utf8")


def _lines(table: str) -> dict[str, str]:
    """Lines of a table by their stage."""
    known = {stage.what for stage in STAGES.values()}
    cells = [(row.split("|")[1].strip(), f"{row}\n") for row in table.splitlines() if row.startswith("| ")]
    return {what: row for what, row in cells if what in known}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="few editions, without the longest stages")
    parser.add_argument(
        "--stages", nargs="+", choices=list(STAGES), help="these stages alone, in the table's order"
    )
    parser.add_argument("--write", type=Path, help="Markdown page that holds the table")
    given = parser.parse_args(arguments)
    editions = FEW_EDITIONS if given.short else books.EDITIONS
    stages = [
        stage for stage in given.stages or STAGES if given.stages or not given.short or stage not in LONG
    ]
    stages.sort(key=list(STAGES).index)
    with tempfile.TemporaryDirectory() as name:
        found = measure(Path(name), stages, editions)
    if given.write:
        write(given.write, markdown(found, list(editions)))


if __name__ == "__main__":
    main()
