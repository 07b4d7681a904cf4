"""Mutate workbooks and see what the reader makes of them: ``python tests/fuzz/run.py --seed 1 --mutations 1000``.

Real workbooks are taken where they are at hand beside the project, else those that are made here. Exit 1 where a number changed in
silence or the reader crashed.
"""

from __future__ import annotations

import argparse
import io
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path[:0] = [
    str(Path(__file__).resolve().parents[1]),
    str(Path(__file__).resolve().parents[2] / "scripts"),
]

import openpyxl  # noqa: E402

from fuzz.mutations import FILE, MUTATIONS, Case, Unfit  # noqa: E402
from fuzz.outcomes import BAD, CRASH, SILENT, Mutated, classify, numbers  # noqa: E402
from nianjian.extract.editions import find_editions  # noqa: E402
from nianjian.extract.workbooks import read_sheets  # noqa: E402
from small_books import BODY, HEADER, declared_sources, read_edition  # noqa: E402

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "yearbooks"
FOLDER = "中国城市统计年鉴2013（excel）"
CITIES = [
    "北京市",
    "天津市",
    "石家庄市",
    "唐山市",
    "秦皇岛市",
    "邯郸市",
    "太原市",
    "大同市",
    "沈阳市",
    "大连市",
    "长春市",
    "吉林市",
    "哈尔滨市",
    "上海市",
    "南京市",
    "无锡市",
    "徐州市",
    "杭州市",
]


def made() -> Iterator[tuple[str, bytes]]:
    """Small pages in the layouts of the books."""
    rng = random.Random(7)
    long = [[name, *(round(rng.uniform(1, 9e5), rng.choice((0, 1, 2))) for _ in range(4))] for name in CITIES]
    two = [[*row, "", *row] for row in long]
    pages: dict[str, dict[str, list[list[Any]]]] = {
        "plain": {"2-13": HEADER + BODY},
        "long": {"2-13": HEADER + long},
        "side by side": {"2-13": [[*row, "", *row] for row in HEADER] + two},
        "two sheets": {"2": HEADER + long[:9], "10": HEADER + long[9:]},
    }
    for name, sheets in pages.items():
        book, stream = openpyxl.Workbook(), io.BytesIO()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append([None if value == "" else value for value in row])
            sheet.merge_cells("B2:C2")
            sheet.merge_cells("D2:E2")
        book.save(stream)
        yield name, stream.getvalue()


def real(rng: random.Random, count: int, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Some real workbooks."""
    paths = sorted(folder.rglob("*.xlsx")) if folder.is_dir() else []
    for path in rng.sample(paths, min(count, len(paths))):
        yield path.name, path.read_bytes()


class Harness:
    """Reads editions of one workbook, before and after a mutation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = declared_sources("city_yearbook")["city_yearbook"]

    def read(self, mutated: Mutated) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Rows and reports of an edition with these files."""
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            top = Path(place) / (mutated.folder or FOLDER)
            for name, content in mutated.files.items():
                (top / name).parent.mkdir(parents=True, exist_ok=True)
                (top / name).write_bytes(content)
            (edition,) = find_editions(place, self.source.folders)
            if edition.year != 2013:
                raise AssertionError(f"taken for edition {edition.year}")
            return read_edition(Path(place), self.source, 2013, edition.folder)

    def case(self, content: bytes, rng: random.Random) -> tuple[Case, list[dict[str, Any]]] | None:
        """A workbook as it is read unharmed; None if it holds no table of cities, or is too large to be read often."""
        if len(content) > 150_000:
            return None
        rows, _ = self.read(Mutated({FILE: content}))
        if len(rows) < 8:
            return None
        first = read_sheets(Path(FILE), content)[0].name
        read = {key: row["number"] for key, row in numbers(rows).items()}
        return Case(content, read, first, rng), rows


def fuzz(
    seed: int,
    mutations: int,
    folder: Path,
    real_books: int = 20,
    books: Path = REAL,
    only: Sequence[str] = (),
) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Counts by mutation and outcome, and what went wrong."""
    rng, harness = random.Random(seed), Harness(folder)
    cases = []
    for name, content in [*made(), *real(rng, real_books, books)]:
        found = harness.case(content, rng)
        if found is not None:
            cases.append((name, *found))
    counts: Counter[tuple[str, str]] = Counter()
    wrong: list[str] = []
    names = sorted(only or MUTATIONS)
    done = 0
    while done < mutations:
        kind = names[done % len(names)]
        name, case, rows = rng.choice(cases)
        case.rng = random.Random(f"{seed} {done}")
        done += 1
        try:
            mutated = MUTATIONS[kind](case)
        except Unfit:
            counts[kind, "unfit"] += 1
            continue
        try:
            outcome, why = classify(rows, *harness.read(mutated), mutated)
        except Exception as error:  # whatever it is, it is a crash
            outcome, why = CRASH, f"{type(error).__name__}: {error}"
        counts[kind, outcome] += 1
        if outcome in BAD:
            wrong.append(f"{outcome}: {kind}, number {done - 1}, {name}: {why}")
    return counts, wrong


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutations", type=int, default=1000)
    parser.add_argument(
        "--real", type=int, default=20, help="real workbooks that are drawn, where they are at hand"
    )
    parser.add_argument("--books", type=Path, default=REAL, help="folder of real workbooks")
    parser.add_argument("--only", nargs="*", default=(), help="kinds of mutations")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        counts, wrong = fuzz(asked.seed, asked.mutations, Path(folder), asked.real, asked.books, asked.only)
    outcomes = sorted({outcome for _, outcome in counts})
    print(f"{'':24}", *(f"{outcome:>16}" for outcome in outcomes))
    for kind in sorted({kind for kind, _ in counts}):
        print(f"{kind:24}", *(f"{counts[kind, outcome] or '':>16}" for outcome in outcomes))
    totals = Counter(
        {outcome: sum(n for (_, own), n in counts.items() if own == outcome) for outcome in outcomes}
    )
    print(f"{'all':24}", *(f"{totals[outcome]:>16}" for outcome in outcomes))
    print(f"{sum(totals.values())} mutations in {time.monotonic() - start:.0f} s, seed {asked.seed}")
    for line in wrong:
        print(line)
    return 1 if totals[SILENT] or totals[CRASH] else 0


if __name__ == "__main__":
    sys.exit(main())
