"""Speed as ratios against a peer in the same run: `make bench`.

Each line times our function and an independent way to the same numbers, and prints both times and their
ratio; where the two return the same thing, also by how much they differ. Short work is timed several times
and the median printed. Nothing here is a test: machines differ.

Peers stand in an environment of their own (`requirements-bench.lock`). One that is missing is named and
passed over.

The last lines are the scale section: the same work at once, three and ten times the cells.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import (
    composite,
    dea,
    disparities,
    fixed_effects,
    modern,
    multiverse,
    placebo,
    reading,
    spatial,
    staggered,
)
from bench.scale import run

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        reading.bench_reading(Path(name))
    composite.bench_composite()
    disparities.bench_pairs()
    disparities.bench_packages()
    dea.bench_two_stage()
    dea.bench_deabook()
    dea.bench_productivity()
    fixed_effects.bench_twfe()
    placebo.bench()
    modern.bench_wild_bootstrap()
    modern.bench_frontiers()
    multiverse.bench()
    staggered.bench_callaway_santanna()
    spatial.bench()
    run.main(["--short"])
