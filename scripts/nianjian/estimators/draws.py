"""Random numbers of a specification's draws."""

from __future__ import annotations

import numpy as np

from nianjian import seeds


def generator(study: str, spec: str, draw: int, *, seed: int = 0) -> np.random.Generator:
    """The generator of one draw: splitting draws over jobs, or asking for more of them, changes none.

    Parameters
    ----------
    study, spec : what the draw is for
    draw : its number, from 0
    seed : the run's seed, not negative
    """
    return seeds.generator(seed, study, spec, "draw", draw)
