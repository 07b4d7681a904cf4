"""What the page of a paper says of data and choices is counted from the results."""

from __future__ import annotations

import pandas as pd
import pytest

from nianjian.estimates import Rows
from nianjian.publish import paper_facts


def described(*rows: tuple[str, str, str, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["row", "statistic", "published", "ours"])
    return frame.assign(family="moment", table="2", panel="", order=range(len(frame)))


@pytest.mark.parametrize(
    ("mean", "sd", "flagged"),
    [(10.3, 2.0, False), (10.301, 2.0, True), (9.69, 2.0, True), (10.0, 2.2, False), (10.0, 2.21, True), (10.0, 1.79, True)],
)  # fmt: skip
def test_a_variable_is_flagged_by_shift_and_ratio(mean, sd, flagged):
    (found,) = paper_facts.moments(
        described(("x", "mean", "10.0", mean), ("x", "sd", "2.0", sd), ("x", "max", "99", None))
    )
    assert found.shift == pytest.approx((mean - 10) / 2) and found.ratio == pytest.approx(sd / 2)
    assert found.flagged is flagged
    assert found.printed == {"mean": "10.0", "sd": "2.0", "max": "99"} and found.ours["max"] is None


def test_what_is_no_described_variable_is_left_out():
    card = described(("2009", "mean", "0.5", 0.5), ("y", "mean", "1 000", None), ("y", "sd", "0", None))
    (found,) = paper_facts.moments(card)
    assert (found.name, found.shift, found.ratio, found.flagged) == ("y", None, None, False)


def test_gaps_and_doubts_are_shares_of_the_sample():
    sample = pd.DataFrame(
        {"city": [1, 1, 2, 2], "year": [2001, 2002] * 2, "x__filled": [False, True, False, False]}
    )
    gaps = pd.DataFrame(
        [("x", 4, 2, 1, 0, 0, 1), ("y", 4, 0, 0, 0, 0, 0), ("made", 4, 0, 0, 0, 0, 0)],
        columns=[
            "variable",
            "cells",
            "missing_before",
            "filled_inside",
            "chained",
            "extrapolated",
            "missing_after",
        ],
    )
    places = ["city", "year", "item", "scope"]
    doubts = {
        "suspects": pd.DataFrame([(1, 2001, "gdp", "city"), (1, 2001, "gdp", "city"), (2, 2001, "gdp", "districts"),
                                  (9, 2001, "gdp", "city")], columns=places),
        "contested": pd.DataFrame([(2, 2002, "pop", "city")], columns=places),
    }  # fmt: skip
    items = {"x": [["gdp", "city"], ["pop", "city"]], "y": [["gdp", "districts"]], "made": []}
    x, y = paper_facts.gaps(sample, gaps, items, doubts)
    assert (x.printed, x.filled, x.missing, x.suspect, x.contested) == (0.5, 0.25, 0.25, 0.25, 0.25)
    assert x.by_year == [(2001, 0.0, 0.5), (2002, 0.5, 0.5)]
    assert (y.variable, y.printed, y.filled, y.suspect, y.contested) == ("y", 1.0, 0.0, 0.25, 0.0)


def test_an_event_study_has_its_leads_and_their_test():
    rows = Rows("demo", "event")
    for term, time, p in (("event_until", -3, 0.5), ("event", -2, 0.04), ("event", 0, 0.001)):
        rows.add("coefficient", term, 0.1, 0.05, 2.0, p, 0.0, 0.2, 99, variable="did", event_time=time)
    rows.add_f("pretrend", 3.0, 2, 99)
    found = paper_facts.event("event", rows.table())
    assert list(found.periods) == [-3, -2, 0] and found.ends == {-3: "<=-3", -2: "-2", 0: "0"}
    assert [each.p_value for each in found.leads] == [0.5, 0.04]
    assert found.f == 3.0 and found.p_value == pytest.approx(0.0544, abs=1e-3)
    assert found.periods[-2].stars == "**" and found.periods[0].stars == "***"


PRINTED = pd.DataFrame(
    [
        ("base", "did", "", "", "0.0157", "***"),
        ("base", "did", "std_error", "", "0.0021", ""),
        ("base", "did", "estimate", "computed", "9.9", ""),
        ("word", "did", "", "", "positive, 1%", ""),
    ],
    columns=["spec", "term", "field", "how", "value", "stars"],
)


def test_a_choice_has_our_estimate_beside_the_papers():
    rows = Rows("demo", "base")
    rows.add("coefficient", "did", -0.2, 0.1, -2.0, 0.08, -0.4, 0.0, 99, variable="did")
    rows.add_fits({"nobs": 300, "clusters": 20})
    frame = rows.table()
    found = paper_facts.choice("base", "did", frame, PRINTED, by_city=True)
    assert found.ours is not None and (found.ours.estimate, found.ours.stars) == (-0.2, "*")
    assert (found.printed, found.nobs, found.cities) == ("0.0157*** (0.0021)", 300, 20)
    other = paper_facts.choice("base", "z", frame, PRINTED, by_city=False)
    assert (other.ours, other.printed, other.cities) == (None, "", None)
    assert paper_facts.printed(PRINTED, "word", "did") == ""


def test_reasons_are_counted_for_numbers_alone():
    card = pd.DataFrame(
        [("not available", "number", "no row"), ("not available", "number", "no row"), ("not available", "number", "a"),
         ("not available", "word", "no row"), ("differs", "number", "other sign")],
        columns=["class", "kind", "reason"],
    )  # fmt: skip
    assert paper_facts.absent(card, "reason") == [("no row", 2), ("a", 1)]
