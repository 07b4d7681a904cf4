"""What only a run can know ends its job with one message: what is wrong, what to do, and where it is declared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import EstimationError
from small_specs import SHOWN, run


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Twelve cities over six years, half of them treated from 2008 on."""
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        [(110000 + i, 2005 + t) for i in range(12) for t in range(6)], columns=["city", "year"]
    )
    treated = rows["city"] % 2 == 0
    return rows.assign(
        x=rng.normal(size=len(rows)),
        y=rng.normal(size=len(rows)),
        did=(treated & (rows["year"] > 2007)).astype(float),
        first_treated=np.where(treated, 2008, np.nan),
        group=np.where(rows["city"] % 3 == 0, "a", "b"),
    )


EMPTY = "no city-year satisfies 'x > 100'; change `where` or the sample"


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"estimator": "twfe", "where": "x > 100"}, EMPTY),
        ({"estimator": "event_study", "window": [-2, 2], "where": "x > 100"}, EMPTY),
        ({"estimator": "iv", "endogenous": ["did"], "instruments": ["x"], "where": "x > 100"}, EMPTY),
        ({"estimator": "heterogeneity", "by": "group", "where": "x > 100"}, EMPTY),
        ({"estimator": "placebo", "draws": 20, "where": "x > 100"}, EMPTY),
        ({"estimator": "psm_did", "controls": ["x"], "where": "x > 100"}, EMPTY),
        ({"estimator": "mediation", "mediators": ["x"], "where": "x > 100"}, EMPTY),
        ({"estimator": "heterogeneity", "by": "group", "groups": ["a", "z"]}, "has group z; it has a, b"),
        ({"estimator": "twfe", "where": "year < 2007"}, "its effect cannot be estimated: check `where`"),
        ({"estimator": "twfe", "controls": ["x"], "where": "city == 110000"}, "leave out an effect, or widen the sample"),
    ],
)  # fmt: skip
def test_a_mistake_of_a_run_is_named(frame: pd.DataFrame, own: dict[str, Any], message: str) -> None:
    with pytest.raises(EstimationError) as error:
        run(frame, {"outcome": "y", "treatment": "did"} | own)
    told = str(error.value)
    assert message in told and f"({SHOWN}, specs.one)" in told and "\n" not in told
