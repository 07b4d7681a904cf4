"""What jobs need, from the benchmarks of finished runs: ``python -m nianjian.running.measuring simulated real``.

Writes the numbers of ``config/resources.yaml`` and the table of ``docs/resources.md``. Run from the project's folder after
whole runs of the sets of books that are named.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nianjian.plan.remembered import RunPlan
from nianjian.plan.resources import memory, minutes, size_mb
from nianjian.running.works import STEMS, works

SIZE_OF = {
    **dict.fromkeys(("extract_source", "build_panel", "report_coverage", "check_panel"), "inputs"),
    **dict.fromkeys(("check_sources", "build_catalog"), "inputs"),
    **dict.fromkeys(("simulate_truth", "simulate_editions", "simulate_panels", "prepare_drawing"), "nothing"),
}
"""What a rule's need grows with; the jobs of studies grow with the panel."""
FLOOR_MB, FLOOR_SECONDS = 100.0, 1.0
"""An interpreter with pandas, before any data."""
ENOUGH = 8
"""Sizes to which a line is fitted."""
HEAD = """# What jobs need

Measured on two cores; written by `make resources` from `benchmarks/`. A cluster is asked for these numbers, scaled with the size
of what a job reads, with the margins of `config/resources.yaml`; each new attempt of a job asks for twice as much.

| rule | books | jobs | MB read | memory, MB: median | most | seconds: median | most | asks for MB | minutes |
|---|---|---|---|---|---|---|---|---|---|
"""


class Measured(NamedTuple):
    """One job of a finished run: MB read, largest resident memory in MB, seconds."""

    rule: str
    books: str
    size: float
    memory: float
    seconds: float


def measured(plan: RunPlan) -> Iterator[Measured]:
    """The jobs of a set of books that have a benchmark; its last line is the newest run's."""
    for work in works(plan).values():
        path = Path(work.benchmark)
        if path.is_file():
            found = json.loads(path.read_text(encoding="utf8").splitlines()[-1])
            # A job of less than a second has no memory in it.
            own = found["max_rss"] if isinstance(found["max_rss"], float) else FLOOR_MB
            size = size_mb(SIZE_OF.get(work.stem, "panel"), work.inputs, plan.folder)
            yield Measured(work.stem, plan.books, size, own, found["s"])


def upper_line(sizes: Sequence[float], values: Sequence[float], floor: float) -> tuple[float, float]:
    """Intercept and slope of the line that no measured value lies above.

    The slope is that of least squares, the intercept is lifted until the line covers every value.
    """
    middle, level = statistics.fmean(sizes), statistics.fmean(values)
    spread = sum((size - middle) ** 2 for size in sizes)
    slope = (
        sum((s - middle) * (v - level) for s, v in zip(sizes, values, strict=True)) / spread if spread else 0
    )
    slope = max(slope, 0.0)
    return max(floor, *(v - slope * s for s, v in zip(sizes, values, strict=True))), slope


def ray(sizes: Sequence[float], values: Sequence[float], floor: float) -> tuple[float, float]:
    """The floor, and the slope of the steepest line from it: where all sizes are much alike no slope can be fitted."""
    return floor, max([0.0, *((v - floor) / s for s, v in zip(sizes, values, strict=True) if s > 0)])


def needs(found: Iterable[Measured]) -> dict[str, dict[str, Any]]:
    """Section ``rules`` of ``resources.yaml``."""
    by_rule: dict[str, list[Measured]] = {}
    for each in found:
        by_rule.setdefault(each.rule, []).append(each)
    result = {}
    for rule in STEMS.values():
        own = by_rule.get(rule, [])
        if not own:
            continue
        size_of = SIZE_OF.get(rule, "panel")
        sizes = [each.size for each in own]
        fitted = ray if size_of != "nothing" and len(set(sizes)) < ENOUGH else upper_line
        base_mb, per_mb = fitted(sizes, [each.memory for each in own], FLOOR_MB)
        base, per = fitted(sizes, [each.seconds for each in own], FLOOR_SECONDS)
        result[rule] = {
            "size_of": size_of,
            **{"memory_mb": round(base_mb), "memory_per_mb": round(per_mb, 2)},
            **{"seconds": round(base, 1), "seconds_per_mb": round(per, 3)},
            "typical_seconds": round(statistics.fmean(each.seconds for each in own), 1),
        }
    return result


def table(found: Sequence[Measured], declared: Mapping[str, Any]) -> str:
    """The page: a row a rule and set of books."""
    rows = []
    for rule in dict.fromkeys(STEMS.values()):
        for books in dict.fromkeys(each.books for each in found):
            own = [each for each in found if (each.rule, each.books) == (rule, books)]
            if own:
                need, size = declared["rules"][rule], max(each.size for each in own)
                used, taken = [each.memory for each in own], [each.seconds for each in own]
                cells = [
                    *(f"`{rule}`", books, str(len(own)), f"{size:.1f}"),
                    *(f"{statistics.median(used):.0f}", f"{max(used):.0f}"),
                    *(f"{statistics.median(taken):.1f}", f"{max(taken):.1f}"),
                    *(str(memory(declared, need, size)), str(minutes(declared, need, size))),
                ]
                rows.append(f"| {' | '.join(cells)} |\n")
    return HEAD + "".join(rows)


def main(names: Sequence[str]) -> None:
    """Measure the runs of sets of books, and write what they needed."""
    from nianjian.declarations.layers import CONFIG, Layers
    from nianjian.declarations.loading import read_resources
    from nianjian.plan import for_rules

    found: list[Measured] = []
    for name in names:
        found += measured(for_rules({"books": name}))
    path = CONFIG / "resources.yaml"
    head = path.read_text(encoding="utf8").partition("\nrules:\n")[0]
    # What no run here had stays as it is declared: parts of work that is split.
    own = {**read_resources(Layers()).model_dump()["rules"], **needs(found)}
    path.write_text(f"{head}\n{section(own)}", encoding="utf8")
    declared = read_resources(Layers()).model_dump()
    (CONFIG.parent / "docs/resources.md").write_text(table(found, declared), encoding="utf8")


def section(own: Mapping[str, Mapping[str, Any]]) -> str:
    """Section ``rules`` of ``resources.yaml`` as text: each rule once, though several stages of a plan may run it."""
    lines = [f"  {rule}: {_flow(own[rule])}\n" for rule in dict.fromkeys(STEMS.values())]
    return f"rules:\n{''.join(lines)}"


def _flow(need: Mapping[str, Any]) -> str:
    return f"{{{', '.join(f'{key}: {_plain(value)}' for key, value in need.items())}}}"


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() and value >= FLOOR_MB else value


if __name__ == "__main__":
    main(sys.argv[1:])
