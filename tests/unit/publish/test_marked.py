"""Notes count the values behind a table that are filled in, doubtful or corrected."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from nianjian.kinds.entries import Entry
from nianjian.publish import marked
from small_tables import SomeKind, estimated, place, row


class Using(SomeKind):
    """A kind that uses the columns its entry lists."""

    def columns(self, params: Any) -> list[str]:
        return list(params.uses)


def using(name: str, *columns: str, **constants: Any) -> Entry:
    return Entry(name, Using(constants=constants), SimpleNamespace(uses=columns, outcome="y"))  # type: ignore[arg-type]


def counts(**rows: tuple[int, int, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["values", "filled", "suspect", "corrected"])
    return frame.rename_axis("variable")


def behind(found: pd.DataFrame | None, indices: tuple[Entry, ...] = ()) -> list[tuple[str, str]]:
    context = place([using("a", "x", "score"), using("b", "z")], {})
    assert context.facts is not None
    context.facts.__dict__["indices"] = {each.name: each for each in indices}
    rows = [row(spec, "fit", "nobs", 10) for spec in ("a", "b")]
    source = estimated(SimpleNamespace(decimals=3), ["a", "b"], rows, context)
    return [(note["en"], note["zh"]) for note in marked.behind(replace(source, marks=found))]


def test_values_of_all_variables_that_a_table_uses_are_counted():
    found = counts(x=(5000, 300, 20, 1), z=(130, 0, 0, 3), other=(9, 9, 9, 9))
    assert behind(found) == [
        (
            "Values of the variables used (2) in the sample: 5,130, of which filled in 300 (5.8%), doubtful as printed 20 (0.4%), "
            "corrected misprints 4 (0.1%).",
            "所用2个变量共5\N{NO-BREAK SPACE}130个数值，其中填补300（5.8%），原书存疑20（0.4%），更正印刷错误4（0.1%）。",
        )
    ]
    ((en, _),) = behind(counts(x=(10, 0, 0, 0)))
    assert (
        en
        == "Values of the variables used (1) in the sample: 10, none of them filled in, doubtful or corrected."
    )
    assert behind(counts(other=(9, 9, 9, 9))) == []
    assert behind(None) == []


def test_indicators_count_for_their_index_by_whichever_score_it_is_used():
    found = counts(p=(10, 1, 0, 0), q=(10, 2, 0, 0), x=(10, 4, 0, 0))
    index = using("whole", "p", "q", scores=lambda params, name: [name, "score"])
    ((en, _),) = behind(found, (index,))
    assert en.startswith(
        "Values of the variables used (3) in the sample: 30, of which filled in 7 (23.3%), doubtful as printed 0,"
    )


@pytest.mark.parametrize(("share", "shown"), [(0.0, "0.0%"), (0.0004, "< 0.1%"), (0.0149, "1.5%")])
def test_a_share_that_rounds_to_nothing_says_that_it_is_something(share, shown):
    assert marked.percent(share)["en"] == shown
