"""What the world does to a run, in short; ``make faults`` has it in full."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults import kills, places, times
from faults.outcomes import Outcome
from faults.world import World

SEED = 20180101


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A small workspace, and what an undisturbed run makes of it."""
    made = World(Path(tmp_path_factory.mktemp("faults")))
    assert len(made.wanted) > 90
    return made


def check(outcomes: Iterator[Outcome]) -> None:
    """All must be good; those that cannot happen here are skipped, with the reason."""
    found = list(outcomes)
    bad = [f"{own.fault}: {own.why}" for own in found if own.good is False]
    assert not bad, "\n".join(bad)
    if all(own.good is None for own in found):
        pytest.skip("; ".join(own.why for own in found))


def test_a_killed_run_completes_to_the_same_bytes(world: World) -> None:
    check(kills.kills(world, random.Random(SEED), len(kills.VICTIMS)))


def test_old_results_of_a_job_that_failed_are_made_anew(world: World) -> None:
    """What it gives back are results of other declarations."""
    workspace = world.outdated("failed")
    assert kills.kill_once(world, workspace, "a job", random.Random(SEED), world.others) == ""
    assert world.run(workspace).status == 0
    assert world.compare(workspace, before=world.others) == []


def test_a_full_disk_ends_in_one_message_and_the_rerun_in_the_same_bytes(world: World) -> None:
    check(places.full_disks(world, random.Random(SEED), 1))


def test_a_second_run_is_refused_and_sleep_is_no_matter(world: World) -> None:
    check(times.two_runs(world))


def test_cores_zone_and_hash_seed_are_no_matter(world: World) -> None:
    check(times.same_bytes(world, "8 cores"))
