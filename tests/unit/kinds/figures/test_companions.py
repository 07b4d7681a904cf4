"""Event studies of several estimators beside each other."""

import numpy as np
import pandas as pd
import pytest

from drawn import draw, inside, rows
from nianjian.errors import EstimationError


def events(spec, times):
    found = [
        {"kind": "coefficient", "term": "event", "event_time": k, "estimate": 0.1 * k, "conf_low": 0.1 * k - 1, "conf_high": 0.1 * k + 1}
        for k in times
    ]  # fmt: skip
    cohort = {"kind": "effect", "term": "event", "event_time": 0, "group": "2003", "estimate": 9.0}
    return rows(*found, cohort, spec=spec)


ESTIMATES = pd.concat([events("s", (-2, 0, 1)), events("s_dcdh", (-3, -2, 0, 1, 2))], ignore_index=True)


def seen(given, columns=("s", "s_dcdh"), language="en"):
    declared = {"spec": "s", "columns": list(columns)}
    specs = {name: {} for name in columns}
    return draw("companions", declared, given.data(estimates=ESTIMATES), language, specs=specs)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_drawn_inside_the_page(given, language):
    found = seen(given, language=language)
    assert inside(found.page)
    assert {"−3", "−2", "0", "1", "2"} <= set(found.words)
    assert found.legend == ["s", "s_dcdh"]


def test_estimators_stand_beside_each_other(given):
    found = seen(given)
    one, other = found.drawn("s"), found.drawn("s_dcdh")
    assert one["x_word"].tolist() == ["−2", "0", "1"] and len(other) == 5
    np.testing.assert_allclose(one["x"], [-2.35, -0.35, 0.65])
    np.testing.assert_allclose(other["y"], [-0.3, -0.2, 0.0, 0.1, 0.2])
    assert set(other["spec"]) == {"s_dcdh"} and set(found.sources("s")["field"]) == {
        "estimate",
        "conf_low",
        "conf_high",
    }


def test_a_specification_without_event_times_is_refused(given):
    with pytest.raises(EstimationError, match="estimates of 'none' hold no event times"):
        seen(given, columns=("s", "none"))
