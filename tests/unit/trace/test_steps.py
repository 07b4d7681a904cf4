"""One step of a walk."""

import json

from nianjian.trace.steps import Step


def test_depth_is_that_of_the_longest_way():
    end = Step("observation", "a cell", end=True)
    assert end.depth == 1
    assert Step("value", "v", steps=[end, Step("filled", "f", steps=[end])]).depth == 3


def test_a_walk_is_whole_if_every_way_ends():
    end = Step("observation", "a cell", end=True)
    assert list(Step("value", "v", steps=[end, end]).problems()) == []
    assert list(end.problems()) == []


def test_every_way_that_breaks_off_is_told():
    broken = Step("statistic", "b", problem="no row has it")
    nowhere = Step("variable", "n")
    found = list(Step("value", "v", steps=[broken, Step("x", "x", end=True), nowhere]).problems())
    assert found == ["b: no row has it", "n: leads nowhere"]
    assert list(Step("observation", "o", end=True, problem="no cell is stored").problems()) == [
        "o: no cell is stored"
    ]


def test_a_walk_as_plain_values():
    step = Step(
        "value", "v", {"value": 1.5}, [Step("observation", "o", {"cell": "F12"}, end=True, problem="p")]
    )
    assert step.plain() == {
        "what": "value",
        "title": "v",
        "value": 1.5,
        "steps": [{"what": "observation", "title": "o", "cell": "F12", "problem": "p"}],
    }
    assert json.loads(json.dumps(step.plain())) == step.plain()
