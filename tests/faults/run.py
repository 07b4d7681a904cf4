"""What the world does to a run: ``make faults``, or ``python tests/faults/run.py --seed 1 --kills 50``.

Every fault happens in a small workspace, and what is left after it and after another run is compared with what an
undisturbed run made, byte for byte. The exit status is 1 if one ended in a traceback, half a file or other bytes.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from faults import places
from faults import times as times_
from faults.kills import kills
from faults.outcomes import Outcome, table
from faults.world import World


def groups(world: World, rng: random.Random, times: int) -> dict[str, Callable[[], Iterable[Outcome]]]:
    """The faults by name."""
    few = max(1, times // 10)
    return {
        "kills": lambda: kills(world, rng, times),
        "disk": lambda: places.full_disks(world, rng, few),
        "quota": lambda: places.quotas(world, rng, max(1, few // 2)),
        "readonly": lambda: places.read_only(world),
        "rights": lambda: places.no_rights(world),
        "replaced": lambda: places.replaced(world),
        "late": lambda: places.late_files(world),
        "clocks": lambda: times_.clocks(world),
        "two": lambda: times_.two_runs(world),
        "same": lambda: times_.same_bytes(world),
    }


def main() -> int:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=50, help="number of kills")
    parser.add_argument("--only", nargs="*", help="these groups alone, as kills, disk, same")
    parser.add_argument("--cores", type=int, default=2)
    asked = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory(prefix="faults") as scratch:
        world = World(Path(scratch), asked.cores)
        print(f"an undisturbed run: {len(world.wanted)} files, {world.length:.0f} s", flush=True)
        named = groups(world, random.Random(asked.seed), asked.kills)
        chosen = asked.only or list(named)
        for own in (own for name in chosen for own in named[name]()):
            found.append(own)
            print(
                f"{'-' if own.good is None else 'ok' if own.good else 'BAD'}  {own.fault}  {own.why}",
                flush=True,
            )
    print(f"\n{table(found)}")
    return 1 if any(own.good is False for own in found) else 0


if __name__ == "__main__":
    sys.exit(main())
