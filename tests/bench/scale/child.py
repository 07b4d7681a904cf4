"""One stage at one size in a process of its own: ``python child.py STAGE FOLDER`` prints what it cost as JSON."""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

SHORT, TIMES = 3.0, 2
"""Work below so many seconds is done so many times, and the shortest time counts: the first imports what it needs."""


def spent() -> float:
    """User and system time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(stage: str, folder: Path) -> dict[str, float]:
    """CPU seconds of the stage's work, and the process's peak memory in MB."""
    from bench.scale.stages import STAGES, extraction

    name, _, edition = stage.partition(":")
    if edition:  # extraction of an edition that is read for the panel's sake
        extraction(folder, int(edition))()
        return {"cpu": 0.0, "wall": 0.0, "peak": 0.0}
    work = STAGES[name].work(folder)
    times: list[float] = []
    start = time.perf_counter()
    while not times or (len(times) < TIMES and min(times) < SHORT):
        before = spent()
        work()
        times.append(spent() - before)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": min(times), "wall": (time.perf_counter() - start) / len(times), "peak": peak}


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
