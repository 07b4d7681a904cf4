"""Which combinations are drawn."""

from __future__ import annotations

from collections import Counter

from nianjian.multiverse.points import alone, combination, points, size

DIMENSIONS = {"a": ["x", "y"], "b": ["p", "q", "r"], "c": ["0", "1"]}
OWN = ("x", "q", "0")


def test_every_number_is_one_combination() -> None:
    found = [combination(DIMENSIONS, number) for number in range(size(DIMENSIONS))]
    assert len(set(found)) == 12 and found[0] == ("x", "p", "0") and found[-1] == ("y", "r", "1")


def test_alone_differ_from_the_own_by_one_choice() -> None:
    found = list(alone(DIMENSIONS, OWN))
    assert len(found) == 4
    assert all(sum(one != other for one, other in zip(each, OWN, strict=True)) == 1 for each in found)


def test_all_combinations_that_are_possible() -> None:
    found = points(DIMENSIONS, OWN, "all", "seed", lambda choices: choices[:2] != ("y", "p"))
    assert len(found) == 10 and all(place.drawn for place in found)
    assert [place.choices for place in found if place.own] == [OWN] and found[0].own
    assert sum(place.alone for place in found) == 4


def test_a_draw_is_uniform_without_repetition_and_depends_on_its_seed() -> None:
    many = {str(n): ["0", "1", "2"] for n in range(6)}
    own = ("0",) * 6
    one, same, other = (points(many, own, 60, seed, lambda _: True) for seed in ("1", "1", "2"))
    assert one == same != other
    drawn = [place.choices for place in one if place.drawn]
    assert len(drawn) == len(set(drawn)) == 60
    counts = Counter(
        choices[0] for seed in range(40) for choices in
        (place.choices for place in points(many, own, 60, str(seed), lambda _: True) if place.drawn)
    )  # fmt: skip
    assert max(counts.values()) - min(counts.values()) < 0.15 * 800  # 2400 draws, 800 expected of each


def test_the_own_and_the_neighbours_are_there_whatever_is_drawn() -> None:
    many = {str(n): ["0", "1"] for n in range(10)}
    found = points(many, ("0",) * 10, 5, "1", lambda choices: choices[3] == "0")
    assert sum(place.own for place in found) == 1
    assert sum(place.alone for place in found) == 9  # the tenth is not possible
    assert sum(place.drawn for place in found) == 5
