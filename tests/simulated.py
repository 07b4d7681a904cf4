"""The simulated world for tests: where it is declared, its seed, and who is treated or has an attribute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from nianjian.simulate import FOLDER, facts, freeze, policies
from nianjian.simulate.declared.planted import PolicyGroup
from small_books import CONFIG

SEED = 20180101  # of config.yaml; the process is calibrated for it, and the sizes of the effects are chosen for it
S1_CONTROLS = ["lndensity", "lnopen", "lngovern", "lninvest", "lnemploy", "lnconsumption"]


@cache
def attributes() -> dict[int, Mapping[str, str]]:
    """All attributes of config/reference, also those that the simulated world does not name."""
    return {int(row["city"]): defaultdict(str, row) for row in freeze.read_attributes(CONFIG)}


def chosen(conditions: Mapping[str, Any], cities: Sequence[int] | np.ndarray) -> np.ndarray:
    """Which of the cities have the attributes."""
    return policies.chosen(attributes(), PolicyGroup(cities=conditions).cities, cities)


def first_years(declared: Mapping[str, Any], cities: Sequence[int] | np.ndarray) -> np.ndarray:
    """First treated years of the cities."""
    return policies.first_years(
        facts.read(FOLDER, "policies.csv"), attributes(), PolicyGroup(**declared), cities
    )
